"""Operations of an HTTP API, the answers they expect, and the rules of those they do not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.manifest.batch import Batch, batch
from registrar.domain.outcome import Code, Effect

Made = TypeVar("Made")
_SECRET = re.compile(r"\{secret:([^}]+)\}")


class Misplaced(ValueError):
    """Where in the manifest, and what."""

    def __init__(self, place: list[str | int], message: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class When:
    """All of it must hold of an answer."""

    status: frozenset[int] = frozenset()
    conditions: tuple[Condition, ...] = ()

    @property
    def values(self) -> tuple[Any, ...]:
        """Every value that a condition names."""
        return tuple(value for one in self.conditions for value in one.values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an expected answer means; `reference` is where its confirmation stands."""

    when: When
    means: str
    reference: str = ""
    canonical: str = ""
    """Of a look-up: the field that no product is known by."""
    where: Condition | None = None
    """Of a look-up: it means this only of such a record."""
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an unwelcome answer means."""

    name: str
    when: When
    code: Code
    effect: Effect
    field: str = ""
    canonical: str = ""
    """The field that this answer always means, where the manufacturer names none."""
    reference: str = ""
    guidance: str = ""
    retry_after: timedelta | None = None
    """How long to wait where the answer does not say."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP request; texts may hold `{canonical.path}` and `{secret:reference}`."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: str
    """`fields`: the mapped record; `items`: a list with it alone; empty: none."""
    answers: tuple[Answer, ...]
    batch: Batch | None = None
    """How several are asked for at once; None where each is asked for alone."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All that may have holes."""
        return (self.path, *self.headers.values(), *self.query.values())


def secrets(operations: Iterable[Operation | None]) -> frozenset[str]:
    """Every secret that a request of these refers to."""
    texts = [text for one in operations if one is not None for text in one.texts]
    return frozenset(name for text in texts for name in _SECRET.findall(text))


def each(
    make: Callable[[dict[str, Any]], Made], items: Sequence[Any], place: Sequence[str | int]
) -> Iterator[Made]:
    """Of a list at this place; what is wrong with one is told with its number."""
    for index, one in enumerate(items):
        try:
            yield make(one)
        except ValueError as error:
            raise Misplaced([*place, index], str(error)) from error


def operation(data: Mapping[str, Any]) -> Operation:
    """From a manifest."""
    return Operation(
        method=data["method"],
        path=data["path"],
        headers=data.get("headers", {}),
        query=data.get("query", {}),
        body=data.get("body", ""),
        answers=tuple(map(_answer, data["answers"])),
        batch=batch(data["batch"]) if "batch" in data else None,
    )


def _answer(data: Mapping[str, Any]) -> Answer:
    rest = {key: data.get(key, "") for key in ("reference", "canonical", "guidance")}
    where = condition(data["where"]) if "where" in data else None
    return Answer(_when(data["when"]), data["means"], **rest, where=where)


def rule(data: dict[str, Any]) -> Rule:
    """From a manifest; ValueError where it would call a failure a success."""
    code, effect = Code(data["code"]), Effect(data["effect"])
    if code in {Code.REGISTERED, Code.ACCEPTED_PENDING, Code.HANDED_OVER}:
        raise ValueError(f"rule {data['name']}: an error is never a success")
    when = _when(data["when"])
    if effect is Effect.REFUSED and _troubled(when):
        raise ValueError(f"rule {data['name']}: a 5xx refuses only by what its body says")
    rest = {key: data.get(key, "") for key in ("field", "canonical", "reference", "guidance")}
    pause = timedelta(seconds=data["retry_after"]) if "retry_after" in data else None
    return Rule(data["name"], when, code, effect, **rest, retry_after=pause)


def _troubled(when: When) -> bool:
    """Whether a server that has failed may match by its status alone."""
    failing = not when.status or max(when.status) >= 500  # noqa: PLR2004 - HTTP's server errors
    return failing and not when.conditions


def _when(data: dict[str, Any]) -> When:
    own = [data] if "path" in data else []
    return When(
        status=frozenset(data.get("status", ())),
        conditions=tuple(map(condition, [*own, *data.get("also", ())])),
    )
