"""`registrar`: the processes, commands that talk to a running service, and offline ones.

Exit codes: 0 done · 1 some registration failed, some manifest is wrong · 2 wrong usage or setting ·
3 the service does not answer · 4 the service refused.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Mapping

import typer

COMMANDS: Mapping[str, str] = {
    "serve": "processes",
    "dispatch": "processes",
    "work": "processes",
    "sandbox": "processes",
    "migrate": "processes",
    "dev": "dev",
    "demo": "demo",
    "submit": "registrations",
    "get": "registrations",
    "list": "registrations",
    "watch": "registrations",
    "events": "registrations",
    "cancel": "registrations",
    "retry": "registrations",
    "explain": "registrations",
    "dead": "dead",
    "bulk": "bulk",
    "artifacts": "artifacts",
    "proofs": "artifacts",
    "manual": "manual",
    "export": "customers",
    "erase": "customers",
    "proof": "manual",
    "connectors": "connectors",
    "notifications": "notifications",
    "keys": "keys",
    "audit": "audit",
    "stats": "stats",
    "keys-at-rest": "keys_at_rest",
    "doctor": "service",
    "identifiers": "identifiers",
    "version": "service",
}
"""Command to module: only what a command needs is imported, so that each starts quickly."""

QUICK: Mapping[str, str] = {
    f"connectors {one}": "operating"
    for one in ("list", "show", "pause", "resume", "probe", "drift", "breaker", "overrides")
}
"""Two words that need less than the first one alone."""

YOUNG_OBJECTS = 50_000
"""Imports make objects that stay: to look through them at every 700 takes an eighth of a start."""


def build(wanted: str = "", under: str = "") -> typer.Typer:
    """The application with the modules of one command; with all of them where none is named.

    `under`: the word that follows it.
    """
    app = typer.Typer(
        name="registrar",
        help="Registers products with their manufacturers.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    quick = QUICK.get(f"{wanted} {under}")
    modules = {quick or COMMANDS[wanted]} if wanted in COMMANDS else set(COMMANDS.values())
    for name in sorted(modules):
        app.add_typer(importlib.import_module(f"registrar.cli.{name}").app)
    return app


def main() -> None:
    """The entry point."""
    gc.set_threshold(YOUNG_OBJECTS)
    given = [one for one in sys.argv[1:] if not one.startswith("-")]
    # The help of one command does not need the others; the list of commands needs all.
    app = build(*given[:2])
    app(prog_name="registrar")
