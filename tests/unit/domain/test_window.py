"""The days within which a manufacturer wants a product registered."""

from datetime import date

import pytest

from registrar.domain.purchase import Purchase
from registrar.domain.window import Window, closing

BOUGHT = Purchase(date(2026, 2, 1), "DE", delivery_date=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("window", "purchase", "expected"),
    [
        (Window(28), BOUGHT, date(2026, 3, 1)),
        (Window(28, "later"), BOUGHT, date(2026, 3, 29)),
        (Window(28, "later"), Purchase(date(2026, 2, 1), "DE"), date(2026, 3, 1)),
    ],
    ids=["purchase", "delivery", "not delivered"],
)
def test_a_window_begins_with_the_purchase_or_the_delivery(
    window: Window, purchase: Purchase, expected: date
) -> None:
    """Whichever the manufacturer counts from."""
    assert window.last_day(purchase) == expected


@pytest.mark.parametrize(
    ("windows", "days"),
    [
        ((), None),
        ((Window(30, countries=("US",)),), None),
        ((Window(30, countries=("US", "DE")),), 30),
        ((Window(90), Window(60, countries=("DE",)), Window(10, countries=("US",))), 60),
    ],
    ids=["none", "elsewhere", "here", "first to close"],
)
def test_the_first_to_close_counts_where_it_holds(
    windows: tuple[Window, ...], days: int | None
) -> None:
    """Those of other countries do not."""
    found = closing(windows, BOUGHT)
    assert (found and found[0].days) == days
    assert found is None or found[1] == found[0].last_day(BOUGHT)
