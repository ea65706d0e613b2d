"""`registrar artifacts`: list, get; `registrar proofs`: add.

Exit codes: 0 done · 2 wrong usage · 3 the service does not answer · 4 the service refused.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client.messages import Artifact, ArtifactKind

app = typer.Typer()
artifacts = typer.Typer(help="Files of registrations.", no_args_is_help=True)
proofs = typer.Typer(help="Proofs of purchase, for a submission to name.", no_args_is_help=True)
app.add_typer(artifacts, name="artifacts")
app.add_typer(proofs, name="proofs")

Output = Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")]
Force = Annotated[bool, typer.Option("--force", help="Also over a file that is there.")]
MediaType = Annotated[
    str, typer.Option(help="Such as image/png; as the name says, where it is not given.")
]
RequestId = Annotated[
    str, typer.Option(help="A UUID; once more with the same one is the same artifact.")
]


def _told(found: list[Artifact], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            output.line(one)
        return
    rows = output.table("Artifacts", "id", "what", "bytes", "until")
    rows.columns[0].no_wrap = True  # it is what the next command is given
    for one in found:
        until = one.expire_time.ToJsonString()[:10]
        rows.add_row(one.id, _what(one), f"{one.size:,}", until)
    output.out.print(rows)


def _what(one: Artifact) -> str:
    """In words; also of a service that is newer."""
    known = one.kind in ArtifactKind.values()
    name = ArtifactKind.Name(one.kind) if known else str(one.kind)
    kind = output.word(name.removeprefix("ARTIFACT_KIND_"))
    return f"{kind} of attempt {one.attempt}" if one.attempt else kind


def _refused(problem: str) -> typer.Exit:
    output.chatter.print(f"registrar: {problem}", markup=False)
    return typer.Exit(2)


@artifacts.command(name="list")
def list_artifacts(
    registration_id: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Show what files a registration has, oldest first."""

    async def work() -> list[Artifact]:
        async with output.client(address, api_key) as client:
            return await client.artifacts.of(registration_id)

    _told(output.run(work()), as_json=as_json)


@artifacts.command(name="get")
def get_artifact(  # noqa: PLR0913 - its options
    artifact_id: str,
    *,
    output_file: Output,
    force: Force = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Write a file's content. It is there when it is whole."""
    if output_file.exists() and not force:
        raise _refused(f"{output_file} is there already")
    partial = output_file.with_name(f".{output_file.name}.{artifact_id}.part")

    async def work(file: BinaryIO) -> Artifact:
        async with output.client(address, api_key) as client:
            return await client.artifacts.download(artifact_id, file.write)

    try:
        with partial.open("xb") as file:
            found = output.run(work(file))
        partial.replace(output_file)
    except OSError as error:
        raise _refused(f"{output_file}: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
    _told([found], as_json=as_json)


@proofs.command(name="add")
def add_proof(  # noqa: PLR0913 - its options
    file: Annotated[Path, typer.Argument(help="A PDF, JPEG or PNG of at most 10 MB.")],
    *,
    media_type: MediaType = "",
    request_id: RequestId = "",
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Bring a proof of purchase; its id goes into `purchase.proofs`."""
    if not file.is_file():
        raise _refused(f"there is no file {file}")
    kind = media_type or mimetypes.guess_type(file.name)[0] or ""

    async def work() -> Artifact:
        async with output.client(address, api_key) as client:
            return await client.artifacts.upload_proof(file, kind, request_id=request_id)

    _told([output.run(work())], as_json=as_json)
