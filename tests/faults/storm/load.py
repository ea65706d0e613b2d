"""Callers that go on submitting, and a watcher that resumes through everything."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field

from google.protobuf.json_format import ParseDict
from tests.faults.storm.answers import Seen
from tests.faults.storm.makers import MAKERS
from tests.faults.storm.people import People
from tests.system import example

from registrar.client import CallError, Client, WatchPolicy
from registrar.client.messages import (
    RegistrationFilter,
    RegistrationState,
    SubmitRegistrationRequest,
    WatchRegistrationsRequest,
)
from registrar.testing.proofs import PDF

CALLERS, EACH = 8, 2.0
"""At least so many, and enough that each submits every two seconds: in an outage they wait."""
CALL_SECONDS = 5.0
PAUSE_SECONDS = 0.2
OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""Clients of one process share a connection by default, and would all meet one server."""

TWICE, AT_ONCE, CHANGED, WITH_PROOF = 0.1, 0.05, 0.03, 0.05
"""How often a caller repeats a request, sends it twice at once, changes it, adds a receipt."""

CANCELLED, HURRIED = 0.06, 0.06
"""How often it is cancelled soon, and how often it has to be finished soon."""

HURRY_SECONDS = (6, 15)


@dataclass(slots=True)
class Load:
    """`rate` registrations a second, over all callers; `number` counts them."""

    address: str
    api_key: str
    rate: float
    chance: random.Random
    seen: Seen = field(default_factory=Seen)
    number: int = 0
    over: bool = False

    def _client(self) -> Client:
        return Client(self.address, self.api_key, timeout=CALL_SECONDS, options=OWN_CONNECTION)

    async def run(self, most: int | None = None) -> None:
        """Until `over`, or `most` are submitted; what is under way is brought to its end."""
        async with asyncio.TaskGroup() as callers:
            for _ in range(self._callers):
                callers.create_task(self._caller(most))

    @property
    def _callers(self) -> int:
        return max(CALLERS, round(EACH * self.rate))

    async def _caller(self, most: int | None) -> None:
        async with self._client() as client:
            while not self.over and (most is None or self.number < most):
                self.number += 1
                began = time.monotonic()
                await self._one(client, self.number)
                left = self._callers / self.rate - (time.monotonic() - began)
                await asyncio.sleep(max(0.0, left))

    async def _one(self, client: Client, number: int) -> None:
        wanted = request(number)
        if self.chance.random() < HURRIED:
            wanted.complete_by.FromSeconds(int(time.time()) + self.chance.randint(*HURRY_SECONDS))
        if self.chance.random() < WITH_PROOF:
            await self._prove(client, wanted)
        tries = 2 if self.chance.random() < AT_ONCE else 1
        await asyncio.gather(*(self._accepted(client, wanted) for _ in range(tries)))
        if self.chance.random() < TWICE:
            await self._accepted(client, wanted)
        if self.chance.random() < CHANGED:
            await self._changed(client, wanted)
        if self.chance.random() < CANCELLED:
            people = People(client, self.seen, self.chance)
            for one in self.seen.acknowledged[wanted.request_id]:
                await people.cancel(one)

    async def _prove(self, client: Client, wanted: SubmitRegistrationRequest) -> None:
        """A receipt; without a place for files it is left out."""
        try:
            proof = await client.artifacts.upload_proof(PDF, "application/pdf")
            wanted.purchase.proofs.append(proof.id)
        except CallError as error:
            self.seen.came_back(error, "upload")

    async def _accepted(self, client: Client, wanted: SubmitRegistrationRequest) -> None:
        """As a caller does it: the same request again, until it is answered."""
        own = SubmitRegistrationRequest()
        own.CopyFrom(wanted)
        while True:
            try:
                answer = await client.submit(own)
            except CallError as error:
                too_late = any(one.field == "complete_by" for one in error.fields)
                if too_late or not self.seen.came_back(error, "submit"):
                    return
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self.seen.acknowledged[own.request_id].add(answer.registration.id)
                return

    async def _changed(self, client: Client, wanted: SubmitRegistrationRequest) -> None:
        """The same key with another body must be refused, whatever else is wrong."""
        other = SubmitRegistrationRequest()
        other.CopyFrom(wanted)
        other.customer.family_name = "Another"
        # By now they belong to the registration.
        del other.purchase.proofs[:]
        try:
            await client.submit(other)
        except CallError as error:
            if error.reason not in {"REQUEST_ID_REUSED", "FIELD_INVALID"}:
                self.seen.came_back(error, "changed")
        else:
            self.seen.wrong.append(f"another body was taken under {other.request_id}")

    async def people(self) -> None:
        """Who ask for another try, for ever."""
        async with self._client() as client:
            await People(client, self.seen, self.chance).retry()

    async def watch(self, watching: asyncio.Event) -> None:
        """For ever; `watching` is set as soon as nothing is missed."""
        policy = WatchPolicy(most=1.0, silence=15.0)
        everything = WatchRegistrationsRequest(filter=RegistrationFilter())
        async with self._client() as client:
            async for message in client.watch(everything, policy):
                watching.set()
                if message.WhichOneof("message") == "event":
                    event = message.event
                    self.seen.told[event.registration_id].append(event.sequence)
                    if event.state == RegistrationState.REGISTRATION_STATE_SUCCEEDED:
                        self.seen.succeeded.setdefault(event.registration_id, time.time())


def request(number: int) -> SubmitRegistrationRequest:
    """Like no other, with the id that a caller keeps over its retries."""
    wanted = example(number, manufacturer_id=MAKERS[number % len(MAKERS)].id)
    made = ParseDict(wanted, SubmitRegistrationRequest())
    made.request_id = str(uuid.uuid4())
    return made
