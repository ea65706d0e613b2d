"""What callers bring, held against what they say it is."""

import hashlib
import uuid
from collections.abc import AsyncIterator

import pytest

from registrar.app.uploads import Upload, Verified, checked, media_type
from registrar.domain.artifact import LARGEST_UPLOAD, ArtifactKind
from registrar.domain.errors import InvalidRequest
from registrar.testing.proofs import JPEG, PDF, PNG

REQUEST = str(uuid.uuid4())


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    """One by one."""
    for one in given:
        yield one


async def passed(content: Verified) -> bytes:
    """All that came through."""
    return b"".join([chunk async for chunk in content.chunks()])


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\xef\xbb\xbf\n" * 100 + b"%PDF-1.7", "application/pdf"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"\x89PNG\r\n\x1a\n0000none", ""),
        (b" " * 1024 + b"%PDF-1.7", ""),
        (b"GIF89a", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_a_file_is_known_by_how_it_begins(head: bytes, kind: str) -> None:
    """Whatever it is called."""
    assert media_type(head) == kind


@pytest.mark.parametrize("data", [PDF + bytes(5000), PDF[:20]])
async def test_what_fits_passes_unchanged(data: bytes) -> None:
    """And is measured."""
    digest = hashlib.sha256(data).hexdigest()
    content = Verified(
        Upload(REQUEST, "application/pdf", sha256=digest), pieces(data[:7], data[7:])
    )
    assert await passed(content) == data
    assert (content.size, content.sha256) == (len(data), digest)


@pytest.mark.parametrize(
    ("given", "announced", "broken"),
    [
        ([PNG], Upload(REQUEST, "application/pdf"), ("chunk", "media_type")),
        ([], Upload(REQUEST, "image/png"), ("chunk", "media_type")),
        ([PNG[:6]], Upload(REQUEST, "image/png"), ("chunk", "media_type")),
        ([PNG], Upload(REQUEST, "image/png", sha256="00"), ("header.sha256", "mismatch")),
        ([PNG] + [bytes(1024 * 1024)] * 10, Upload(REQUEST, "image/png"), ("chunk", "size")),
    ],
)
async def test_what_does_not_fit_is_refused(
    given: list[bytes], announced: Upload, broken: tuple[str, str]
) -> None:
    """Nothing of another type has passed by then."""
    with pytest.raises(InvalidRequest) as caught:
        await Verified(announced, pieces(*given)).drain()
    assert [(one.field, one.rule) for one in caught.value.violations] == [broken]


async def test_the_largest_file_passes() -> None:
    """To the byte."""
    content = Verified(Upload(REQUEST, "image/png"), pieces(PNG, bytes(LARGEST_UPLOAD - len(PNG))))
    await content.drain()
    assert content.size == LARGEST_UPLOAD


def test_an_announcement_breaks_all_its_rules_at_once() -> None:
    """Before any of the file is there."""
    with pytest.raises(InvalidRequest) as caught:
        checked(Upload("one", "text/html", ArtifactKind.SCREENSHOT))
    assert [(one.field, one.rule) for one in caught.value.violations] == [
        ("header.request_id", "uuid"),
        ("header.media_type", "unsupported"),
        ("header.kind", "unsupported"),
    ]


def test_a_request_id_is_the_same_in_every_spelling() -> None:
    """As that of a submission."""
    written = "{" + REQUEST.upper() + "}"
    assert checked(Upload(written, "image/png")) == Upload(REQUEST, "image/png")
