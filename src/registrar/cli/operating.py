"""`registrar connectors`: how they are doing in the service. Needs no connector kit to start."""

from __future__ import annotations

import typer

from registrar.cli import breakers, drift, operators, overrides

app = typer.Typer()
operators.app.add_typer(drift.app)
operators.app.add_typer(breakers.app, name="breaker")
operators.app.add_typer(overrides.app, name="overrides")
app.add_typer(operators.app, name="connectors")
