"""`registrar notifications bounced`: what a mail server pipes a returned letter into.

Unlike its neighbours it talks to the database: a mail server has no API key.
"""

from __future__ import annotations

import asyncio
import sys

import typer

app = typer.Typer()

TRY_LATER = 75
"""sysexits' EX_TEMPFAIL: whatever else a mail server took for its last word."""


@app.command()
def bounced() -> None:
    """Read a mail on standard input and, if it says so, write down that a letter came back.

    Exit codes: 0 whatever else it was · 75 not now, keep it and try again.
    """
    from registrar.bootstrap import returning  # noqa: PLC0415 - slow, and for this alone
    from registrar.config import settings as config  # noqa: PLC0415
    from registrar.domain.errors import RegistrarError  # noqa: PLC0415
    from registrar.telemetry import logs  # noqa: PLC0415

    try:
        settings = config.load()
        logs.configure(settings.log_level, settings.log_format)
        asyncio.run(returning.returned(settings, sys.stdin.buffer.read()))
    except RegistrarError as error:
        typer.echo(f"registrar: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(TRY_LATER) from None
    except Exception as error:  # noqa: BLE001 - of a defect, too, the mail is kept
        # Its text may quote what it met.
        typer.echo(f"registrar: {type(error).__name__}", err=True)
        raise typer.Exit(TRY_LATER) from None
