"""The last click: one act in the ledger, or why there is none."""

from __future__ import annotations

import json
from dataclasses import asdict

from aiohttp import web

from registrar.sandbox.forms import pages
from registrar.sandbox.forms.checking import Given, active, bought
from registrar.sandbox.forms.document import notice
from registrar.sandbox.forms.shapes import Form, Role
from registrar.sandbox.request import World


def filed(world: World, form: Form, given: Given) -> web.Response:
    """The page that tells of it. The owner is known by the e-mail, the product by its number."""
    serial, owner = told(form, given, "serial"), told(form, given, "email").casefold()
    if not serial or not owner:
        sentence = "We cannot register a product without its number and your e-mail address."
        return notice(form, "Something is missing", sentence, 422)
    for before in world.ledger.by_serial(form.maker, serial):
        if before.owner == owner:
            return pages.known(form, before.reference)
        return pages.anothers(form)
    body = json.dumps(_body(form, given), sort_keys=True)
    effect = world.ledger.write(
        manufacturer=form.maker, serial_number=serial, owner=owner, key="", body=body
    )
    return pages.confirmed(form, effect.reference)


def told(form: Form, given: Given, role: Role) -> str:
    """The first value of a field with this role that applies; empty where there is none."""
    found = (
        given.values.get(one.name, "")
        for one in form.fields()
        if one.role == role and active(one, given.values)
    )
    return next((value for value in found if value), "")


def _body(form: Form, given: Given) -> dict[str, object]:
    """By the form's own names. The purchase stands as in partner-v1, for who looks it up."""
    dates = [one for one in form.fields() if one.role == "purchase_date"]
    days = [bought(one, given.values.get(one.name, "")) for one in dates]
    day = next((one for one in days if one), None)
    return {
        "form": form.base,
        "values": dict(given.values),
        "files": {name: asdict(one) for name, one in given.files.items()},
        "purchase": {"date": day.isoformat() if day else ""},
    }
