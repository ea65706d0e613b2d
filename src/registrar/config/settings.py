"""The settings: read once from the environment (`REGISTRAR_…`), a wrong one named at the start."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from registrar.domain.artifact import RETENTION, ArtifactKind
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Tier
from registrar.domain.registration import LATENESS, Priority
from registrar.resilience.quota import USUAL, Quota

PREFIX = "REGISTRAR_"
SECRETS = "REGISTRAR_SECRETS_FOLDER"
_ROOT = 32
ELSEWHERE = "elsewhere"
"""Of `browser`: forms are offered, and filled by other processes than this one."""

Limited = Literal["submit", "read", "operate", "admin", "user"]
"""What can have a rate limit: a key's calls by scope, and an end user's registrations."""


class RateLimit(BaseModel):
    """So many calls in so many seconds, and `burst` at once; as many as calls where it is 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int = Field(ge=1, le=1_000_000)
    seconds: float = Field(1.0, gt=0, le=86_400)
    burst: int = Field(0, ge=0, le=1_000_000)

    @property
    def quota(self) -> Quota:
        """As it is counted."""
        return Quota(self.calls, self.seconds, self.burst or self.calls)


class Settings(BaseSettings):
    """One field a setting; the description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///registrar.db",
        description="Where registrations live: sqlite:///FILE, or postgresql://USER@HOST/NAME.",
    )
    keys_url: str = Field(
        "",
        description="Where the keys of records live, wrapped: as REGISTRAR_DATABASE_URL, and never "
        "the same database, nor in its backups. Empty: beside it, registrar-keys.db for "
        "registrar.db, the database NAME_keys for NAME.",
    )
    artifacts_url: str = Field(
        "registrar-artifacts",
        description="Where the files of artifacts lie, sealed: a folder, or a URL of fsspec like "
        "s3://BUCKET/FOLDER, whose package and credentials are yours to provide.",
        min_length=1,
    )
    artifact_days: dict[ArtifactKind, int] = Field(
        default_factory=dict,
        description="How many days artifacts are kept, by kind, as JSON: "
        '{"screenshot": 30, "proof_of_purchase": 400}.',
    )
    personal_days: int = Field(
        1100,
        ge=0,
        le=36_500,
        description="How many days after it was accepted the personal data of a registration that "
        "is over is kept; 0: until it is erased.",
    )
    statistics_days: int = Field(
        400,
        ge=1,
        le=3650,
        description="How many days counts are kept, single minutes 2 at most.",
    )
    retired_key_days: int = Field(
        35,
        ge=0,
        le=3650,
        description="How many days a key is kept that a rotation has replaced: as long as backups "
        "of the database are, which are unreadable without it.",
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="The server that carries hints and keeps the fleet's tokens, sealed: "
        "redis://HOST:PORT/N, rediss://… or unix://PATH.",
    )
    root_key: str = Field(
        "",
        description="32 secret bytes in base64: wraps the master keys where REGISTRAR_KEY_PROVIDER "
        "is env. Data from before there was a store of keys derives from it.",
        repr=False,
    )
    root_keys_before: str = Field(
        "",
        description="Root keys of before, in base64 with commas between them: they wrap nothing "
        "more, and unwrap what they have wrapped.",
        repr=False,
    )
    key_provider: str = Field(
        "env",
        description="What wraps the master keys: env, the root key; file:PATH, the first of "
        "a file of keys; or pkcs11:token=…;object=…?module-path=…&pin-source=file:…, one that "
        "never leaves its token (RFC 7512), with the extra [pkcs11].",
        repr=False,  # so that a PIN which does not belong there is not shown before it is refused
    )
    key_provider_before: str = Field(
        "",
        description="What wrapped them before, in the same form, where it was another kind: it "
        "unwraps until all are wrapped again. Empty: none.",
        repr=False,
    )
    secrets_folder: str = Field(
        "",
        description="A folder with settings, a file each, called like registrar_redis_url: for "
        "what the environment would show to many. The environment counts first.",
    )
    environment: str = Field(
        "live",
        description="What new API keys have in their text, rgk_ENVIRONMENT_…: one that leaks says "
        "where it is from.",
        pattern="[a-z0-9]{1,16}",
    )
    listen: str = Field("127.0.0.1:50051", description="Where `serve` listens; port 0: a free one.")
    health_listen: str = Field(
        "",
        description="Where `serve` answers health alone, in clear: for probes that speak no TLS. "
        "Empty: nowhere but with the rest.",
    )
    tls_cert_file: str = Field(
        "",
        description="PEM of the server's certificate and what leads to its root; with "
        "REGISTRAR_TLS_KEY_FILE. Read again when it changes. Empty: in clear.",
    )
    tls_key_file: str = Field("", description="PEM of the certificate's key.")
    tls_client_ca_file: str = Field(
        "",
        description="PEM of who vouches for clients; each then needs a certificate beside its API "
        "key. Empty: none.",
    )
    plaintext: bool = Field(
        default=False,
        description="Whether `serve` may listen in clear where other hosts reach it.",
    )
    connector_urls: dict[str, str] = Field(
        default_factory=dict,
        description='Where manufacturers are reached, as JSON: {"acme": "https://…"}; with '
        '"acme.token" where its tokens come from, if not from where its manifest says.',
    )
    connector_secrets: dict[str, str] = Field(
        default_factory=dict,
        description='What manifests refer to, as JSON: {"acme.api_key": "…"}.',
        repr=False,
    )
    connectors_folder: str = Field(
        "",
        description="A folder of your own manufacturers, beside the packaged ones. Read at the "
        "start, and again when a file of it changes.",
    )
    connector_plugins: list[str] = Field(
        default_factory=list,
        description="Installed distributions whose manufacturers are loaded, as JSON: "
        '["registrar-zenith"]. Others are found, and not loaded.',
    )
    connector_check_seconds: float = Field(
        5.0, gt=0, description="How often manifests are looked at for changes; SIGHUP asks at once."
    )
    enable_assumed: bool = Field(
        default=False,
        description="Whether routes that are only assumed are used. Off in production.",
    )
    secret_warning_days: int = Field(
        14, ge=0, description="How long before it ends a manufacturer's secret is warned of."
    )
    probe_interval_seconds: float = Field(
        86_400.0,
        ge=1,
        description="How often each connector's manufacturer is asked whether all is well.",
    )
    lease_seconds: float = Field(
        60.0, ge=1, description="How long a worker holds a registration without a sign of life."
    )
    browser: str = Field(
        "auto",
        description="What fills web forms: auto, the one that is found here; off, none, and no "
        "form is offered; elsewhere, that of the workers of forms, for processes without one; or "
        "the path of a Chromium.",
    )
    browser_sandbox: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether Chromium holds each page in a sandbox of its own, which needs user "
        "namespaces, and not to be root: auto, where that can be, and a warning where not; on, or "
        "no form is filled; off.",
    )
    browser_forms: int = Field(
        4, ge=1, le=32, description="Forms that one browser worker has under way."
    )
    worker_threads: int = Field(
        48, ge=1, le=256, description="Registrations that one worker process has under way."
    )
    worker_processes: int = Field(1, ge=1, le=64, description="Processes of one `registrar work`.")
    database_pool: int = Field(
        10, ge=1, le=200, description="Connections to PostgreSQL of one process."
    )
    max_watch_seconds: float = Field(
        900.0, ge=1, description="After this long, give or take a fifth, a watch must be resumed."
    )
    watch_patience_seconds: float = Field(
        30.0, gt=0, description="How long a watcher may leave a message unread before it is let go."
    )
    backlog_minutes: dict[Literal["interactive", "normal", "bulk"], int] = Field(
        default_factory=dict,
        description="How late a manufacturer's work may be before no more of that class is taken "
        'in, as JSON; by default {"bulk": 60, "normal": 360, "interactive": 1440}.',
    )
    tenant_tiers: dict[str, list[Tier]] = Field(
        default_factory=dict,
        description="The only routes that the registrations of a tenant may take, as JSON: "
        '{"TENANT": ["api", "manual_assist"]}; also web_automation. All for one that is not named.',
    )
    rate_limits: dict[Limited, RateLimit | None] = Field(
        default_factory=dict,
        description="How often one key may call the methods of each scope, and how many "
        'registrations one end user may have, as JSON: {"submit": {"calls": 100, "seconds": 1, '
        '"burst": 500}, "user": null}; null is no limit.',
    )
    tenant_rate_limits: dict[str, dict[Limited, RateLimit | None]] = Field(
        default_factory=dict,
        description='The same for the keys and end users of a tenant, as JSON: {"TENANT": '
        '{"read": {"calls": 10}}}.',
    )
    drain_seconds: float = Field(
        5.0, ge=0, description="How long open calls may take to end when a process is stopped."
    )
    propagation_seconds: float = Field(
        0.0, ge=0, description="How long load balancers take to see that a process is leaving."
    )
    smtp_url: str = Field(
        "",
        description="Where mail is handed over: smtp://USER:PASSWORD@HOST:PORT, by STARTTLS unless "
        "HOST is this one, or smtps://…. Empty: no mail is sent.",
        repr=False,
    )
    smtp_ca_file: str = Field(
        "", description="PEM of who vouches for the mail server; empty: whom the system trusts."
    )
    bounce_address: str = Field(
        "",
        description="Where mail comes back to: bounces@HOST, handed with its subaddresses to "
        "`registrar notifications bounced`. Empty: to whoever wrote, and nobody reads it here.",
    )
    webhooks: str = Field(
        "off",
        description="Where tenants may have webhooks sent: off; public, by HTTPS to addresses of "
        "the Internet; or local, to this host as well and without TLS, for development.",
    )
    otlp_endpoint: str = Field(
        "",
        description="Where traces are sent, OTLP over gRPC: http://HOST:4317. Empty: nowhere. "
        "Needs the extra [otel].",
    )
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_format: str = Field("json", description="json, or console for people.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("sqlite:///FILE or postgresql://… is needed")
        return value.replace("postgres://", "postgresql://", 1)

    @field_validator("artifact_days", "backlog_minutes")
    @classmethod
    def _some_time(cls, value: dict[str, int]) -> dict[str, int]:
        if any(time < 1 for time in value.values()):
            raise ValueError("at least 1 is needed")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("redis://, rediss:// or unix:// is needed")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value and not value.startswith(("smtp://", "smtps://")):
            raise ValueError("smtp://USER:PASSWORD@HOST:PORT or smtps://… is needed")
        return value

    @field_validator("bounce_address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,35}@[A-Za-z0-9.-]+", value):
            raise ValueError("NAME@HOST is needed: ASCII, and a name of 35 characters at most")
        return value

    @field_validator("webhooks")
    @classmethod
    def _known_reach(cls, value: str) -> str:
        if value not in {"off", "public", "local"}:
            raise ValueError("off, public or local is needed")
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _known_endpoint(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("http://HOST:PORT or https://… is needed")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value not in {"debug", "info", "warning", "error"}:
            raise ValueError("debug, info, warning or error is needed")
        return value

    @field_validator("log_format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in {"json", "console"}:
            raise ValueError("json or console is needed")
        return value

    @field_validator("root_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value:
            _decoded(value)
        return value

    @field_validator("root_keys_before")
    @classmethod
    def _each_long_enough(cls, value: str) -> str:
        if value:
            _all_decoded(value)
        return value

    @field_validator("key_provider_before")
    @classmethod
    def _known_provider_before(cls, value: str) -> str:
        return cls._known_provider(value) if value else value

    @field_validator("key_provider")
    @classmethod
    def _known_provider(cls, value: str) -> str:
        if value != "env" and not re.match(r"(file|pkcs11):.", value):
            raise ValueError("env, file:PATH or pkcs11:… is needed")
        return value

    @property
    def roots_before(self) -> tuple[bytes, ...]:
        """The root keys of before, in their order."""
        return _all_decoded(self.root_keys_before) if self.root_keys_before else ()

    @property
    def root(self) -> bytes:
        """The root key's bytes; ConfigurationError where there is none."""
        if not self.root_key:
            raise ConfigurationError(f"{PREFIX}ROOT_KEY: 32 bytes in base64 are needed")
        return _decoded(self.root_key)

    @property
    def key_store(self) -> str:
        """URL of the store of keys; ConfigurationError where it is the database of the data."""
        found = self.keys_url or _beside(self.database_url)
        if found == self.database_url:
            raise ConfigurationError(f"{PREFIX}KEYS_URL: must differ from {PREFIX}DATABASE_URL")
        return found

    @property
    def notifies(self) -> bool:
        """Whether there is any way to tell what became of a registration."""
        return bool(self.smtp_url) or self.webhooks != "off"

    @property
    def routes(self) -> dict[str, frozenset[Tier]]:
        """By tenant, of those that may not take all."""
        return {tenant: frozenset(tiers) for tenant, tiers in self.tenant_tiers.items()}

    @property
    def quotas(self) -> dict[str, Quota | None]:
        """Of each key by scope, and of each end user."""
        return {**USUAL, **_quotas(self.rate_limits)}

    @property
    def tenant_quotas(self) -> dict[str, dict[str, Quota | None]]:
        """By tenant, of those that have their own."""
        return {tenant: _quotas(given) for tenant, given in self.tenant_rate_limits.items()}

    @property
    def lateness(self) -> dict[Priority, timedelta]:
        """How late the work of each class may be."""
        given = {
            Priority[name.upper()]: timedelta(minutes=minutes)
            for name, minutes in self.backlog_minutes.items()
        }
        return {**LATENESS, **given}

    @property
    def retention(self) -> dict[ArtifactKind, timedelta]:
        """How long each kind of artifact is kept."""
        given = {kind: timedelta(days=days) for kind, days in self.artifact_days.items()}
        return {**RETENTION, **given}


def _beside(address: str) -> str:
    """A store of keys next to the data, in the same folder or on the same server."""
    place, mark, options = address.partition("?")
    if place.startswith("sqlite"):
        stem, dot, suffix = place.rpartition(".")
        beside = f"{stem}-keys.{suffix}" if dot and "/" not in suffix else f"{place}-keys"
    else:
        beside = f"{place}_keys"
    return beside + mark + options


def _quotas(given: Mapping[Limited, RateLimit | None]) -> dict[str, Quota | None]:
    return {name: one.quota if one else None for name, one in given.items()}


def _decoded(value: str) -> bytes:
    try:
        made = base64.b64decode(value, validate=True)
    except binascii.Error:
        made = b""
    if len(made) != _ROOT:
        raise ValueError("32 bytes in base64 are needed")
    return made


def _all_decoded(value: str) -> tuple[bytes, ...]:
    return tuple(_decoded(one.strip()) for one in value.split(","))


def load(**given: Any) -> Settings:  # noqa: ANN401 - any setting
    """From `given`, the environment, and the folder of secrets, in this order.

    ConfigurationError names every wrong one.
    """
    folder = os.environ.get(SECRETS, "")
    unknown = sorted([*_unknown(os.environ), *_unknown(_files(folder))])
    if unknown:
        raise ConfigurationError("no such setting: " + ", ".join(unknown))
    try:
        return Settings(**{"_secrets_dir": folder or None, **given})
    except SettingsError as error:
        # It has the field in quotes, and where it is from; nothing of what stands there is shown.
        field, cause = str(error).split('"')[1], error.__cause__
        problem = cause.strerror if isinstance(cause, OSError) else "JSON is needed"
        raise ConfigurationError(f"{PREFIX}{field.upper()}: {problem}") from None
    except ValidationError as error:
        found = [
            f"{PREFIX}{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError("; ".join(found)) from None


CLIENT_VARIABLES = frozenset(
    {
        "REGISTRAR_ADDRESS",
        "REGISTRAR_API_KEY",
        "REGISTRAR_CA_FILE",
        "REGISTRAR_CLIENT_CERT_FILE",
        "REGISTRAR_CLIENT_KEY_FILE",
    }
)
"""Read by the command line's client, not by the service."""


def _files(folder: str) -> list[str]:
    """As the settings that they are; another's files may lie beside them."""
    if not folder:
        return []
    try:
        return [one.name.upper() for one in Path(folder).iterdir()]
    except OSError as error:
        raise ConfigurationError(f"{SECRETS}: {folder}: {error.strerror}") from None


def _unknown(names: Iterable[str]) -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    return [name for name in names if name.startswith(PREFIX) and name not in known]
