"""A manufacturer in a distribution of its own: it is built, tested and installed by itself."""

from __future__ import annotations

from pathlib import Path

from registrar.connectors.kit.plugins import GROUP
from registrar.connectors.scaffold.rendering import filled, template
from registrar.connectors.scaffold.wanted import Wanted
from registrar.connectors.scaffold.writing import put, write

LAYOUT = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "readme.md.txt",
    "conftest.py": "conftest.py.txt",
    "tests/test_package.py": "test_package.py.txt",
}
"""Path to template."""


def lay_out(wanted: Wanted, output: Path) -> Path:
    """The manufacturer's folder in it. Raises ConfigurationError where there is one already."""
    name = f"registrar-{wanted.id.replace('_', '-')}"
    module = f"registrar_{wanted.id}"
    words = {"DISTRIBUTION": name, "MODULE": module, "ID": wanted.id, "GROUP": GROUP}
    texts = {path: filled(template(source), words) for path, source in LAYOUT.items()}
    package = f'"""The registrar reads the folder beside this file: {wanted.id}."""\n'
    put(output / name, {**texts, f"src/{module}/__init__.py": package})
    return write(wanted, output / name / "src" / module)
