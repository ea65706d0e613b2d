"""What a run has brought forth that is worth looking at, one of each kind and manufacturer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from registrar.client import Client
from registrar.client.messages import (
    ActionKind,
    ArtifactKind,
    FulfillmentTier,
    Registration,
    RegistrationState,
)

_SUCCEEDED = RegistrationState.REGISTRATION_STATE_SUCCEEDED
_WEB = FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION
_BY_HAND = ActionKind.ACTION_KIND_FILE_MANUALLY


async def fetched(client: Client, ended: Iterable[Registration]) -> dict[str, bytes]:
    """By file name: pictures of filled forms, guides, and a proof. Raises CallError."""
    ended = list(ended)
    filled = [one for one in ended if (one.state, one.current_tier) == (_SUCCEEDED, _WEB)]
    asked = [one for one in ended if one.action_required.kind == _BY_HAND]
    made: dict[str, bytes] = {}
    for one in _one_each(filled):
        if picture := await _picture(client, one):
            made[f"{one.manufacturer_id}-form.jpg"] = picture
    for one in _one_each(asked):
        made[f"{one.manufacturer_id}-guide.pdf"] = (await client.manual.guide(one.id)).content
    for one in filled[:1]:
        made[f"{one.manufacturer_id}-proof.pdf"] = (await client.manual.proof(one.id)).content
    return made


def _one_each(among: Iterable[Registration]) -> Iterator[Registration]:
    """The first of each manufacturer."""
    return iter({one.manufacturer_id: one for one in reversed(list(among))}.values())


async def _picture(client: Client, one: Registration) -> bytes | None:
    """Of the last page of its form; None where it could not be kept."""
    shot = ArtifactKind.ARTIFACT_KIND_SCREENSHOT
    found = [each for each in await client.artifacts.of(one.id) if each.kind == shot]
    if not found:
        return None
    parts: list[bytes] = []
    await client.artifacts.download(found[-1].id, parts.append)
    return b"".join(parts)


def written(files: Mapping[str, bytes], folder: Path) -> None:
    """Over what was there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
