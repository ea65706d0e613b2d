"""Requests that several registrations share, without I/O: who fits to whom, and whose is what.

A registration reads what it would have been told alone: the answer with its own item only. What an
answer says of the request as a whole (`Reply.shared`) it says of no registration.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.http import NoAnswer, Reply, Request
from registrar.connectors.kit.manifest.batch import Batch

_GOOD = range(200, 300)
COMMA = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharable(Request):
    """A request of one registration that may go together with others like it."""

    batch: Batch
    marks: tuple[str, ...] = field(repr=False)
    """By which its item is known in the answer, in the order of `batch.match`."""
    frame: str = field(repr=False)
    """All that must be the same in another one."""

    def meets(self, other: Sharable) -> bool:
        """Whether one item could be taken for the other's."""
        return any(mine == its for mine, its in zip(self.marks, other.marks, strict=True))


def sharable(request: Request, batch: Batch, marks: Sequence[str]) -> Request:
    """As it is, where it has to go alone: nothing marks it, or it is no list of one."""
    made = tuple(one.casefold() for one in marks)
    rest = _without_item(request, batch)
    if rest is None or not all(made):
        return request
    return Sharable(
        request.method,
        request.url,
        request.headers,
        request.query,
        request.json,
        request.form,
        batch=batch,
        marks=made,
        frame=_frame(rest),
    )


def _without_item(request: Request, batch: Batch) -> Request | None:
    if batch.query:
        value = request.query.get(batch.query, "")
        if not value or COMMA in value:
            return None
        return replace(request, query={**request.query, batch.query: ""})
    items = mapping.at(request.json, batch.into)
    if not isinstance(items, list) or len(items) != 1:
        return None
    return replace(request, json=_put(request.json, batch.into, []))


def _frame(rest: Request) -> str:
    parts = [rest.method, rest.url, rest.headers, rest.query, rest.json, rest.form]
    return json.dumps(parts, sort_keys=True)


def together(requests: Sequence[Sharable]) -> Request:
    """One for all of them; for one alone that one."""
    first = requests[0]
    if len(requests) == 1:
        return first
    name, into = first.batch.query, first.batch.into
    if name:
        joined = COMMA.join(one.query[name] for one in requests)
        return replace(first, query={**first.query, name: joined})
    items = [mapping.at(one.json, f"{into}[0]") for one in requests]
    return replace(first, json=_put(first.json, into, items))


def itemized(request: Sharable, reply: Reply) -> bool:
    """Whether the answer speaks of registrations one by one."""
    return isinstance(mapping.at(reply.body, request.batch.items), list)


def around(request: Sharable, reply: Reply) -> Reply:
    """What it says of no registration by itself: all but its items."""
    if not itemized(request, reply):
        return reply
    return replace(reply, body=_put(reply.body, request.batch.items, []))


def told(request: Sharable, reply: Reply) -> Reply:
    """What the answer to several says of this one.

    Raises NoAnswer where it should speak of it and does not, or not of it alone.
    """
    if itemized(request, reply):
        return replace(_own(request, reply), around=around(request, reply).body)
    if reply.status in _GOOD and not reply.page:
        raise NoAnswer("no list in the answer to several")
    return replace(reply, shared=True)


def alone(request: Sharable, reply: Reply) -> Reply:
    """What the answer to this one says. Raises NoAnswer where its items are another one's."""
    there = itemized(request, reply) and mapping.at(reply.body, request.batch.items)
    return _own(request, reply) if there and reply.status in _GOOD else reply


def _own(request: Sharable, reply: Reply) -> Reply:
    items: Any = mapping.at(reply.body, request.batch.items)
    mine = [one for one in items if _is_of(request, one)]
    if len(mine) != 1:
        raise NoAnswer("the answer does not speak of it")
    body = mine[0] if request.batch.bare else _put(reply.body, request.batch.items, mine)
    return replace(reply, body=body)


def _is_of(request: Sharable, item: object) -> bool:
    paths = (path for path, _ in request.batch.match)
    return all(
        _text(mapping.at(item, path)) == mark
        for path, mark in zip(paths, request.marks, strict=True)
    )


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).casefold()


def _put(body: Any, path: str, items: list[Any]) -> Any:  # noqa: ANN401 - JSON
    """Another body with this list in the place of the one that is there."""

    def put(part: Any, steps: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
        if not steps:
            return items
        made = part.copy()
        made[steps[0]] = put(part[steps[0]], steps[1:])
        return made

    return put(body, mapping.steps(path))
