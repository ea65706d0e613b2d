"""The manual tier's use cases with their press."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from registrar.app.assist import Assist
from registrar.app.event_log import EVENTS
from registrar.app.intervene import Intervene
from registrar.connectors.kit.catalogue import FileCatalogue
from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.ports.queue import Doorbell


def assist(
    interventions: Intervene, catalogue: FileCatalogue, doorbell: Doorbell, stack: AsyncExitStack
) -> Assist:
    """Nothing is started before the first paper is asked for; `stack` ends it."""
    press = Press()
    stack.push_async_callback(press.close)
    return Assist(
        interventions=interventions,
        guides=catalogue,
        catalogue=catalogue,
        papers=TypstPapers(press, catalogue.own_guide),
        ring=partial(doorbell.ring, EVENTS),
    )
