"""The manufacturers of the storm: one of each kind that the promises tell apart.

None of them exists. Each speaks partner-v1, and all but one do what they are asked as often as
they are asked: a product that is sent twice is registered twice, and the ledger shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registrar.connectors.kit.catalogue import PACKAGED


@dataclass(frozen=True, slots=True)
class Maker:
    """What it offers against a second registration; see `domain.policy.Capabilities`."""

    id: str
    verify: str
    idempotency: str

    @property
    def keeps_keys(self) -> bool:
        """The same key again is answered with what it did before."""
        return self.idempotency == "key"

    @property
    def absences(self) -> int:
        """How many look-ups without a find make sure that it has nothing."""
        return 2 if self.verify == "eventual" else 1


MAKERS = (
    Maker("keyed", verify="none", idempotency="key"),
    Maker("strong", verify="strong", idempotency="none"),
    Maker("eventual", verify="eventual", idempotency="none"),
    Maker("blind", verify="none", idempotency="none"),
)
BY_ID: Mapping[str, Maker] = {one.id: one for one in MAKERS}

LISTED_AFTER = 0.7
"""Seconds until the look-up of `eventual` shows what has happened."""
_ABSENCE_DELAY = 1.5
_NETWORK = {"read_timeout": 2, "max_body": 65536}
_RESILIENCE = {"open_seconds": 2, "longest_open_seconds": 6}
"""A storm is short, and so is the time for which a manufacturer that fails is left alone."""

_MANUAL = {
    "audience": "anyone",
    "evidence": "documented",
    "sources": ["docs/sandbox.md"],
    "steps": [
        {
            "text": "Open the form and fill it in.",
            "fill": [{"label": "Serial number", "from": ["product.serial_number"]}],
        }
    ],
}

RULES: Mapping[str, list[dict[str, Any]]] = {
    "commit_then_drop": [{"fault": "commit_then_drop", "step": "submit"}],
    "reset_before_commit": [{"fault": "reset_before_commit", "step": "submit"}],
    "slow": [{"fault": "latency", "seconds": 1.0}],
    "hung": [{"fault": "hang"}],
    "one_byte_a_second": [{"fault": "drip"}],
    "page_after_commit": [{"fault": "html", "step": "submit", "committed": True}],
    "storm_500": [
        {"fault": "status", "step": "submit", "committed": True, "probability": 0.5},
        {"fault": "status", "step": "submit"},
        {"fault": "status", "step": "verify", "probability": 0.5},
    ],
    "storm_429": [{"fault": "throttle"}],
    "storm_429_by_date": [{"fault": "throttle", "retry_header": "date"}],
    "storm_429_without_a_word": [{"fault": "throttle", "retry_header": "none"}],
    "flapping": [{"fault": "status", "status": 503}],
}
"""What the sandbox does for each fault of a manufacturer."""

ALWAYS: list[dict[str, Any]] = [
    {"fault": "status", "step": "verify", "probability": 0.15},
    {
        "fault": "slow_verify",
        "manufacturer": "eventual",
        "step": "verify",
        "seconds": LISTED_AFTER,
    },
]
"""No fault, but how they are: a look-up fails now and then, and of one it lags."""


def write(folder: Path) -> None:
    """A manifest for each, to be read as `connectors_folder`."""
    for maker in MAKERS:
        place = folder / maker.id
        place.mkdir(parents=True)
        # JSON is YAML.
        (place / "manifest.yaml").write_text(json.dumps(_manifest(maker)))


def _manifest(maker: Maker) -> dict[str, Any]:
    text = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
    made: dict[str, Any] = yaml.safe_load(text.replace("acme", maker.id))
    capabilities = {
        "verify": maker.verify,
        "idempotency": maker.idempotency,
        "send_deadline": 3,
        "max_attempts": 6,
    }
    if maker.verify == "eventual":
        capabilities["absence_delay"] = _ABSENCE_DELAY
    api = made["tiers"]["api"] | {"capabilities": capabilities, "network": _NETWORK}
    return made | {"resilience": _RESILIENCE, "tiers": {"api": api, "manual": _MANUAL}}


def urls(sandbox: str) -> dict[str, str]:
    """`connector_urls`."""
    return {one.id: f"{sandbox}/{one.id}/partner/v1" for one in MAKERS}


def secrets() -> dict[str, str]:
    """`connector_secrets`: what the sandbox takes, no secrets at all."""
    return {f"{one.id}.api_key": f"sandbox-{one.id}" for one in MAKERS}
