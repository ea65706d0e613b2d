"""The sandbox, a warm Chromium, and the connector that fills Acme's form."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pytest

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web.browser import found
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.domain.drift import FormWalk
from registrar.domain.outcome import Tier
from registrar.ports.connector import Job, Unattended, Withdrawn
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance import scenarios


@dataclass
class Attempt(Unattended):
    """What an attempt tells on its way: `ports.connector.Run`."""

    wanted: bool = True
    passed: int = 0
    kept: dict[str, bytes] = field(default_factory=dict)
    brought: dict[str, bytes] = field(default_factory=dict)
    """Proofs of purchase: content by media type."""
    walk: FormWalk | None = None

    async def point_of_no_return(self) -> None:
        """Counted; refused where it is not wanted any more."""
        if not self.wanted:
            raise Withdrawn
        self.passed += 1

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """By kind."""
        del media_type
        self.kept[kind] = data

    async def proofs(self, named: Sequence[str]) -> Sequence[Artifact]:
        """All that were brought, whatever they are called."""
        del named
        now, kind = datetime.now(UTC), ArtifactKind.PROOF_OF_PURCHASE
        return [
            Artifact(media_type, "t", kind, media_type, now, now, size=len(content))
            for media_type, content in self.brought.items()
        ]

    async def content(self, proof: Artifact) -> bytes:
        """By its id."""
        return self.brought[proof.id]

    def saw(self, walk: FormWalk) -> None:
        """The last one."""
        self.walk = walk


@dataclass(frozen=True)
class Desk:
    """One sandbox with one connector."""

    sandbox: Sandbox
    form: WebConnector

    def told(self, *rules: dict[str, object]) -> None:
        """Faults of Acme's."""
        self.sandbox.world.script.replace([{"manufacturer": "acme", **one} for one in rules])

    def acts(self) -> list[str]:
        """Serial numbers of the ledger."""
        effects = self.sandbox.world.ledger.report("acme")["effects"]
        return [one["serial_number"] for one in effects]


def job(number: int) -> Job:
    """Of a product of its own."""
    made = scenarios.load(PACKAGED / "acme").first.job(number)
    product = msgspec.structs.replace(made.submission.product, serial_number=f"AC26WB{number:06d}")
    submission = msgspec.structs.replace(made.submission, product=product)
    return msgspec.structs.replace(made, submission=submission)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Fresh: an empty ledger, a browser of its own."""
    program = found()
    assert program is not None, "no browser: the suite needs one"
    sandbox = Sandbox(SandboxSettings(partners=("acme",)))
    base = f"http://127.0.0.1:{await sandbox.start()}"
    urls = {"acme": f"{base}/acme/partner/v1", "acme.web": f"{base}/acme/web"}
    settings = ConnectorSettings(urls, {"acme.api_key": "sandbox-acme"}, browser=program)
    catalogue = FileCatalogue(settings)
    form = catalogue.connector("acme", Tier.WEB)
    assert isinstance(form, WebConnector)
    yield Desk(sandbox, form)
    await catalogue.close()
    await sandbox.close()
