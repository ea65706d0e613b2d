"""`registrar connectors`: what the service knows of them, and offline work on manifests.

Apart from `service`, whose other commands need not load the connector kit.
"""

from __future__ import annotations

import typer

from registrar.cli import conformance, manifests, service

app = typer.Typer()
service.connectors.add_typer(manifests.app)
service.connectors.add_typer(conformance.app)
app.add_typer(service.connectors, name="connectors")
