"""From what a browser sends to what a visitor has given."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from registrar.sandbox.forms.checking import Given, Upload, active
from registrar.sandbox.forms.shapes import Field
from registrar.sandbox.forms.views import TRAP, View
from registrar.sandbox.forms.visits import Visit

Sent = Mapping[str, object]


def trapped(shown: View, sent: Sent) -> bool:
    """Whether a field is filled that no person sees."""
    return shown.trap and bool(sent.get(shown.name(TRAP)))


def taken(shown: View, sent: Sent, visit: Visit) -> Given:
    """Of one page; fields that do not apply are left out, and a file stays until another comes."""
    fields = shown.step.fields
    texts = {one.name: _text(sent, shown.name(one.name)) for one in fields}
    known = visit.values | texts
    there = [one for one in fields if active(one, known)]
    values = {one.name: texts[one.name] for one in there if one.control != "file"}
    uploads = ((one.name, _upload(shown, one, sent, visit)) for one in there)
    return Given(values, {name: upload for name, upload in uploads if upload})


def _text(sent: Sent, name: str) -> str:
    value = sent.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _upload(shown: View, field: Field, sent: Sent, visit: Visit) -> Upload | None:
    if field.control != "file":
        return None
    part = sent.get(shown.name(field.name))
    if isinstance(part, web.FileField) and part.filename:
        return Upload.of(part.filename, part.file.read())
    return visit.files.get(field.name)
