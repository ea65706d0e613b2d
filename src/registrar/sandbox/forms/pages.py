"""The pages of a form: its steps, the review, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from aiohttp import web

from registrar.sandbox.forms.checking import TICKED, Given, active, options
from registrar.sandbox.forms.controls import Filled, attributes, fields
from registrar.sandbox.forms.document import Page, document, notice
from registrar.sandbox.forms.shapes import Field, Form, Step


def step(form: Form, filled: Filled, slow: str = "") -> web.Response:
    """A page to fill; with 422 where something is wrong with it."""
    page = filled.view.step
    review = page.id == form.review.id
    title = f"<h1>{escape(form.title)}</h1>{_progress(form, filled)}<h2>{escape(page.title)}</h2>"
    intro = f"<p>{escape(page.intro)}</p>" if page.intro else ""
    told = summary(form, filled.given) if review else ""
    body = title + _alert(filled) + intro + told + _form(form, filled) + _beside(form)
    shown = Page(page.title, body, bare=form.frame, slow=slow)
    return document(form, shown, 422 if filled.errors else 200)


def _beside(form: Form) -> str:
    """The way to the manufacturer's other form."""
    if not form.beside:
        return ""
    address = f"/{form.maker}/web/{form.beside}/register"
    return f'<p><a href="{address}">Register a {escape(form.beside)}</a></p>'


def _progress(form: Form, filled: Filled) -> str:
    steps = (*form.open_steps(filled.given.values), form.review)
    here = filled.view.step.id
    made = "".join(
        f"<li{attributes(aria_current='step' if one.id == here else None)}>{escape(one.title)}</li>"
        for one in steps
    )
    return f'<nav aria-label="Progress"><ol class="progress">{made}</ol></nav>'


def _alert(filled: Filled) -> str:
    if not filled.errors:
        return ""
    links = "".join(
        f'<li><a href="#{filled.view.id(name)}">{escape(error)}</a></li>'
        for name, error in filled.errors.items()
    )
    return f'<div class="alert" role="alert"><p>Please check:</p><ul>{links}</ul></div>'


def _form(form: Form, filled: Filled) -> str:
    page, view = filled.view.step, filled.view
    last = page.id == form.review.id
    action = f"{form.base}/submit" if last else f"{form.base}/form/{page.id}"
    sends = any(one.control == "file" for one in page.fields)
    kind = ' enctype="multipart/form-data"' if sends else ""
    button = f'<button type="submit" class="{view.css("go")}">{escape(page.button)}</button>'
    back = _before(form, page, filled.given.values)
    link = f'<a class="back" href="{form.base}/form/{back}">Back</a>' if back else ""
    return (
        f'<form method="post" action="{action}"{kind} novalidate aria-label="{escape(form.title)}">'
        f'{fields(filled)}<div class="actions">{link}{button}</div></form>'
    )


def _before(form: Form, page: Step, values: Mapping[str, str]) -> str:
    ids = [one.id for one in (*form.open_steps(values), form.review)]
    place = ids.index(page.id)
    return ids[place - 1] if place else ""


def summary(form: Form, given: Given) -> str:
    """What will be registered, to be read once more."""
    return "".join(_told(form, one, given) for one in form.open_steps(given.values))


def _told(form: Form, page: Step, given: Given) -> str:
    rows = "".join(
        f"<dt>{escape(field.label)}</dt><dd>{escape(_words(field, given))}</dd>"
        for field in page.fields
        if active(field, given.values) and _words(field, given)
    )
    change = (
        f'<a href="{form.base}/form/{page.id}" aria-label="Change: {escape(page.title)}">Change</a>'
    )
    return f'<section class="told"><h3>{escape(page.title)}</h3><dl>{rows}</dl>{change}</section>'


def _words(field: Field, given: Given) -> str:
    if field.control == "file":
        kept = given.files.get(field.name)
        return kept.filename if kept else ""
    value = given.values.get(field.name, "")
    if field.control == "checkbox":
        return "Yes" if value == TICKED else "No"
    chosen = field.control in {"select", "radio"}
    return options(field, given.values).get(value, value) if chosen else value


def framed(form: Form) -> web.Response:
    """The page around a form that stands in a frame."""
    body = (
        f"<h1>{escape(form.brand)} support</h1><p>Please register below.</p>"
        f'<iframe title="{escape(form.title)}" name="registration" src="{form.base}/start">'
        "</iframe>"
    )
    return document(form, Page(form.title, body))


def confirmed(form: Form, reference: str) -> web.Response:
    """It has happened."""
    more = _reference("Registration number", reference)
    return notice(form, "Thank you", form.done, more=more)


def known(form: Form, reference: str) -> web.Response:
    """It had happened before."""
    sentence = "You have registered this product before. Nothing was changed."
    more = _reference("Registration number", reference)
    return notice(form, "This product is already registered", sentence, more=more)


def anothers(form: Form) -> web.Response:
    """It will not happen."""
    sentence = "The product is registered to somebody else. Please contact our service."
    return notice(form, "Registered to another owner", sentence)


def ended(form: Form) -> web.Response:
    """What was given is gone."""
    more = f'<p><a href="{form.base}/{"start" if form.frame else "register"}">Start again</a></p>'
    sentence = "For your safety we have ended it. What you entered was not kept."
    return notice(form, "Your session has ended", sentence, 403, more)


def _reference(label: str, reference: str) -> str:
    return (
        f'<dl class="reference"><dt>{escape(label)}</dt>'
        f'<dd data-testid="reference">{escape(reference)}</dd></dl>'
    )
