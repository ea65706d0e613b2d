"""Customers and systems are told by the whole system, as a tenant wishes by the command line."""

import asyncio
import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_manual import handed_over
from tests.integration.notify import mailserver, receiver
from tests.integration.notify.mailserver import MailServer, part, person
from tests.integration.notify.receiver import Receiver
from tests.system import System, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NUMBERS = itertools.count(4_100)


WISHES = (
    *("--emails", "all", "--from-address", "service@shop.example", "--brand", "Müller & Söhne"),
    *("--support-link", "https://shop.example/help", "--webhooks", "all"),
)


@dataclass
class World:
    """The system, a mail server, and a tenant's system."""

    system: System
    post: MailServer
    hooks: Receiver

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Within the time that a first paper may take."""
        ends = time.monotonic() + 40
        while not true():
            assert time.monotonic() < ends, what
            time.sleep(0.1)

    def wish(self, *more: str) -> None:
        """Everything is told from now on; a new secret is one that the tenant's system knows."""
        wished = ("notifications", "set", *WISHES, "--webhook-url", self.hooks.url, *more)
        (made,) = self.system.json(*wished)
        if made.get("webhook_secret"):
            self.hooks.secrets.append(made["webhook_secret"])

    def called(self, registration_id: str) -> list[tuple[int, str, str]]:
        """Number, id and type of each of its webhooks."""
        return [
            (number, key, one["type"])
            for number, (key, one) in enumerate(self.hooks.arrived())
            if one["data"]["registration_id"] == registration_id
        ]

    def told(self, registration_id: str) -> list[EmailMessage]:
        """Its letters."""
        return [one for one in self.post.letters if registration_id in part(one, "plain")]


@contextmanager
def looping() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs coroutines on a thread of its own, beside a test that blocks."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """As a user starts it, and what the outside has."""
    with looping() as do, tempfile.TemporaryDirectory(prefix="registrar-told-") as folder:
        stack = AsyncExitStack()
        post: MailServer = do(stack.enter_async_context(mailserver.running()))
        hooks: Receiver = do(stack.enter_async_context(receiver.running()))
        settings = {
            "REGISTRAR_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
            "REGISTRAR_WEBHOOKS": "local",
        }
        with running(start(Path(folder), **settings)) as system:
            yield World(system, post, hooks)
        do(stack.aclose())


def test_customers_and_systems_are_told_what_became_of_it(world: World) -> None:
    """Once each: the letter with the reference, the signed webhook, and where each stands."""
    system = world.system
    world.wish()
    (key,) = system.accepted(next(NUMBERS), 1)
    assert system.settled([key]) == {key: "SUCCEEDED"}
    world.until(lambda: len(world.told(key)) == 2, "mail")
    received, registered = world.told(key)
    assert received["Subject"] == "We are registering your NV-FR-1000 with Acme"
    assert system.json("get", key)[0]["manufacturer_reference"] in part(registered, "plain")
    senders = {person(one, "From") for one in world.post.received}
    assert senders == {("Müller & Söhne", "service@shop.example")}
    world.until(lambda: len(world.called(key)) == 2, "webhooks")
    assert all(world.hooks.verified(number) for number, _, _ in world.called(key))
    kinds = sorted(kind for _, _, kind in world.called(key))
    assert kinds == ["registration.received", "registration.registered"]
    mine = ("notifications", "deliveries", "--registration-id", key)
    world.until(
        lambda: [one["state"] for one in system.json(*mine)] == ["DELIVERY_STATE_SENT"] * 4,
        "all sent",
    )
    ids = {one["Message-ID"].strip("<>").partition("@")[0] for one in world.told(key)}
    shown = [one["id"] for one in system.json(*mine, "--channel", "email")]
    assert set(shown) == ids
    assert "sent" in system.run(*mine, "--limit", "1").stdout


def test_a_person_gets_the_guide(world: World) -> None:
    """As a PDF, in the language of the registration."""
    world.wish()
    key = handed_over(world.system, next(NUMBERS))
    world.until(lambda: len(world.told(key)) == 2, "mail")
    asked = world.told(key)[1]
    assert asked["Content-Language"] == "de"
    assert "registrieren" in asked["Subject"]
    (guide,) = asked.iter_attachments()
    assert guide.get_content_type() == "application/pdf"
    content = guide.get_content()
    assert isinstance(content, bytes)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")


def test_what_was_told_is_told_again_where_that_is_wished_for(world: World) -> None:
    """By the same id, signed by the secret that is in force by then."""
    system, hooks = world.system, world.hooks
    world.wish()
    (key,) = system.accepted(next(NUMBERS), 1)
    world.until(lambda: len(world.called(key)) == 2, "webhooks")
    world.until(lambda: "waiting" not in system.run("notifications", "deliveries").stdout, "sent")
    (made,) = system.json("notifications", "rotate-secret", "--yes", "--overlap-hours", "0")
    hooks.secrets.append(made["webhook_secret"])
    told = ("notifications", "replay", "--since", "2026-01-01", "--yes")
    assert system.json(*told) == [{"replayed": 0}]
    assert "told again" in system.run(*told, "--include-sent").stdout
    world.until(lambda: len(world.called(key)) == 4, "replay")
    found = world.called(key)
    assert len({one for _, one, _ in found}) == 2
    assert all(hooks.verified(number, [made["webhook_secret"]]) for number, _, _ in found[2:])


def test_a_setting_is_changed_and_the_rest_stays(world: World) -> None:
    """What is wrong is named, what is not given is left alone, what is only tried is not done."""
    system = world.system
    world.wish("--language", "all")
    refused = system.run("notifications", "set", "--from-address", "nobody")
    assert (refused.returncode, "settings.from_address" in refused.stderr) == (4, True)
    assert system.run("notifications", "set").returncode == 2
    only = ("notifications", "set", "--emails", "action-required", "--emails", "reminder")
    (tried,) = system.json(*only, "--language", "de", "--webhooks", "none", "--dry-run")
    kinds = ["NOTIFICATION_KIND_ACTION_REQUIRED", "NOTIFICATION_KIND_REMINDER"]
    assert (tried["settings"]["emails"], tried["settings"]["brand"]) == (kinds, "Müller & Söhne")
    assert (tried["settings"]["languages"], "webhooks" in tried["settings"]) == (["de"], False)
    (there,) = system.json("notifications", "show")
    assert len(there["settings"]["emails"]) == 5
    assert there["email_available"]
    shown = system.run("notifications", "set", "--webhook-url", "", "--webhooks", "none").stdout
    assert "webhook url" in shown
    again = system.run("notifications", "set", "--webhook-url", world.hooks.url).stdout
    assert "whsec_" in again
    table = system.run("notifications", "show").stdout
    assert "well" in table
    assert "key:" in table
    assert "whsec_" not in json.dumps(system.json("notifications", "show"))
    secret = system.run("notifications", "rotate-secret", "--yes").stdout
    assert secret.startswith("whsec_")
    world.hooks.secrets.append(secret.strip())


def test_whoever_says_no_changes_nothing(world: World) -> None:
    """Before anything is asked of the service."""
    assert world.system.run("notifications", "rotate-secret", stdin="n\n").returncode == 1
    told = ("notifications", "replay", "--since", "2026-01-01T00:00Z")
    assert world.system.run(*told, stdin="n\n").returncode == 1
    states = ("--state", "bounced", "--state", "spent", "--registration-id", "reg_1")
    assert world.system.json("notifications", "deliveries", *states) == []
