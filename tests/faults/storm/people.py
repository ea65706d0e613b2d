"""People who cancel, and people who ask for another try of whatever waits for them.

Neither knows what the manufacturer has seen, and neither says that a duplicate is worth it: what
would be blind must be refused.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import grpc
from tests.faults.storm.answers import Seen

from registrar.client import CallError, Client
from registrar.client.messages import (
    ListRegistrationsRequest,
    RegistrationFilter,
    RegistrationState,
)

LOOK_SECONDS = 1.5
RETRIED = 0.5
"""How many of those that wait for a person are asked for again."""

CANCELLED_WITHIN = 3.0
"""Seconds after its acceptance in which a registration is cancelled."""


@dataclass(slots=True)
class People:
    """Over one client's connection."""

    client: Client
    seen: Seen
    chance: random.Random
    _known: set[str] = field(default_factory=set)

    async def retry(self) -> None:
        """For ever: each that waits for a person is seen once, and tried again or left."""
        waiting = RegistrationFilter(
            states=[
                RegistrationState.REGISTRATION_STATE_ACTION_REQUIRED,
                RegistrationState.REGISTRATION_STATE_FAILED,
            ]
        )
        while True:
            try:
                async for one in self.client.pages(ListRegistrationsRequest(filter=waiting)):
                    await self._seen(one.id)
            except CallError as error:
                self.seen.came_back(error, "list")
            await asyncio.sleep(LOOK_SECONDS)

    async def _seen(self, registration_id: str) -> None:
        if registration_id in self._known:
            return
        self._known.add(registration_id)
        if self.chance.random() < RETRIED:
            try:
                await self.client.retry(registration_id)
            except CallError as error:
                self._refused(error, "retry")

    async def cancel(self, registration_id: str) -> None:
        """At some moment of its life; that it is too late is an answer."""
        await asyncio.sleep(self.chance.uniform(0, CANCELLED_WITHIN))
        try:
            await self.client.cancel(registration_id)
        except CallError as error:
            self._refused(error, "cancel")

    def _refused(self, error: CallError, what: str) -> None:
        if error.code is not grpc.StatusCode.FAILED_PRECONDITION:
            self.seen.came_back(error, what)
