"""Forms without a manifest: `ports.forms.KnownForms` for tests of what is done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registrar.domain.drift import Change, FormPage, FormSight, Severity, Trait
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.forms import SeenForm

WELL = Outcome(Code.REGISTERED, Effect.NOT_SENT)


def page(step: str, *names: str) -> FormPage:
    """A step with text fields of these names."""
    return FormPage(step, tuple(sorted(Trait("textbox", one) for one in names)))


def sight(step: str, *names: str) -> FormSight:
    """That looks so from first to last."""
    return FormSight(page(step, *names), page(step, *names))


class OneSight:
    """A form that shows what it is told to: `ports.forms.SeenForm`."""

    def __init__(self, seen: FormSight | None, outcome: Outcome = WELL) -> None:
        self.seen = seen
        self.outcome = outcome

    async def sight(self) -> tuple[Outcome, FormSight | None]:
        """As told."""
        return self.outcome, self.seen


class PlainForms:
    """Every field is needed: one that has gone breaks a form, and one that is new is cosmetic.

    A field `x` that is `X` by now is reworded. A page without `odd` fits.
    """

    def __init__(self, form: SeenForm | None = None, **versions: str) -> None:
        self.versions = versions or {"acme": "1"}
        self.seen = form

    def version(self, manufacturer_id: str) -> str:
        """As given."""
        return self.versions.get(manufacturer_id, "")

    def steps(self, manufacturer_id: str) -> tuple[str, ...]:
        """The same for all."""
        del manufacturer_id
        return "product", "owner"

    def patience(self, manufacturer_id: str) -> int:
        """The usual."""
        del manufacturer_id
        return 3

    def compare(self, manufacturer_id: str, before: FormPage, now: FormPage) -> tuple[Change, ...]:
        """The worst first."""
        del manufacturer_id
        was, has = ({one.name for one in each.traits} for each in (before, now))
        mild = {one for one in was - has if one.upper() in has}
        gone = [Change(Severity.BREAKING, "gone", one) for one in sorted(was - has - mild)]
        words = [
            Change(Severity.REPAIRABLE, "reworded", one, one, one.upper()) for one in sorted(mild)
        ]
        new = sorted(has - was - {one.upper() for one in mild})
        return (*gone, *words, *(Change(Severity.COSMETIC, "appeared", one) for one in new))

    def fits(self, manufacturer_id: str, page: FormPage) -> bool:
        """As told of the class."""
        del manufacturer_id
        return all(one.name != "odd" for one in page.traits)

    def patch(self, manufacturer_id: str, changes: Mapping[str, Sequence[Change]]) -> str:
        """What was reworded, one a line."""
        del manufacturer_id
        found = (one for step in changes.values() for one in step)
        return "".join(f"-{one.was}\n+{one.now}\n" for one in found if one.was)

    def form(self, manufacturer_id: str) -> SeenForm | None:
        """The one."""
        return self.seen if manufacturer_id in self.versions else None
