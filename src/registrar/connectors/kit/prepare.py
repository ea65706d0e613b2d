"""A job to the request of an operation; pure, without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registrar.connectors.kit import mapping, sharing
from registrar.connectors.kit.http import Request
from registrar.connectors.kit.manifest import ApiTier, Lookup, Operation
from registrar.ports.connector import Job


def request(
    section: ApiTier | Lookup,
    operation: Operation,
    job: Job,
    base_url: str,
    secrets: Mapping[str, str],
) -> Request:
    """Raises Unmappable."""
    data = mapping.record(job)
    mapped = mapping.request_body(section.fields, data) if _maps(operation) else None

    def filled(text: str, fit: mapping.Fit) -> str:
        return mapping.filled(text, data, secrets, fit, mapped)

    made = Request(
        method=operation.method,
        url=base_url + filled(operation.path, mapping.segment),
        headers={k: filled(v, mapping.header) for k, v in operation.headers.items()},
        query={k: filled(v, mapping.text) for k, v in operation.query.items()},
        json=_body(operation, mapped),
    )
    if operation.batch is None:
        return made
    marks = [filled(text, mapping.text) for _, text in operation.batch.match]
    return sharing.sharable(made, operation.batch, marks)


def _maps(operation: Operation) -> bool:
    """Whether any mapped field is a part of it."""
    return bool(operation.body) or any("{" + mapping.FIELD in one for one in operation.texts)


def _body(operation: Operation, mapped: Any) -> Any:  # noqa: ANN401 - JSON
    if not operation.body:
        return None
    return [mapped] if operation.body == "items" else mapped
