"""Acme's form in a real browser: what is done, what stops it, and what is left behind."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tests.integration.connectors.web.conftest import Attempt, Desk, job

from registrar.app.calling import send
from registrar.domain.artifact import Artifact
from registrar.domain.errors import ArtifactsUnavailable
from registrar.domain.outcome import Code, Effect, Verdict
from registrar.ports.connector import Withdrawn
from registrar.testing.proofs import PDF, PNG

pytestmark = pytest.mark.timeout(300)


async def test_a_form_is_filled_once_with_what_was_submitted(desk: Desk) -> None:
    """One act, marked before it, with the owner's own words; and evidence that has none of them."""
    attempt, one = Attempt(), job(1)
    outcome = await desk.form.submit(one, attempt)
    assert (outcome.code, outcome.effect) == (Code.REGISTERED, Effect.ACCEPTED)
    (act,) = desk.sandbox.world.ledger.held("acme")
    assert (act.reference, act.serial_number) == (outcome.reference, "AC26WB000001")
    owner = one.submission.customer
    sent = json.loads(act.body)["values"]
    assert (sent["given_name"], sent["family_name"], sent["email"]) == (
        owner.given_name,
        owner.family_name,
        owner.email,
    )
    assert not sent.get("news")
    assert attempt.passed == 1
    shown = attempt.kept["dom_snapshot"].decode()
    assert outcome.reference in shown
    assert not any(word in shown for word in (owner.given_name, owner.email, "AC26WB000001"))
    assert attempt.kept["screenshot"].startswith(b"\xff\xd8")


HARMLESS = ("form_reordered", "form_moved", "form_honeypot", "slow_assets")


async def test_a_form_that_changes_without_harm_is_filled(desk: Desk) -> None:
    """Another order, other names, a trap for programs, a script of others that never comes."""
    for number, fault in enumerate(HARMLESS, 10):
        desk.told({"fault": fault, "step": "form"})
        outcome = await desk.form.submit(job(number))
        assert (fault, outcome.code) == (fault, Code.REGISTERED)
    assert desk.acts() == [f"AC26WB{number:06d}" for number in range(10, 14)]


STOPS = {
    "form_renamed": Code.FORM_CHANGED,
    "form_relabelled_wrong": Code.FORM_CHANGED,
    "form_extra_required": Code.FORM_CHANGED,
    "form_missing": Code.FORM_CHANGED,
    "captcha": Code.CAPTCHA,
    "login": Code.LOGIN_REQUIRED,
    "otp": Code.OTP_REQUIRED,
    "blocked": Code.BLOCKED,
    "maintenance": Code.UNAVAILABLE_SERVER,
    "terms_box": Code.TERMS_CHANGED,
    "reset_before_commit": Code.UNAVAILABLE_CONNECT,
    "status": Code.UNAVAILABLE_SERVER,
}


async def test_what_stops_a_form_has_told_nobody(desk: Desk) -> None:
    """Each by its own code, with no act in the ledger, no marker, and a picture of why."""
    for number, (fault, code) in enumerate(STOPS.items(), 20):
        desk.told({"fault": fault, "step": "form"})
        attempt = Attempt()
        outcome = await desk.form.submit(job(number), attempt)
        assert (fault, outcome.code, outcome.effect) == (fault, code, Effect.NOT_SENT)
        assert attempt.passed == 0
        assert set(attempt.kept) == {"screenshot", "dom_snapshot"}
    assert desk.acts() == []


async def test_who_has_it_already_is_told_apart(desk: Desk) -> None:
    """The same owner, and another one."""
    assert (await desk.form.submit(job(40))).code is Code.REGISTERED
    assert (await desk.form.submit(job(40))).code is Code.DUPLICATE_SAME_OWNER
    desk.sandbox.world.ledger.write(
        manufacturer="acme", serial_number="AC26WB000041", owner="x@example.org", key="", body="{}"
    )
    other = await desk.form.submit(job(41))
    assert (other.code, other.effect) == (Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED)


async def test_a_lost_answer_is_looked_up(desk: Desk) -> None:
    """The site has acted and hangs up: unknown, and the API's look-up finds it."""
    desk.told({"fault": "commit_then_drop", "step": "submit"})
    outcome = await desk.form.submit(job(50))
    assert (outcome.code, outcome.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
    assert desk.form.capabilities.verify == "strong"
    desk.told()
    assert (await desk.form.verify(job(50))).verdict is Verdict.FOUND
    assert desk.acts() == ["AC26WB000050"]


async def test_an_unknown_page_after_the_click_is_no_success(desk: Desk) -> None:
    """An error page with 200, and one of a gateway."""
    form = replace(desk.form, tier=replace(desk.form.tier, step_seconds=2.0))
    for number, fault in enumerate(("html_ok", "html"), 60):
        desk.told({"fault": fault, "step": "submit"})
        outcome = await form.submit(job(number))
        assert (fault, outcome.effect) == (fault, Effect.UNKNOWN)


async def test_an_attempt_that_is_not_wanted_any_more_does_not_click(desk: Desk) -> None:
    """The marker is refused: the form is left as it is."""
    with pytest.raises(Withdrawn):
        await desk.form.submit(job(70), Attempt(wanted=False))
    outcome = await send(desk.form, job(70), Attempt(wanted=False))
    assert (outcome.code, outcome.effect) == (Code.INTERNAL, Effect.NOT_SENT)
    assert desk.acts() == []


async def test_a_probe_looks_and_touches_nothing(desk: Desk) -> None:
    """Well; and ill by the code of what stands in the way."""
    assert (await desk.form.health()).code is Code.REGISTERED
    desk.told({"fault": "login", "step": "form"})
    ill = await desk.form.health()
    assert (ill.code, ill.effect) == (Code.LOGIN_REQUIRED, Effect.NOT_SENT)
    assert desk.acts() == []


async def test_only_the_forms_own_host_is_reached(desk: Desk) -> None:
    """The pages ask for a script of another host that keeps them waiting: nobody goes there."""
    desk.told({"fault": "slow_assets", "step": "form", "seconds": 30})
    async with asyncio.timeout(25):
        assert (await desk.form.submit(job(80))).code is Code.REGISTERED


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Another host, and what it has been told."""
    told: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append(await reader.read(65536))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/", told
    server.close()


async def test_a_redirect_to_another_host_is_not_followed(desk: Desk) -> None:
    """Not with the owner's data after the last click, and not before it."""
    async with listening() as (elsewhere, told):
        desk.told({"fault": "redirect", "step": "form", "location": elsewhere})
        led = await desk.form.submit(job(85))
        assert (led.code, led.effect) == (Code.FORM_CHANGED, Effect.NOT_SENT)
        desk.told({"fault": "redirect", "step": "submit", "location": elsewhere})
        sent = await desk.form.submit(job(86))
        assert (sent.code, sent.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
        assert told == []


async def handed_in(desk: Desk, attempt: Attempt, number: int) -> list[tuple[str, int, str]]:
    """Of the act: name, size and digest of each file."""
    assert (await desk.form.submit(job(number), attempt)).code is Code.REGISTERED
    (act,) = desk.sandbox.world.ledger.by_serial("acme", f"AC26WB{number:06d}")
    files = json.loads(act.body)["files"].values()
    return [(one["filename"], one["size"], one["digest"]) for one in files]


async def test_the_receipt_is_attached_where_the_form_takes_it(desk: Desk) -> None:
    """The first of its types and within its size, whole, by a name that says nothing."""
    large = PDF + bytes(6_000_000)
    both = Attempt(brought={"application/pdf": large, "image/png": PNG})
    digest = hashlib.sha256(PNG).hexdigest()
    assert await handed_in(desk, both, 87) == [("receipt.png", len(PNG), digest)]
    assert await handed_in(desk, Attempt(brought={"application/pdf": large}), 88) == []


class Unreadable(Attempt):
    """Its proofs lie where nobody comes to just now."""

    async def content(self, proof: Artifact) -> bytes:
        """Away."""
        raise ArtifactsUnavailable(proof.id)


async def test_a_receipt_that_cannot_be_read_is_waited_for(desk: Desk) -> None:
    """The form is not filled without what the owner has brought."""
    outcome = await desk.form.submit(job(89), Unreadable(brought={"image/png": PNG}))
    assert (outcome.code, outcome.effect) == (Code.INTERNAL, Effect.NOT_SENT)
    assert desk.acts() == []


async def test_many_at_once_are_kept_apart(desk: Desk) -> None:
    """A context each: no cookie and no value of one comes into another's form."""
    outcomes = await asyncio.gather(*(desk.form.submit(job(number)) for number in range(90, 96)))
    assert {one.code for one in outcomes} == {Code.REGISTERED}
    assert sorted(desk.acts()) == [f"AC26WB{number:06d}" for number in range(90, 96)]


async def test_a_browser_that_dies_is_replaced(desk: Desk) -> None:
    """The attempt that it took along has told nobody; the next one has a browser again."""
    desk.told({"fault": "latency", "step": "form", "seconds": 1})
    attempt = Attempt()
    walking = asyncio.create_task(desk.form.submit(job(100), attempt))
    for _ in range(3000):
        if desk.sandbox.world.script.report()[0]["fired"]:
            break
        await asyncio.sleep(0.02)
    running = desk.form.browsers._now  # noqa: SLF001 - as a crash would
    assert running is not None
    await running.browser.close()
    outcome = await walking
    assert (attempt.passed, outcome.effect) == (0, Effect.NOT_SENT)
    desk.told()
    assert (await desk.form.submit(job(101))).code is Code.REGISTERED


async def test_a_browser_is_replaced_after_its_jobs(desk: Desk) -> None:
    """What it has leaked goes with it."""
    desk.form.browsers.jobs = 1
    await desk.form.submit(job(110))
    first = desk.form.browsers._now  # noqa: SLF001 - whether it is another one
    await desk.form.submit(job(111))
    assert desk.form.browsers._now is not first  # noqa: SLF001 - as above
    assert first is not None
    assert not first.browser.is_connected()
