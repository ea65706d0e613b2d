"""What the kit asks of forms turns red where it is violated."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace
from tests.integration.conformance.planted import packaged, violation

from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import UNATTENDED, Job, Run
from registrar.testing.conformance.around import Around
from registrar.testing.conformance.checks.forms import FORMS
from registrar.testing.conformance.checks.forms_change import changed_forms_are_noticed
from registrar.testing.conformance.subject import Seams, Violated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Boastful(Around):
    """Says that all went well, whatever happened."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Registered."""
        outcome = await self.inner.submit(job, run)
        return replace(outcome, code=Code.REGISTERED, effect=Effect.ACCEPTED, reference="R-1")


@pytest.mark.parametrize("check", [9, 11, 12, 13, 14])
async def test_a_form_that_always_succeeds_fails(check: int) -> None:
    """Where it must say that it is known, or unknown."""
    with pytest.raises(Violated, match=r"ok\.registered"):
        await FORMS[check](packaged("acme", Seams(fill=Boastful, forms=True)))


async def test_a_changed_form_that_always_succeeds_fails_check_19() -> None:
    """A success without an act is none."""
    assert "ok.registered" in await violation(
        19, packaged("acme", Seams(fill=Boastful, forms=True))
    )


async def test_a_form_is_noticed_when_it_is_filled_rightly() -> None:
    """The packaged driver passes what the boastful one does not."""
    await changed_forms_are_noticed(packaged("acme", Seams(forms=True)))
