"""The violations met so far."""

from __future__ import annotations

from registrar.domain.errors import Violation


class Found(list[Violation]):
    """Checking goes on after a violation, so that the caller learns of all at once."""

    def add(self, field: str, rule: str, description: str) -> None:
        """Note one; never with the value, which is personal."""
        self.append(Violation(field, rule, description))

    def has(self, field: str) -> bool:
        """Whether this field has one already."""
        return bool(self) and any(one.field == field for one in self)
