"""A secret that ends on a known day is warned of, once a day, and is used all the same."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from registrar.connectors.kit.auth import Auth, Fixed, Surroundings, authorization
from registrar.connectors.kit.auth.expiry import Expiring, Expiry, moment
from registrar.connectors.kit.http import HttpClient

END = datetime(2027, 1, 31, tzinfo=UTC)


class Calendar:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = END - timedelta(days=30)

    def now(self) -> datetime:
        """As the test says."""
        return self.at


@pytest.fixture
def calendar() -> Calendar:
    """A month before the end."""
    return Calendar()


@pytest.fixture
def expiring(calendar: Calendar) -> Expiring:
    """Warned of fourteen days ahead."""
    expiry = Expiry(END, "hp.secret_ends")
    return Expiring(Fixed("X-Key", "k"), expiry, timedelta(days=14), calendar.now)


async def test_a_warning_a_day_and_none_too_early(expiring: Expiring, calendar: Calendar) -> None:
    """However many requests there are."""
    days: list[tuple[str, int]] = []
    with capture_logs() as lines:
        for left in (30, 15, 14, 13, 1, 0, -1):
            calendar.at = END - timedelta(days=left)
            for _ in range(3):
                assert await expiring.headers() == {"X-Key": "k"}
    days = [(one["event"], one["days_left"]) for one in lines]
    assert days == [
        ("secret_expires", 14),
        ("secret_expires", 13),
        ("secret_expires", 1),
        ("secret_expired", 0),
        ("secret_expired", 0),
    ]
    assert {(one["log_level"], one["secret"]) for one in lines} == {("warning", "hp.secret_ends")}


@pytest.mark.parametrize(
    "text", ["2027-01-31", "2027-01-31T00:00:00", "2027-01-31T01:00:00+01:00", "2027-01-31T00:00Z"]
)
def test_a_day_begins_with_its_first_moment(text: str) -> None:
    """A warning too early does no harm. UTC, where nothing else is said."""
    assert moment(text) == END


def surroundings(**secrets: str) -> Surroundings:
    """Of a manufacturer with these secrets."""
    named = {key.replace("__", "."): value for key, value in secrets.items()}
    return Surroundings(HttpClient(), "", 1.0, named)


def test_the_end_is_known_where_the_settings_tell_it() -> None:
    """Of both parts of a subscription, the first."""
    token = Auth("oauth2_client_credentials", client_id="m.id", client_secret="m.secret")  # noqa: S106 - names of secrets
    auth = Auth("subscription", "m.key", "X-Key", token=token, expires="m.key_ends")
    held = {"m__key": "k", "m__id": "i", "m__secret": "s"}
    assert authorization(auth, surroundings(**held)).expires_at is None
    one = authorization(auth, surroundings(**held, m__key_ends="2027-01-31"))
    assert one.expires_at == END


@pytest.mark.parametrize("kind", ["bearer", "api_key"])
def test_a_key_of_which_nothing_is_told_has_no_end(kind: str) -> None:
    """Unknown is not never, and not now."""
    auth = Auth(kind, "m.key", "X-Key", expires="m.ends")
    assert authorization(auth, surroundings(m__key="k")).expires_at is None
