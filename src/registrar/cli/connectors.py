"""`registrar connectors`: how they are doing in the service, and offline work on manifests.

The latter needs the connector kit, which takes long to import.
"""

from __future__ import annotations

from registrar.cli import conformance, manifests, operating, operators, scaffold

app = operating.app
operators.app.add_typer(manifests.app)
operators.app.add_typer(conformance.app)
operators.app.add_typer(scaffold.app)
