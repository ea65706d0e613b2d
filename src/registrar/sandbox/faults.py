"""Faults by script: rules in order, drawn from a seeded source, so that runs can be replayed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from typing import Any

from registrar.sandbox.forms.kinds import FORM_KINDS

KINDS: Mapping[str, str] = {
    "latency": "wait `seconds`, then answer",
    "hang": "wait `seconds` (an hour) before anything happens",
    "reset_before_commit": "hang up; nothing has happened",
    "commit_then_drop": "hang up; it has happened",
    "commit_then_hang": "wait `seconds` (an hour) before the answer; it has happened",
    "status": "answer with `status` (500)",
    "storm": "answer with `status` (500) for `seconds` from the first time on",
    "throttle": "too many: `status` (429), Retry-After as `retry_header` says",
    "quota": "let `after` requests pass, then `status` (429) until the rule is taken away",
    "html": "an error page of a gateway, with `status` (502)",
    "html_ok": "an error page with status 200",
    "redirect": "send the caller to `location`, with `status` (307)",
    "drip": "the answer, one byte every `seconds` (1)",
    "truncated": "half of the answer",
    "oversized": "the answer, blown up to `size` bytes",
    "ignore_idempotency": "do it again where a repetition would be known (partner-v1)",
    "slow_verify": "look-ups do not see what happened in the last `seconds`",
    "session_expired": "all tokens of the manufacturer end now",
    "clock_skew": "the clock that checks assertions is `seconds` fast (slow below 0)",
    "terms": "the terms have changed, and nobody has accepted them (Apple)",
    "short_answer": "no more than `size` rows of a list (Dell, Microsoft)",
    **FORM_KINDS,
}
"""What can go wrong, and what it does."""

STEPS = frozenset({"submit", "verify", "token", "poll", "health", "form"})
RETRY_HEADERS = frozenset({"seconds", "date", "none"})
ELSEWHERE = "https://elsewhere.invalid/"
LOWEST_STATUS, HIGHEST_STATUS = 200, 599


class NoRule(ValueError):
    """Not a rule of a script; the message begins with the field that is wrong."""


@dataclass(slots=True)
class Rule:
    """Empty conditions match everything; `times` None means for ever.

    The first `after` requests that match pass. `committed`: an answer that takes the place of the
    manufacturer's comes after the act and not before it. None of a number: what the kind says.
    `target` is the name of a form's field, empty for the first that fits the kind.
    """

    fault: str
    manufacturer: str = ""
    step: str = ""
    serial: str = ""
    seconds: float | None = None
    status: int | None = None
    retry_after: int = 1
    retry_header: str = "seconds"
    location: str = ELSEWHERE
    target: str = ""
    size: int = 4 * 1024 * 1024
    after: int = 0
    committed: bool = False
    times: int | None = None
    probability: float = 1.0
    fired: int = field(default=0, init=False)
    met: int = field(default=0, init=False)
    since: float | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """NoRule names the field that is wrong."""
        for one in fields(self):
            _check_type(one.name, getattr(self, one.name), str(one.type))
        _one_of("fault", self.fault, KINDS)
        _one_of("step", self.step, STEPS | {""})
        _one_of("retry_header", self.retry_header, RETRY_HEADERS)
        _within("probability", self.probability, 0, 1)
        _within("status", self.status, LOWEST_STATUS, HIGHEST_STATUS)
        for name in ("retry_after", "size", "after", "times"):
            _within(name, getattr(self, name), 0)
        if self.fault != "clock_skew":
            _within("seconds", self.seconds, 0)

    @classmethod
    def read(cls, given: object) -> Rule:
        """From JSON, counts and all; NoRule names the field that is wrong."""
        if not isinstance(given, dict):
            raise NoRule("rules: each is an object")
        unknown = sorted(set(given) - {one.name for one in fields(cls)})
        if unknown:
            raise NoRule(f"{unknown[0]}: a rule has no such field")
        if "fault" not in given:
            raise NoRule("fault: is needed")
        return cls(**{k: v for k, v in given.items() if k not in _COUNTS})

    def matches(self, manufacturer: str, step: str, serial: str) -> bool:
        """Whether it applies to this request."""
        return (
            self.manufacturer in {"", manufacturer}
            and self.step in {"", step}
            and self.serial in {"", serial}
            and (self.times is None or self.fired < self.times)
        )

    def fires(self, now: float) -> bool:
        """Whether this request, which it applies to, meets it; counted. `now` is monotonic."""
        self.met += 1
        if self.met <= self.after:
            return False
        self.since = now if self.since is None else self.since
        if self.fault == "storm" and self.seconds is not None and now - self.since >= self.seconds:
            return False
        self.fired += 1
        return True

    def pause(self, otherwise: float) -> float:
        """Its seconds."""
        return otherwise if self.seconds is None else self.seconds

    def given(self, fault: str) -> float:
        """Its seconds where it is of this kind, else 0."""
        return self.pause(0.0) if self.fault == fault else 0.0


_COUNTS = {"fired", "met", "since"}


class Script:
    """The rules of the present run.

    Whether a rule with a probability fires is a function of the seed, the rule's place, the
    request's manufacturer, step and serial number, and how often that has been drawn: requests
    that overlap in another order meet the same faults.
    """

    def __init__(self, seed: int = 0) -> None:
        self._first_seed = self._seed = seed
        self._rules: list[Rule] = []
        self._drawn: Counter[tuple[int, str, str, str]] = Counter()

    def replace(self, rules: list[dict[str, Any]], seed: int | None = None) -> None:
        """From the beginning, with the seed of the process where none is given. NoRule."""
        if not isinstance(rules, list):
            raise NoRule("rules: a list is needed")
        made = [Rule.read(rule) for rule in rules]
        self._rules = made
        self._seed = self._first_seed if seed is None else seed
        self._drawn.clear()

    def add(self, rule: dict[str, Any]) -> None:
        """One more at the end; the others go on. NoRule."""
        self._rules = [*self._rules, Rule.read(rule)]

    def report(self) -> list[dict[str, Any]]:
        """The rules, how often each was met and how often it fired."""
        return [{k: v for k, v in asdict(rule).items() if k != "since"} for rule in self._rules]

    @property
    def seed(self) -> int:
        """Of the present rules."""
        return self._seed

    def draw(self, manufacturer: str, step: str, serial: str = "") -> Rule:
        """The rule for this request; one that does nothing where none applies."""
        for place, rule in enumerate(self._rules):
            if (
                rule.matches(manufacturer, step, serial)
                and self._falls(rule, (place, manufacturer, step, serial))
                and rule.fires(time.monotonic())
            ):
                return rule
        return NONE

    def _falls(self, rule: Rule, drawn: tuple[int, str, str, str]) -> bool:
        if rule.probability >= 1:
            return True
        self._drawn[drawn] += 1
        return chance(self._seed, *drawn, self._drawn[drawn]) < rule.probability


def chance(*of: object) -> float:
    """A number from 0 up to 1 that depends on nothing else."""
    made = blake2b("/".join(map(str, of)).encode(), digest_size=7).digest()
    return int.from_bytes(made, "big") / 2**56


def _check_type(name: str, value: object, wanted: str) -> None:
    kinds: tuple[type, ...] = {
        "str": (str,),
        "bool": (bool,),
        "int": (int,),
        "int | None": (int, type(None)),
        "float": (int, float),
        "float | None": (int, float, type(None)),
    }[wanted]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise NoRule(f"{name}: {wanted.replace('float', 'number')} is needed")


def _one_of(name: str, value: str, known: Mapping[str, str] | frozenset[str]) -> None:
    if value not in known:
        raise NoRule(f"{name}: one of {', '.join(sorted(known))} is needed")


def _within(name: str, value: float | None, least: float, most: float = float("inf")) -> None:
    if value is not None and not least <= value <= most:
        bounds = f"between {least} and {most}" if most < float("inf") else f"at least {least}"
        raise NoRule(f"{name}: {bounds}")


NONE = Rule("latency", seconds=0.0)
