"""A letter as data for its two templates. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.domain.guide import Guide
from registrar.domain.notification import Kind
from registrar.domain.paper import Subject
from registrar.domain.registration import Action, ActionKind, Result
from registrar.notify import texts
from registrar.notify.words import Words, line
from registrar.ports.notifier import Letter

Fact = tuple[str, str]
"""Label and value."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do; `values` with an empty one are for the reader to add."""

    text: str
    language: str
    values: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """`label` says what it opens."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`passed`: it is over."""

    headline: str
    meaning: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What both templates show; each value is one line of plain text."""

    language: str
    subject: str
    brand: str
    logo_url: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts_title: str
    facts: tuple[Fact, ...]
    why: str
    missing: str
    steps_title: str = ""
    steps: tuple[Step, ...] = ()
    deadline: Deadline | None = None
    link: Link | None = None
    quote: str = ""
    """English, whatever the language of the letter."""
    after: tuple[str, ...] = ()
    support: Link | None = None
    unsubscribe: Link | None = None


def page(letter: Letter) -> Page:
    """Everything that is said."""
    words = _words(letter)
    says, guide = words.texts, letter.guide
    settings = letter.settings
    failure = letter.subject.registration.failure
    quoted = failure.user_guidance if failure and letter.kind is Kind.FAILED else ""
    brand = line(settings.brand)
    return Page(
        language=letter.language,
        subject=_subject(letter, words),
        brand=brand,
        logo_url=settings.logo_url,
        greeting=_greeting(letter.subject, words),
        paragraphs=_paragraphs(letter, words, quoted),
        facts_title=says.facts_title,
        facts=_facts(letter, words),
        why=words.say(says.why, brand=brand) if brand else says.why_nobody,
        missing=says.missing,
        steps_title=says.steps_title,
        steps=_steps(guide) if guide else (),
        deadline=_deadline(guide, letter.subject, words) if guide else None,
        link=_link(guide, words) if guide else None,
        quote=line(quoted),
        after=_after(letter, words),
        support=_titled(says.support, settings.support_link, words),
        unsubscribe=_titled(says.unsubscribe, unsubscribe_link(letter), words),
    )


def unsubscribe_link(letter: Letter) -> str:
    """Of what is not an answer to something that the reader has done."""
    return letter.settings.unsubscribe_link if letter.kind is Kind.REMINDER else ""


def _words(letter: Letter) -> Words:
    about = letter.subject.submission.product
    names = (about.name, about.model_number, about.serial_number)
    fallback = texts.of(letter.language).product
    product = next((shown for one in names if (shown := line(one))), fallback)
    return Words(letter.language, line(letter.subject.manufacturer.name), product)


def _greeting(subject: Subject, words: Words) -> str:
    owner = subject.submission.customer
    name = line(f"{owner.given_name} {owner.family_name}") or line(owner.company)
    return words.say(words.texts.greeting, name=name) if name else words.texts.greeting_nobody


def _subject(letter: Letter, words: Words) -> str:
    says = words.texts
    closes = letter.guide.register_by if letter.guide else None
    match letter.kind:
        case Kind.RECEIVED:
            return words.say(says.received_subject)
        case Kind.REGISTERED:
            return words.say(says.registered_subject)
        case Kind.FAILED:
            return words.say(says.failed_subject)
        case Kind.REMINDER if closes:
            left = (closes - letter.subject.today).days
            return words.say(says.reminder_subject, days=str(left))
        case _ if closes and closes >= letter.subject.today:
            return words.say(says.action_subject_by, date=words.day(closes))
        case _:
            return words.say(says.action_subject)


_REGISTERED = {
    Result.ALREADY_REGISTERED: "registered_already",
    Result.MANUALLY_COMPLETED: "registered_by_hand",
}


def _paragraphs(letter: Letter, words: Words, quoted: str) -> tuple[str, ...]:
    says, now = words.texts, letter.subject.registration
    match letter.kind:
        case Kind.RECEIVED:
            return (words.say(says.received),)
        case Kind.REGISTERED:
            name = _REGISTERED.get(now.result or Result.REGISTERED, "registered")
            return (words.say(getattr(says, name)), says.registered_keep)
        case Kind.FAILED:
            return (words.say(says.failed), *([words.say(says.failed_guidance)] if quoted else []))
        case Kind.REMINDER:
            return (words.say(says.reminder),)
        case _:
            return (_asked(now.action, words, guided=bool(letter.guide and letter.guide.steps)),)


_ALONE = {
    ActionKind.FILE_MANUALLY: "action_file_alone",
    ActionKind.CONFIRM_OUTCOME: "action_confirm_alone",
}
"""Where no steps follow that could be spoken of."""


def _asked(action: Action | None, words: Words, *, guided: bool) -> str:
    kind = action.kind if action else ActionKind.FILE_MANUALLY
    if kind in _ALONE and not guided:
        return words.say(getattr(words.texts, _ALONE[kind]))
    if kind is not ActionKind.PROVIDE_DATA:
        return words.say(getattr(words.texts, f"action_{kind}"))
    field = action.field.rpartition(".")[2].replace("_", " ") if action else ""
    if not field:
        return words.say(words.texts.action_provide_anything)
    return words.say(words.texts.action_provide_data, field=line(field))


def _facts(letter: Letter, words: Words) -> tuple[Fact, ...]:
    says, subject = words.texts, letter.subject
    about, bought = subject.submission.product, subject.submission.purchase
    reference = subject.registration.manufacturer_reference
    rows = (
        (says.fact_reference, reference if letter.kind is Kind.REGISTERED else ""),
        (says.fact_product, about.name),
        (says.fact_model, about.model_number),
        (says.fact_serial_number, about.serial_number),
        (says.fact_purchase_date, words.day(bought.date)),
        (says.fact_number, subject.registration.id),
    )
    return tuple((label, shown) for label, value in rows if (shown := line(value)))


def _steps(guide: Guide) -> tuple[Step, ...]:
    return tuple(
        Step(
            line(one.text),
            one.language,
            tuple((line(value.label), line(value.value)) for value in one.values),
        )
        for one in guide.steps
    )


def _deadline(guide: Guide, subject: Subject, words: Words) -> Deadline | None:
    if guide.register_by is None:
        return None
    says, passed = words.texts, guide.register_by < subject.today
    kind = "passed" if passed else guide.register_for or "required"
    headline = words.say(getattr(says, f"by_{kind}"), date=words.day(guide.register_by))
    return Deadline(headline, words.say(getattr(says, f"means_{kind}")), passed)


def _link(guide: Guide, words: Words) -> Link | None:
    """Of the manifest, whose pages are https; anything else is no link."""
    if not guide.link.startswith(("https://", "http://")):
        return None
    return Link(words.say(words.texts.open_link), guide.link)


def _after(letter: Letter, words: Words) -> tuple[str, ...]:
    """Below the steps."""
    says, guide = words.texts, letter.guide
    if guide is None:
        return ()
    proof = guide.proof
    asked = proof and (says.proof_required if proof.required else says.proof_optional)
    attached = says.attached if letter.attachments else ""
    return tuple(words.say(one) for one in (asked, says.done, attached) if one)


def _titled(text: str, link: str, words: Words) -> Link | None:
    shown = link.removeprefix("mailto:").removeprefix("https://")
    return Link(words.say(text, link=shown), link) if link else None
