"""The fixed words of all papers, one JSON file a language.

Each file is read into one struct: a key too few or too many is an error where it is loaded, so no
paper can be made with a hole in it. `{maker}` and the like are filled in by `words`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from registrar.domain.language import spoken

FOLDER = Path(__file__).parent


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language."""

    guide_title: str
    guide_summary: str
    look_first: str
    by_required: str
    by_extension: str
    by_passed: str
    means_required: str
    means_extension: str
    means_passed: str
    product_title: str
    product: str
    brand: str
    model: str
    product_number: str
    serial_number: str
    purchase_date: str
    retailer: str
    order_number: str
    country: str
    owner: str
    steps_title: str
    foreign: str
    missing: str
    lacking_title: str
    lacking: str
    unreadable: str
    link_title: str
    link_note: str
    code_says: str
    proof_title: str
    proof_required: str
    proof_optional: str
    proof_types: str
    proof_size: str
    done_title: str
    done: str
    follow_up: str
    notes_title: str
    contact_title: str
    contact_unknown: str
    privacy_title: str
    privacy: str
    privacy_contact: str
    evidence_documented: str
    evidence_observed: str
    evidence_assumed: str
    made_on: str
    yes: str
    no: str
    proof_pack_title: str
    proof_pack_summary: str
    reference: str
    no_reference: str
    registration_title: str
    manufacturer: str
    registered_on: str
    accepted_on: str
    registration_id: str
    route: str
    route_api: str
    route_web: str
    route_manual: str
    route_unknown: str
    basis_title: str
    basis_answer: str
    basis_already: str
    basis_lookup: str
    basis_person: str
    way_documented: str
    way_observed: str
    way_assumed: str
    fictitious: str
    keep_title: str
    keep: str


@cache
def of(language: str) -> Texts:
    """Of a BCP 47 tag; in English where its language is not spoken here."""
    content = (FOLDER / f"{spoken(language)}.json").read_bytes()
    return msgspec.json.decode(content, type=Texts)
