"""The channel: options that were measured, and what is retried by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import grpc

MAX_MESSAGE = 4 * 1024 * 1024

SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [
                {"service": "registrar.v1.RegistrationService"},
                {"service": "registrar.v1.ConnectorService"},
            ],
            # A submission may be repeated too: its request_id tells the service.
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        },
        {
            # Watches resume by token instead.
            "name": [
                {"service": "registrar.v1.RegistrationService", "method": "WatchRegistrations"}
            ],
        },
    ]
}

Options = tuple[tuple[str, str | int], ...]

OPTIONS: Options = (
    # A reader that stalls then buffers 95 KB instead of 4 to 5 MB.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    # By itself a channel waits up to two minutes before it tries a server again that was away.
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.enable_retries", 1),
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
)


def credentials(
    ca_file: str = "", cert_file: str = "", key_file: str = ""
) -> grpc.ChannelCredentials:
    """Of TLS, from PEM files: whom to trust, and who this client is. Raises OSError.

    Empty: gRPC's own roots, and a client without a certificate.
    """
    ca, cert, key = (
        Path(one).read_bytes() if one else None for one in (ca_file, cert_file, key_file)
    )
    made: grpc.ChannelCredentials = grpc.ssl_channel_credentials(ca, key, cert)
    return made


def connect(
    address: str,
    credentials: grpc.ChannelCredentials | None = None,
    interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
    options: Options = (),
) -> grpc.aio.Channel:
    """Connects at the first call. `options` of gRPC win over ours."""
    every: Options = (*OPTIONS, *options)
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=every, interceptors=interceptors)
    return grpc.aio.secure_channel(address, credentials, options=every, interceptors=interceptors)
