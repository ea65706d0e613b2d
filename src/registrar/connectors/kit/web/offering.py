"""What a list or a set of choices offers, and what of it the manifest needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from registrar.connectors.kit.manifest.web import Fill, WebTier
from registrar.connectors.kit.web.fingerprint import digest, key
from registrar.connectors.kit.web.survey import plain
from registrar.domain.drift import Change, FormPage, Severity, Trait

CHOICES = frozenset({"select", "radio"})
SHOWN = 5
"""Options that are named one by one."""

Side = tuple[Trait, FormPage]
"""The control, and the page that it is on."""


def needed(tier: WebTier, fill: Fill) -> set[str]:
    """Words that the manifest itself puts in; empty where only a record tells."""
    if fill.fixed:
        return {fill.fixed}
    for field in tier.fields:
        last = field.functions[-1] if field.functions else None
        if field.target == (fill.value,) and last and last.name == "map":
            return {str(one) for one in last.argument.values()}
    return set()


def changes(tier: WebTier, fill: Fill, before: Side, now: Side) -> Iterator[Change]:
    """Breaking where something is no longer offered that the manifest puts in."""
    if fill.kind not in CHOICES:
        return
    was, has = _offered(fill, *before), _offered(fill, *now)
    lost = sorted(
        one for one in needed(tier, fill) if _among(one, was, before) and not _among(one, has, now)
    )
    for one in lost:
        yield Change(Severity.BREAKING, "option_gone", key(fill), was=one)
    words, since = set(map(_same, was)), set(map(_same, has))
    if was and not has:
        yield Change(Severity.BREAKING, "offers_nothing", key(fill), f"{len(was)} options")
    elif words != since and not lost:
        said = f"{len(was)} options", f"{len(has)} options"
        more, less = _named(has, words), _named(was, since)
        if len(more) + len(less) <= SHOWN:
            said = ", ".join(less), ", ".join(more)
        yield Change(Severity.COSMETIC, "options", key(fill), *said)


def _offered(fill: Fill, one: Trait, page: FormPage) -> tuple[str, ...]:
    if fill.kind == "select":
        return one.options
    same = [other for other in page.traits if other.role == "radio" and other.group == one.group]
    return tuple(other.name for other in same)


def _among(wanted: str, offered: tuple[str, ...], side: Side) -> bool:
    """By its words, or as the form sends it."""
    known = {*map(_same, offered), *map(_same, side[0].values)}
    return digest(wanted) in known


def _same(option: str) -> str:
    """An option that was kept in words is the one that was kept as a digest."""
    return option if option.startswith("#") else digest(option)


def _named(options: tuple[str, ...], besides: set[str]) -> list[str]:
    return [plain(one) for one in options if _same(one) not in besides]
