"""A proof as data for its page. Pure."""

from __future__ import annotations

from typing import Any

from registrar.connectors.kit.paper import fonts, guides
from registrar.connectors.kit.paper.words import Words
from registrar.domain.outcome import Tier
from registrar.domain.paper import Basis, Proof, Subject
from registrar.domain.registration import Result

ROUTES = {Tier.API: "route_api", Tier.WEB: "route_web", Tier.MANUAL: "route_manual"}


def data(subject: Subject, proof: Proof, words: Words) -> dict[str, Any]:
    """Of the template `proof.typ`."""
    says, now, bought = words.texts, subject.registration, subject.submission.purchase
    name = guides.product(subject, words)
    reference = words.fact(says.reference, now.manufacturer_reference or says.no_reference)
    return words.sheet(
        words.say(says.proof_pack_title, product=name),
        words.say(says.proof_pack_summary),
        guides.footer(subject, words),
    ) | {
        "paper": guides.paper(bought.country),
        "fonts": list(fonts.families(bought.country)),
        "reference": reference,
        "parts": [
            {"title": says.registration_title, "rows": _registration(subject, proof, words)},
            {"title": says.product_title, "rows": guides.product_facts(subject, words)},
        ],
        "basis": _basis(subject, proof, words),
    }


def _registration(subject: Subject, proof: Proof, words: Words) -> list[dict[str, str]]:
    says, now, owner = words.texts, subject.registration, subject.submission.customer
    route = getattr(says, ROUTES[now.tier] if now.tier else "route_unknown")
    if proof.basis is Basis.PERSON:
        route = says.route_manual
    return words.facts(
        (says.manufacturer, subject.manufacturer.name),
        (says.registered_on, words.day(proof.registered_on or proof.known_at.date())),
        (says.accepted_on, words.day(now.created_at.date())),
        (says.owner, " ".join(filter(None, (owner.given_name, owner.family_name, owner.company)))),
        (says.route, route),
        (says.registration_id, now.id),
    )


def _basis(subject: Subject, proof: Proof, words: Words) -> list[str]:
    says = words.texts
    how = getattr(says, f"basis_{proof.basis.value}")
    if subject.registration.result is Result.ALREADY_REGISTERED:
        how = says.basis_already
    sentences = [words.say(how, date=words.day(proof.known_at.date()))]
    if proof.evidence and proof.basis is not Basis.PERSON:
        sentences.append(words.say(getattr(says, f"way_{proof.evidence}")))
    if subject.manufacturer.fictitious:
        sentences.append(words.say(says.fictitious))
    return sentences
