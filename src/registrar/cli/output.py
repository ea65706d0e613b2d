"""What commands print: JSON lines on standard output for programs, tables for people."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import grpc
import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

from registrar.client import CallError, Client, credentials

SOME_FAILED, UNAVAILABLE, REFUSED = 1, 3, 4
TLS = "tls://"
CREDENTIALS = ("CA_FILE", "CLIENT_CERT_FILE", "CLIENT_KEY_FILE")
"""Of the environment, for `tls://`; without the first one gRPC's own roots are trusted."""

Address = Annotated[
    str,
    typer.Option(
        envvar="REGISTRAR_ADDRESS", help="Where the service listens: HOST:PORT, tls://HOST:PORT."
    ),
]
ApiKey = Annotated[str, typer.Option(envvar="REGISTRAR_API_KEY", help="Who calls.")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]
DEFAULT_ADDRESS = "127.0.0.1:50051"

chatter = Console(stderr=True)
out = Console()
Answer = TypeVar("Answer")


def line(value: Message | dict[str, Any]) -> None:
    """One JSON line."""
    made = value if isinstance(value, dict) else plain(value)
    sys.stdout.write(json.dumps(made, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def text(message: Message) -> str:
    """Of a file: JSON that people can read, too."""
    return json.dumps(plain(message), ensure_ascii=False, indent=2) + "\n"


def plain(message: Message) -> dict[str, Any]:
    """In the proto's own JSON mapping, with the names of the contract."""
    made: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return made


def table(title: str, *columns: str) -> Table:
    """An empty one; what is too long goes on below, for an id with its end cut off is none."""
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def word(name: str) -> str:
    """`REGISTRATION_STATE_ACTION_REQUIRED` for people."""
    for prefix in ("REGISTRATION_STATE_", "FULFILLMENT_TIER_", "WAIT_REASON_", "ACTION_KIND_"):
        name = name.removeprefix(prefix)
    return name.lower().replace("_", " ")


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """The command; what the service says against it becomes a sentence and an exit code."""
    try:
        return asyncio.run(work)
    except CallError as error:
        chatter.print(f"registrar: {error}", markup=False)
        away = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
        raise typer.Exit(UNAVAILABLE if error.code in away else REFUSED) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def client(address: str, api_key: str) -> Client:
    """Of one command."""
    if not address.startswith(TLS):
        return Client(address, api_key)
    named = {name: os.environ.get(f"REGISTRAR_{name}", "") for name in CREDENTIALS}
    try:
        made = credentials(*named.values())
    except OSError as error:
        chatter.print(f"registrar: {error.filename}: {error.strerror}", markup=False)
        raise typer.Exit(2) from None
    return Client(address.removeprefix(TLS), api_key, credentials=made)
