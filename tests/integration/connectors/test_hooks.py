"""Each step overridden by a hook, against the sandbox: what it may say, and what it costs."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.connectors.conftest import SECRETS
from tests.integration.connectors.maker import job

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict
from registrar.ports.connector import Connector
from registrar.sandbox import Sandbox

World = tuple[Sandbox, str]


class Makers:
    """Acme with hooks, at the sandbox's address."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.made: list[FileCatalogue] = []

    def acme(self, step: str, source: str, limits: str = "") -> Connector:
        """With this hook for a step."""
        folder = self.folder / str(len(self.made))
        shutil.copytree(PACKAGED / "acme", folder / "acme")
        path = folder / "acme" / "manifest.yaml"
        text = path.read_text(encoding="utf-8")
        hook = f"    hook: {{step: {step}{limits}}}\n"
        path.write_text(text.replace("    network: {", f"{hook}    network: {{", 1))
        (folder / "acme" / "hooks.py").write_text(source, encoding="utf-8")
        urls = {"acme": f"{self.world[1]}/acme/partner/v1"}
        catalogue = FileCatalogue(ConnectorSettings(urls, SECRETS), folder)
        self.made.append(catalogue)
        assert catalogue.quarantined() == {}
        found = catalogue.connector("acme", Tier.API)
        assert found is not None
        return found

    @property
    def effects(self) -> list[dict[str, object]]:
        """What the manufacturer has carried out."""
        found: list[dict[str, object]] = self.world[0].world.ledger.report()["effects"]
        return found


@pytest.fixture
async def makers(sandbox: World, tmp_path: Path) -> AsyncIterator[Makers]:
    """Closed after the test."""
    made = Makers(sandbox, tmp_path)
    yield made
    for one in made.made:
        await one.close()


def short(outcome: Outcome) -> tuple[Code, Effect]:
    """What decides."""
    return outcome.code, outcome.effect


async def test_prepare_makes_another_body(makers: Makers) -> None:
    """From the record and the manifest's body."""
    source = """def prepare(record, body):
    body["product"]["serial_number"] = record["product"]["serial_number"][:-1] + "9"
    return {"body": body}
"""
    outcome = await makers.acme("prepare", source).submit(job())
    assert short(outcome) == (Code.REGISTERED, Effect.ACCEPTED)
    assert "AC26XY000009" in json.dumps(makers.effects)


async def test_prepare_refuses_a_field(makers: Makers) -> None:
    """As a manifest's function does: nothing is sent."""
    source = """def prepare(record, body):
    return {"invalid": {"field": "customer.phone", "reason": "is missing"}}
"""
    outcome = await makers.acme("prepare", source).submit(job())
    assert short(outcome) == (Code.INVALID_FIELD, Effect.NOT_SENT)
    assert outcome.field == "customer.phone"
    assert makers.effects == []


@pytest.mark.parametrize("body", ["raise ValueError", "return {}", "return 5", "while True: pass"])
async def test_a_faulty_prepare_has_sent_nothing(makers: Makers, body: str) -> None:
    """Provably."""
    outcome = await makers.acme("prepare", f"def prepare(record, body):\n    {body}\n").submit(
        job()
    )
    assert short(outcome) == (Code.CONNECTOR_BUG, Effect.NOT_SENT)
    assert outcome.message.startswith("hooks.py: ")
    assert makers.world[0].world.metrics.report() == {}


async def test_no_process_for_hooks_is_our_own_trouble(
    makers: Makers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tries again: nothing is wrong with the hook."""
    made = makers.acme("prepare", "def prepare(record, body):\n    return {'body': body}\n")
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/nowhere/python")
        outcome = await made.submit(job())
        patch.setattr("sys.executable", "/bin/false")
        again = await made.submit(job())
    assert short(outcome) == short(again) == (Code.INTERNAL, Effect.NOT_SENT)
    assert (await made.submit(job())).code is Code.REGISTERED


async def test_classify_reads_an_answer_that_no_rule_reads(makers: Makers) -> None:
    """Lenovo's 200 with code 101 is of this kind."""
    makers.world[0].world.script.replace([{"fault": "status", "status": 418, "step": "submit"}])
    source = """def classify(evidence, outcome):
    if evidence["status"] == 418:
        return {"code": "not_eligible", "effect": "unknown", "guidance": "No tea."}
"""
    made = makers.acme("classify", source)
    outcome = await made.submit(job())
    makers.world[0].world.script.replace([])
    plain = await made.submit(job(2))
    assert short(outcome) == (Code.NOT_ELIGIBLE, Effect.UNKNOWN)
    assert (outcome.user_message, outcome.rule) == ("No tea.", "hooks.py")
    assert short(plain) == (Code.REGISTERED, Effect.ACCEPTED)


@pytest.mark.parametrize(
    "said",
    [
        "{'code': 'ok.registered', 'effect': 'accepted', 'reference': 'M1'}",
        "{'code': 'ok.registered', 'effect': 'unknown'}",
        "{'code': 'rate_limited', 'effect': 'not_sent'}",
        "{'code': 'rate_limited', 'effect': 'accepted', 'reference': 'M1'}",
        "{'code': 'duplicate.same_owner', 'effect': 'accepted'}",
        "{'code': 'auth.session_expired', 'effect': 'refused'}",
        "{'code': 'great', 'effect': 'accepted'}",
        "{'code': 'rate_limited', 'effect': 'refused', 'retry_after': -1}",
        "{'code': 'invalid.field', 'effect': 'refused', 'field': 'no.such'}",
        "{'code': 'rate_limited', 'effect': 'refused', 'secret': 1}",
        "1 / 0",
    ],
)
async def test_classify_cannot_say_what_the_answer_does_not_show(makers: Makers, said: str) -> None:
    """Of a failure: nothing makes it a success, and what was sent was sent."""
    makers.world[0].world.script.replace([{"fault": "status", "status": 500, "step": "submit"}])
    source = f"def classify(evidence, outcome):\n    return {said}\n"
    outcome = await makers.acme("classify", source).submit(job())
    assert short(outcome) == (Code.CONNECTOR_BUG, Effect.UNKNOWN)


async def test_an_error_page_is_nobodys_word_for_a_hook_either(makers: Makers) -> None:
    """Neither an acceptance nor a refusal."""
    makers.world[0].world.script.replace([{"fault": "html", "step": "submit"}])
    source = """def classify(evidence, outcome):
    return {"code": "not_eligible", "effect": "refused"}
"""
    outcome = await makers.acme("classify", source).submit(job())
    assert short(outcome) == (Code.CONNECTOR_BUG, Effect.UNKNOWN)


SUBMIT = """def submit(record, body):
    before = yield {"method": "GET", "path": "/registrations",
                    "query": {"serial_number": record["product"]["serial_number"],
                              "owner_email": record["customer"]["email"]}}
    if before["body"]["registrations"]:
        found = before["body"]["registrations"][0]["registration_id"]
        return {"code": "duplicate.same_owner", "effect": "accepted", "reference": found}
    reply = yield {"operation": "submit", "json": body}
    return {"code": "ok.registered", "effect": "accepted",
            "reference": reply["body"]["registration_id"]}
"""


async def test_submit_asks_through_the_gateways_client(makers: Makers) -> None:
    """With the credentials that it never sees: a pre-check, then the submission."""
    made = makers.acme("submit", SUBMIT)
    first, again = await made.submit(job()), await made.submit(job())
    assert short(first) == (Code.REGISTERED, Effect.ACCEPTED)
    assert short(again) == (Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    assert first.reference == again.reference != ""
    assert len(makers.effects) == 1


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ("yield {'operation': 'verify'}\n    raise ValueError", Effect.NOT_SENT),
        ("yield {'operation': 'submit'}\n    raise ValueError", Effect.UNKNOWN),
        ("yield {'operation': 'submit'}\n    while True: pass", Effect.UNKNOWN),
        ("yield {'method': 'GET', 'path': 'http://127.0.0.1:9/'}", Effect.NOT_SENT),
        ("yield {'method': 'GET', 'path': '@127.0.0.1:9/'}", Effect.NOT_SENT),
        ("yield {'method': 'GET', 'path': '/../admin/ledger'}", Effect.NOT_SENT),
        ("yield {'method': 'GET', 'path': '/%2E%2e/admin'}", Effect.NOT_SENT),
        ("yield {'method': 'BREW', 'path': '/'}", Effect.NOT_SENT),
        ("yield {'method': 'GET', 'path': '/', 'headers': {}}", Effect.NOT_SENT),
        ("yield {'method': 'GET', 'path': '/', 'query': {'a': 1}}", Effect.NOT_SENT),
        ("yield {'operation': 'health'}\n    yield {'operation': 'erase'}", Effect.NOT_SENT),
        ("yield 5", Effect.NOT_SENT),
    ],
)
async def test_a_faulty_submit_is_unknown_once_something_was_sent(
    makers: Makers, body: str, effect: Effect
) -> None:
    """And only then; it reaches no other host and no other path."""
    source = f"def submit(record, body):\n    {body}\n"
    outcome = await makers.acme("submit", source).submit(job())
    assert short(outcome) == (Code.CONNECTOR_BUG, effect)
    assert len(makers.effects) == (effect is Effect.UNKNOWN)


async def test_a_dropped_answer_in_submit_is_an_unknown_outcome(makers: Makers) -> None:
    """Whatever the hook would have said."""
    makers.world[0].world.script.replace([{"fault": "commit_then_drop", "step": "submit"}])
    outcome = await makers.acme("submit", SUBMIT).submit(job())
    assert short(outcome) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
    assert len(makers.effects) == 1


VERIFY = """def verify(record):
    reply = yield {"operation": "verify"}
    found = reply["body"]["registrations"]
    if not found:
        return {"verdict": "absent"}
    return {"verdict": "found", "reference": found[0]["registration_id"]}
"""


async def test_verify_looks_up_in_its_own_way(makers: Makers) -> None:
    """Absent, then found."""
    made = makers.acme("verify", VERIFY)
    before = await made.verify(job())
    outcome = await made.submit(job())
    after = await made.verify(job())
    assert (before.verdict, after.verdict) == (Verdict.ABSENT, Verdict.FOUND)
    assert after.reference == outcome.reference


@pytest.mark.parametrize(
    "body",
    [
        "yield {'operation': 'submit'}",
        "yield {'method': 'POST', 'path': '/registrations', 'json': {}}",
        "return {'verdict': 'absent'}",
        "yield {'operation': 'verify'}\n    return {'verdict': 'found'}",
        "yield {'operation': 'verify'}\n    return {'verdict': 'certain'}",
        "while True:\n        pass",
    ],
)
async def test_a_faulty_verify_is_no_verdict(makers: Makers, body: str) -> None:
    """And changes nothing: it is read-only, and absent needs an answer."""
    source = f"def verify(record):\n    {body}\n"
    found = await makers.acme("verify", source, ", wall: 1").verify(job())
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.message.startswith("hooks.py: ")
    assert makers.effects == []


async def test_health_is_asked_in_its_own_way(makers: Makers) -> None:
    """Well, and not."""
    source = """def health():
    reply = yield {"operation": "health"}
    return {"well": reply["status"] == 200}
"""
    made = makers.acme("health", source)
    assert (await made.health()).code is Code.REGISTERED
    makers.world[0].world.script.replace([{"fault": "status", "status": 503, "step": "health"}])
    assert (await made.health()).code is Code.UNAVAILABLE_SERVER


async def test_the_data_that_a_hook_gets_holds_no_secret(makers: Makers) -> None:
    """Neither in what it is called with nor in what it is answered."""
    source = """def submit(record, body):
    reply = yield {"operation": "submit"}
    return {"code": "invalid.field", "effect": "refused", "guidance": str(
        [word for word in ("sandbox-acme", "Bearer") if word in str([record, body, reply])])}
"""
    outcome = await makers.acme("submit", source).submit(job())
    assert (outcome.code, outcome.user_message) == (Code.INVALID_FIELD, "[]")
