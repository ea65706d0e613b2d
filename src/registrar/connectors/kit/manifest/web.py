"""The section `tiers.web`: a form, step by step, and what its pages may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.manifest import operations
from registrar.connectors.kit.manifest.operations import Misplaced
from registrar.domain.outcome import Code, Effect
from registrar.domain.policy import Capabilities

PLACE = ("tiers", "web")
SEND_DEADLINE = timedelta(seconds=90)
MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Locator:
    """One way to find a control; `by` is label, role, test_id or css."""

    by: str
    value: str
    name: str = ""
    """Of a role: what a person reads of it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Which files a form takes as a proof of purchase."""

    types: tuple[str, ...]
    """Media types."""
    most: int
    """Bytes."""

    @property
    def words(self) -> str:
        """For whoever can bring another one."""
        types = ", ".join(one.rpartition("/")[2].upper() for one in self.types)
        return f"is needed: {types} of at most {self.most:,} bytes"


@dataclass(frozen=True, slots=True)
class Fill:
    """One control, and what goes into it: a mapped field, a consent, a proof, or what is fixed."""

    find: tuple[Locator, ...]
    kind: str
    """text, select, radio, pick, check or file."""
    value: str = ""
    consent: str = ""
    fixed: str = ""
    """The same for every record."""
    group: str = ""
    """Of a set of choices: what it is called."""
    upload: Taken | None = None
    """Of a file: a proof of purchase."""
    proof: bool | None = None
    """Only where a proof that the form takes is there, or only where none is."""
    when: Condition | None = None

    @property
    def conditional(self) -> bool:
        """Whether it is filled in for some records alone: for others it may not be there."""
        return self.when is not None or self.proof is not None

    @property
    def advertises(self) -> bool:
        """Whatever the owner has agreed to with the caller: a program ticks no advertisements."""
        return self.consent.startswith(("consents.marketing", "consents.share"))

    @property
    def label(self) -> str:
        """What a person reads of it."""
        return next((one.name or one.value for one in self.find if one.by in {"label", "role"}), "")


@dataclass(frozen=True, slots=True)
class Signs:
    """Of a page: all of them must be there. Patterns are searched for, whatever the case."""

    heading: re.Pattern[str] | None = None
    text: re.Pattern[str] | None = None
    alert: re.Pattern[str] | None = None
    title: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form."""

    name: str
    ready: Signs
    fill: tuple[Fill, ...] = ()
    decline: tuple[Locator, ...] = ()
    """Boxes that must not be ticked, such as a pre-ticked one for advertisements."""
    press: Locator = Locator("role", "button")
    sends: bool = False
    """Pressing it is the point of no return."""
    frame: str = ""
    """Title or name of the frame that it is in."""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What a page means that is no step: `code` with `effect`, in the order of the manifest."""

    name: str
    signs: Signs
    code: Code
    effect: Effect
    reference: re.Pattern[str] | None = None
    """Its one group is the confirmation."""
    canonical: str = ""
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class WebTier:
    """The route through a browser."""

    capabilities: Capabilities
    start: str
    fields: tuple[mapping.FieldMap, ...]
    steps: tuple[Step, ...]
    pages: tuple[Page, ...]
    hosts: tuple[str, ...] = ()
    """Allowed beside that of the form itself."""
    session: str = ""
    """Reference of the secret that holds a signed-in session of the organisation's own account."""
    when: Condition | None = None
    """It is only for such records; the others go on to the next route."""
    dismiss: tuple[str, ...] = ()
    """Buttons that take away what lies over a page: never one that agrees to anything."""
    looks: str = "none"
    """How certain the API's look-up is of what a form has done; none where it tells nothing."""
    step_seconds: float = 20.0
    """How long a page may take to appear."""

    @property
    def upload(self) -> Taken | None:
        """What it takes as a proof of purchase; None where it has no place for one."""
        fills = (fill for step in self.steps for fill in step.fill)
        return next((one.upload for one in fills if one.upload), None)

    @property
    def secrets(self) -> frozenset[str]:
        """What it cannot work without."""
        return frozenset({self.session} if self.session else ())

    @property
    def selectors(self) -> tuple[str, ...]:
        """Every CSS selector that a step names."""
        found = [
            one.value
            for step in self.steps
            for one in (
                *step.decline,
                step.press,
                *(way for fill in step.fill for way in fill.find),
            )
            if one.by == "css"
        ]
        return tuple(dict.fromkeys(found))


def web(data: Mapping[str, Any]) -> WebTier:
    """From a manifest; raises Misplaced."""
    steps = tuple(operations.each(_step, data["steps"], [*PLACE, "steps"]))
    if [one.sends for one in steps] != [False] * (len(steps) - 1) + [True]:
        raise Misplaced([*PLACE, "steps"], "the last step, and no other, has `send`")
    return WebTier(
        capabilities=_capabilities(data.get("capabilities", {})),
        start=data["start"],
        fields=tuple(operations.each(mapping.field_map, data["fields"], [*PLACE, "fields"])),
        steps=steps,
        pages=tuple(operations.each(_page, data["pages"], [*PLACE, "pages"])),
        hosts=tuple(data.get("hosts", ())),
        session=data.get("session", ""),
        when=condition(data["when"]) if "when" in data else None,
        dismiss=tuple(data.get("dismiss", ())),
        looks=data.get("capabilities", {}).get("verify", "none"),
        step_seconds=float(data.get("step_seconds", 20)),
    )


def _capabilities(data: Mapping[str, Any]) -> Capabilities:
    seconds = data.get("send_deadline")
    return Capabilities(
        verify="none",
        idempotency="none",
        send_deadline=timedelta(seconds=seconds) if seconds else SEND_DEADLINE,
        max_attempts=data.get("max_attempts", MAX_ATTEMPTS),
    )


def _step(data: Mapping[str, Any]) -> Step:
    sends = "send" in data
    return Step(
        name=data["name"],
        ready=_signs(data["ready"]),
        fill=tuple(map(_fill, data.get("fill", ()))),
        decline=tuple(Locator("label", one) for one in data.get("decline", ())),
        press=locator(data["send"] if sends else data["next"], "button"),
        sends=sends,
        frame=data.get("frame", ""),
        when=condition(data["when"]) if "when" in data else None,
    )


def _fill(data: Mapping[str, Any]) -> Fill:
    label = [{"label": data["label"]}] if "label" in data else []
    kind = {"consent": "check", "upload": "file"}
    return Fill(
        find=tuple(locator(one) for one in [*label, *data.get("or", ())]),
        kind=data.get("as", next((kind[one] for one in kind if one in data), "text")),
        value=data.get("value", ""),
        consent=data.get("consent", ""),
        fixed=data.get("fixed", ""),
        group=data.get("group", ""),
        upload=_taken(data["upload"]) if "upload" in data else None,
        proof=data.get("proof"),
        when=condition(data["when"]) if "when" in data else None,
    )


def _taken(data: Mapping[str, Any]) -> Taken:
    return Taken(tuple(data["types"]), data["most"])


def locator(data: str | Mapping[str, str], role: str = "") -> Locator:
    """From a manifest: the words of a control of this role, or `{by: value}`."""
    if isinstance(data, str):
        return Locator("role", role, data)
    if "role" in data:
        return Locator("role", data["role"], data.get("name", ""))
    ((by, value),) = data.items()
    return Locator(by, value)


def _signs(data: Mapping[str, str]) -> Signs:
    return Signs(**{name: _pattern(name, text) for name, text in data.items()})


def _pattern(name: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{name}: no pattern: {error}") from error


def _page(data: Mapping[str, Any]) -> Page:
    code, effect = Code(data["code"]), Effect(data["effect"])
    reference = _pattern("reference", data["reference"]) if "reference" in data else None
    if reference is not None and reference.groups != 1:
        raise ValueError("reference: one group is needed")
    if effect is Effect.ACCEPTED and reference is None:
        raise ValueError("accepted: a page says it by a reference")
    if code is Code.REGISTERED and effect is not Effect.ACCEPTED:
        raise ValueError("registered: that is accepted")
    return Page(
        name=data["name"],
        signs=_signs(data["when"]),
        code=code,
        effect=effect,
        reference=reference,
        canonical=data.get("canonical", ""),
        guidance=data.get("guidance", ""),
    )
