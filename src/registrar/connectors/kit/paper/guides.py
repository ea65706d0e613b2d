"""A guide as data for its page. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import segno

from registrar.connectors.kit.paper import fonts
from registrar.connectors.kit.paper.words import Fact, Words
from registrar.domain.guide import Guide, GuideStep, ProofOfPurchase
from registrar.domain.paper import Subject
from registrar.domain.registration import ActionKind

LETTER = frozenset({"US", "CA", "MX", "CL", "CO", "PH"})
"""Where paper is not A4."""
MEDIA = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}


def data(subject: Subject, guide: Guide, words: Words) -> dict[str, Any]:
    """Of the template `guide.typ`."""
    says, submission = words.texts, subject.submission
    name = product(subject, words)
    return words.sheet(
        words.say(says.guide_title, product=name),
        words.say(says.guide_summary),
        footer(subject, words),
    ) | {
        "paper": paper(submission.purchase.country),
        "fonts": list(fonts.families(submission.purchase.country)),
        "warning": _warning(subject, words),
        "deadline": _deadline(guide, subject.today, words),
        "lacking": _lacking(guide, words),
        "link": guide.link or None,
        "link_note": words.say(says.link_note),
        "code": _code(guide.link),
        "code_says": words.say(says.code_says, link=guide.link),
        "product": product_facts(subject, words),
        "foreign": any(one.language != words.language for one in guide.steps),
        "steps": [_step(one, words) for one in guide.steps],
        "proof": _proof(guide.proof, words) if guide.proof else None,
        "done": _done(subject, guide, words),
        "notes": [_spoken(one, "en", words) for one in guide.notes],
        "contact": guide.contact or None,
        "privacy": _privacy(subject, words),
        "evidence": words.say(getattr(says, f"evidence_{guide.evidence or 'assumed'}")),
    }


def paper(country: str) -> str:
    """The size of a sheet there, by typst's name."""
    return "us-letter" if country in LETTER else "a4"


def product(subject: Subject, words: Words) -> str:
    """What to call it: the first of its names that can be printed."""
    about, fallback = subject.submission.product, words.texts.product
    names = (about.name, about.model_number, about.serial_number)
    return next((one for one in names if one and words.readable(one)), fallback)


def footer(subject: Subject, words: Words) -> str:
    """Which registration, and which day."""
    made = words.say(words.texts.made_on, date=words.day(subject.today))
    return f"{subject.registration.id} · {made}"


def product_facts(subject: Subject, words: Words) -> list[Fact]:
    """What is known of the product and its purchase."""
    says, about, bought = words.texts, subject.submission.product, subject.submission.purchase
    return words.facts(
        (says.product, about.name),
        (says.brand, subject.registration.brand),
        (says.model, about.model_number),
        (says.product_number, about.product_number),
        (says.serial_number, about.serial_number),
        *((one.kind.replace("_", " ").upper(), one.value) for one in about.identifiers),
        (says.purchase_date, words.day(bought.date)),
        (says.country, words.country(bought.country)),
        (says.retailer, bought.retailer),
        (says.order_number, bought.order_number),
    )


def _warning(subject: Subject, words: Words) -> str | None:
    action = subject.registration.action
    unclear = action is not None and action.kind is ActionKind.CONFIRM_OUTCOME
    return words.say(words.texts.look_first) if unclear else None


def _deadline(guide: Guide, today: date, words: Words) -> dict[str, Any] | None:
    if guide.register_by is None:
        return None
    passed, says = guide.register_by < today, words.texts
    kind = "passed" if passed else guide.register_for or "required"
    headline = words.say(getattr(says, f"by_{kind}"), date=words.day(guide.register_by))
    return {
        "passed": passed,
        "headline": headline,
        "meaning": words.say(getattr(says, f"means_{kind}")),
    }


def _lacking(guide: Guide, words: Words) -> list[str]:
    """The fields that a person has to know, once each."""
    labels = [one.label for step in guide.steps for one in step.values if not one.value]
    return [words.plain(one) for one in dict.fromkeys(labels)]


def _code(link: str) -> str:
    return segno.make(link, error="m").svg_inline(border=2) if link else ""


def _step(step: GuideStep, words: Words) -> dict[str, Any]:
    values = [words.fact(one.label, one.value) for one in step.values]
    return _spoken(step.text, step.language, words) | {"values": values}


def _spoken(text: str, language: str, words: Words) -> dict[str, Any]:
    if words.readable(text):
        return {"text": text, "lang": language}
    return {"text": words.texts.unreadable, "lang": words.language}


def _proof(proof: ProofOfPurchase, words: Words) -> dict[str, Any]:
    says, limits = words.texts, list[str]()
    if proof.media_types:
        kinds = ", ".join(MEDIA.get(one, one) for one in proof.media_types)
        limits.append(words.say(says.proof_types, types=kinds))
    if proof.max_bytes:
        limits.append(words.say(says.proof_size, size=words.size(proof.max_bytes)))
    return {
        "demand": words.say(says.proof_required if proof.required else says.proof_optional),
        "limits": " ".join(limits),
        "notes": _spoken(proof.notes, proof.language, words) if proof.notes else None,
    }


def _done(subject: Subject, guide: Guide, words: Words) -> str:
    said = words.say(words.texts.done, id=subject.registration.id)
    if not guide.follow_up_days:
        return said
    later = words.say(words.texts.follow_up, days=str(guide.follow_up_days))
    return f"{said} {later}"


def _privacy(subject: Subject, words: Words) -> str:
    said, contact = words.say(words.texts.privacy), subject.manufacturer.privacy.contact
    if not contact:
        return said
    return f"{said} {words.say(words.texts.privacy_contact, contact=contact)}"
