"""`registrar connectors`: how they are doing in the service, and offline work on manifests.

Apart from `operators`, whose commands do not need the connector kit.
"""

from __future__ import annotations

import typer

from registrar.cli import breakers, conformance, drift, manifests, operators, overrides, scaffold

app = typer.Typer()
operators.app.add_typer(manifests.app)
operators.app.add_typer(conformance.app)
operators.app.add_typer(drift.app)
operators.app.add_typer(breakers.app, name="breaker")
operators.app.add_typer(overrides.app, name="overrides")
operators.app.add_typer(scaffold.app)
app.add_typer(operators.app, name="connectors")
