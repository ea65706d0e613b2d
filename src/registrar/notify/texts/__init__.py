"""The words of letters, one JSON file a language.

Each file is read into one struct: a key too few or too many is an error where it is loaded, so no
letter can be made with a hole in it. `{maker}` and the like are filled in by `words`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language."""

    greeting: str
    greeting_nobody: str
    product: str
    received_subject: str
    received: str
    registered_subject: str
    registered: str
    registered_already: str
    registered_by_hand: str
    registered_keep: str
    action_subject: str
    action_subject_by: str
    action_file_manually: str
    action_file_alone: str
    action_confirm_outcome: str
    action_confirm_alone: str
    action_solve_challenge: str
    action_provide_data: str
    action_provide_anything: str
    failed_subject: str
    failed: str
    failed_guidance: str
    reminder_subject: str
    reminder: str
    by_required: str
    by_extension: str
    by_passed: str
    means_required: str
    means_extension: str
    means_passed: str
    facts_title: str
    fact_product: str
    fact_model: str
    fact_serial_number: str
    fact_purchase_date: str
    fact_reference: str
    fact_number: str
    steps_title: str
    missing: str
    open_link: str
    proof_required: str
    proof_optional: str
    done: str
    attached: str
    why: str
    why_nobody: str
    support: str
    unsubscribe: str


@cache
def of(language: str) -> Texts:
    """Of one of `domain.language.SPOKEN`."""
    return msgspec.json.decode((FOLDER / f"{language}.json").read_bytes(), type=Texts)
