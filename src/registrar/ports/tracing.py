"""Tracing: which trace the present work belongs to, as W3C Trace Context has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Tracer(Protocol):
    """Spans of the present task. Attributes carry ids and codes, nothing personal."""

    def current(self) -> str:
        """The `traceparent` of the innermost span; empty where nothing is traced."""
        ...

    def continued(
        self, name: str, traceparent: str, attributes: Mapping[str, str | int]
    ) -> AbstractContextManager[str]:
        """A span that goes on where `traceparent` was; gives its own, or that one."""
        ...


class NoTracer:
    """Traces nothing, and keeps what it is given."""

    def current(self) -> str:
        """Nothing is traced."""
        return ""

    @contextmanager
    def continued(
        self, name: str, traceparent: str, attributes: Mapping[str, str | int]
    ) -> Iterator[str]:
        """The same trace."""
        del name, attributes
        yield traceparent


def trace_id(traceparent: str) -> str:
    """32 hexadecimal digits; empty for an empty `traceparent`."""
    return traceparent.split("-")[1] if traceparent else ""
