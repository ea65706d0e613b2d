"""Cards of the packaged manufacturers, each made once."""

import asyncio
from functools import cache
from pathlib import Path

from registrar.connectors.kit import reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.testing.conformance.report import Card
from registrar.testing.conformance.runner import examined

FOLDERS = [path.parent for path in reading.files(PACKAGED)]


@cache
def card(folder: Path) -> Card:
    """Of the whole kit."""
    return asyncio.run(examined(folder))
