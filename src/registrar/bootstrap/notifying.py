"""What tells people and systems: a part of the dispatcher."""

from __future__ import annotations

from contextlib import AsyncExitStack

from registrar.app.notifications.deliver import Deliveries, Tell
from registrar.app.notifications.hooks import Hooks
from registrar.app.notifications.letters import Letters
from registrar.app.notifications.notifying import Notifying
from registrar.app.notifications.tail import Tail
from registrar.config.settings import Settings
from registrar.connectors.kit.catalogue import FileCatalogue
from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.domain.notification import Channel
from registrar.notify.courier import HttpCourier
from registrar.notify.smtp import SmtpMailer, server
from registrar.ports.clock import Clock
from registrar.ports.queue import Doorbell
from registrar.ports.store import Store
from registrar.ports.vault import Vault


def notifying(  # noqa: PLR0913, PLR0917 - what it stands on
    settings: Settings,
    store: Store,
    vault: Vault,
    catalogue: FileCatalogue,
    clock: Clock,
    doorbell: Doorbell,
    stack: AsyncExitStack,
) -> Notifying:
    """By every channel that the settings give a way out. Raises ConfigurationError."""
    tells: dict[Channel, Tell] = {}
    if settings.smtp_url:
        press = Press()
        stack.push_async_callback(press.close)
        mailer = SmtpMailer(
            server(settings.smtp_url, settings.smtp_ca_file), settings.bounce_address
        )
        papers = TypstPapers(press, catalogue.own_guide)
        letters = Letters(store, vault, catalogue, catalogue, mailer, clock, papers)
        tells[Channel.EMAIL] = letters.tell
    if settings.webhooks != "off":
        courier = HttpCourier(local=settings.webhooks == "local")
        stack.push_async_callback(courier.close)
        tells[Channel.WEBHOOK] = Hooks(store, vault, courier, clock).tell
    deliveries = [Deliveries(channel, store.notices, tell) for channel, tell in tells.items()]
    tail = Tail(store, catalogue, vault, clock, tuple(tells))
    return Notifying(tail, deliveries, store.notices, doorbell, clock)
