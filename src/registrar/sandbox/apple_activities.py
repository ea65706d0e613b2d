"""Apple's activities: assignments of devices to a server, which take a while."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from registrar.sandbox.apple_shapes import ASSIGN, MANUFACTURER, Activity, Asked
from registrar.sandbox.devices import Device
from registrar.sandbox.request import World

KIND = "apple.activity"


@dataclass(frozen=True, slots=True)
class Activities:
    """Each has ended `work_seconds` after it began, unless a device of it is stuck."""

    world: World
    work_seconds: float

    def begin(self, asked: Asked, known: Callable[[str], Device | None]) -> Activity:
        """What becomes of it is certain now, and shown later."""
        made = self.world.new_id(KIND, *asked.serials)
        devices = {serial: known(serial) for serial in asked.serials}
        failed = [serial for serial, one in devices.items() if one is None or one.broken]
        stuck = any(one is not None and one.stuck for one in devices.values())
        at = time.time()
        begun = Activity(
            made, asked.kind, asked.serials, failed, at, None if stuck else at + self.work_seconds
        )
        self.world.ledger.keep(KIND, made, json.dumps(asdict(begun)))
        for serial in asked.serials:
            if serial not in failed and not stuck:
                self._carry_out(asked, serial, made)
        return begun

    def _carry_out(self, asked: Asked, serial: str, activity: str) -> None:
        """Only a change has an effect."""
        before = self.server_of(serial)
        if before and (asked.kind != ASSIGN or before != asked.server):
            self.world.ledger.release(MANUFACTURER, serial)
        if asked.kind == ASSIGN and before != asked.server:
            self.world.ledger.write(
                manufacturer=MANUFACTURER,
                serial_number=serial,
                owner=asked.server,
                key=activity,
                body="",
            )

    def server_of(self, serial: str, *, older: float = 0.0) -> str:
        """The server that a device is assigned to, as it was `older` seconds ago, or empty."""
        found = self.world.ledger.by_serial(MANUFACTURER, serial, older=older)
        return found[-1].owner if found else ""

    def of(self, activity: str) -> Activity | None:
        """One of them."""
        text = self.world.ledger.kept(KIND, activity)
        return Activity(**json.loads(text)) if text else None
