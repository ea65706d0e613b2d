"""Values that must be sent and never told: a record full of them, and an ear for what is said."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from structlog.testing import capture_logs

from registrar.testing.conformance.scenarios import Record, Scenarios

PERSONAL: Mapping[str, Any] = {
    "given_name": "Kanarina",
    "family_name": "Vogelsangová",
    "email": "kanarina.canary@example.com",
    "phone": "+493098765432",
    "company": "Canary Aviaries",
    "address": {"lines": ["Kanariengasse 77"], "city": "Vogelheim"},
}
SHORTEST = 6
"""Shorter secrets would be found by chance."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """`texts` are what must not be heard."""

    record: Record
    texts: list[str] = field(repr=False)

    @classmethod
    def of(cls, scenarios: Scenarios) -> Canaries:
        """The plainest record with other people, and the secrets."""
        record = scenarios.varied({"customer": PERSONAL}, "canaries")
        serial = str(record.data["product"]["serial_number"])
        secrets = [one for one in scenarios.place.secrets.values() if len(one) >= SHORTEST]
        return cls(record, [*_leaves(PERSONAL), serial, *secrets])

    def found(self, text: str) -> list[str]:
        """Those that are in it, as nobody else has to read them: by their place."""
        return [f"canary {place}" for place, one in enumerate(self.texts, 1) if one in text]


def _leaves(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [str(value)]


@dataclass(slots=True)
class Heard:
    """Everything that was said, as text."""

    parts: list[str] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.parts)

    @property
    def tracer(self) -> _Spans:
        """That keeps its spans here."""
        return _Spans(self)

    def said(self, *values: object) -> None:
        """Whatever a log or a caller could be shown of them."""
        self.parts += [f"{one!r} {one}" for one in values]


@dataclass(frozen=True, slots=True)
class _Spans:
    """A `ports.tracing.Tracer`."""

    heard: Heard

    def current(self) -> str:
        """Nothing is traced before."""
        return ""

    def continued(
        self, name: str, traceparent: str, attributes: Mapping[str, str | int]
    ) -> AbstractContextManager[str]:
        """Kept with its attributes."""
        self.heard.said(name, dict(attributes))
        return nullcontext(traceparent)


class _Ear(logging.Handler):
    def __init__(self, heard: Heard) -> None:
        super().__init__(logging.DEBUG)
        self._heard = heard
        self._format = logging.Formatter("%(name)s %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        """With its traceback, if there is one."""
        self._heard.said(self._format.format(record))


@contextmanager
def listening() -> Iterator[Heard]:
    """To every logger of this process, from DEBUG on."""
    heard, root = Heard(), logging.getLogger()
    ear, level = _Ear(heard), root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as lines:
            yield heard
            heard.said(*lines)
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
