"""Every form can be walked to its end over plain HTTP, and leaves one act."""

import httpx
import pytest
from tests.integration.sandbox.conftest import effects
from tests.integration.sandbox.forms.answers import WALKS, Walk
from tests.integration.sandbox.forms.plain import Visitor

from registrar.sandbox.forms.shapes import forms
from registrar.sandbox.profiles import packaged

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNTS = {"apple", "samsung", "microsoft", "sony", "ge", "bosch"}
every_form = pytest.mark.parametrize("walk", WALKS, ids=[one.base for one in WALKS])


async def references(http: httpx.AsyncClient, maker: str) -> list[str]:
    """Of all acts."""
    report = await http.get("/_sandbox/ledger", params={"manufacturer": maker})
    return [one["reference"] for one in report.json()["effects"]]


async def begun(visitor: Visitor, walk: Walk) -> None:
    """Signed in where that is needed."""
    if walk.maker in ACCOUNTS:
        await visitor.enter(walk.maker)


async def test_everyone_with_a_manifest_has_a_form() -> None:
    """And a walk in these tests; accounts are where they are documented."""
    assert {one.maker for one in forms()} == set(packaged())
    assert {one.base for one in forms()} == {one.base for one in WALKS}
    assert {one.maker for one in forms() if one.account} == ACCOUNTS
    assert [one.base for one in forms() if set(one.evidence) != {"documented", "assumed"}] == []


@every_form
async def test_a_walk_leaves_one_act_and_shows_its_reference(visitor: Visitor, walk: Walk) -> None:
    """The product without blanks in capitals, the owner by the e-mail; no key."""
    await begun(visitor, walk)
    page = await visitor.walk(walk)
    assert (page.status, "Thank you" in page.words) == (200, True)
    assert await effects(visitor.http, walk.maker) == [(walk.serial, "ada@example.com")]
    assert await references(visitor.http, walk.maker) == [one for one in page.words if "-0" in one]


@every_form
async def test_the_same_again_is_told_apart_by_its_owner(visitor: Visitor, walk: Walk) -> None:
    """With the reference for the owner, without it for anybody else; nothing more happens."""
    await begun(visitor, walk)
    await visitor.walk(walk)
    held = await references(visitor.http, walk.maker)
    again = await visitor.walk(walk)
    assert "This product is already registered" in again.words
    assert held[0] in again.words
    pages = tuple(
        {label: "grace@example.com" if "@" in str(one) else one for label, one in page.items()}
        for page in walk.pages
    )
    others = await visitor.walk(Walk(walk.base, walk.serial, pages))
    assert "Registered to another owner" in others.words
    assert (held[0] in others.words, await references(visitor.http, walk.maker)) == (False, held)


@every_form
async def test_an_empty_page_is_shown_again_with_words_at_its_fields(
    visitor: Visitor, walk: Walk
) -> None:
    """422, and each error tied to its control; filled after that, the way goes on."""
    await begun(visitor, walk)
    await visitor.walk(walk, 0)
    for answers in walk.pages:
        if any("required" in one.attributes for one in visitor.page.controls):
            page = await visitor.send({})
            assert (page.status, "Please check:" in page.words) == (422, True)
            wrong = [one for one in page.controls if one.attributes.get("aria-invalid")]
            told = [str(one.attributes["aria-describedby"]).split()[-1] for one in wrong]
            assert [one for one in told if f'id="{one}"' not in page.text] == []
        await visitor.send(answers)
    assert len(await effects(visitor.http, walk.maker)) == 1


@every_form
async def test_every_control_has_one_label(visitor: Visitor, walk: Walk) -> None:
    """And no id stands twice on a page."""
    await begun(visitor, walk)
    await visitor.walk(walk, 0)
    for answers in walk.pages:
        ids = [str(one.attributes["id"]) for one in visitor.page.controls]
        assert sorted(ids) == sorted(visitor.page.labels)
        assert len(set(ids)) == len(ids)
        await visitor.send(answers)
