"""The days within which a manufacturer wants a product registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registrar.domain.purchase import Purchase


@dataclass(frozen=True, slots=True)
class Window:
    """`countries` of the purchase, ISO 3166-1 alpha-2; empty means all."""

    days: int
    start: str = "purchase"
    """`purchase`, or `later`: of purchase and delivery."""
    purpose: str = "required"
    """`required`: it registers later ones no more; `extension`: of the guarantee, which is lost."""
    countries: tuple[str, ...] = ()
    notes: str = ""

    def covers(self, purchase: Purchase) -> bool:
        """Whether it is meant for this purchase."""
        return not self.countries or purchase.country in self.countries

    def last_day(self, purchase: Purchase) -> date:
        """The day after which it is closed."""
        begin = purchase.date
        if self.start == "later" and purchase.delivery_date is not None:
            begin = max(begin, purchase.delivery_date)
        return begin + timedelta(days=self.days)


def closing(windows: Sequence[Window], purchase: Purchase) -> tuple[Window, date] | None:
    """The first to close of those that cover this purchase, and when."""
    open_ones = [(one, one.last_day(purchase)) for one in windows if one.covers(purchase)]
    return min(open_ones, key=lambda one: one[1]) if open_ones else None
