"""A contract of ours that many manufacturers may take over: `uses: partner-v1` in a manifest.

Its only text is the manifest of the manufacturer that was made up to speak it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

MANUFACTURERS = Path(__file__).parents[1] / "manufacturers"
SPEAKERS = {"partner-v1": "acme"}


def expanded(data: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest that the schema has passed, with all of the contract that its API `uses`."""
    api = data["tiers"].get("api", {})
    if "uses" not in api:
        return dict(data)
    own = {key: value for key, value in api.items() if key != "uses"}
    spoken = read(api["uses"], "manifest.yaml", data["identity"]["id"])
    return {**data, "tiers": {**data["tiers"], "api": {**spoken["tiers"]["api"], **own}}}


@cache
def read(contract: str, file: str, manufacturer: str) -> Mapping[str, Any]:
    """This file of the contract's speaker, about this manufacturer. To be read only: it is kept."""
    speaker = SPEAKERS[contract]
    text = (MANUFACTURERS / speaker / file).read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text.replace(speaker, manufacturer))
    return found
