"""What overrides make of answers: before the manifest, and never a success."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registrar.connectors.kit import manifest, overriding
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.overriding import Overrides
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.override import ErrorOverride
from registrar.ports.error_overrides import InForce

LOADED = manifest.load(Path(PACKAGED, "acme", "manifest.yaml"))
assert LOADED.api is not None
ACME = LOADED.api
HOUR = timedelta(hours=1)
WHEN = {"status": [409, 418], "path": "code", "in": ["odd"]}
REPLY = Reply(418, {"code": "odd", "registration_id": "R1"}, timedelta(seconds=9))


def override(code: str, effect: str, **rule: Any) -> ErrorOverride:  # noqa: ANN401 - JSON
    """Acme's."""
    now = datetime(2026, 11, 25, tzinfo=UTC)
    made = {"when": WHEN, "code": code, "effect": effect, **rule}
    return ErrorOverride(
        "o1", "acme", Tier.API, made, 0, acknowledged=True, reason="r", by="k",
        expires_at=now + HOUR, created_at=now,
    )  # fmt: skip


@dataclass
class Clock:
    """Monotonic."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def table(*found: ErrorOverride, clock: Clock | None = None) -> Overrides:
    """With these in force for an hour."""
    made = Overrides(clock or Clock())
    assert made.put([InForce(one, HOUR) for one in found], 1000.0) == []
    return made


def submitted(one: ErrorOverride, reply: Reply = REPLY) -> Outcome | None:
    """By one override."""
    return overriding.submitted(ACME, table(one).rules("acme"), reply)


def verified(one: ErrorOverride, reply: Reply = REPLY) -> Verification | None:
    """By one override."""
    return overriding.verified(ACME, table(one).rules("acme"), reply)


def silence(made: Verification | None) -> tuple[Code, timedelta | None]:
    """No verdict by the override; what it came of, and when to ask again."""
    assert made is not None
    assert (made.verdict, made.message) == (Verdict.CANNOT_TELL, "override:o1")
    assert made.outcome is not None
    return made.outcome.code, made.retry_after


def test_an_answer_is_what_the_override_says() -> None:
    """With its own name as the rule; the answer's own delay comes before the override's."""
    made = submitted(override("rate_limited", "refused", retry_after=60, guidance="Wait."))
    assert made == Outcome(
        Code.RATE_LIMITED,
        Effect.REFUSED,
        user_message="Wait.",
        raw_code="418 odd",
        rule="override:o1",
        retry_after=timedelta(seconds=9),
    )
    silent = replace(REPLY, retry_after=None)
    slow = submitted(override("rate_limited", "refused", retry_after=60), silent)
    assert slow is not None
    assert slow.retry_after == timedelta(seconds=60)


def test_what_no_override_meets_is_left_to_the_manifest() -> None:
    """Another body, another manufacturer, a page."""
    one = override("not_eligible", "refused")
    other, page = Reply(418, {"code": "other"}), Reply(418, None, page=True)
    assert [submitted(one, other), submitted(one, page), verified(one, other)] == [None] * 3
    assert table(one).rules("samsung") == ()


def test_the_first_that_holds_counts() -> None:
    """In the order in which the store gives them."""
    first, second = override("not_eligible", "unknown"), override("rate_limited", "unknown")
    made = overriding.submitted(ACME, table(first, second).rules("acme"), REPLY)
    assert made is not None
    assert made.code is Code.NOT_ELIGIBLE


def test_an_override_may_doubt_a_success_of_the_manifest() -> None:
    """The look-up then decides."""
    doubt = override("outcome_unknown", "unknown", when={"status": [201]})
    reply = Reply(201, {"status": "registered", "registration_id": "R1"})
    made = submitted(doubt, reply)
    assert made is not None
    assert (made.code, made.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


def test_the_same_owner_needs_the_reference_in_the_answer() -> None:
    """Without it nobody knows."""
    one = override("duplicate.same_owner", "accepted", reference="registration_id")
    made, looked = submitted(one), verified(one)
    assert made is not None
    assert (made.code, made.reference) == (Code.DUPLICATE_SAME_OWNER, "R1")
    assert looked == Verification(Verdict.FOUND, "R1")
    bare = Reply(418, {"code": "odd"})
    made, looked = submitted(one, bare), verified(one, bare)
    assert made is not None
    assert (made.code, made.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
    assert silence(looked) == (Code.OUTCOME_UNKNOWN, None)


def test_an_override_ends_by_itself() -> None:
    """Counted from when the store was asked, also while it is away."""
    clock = Clock()
    made = table(override("not_eligible", "unknown"), clock=clock)
    clock.now = 1000.0 + HOUR.total_seconds() - 0.1
    assert [one.name for one in made.rules("acme")] == ["override:o1"]
    clock.now += 0.2
    assert made.rules("acme") == []


@pytest.mark.parametrize(
    "rule", [{}, {"code": "of.tomorrow"}, {"when": None}, {"code": "ok.registered"}]
)
def test_what_is_not_understood_is_not_heeded(rule: dict[str, Any]) -> None:
    """A newer version wrote it; the others stay in force."""
    good = override("not_eligible", "unknown")
    strange = replace(good, id="o2", rule={**good.rule, **rule} if rule else {})
    made = Overrides(Clock())
    assert made.put([InForce(strange, HOUR), InForce(good, HOUR)], 1000.0) == ["o2"]
    assert [one.name for one in made.rules("acme")] == ["override:o1"]


def test_an_open_effect_silences_a_look_up() -> None:
    """Even where the manifest reads "absent" into it: that would send it again."""
    empty = Reply(200, {"registrations": [], "partial": True})
    when = {"status": [200], "path": "partial", "in": [True]}
    made = verified(override("outcome_unknown", "unknown", when=when, retry_after=30), empty)
    assert silence(made) == (Code.OUTCOME_UNKNOWN, timedelta(seconds=30))


def test_a_refused_registration_is_told_by_the_body_of_a_look_up() -> None:
    """With the outcome and its rule; never against what the manifest reads in it."""
    one = override("not_eligible", "refused")
    made = verified(one)
    assert made is not None
    assert made.outcome is not None
    assert (made.verdict, made.outcome.rule) == (Verdict.REFUSED, "override:o1")
    absent = Reply(200, {"registrations": []})
    broad = override("not_eligible", "refused", when={"path": "registrations", "empty": True})
    assert verified(broad, absent) is None


@pytest.mark.parametrize(
    ("code", "when"), [("not_eligible", {"status": [418]}), ("rate_limited", WHEN)]
)
def test_a_refused_look_up_is_no_refused_registration(code: str, when: dict[str, Any]) -> None:
    """By its status alone, or for its pace: nothing is known of the registration."""
    made = verified(override(code, "refused", when=when, retry_after=30))
    seconds = timedelta(seconds=9)
    assert silence(made) == (Code(code), seconds)


def test_an_asynchronous_refusal_is_told_apart_by_an_override() -> None:
    """Where the manifest knows that it is refused, and not for what."""
    answer = manifest.Answer(manifest.When(frozenset({418})), "refused")
    tier = replace(ACME, verify=replace(ACME.verify, answers=(answer,)))
    one = override("duplicate.other_owner", "refused", when={"status": [418]})
    made = overriding.verified(tier, table(one).rules("acme"), REPLY)
    assert made is not None
    assert made.outcome is not None
    assert made.outcome.code is Code.DUPLICATE_OTHER_OWNER
