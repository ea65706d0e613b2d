"""What stands around every page of a manufacturer: head, banner, footer, and what others serve."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files

from aiohttp import web

from registrar.sandbox.forms.shapes import Form

FOLDER = files("registrar.sandbox.forms")
STYLE = FOLDER.joinpath("form.css").read_text(encoding="utf-8")
SCRIPT = FOLDER.joinpath("form.js").read_text(encoding="utf-8")
ELSEWHERE = (
    '<script async src="https://analytics.invalid/collect.js"></script>'
    '<link rel="stylesheet" href="https://fonts.invalid/css?family=Sans" media="print">'
)
PIXEL = '<img src="https://pixel.invalid/view.gif" alt="" width="1" height="1">'


@dataclass(frozen=True, slots=True)
class Page:
    """`body` is HTML. `bare`: what stands in a frame. `slow`: the address of what never ends."""

    title: str
    body: str
    bare: bool = False
    slow: str = ""


def document(form: Form, page: Page, status: int = 200) -> web.Response:
    """The whole of it."""
    brand = escape(form.brand)
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(page.title)} | {brand}</title>{ELSEWHERE}"
        f'<link rel="stylesheet" href="/{form.maker}/web/assets/form.css">'
        f"<style>:root{{--accent:{escape(form.accent)}}}</style></head>"
    )
    banner = "" if page.bare else f'<header class="banner"><a href="#main">{brand}</a></header>'
    footer = "" if page.bare else f"<footer>{escape(form.note or 'Simulated.')}{PIXEL}</footer>"
    script = f'<script src="/{form.maker}/web/assets/form.js" defer></script>'
    text = (
        f'{head}<body>{banner}<main id="main">{page.body}</main>{footer}{script}'
        f"{_slow(page.slow)}</body></html>"
    )
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def notice(
    form: Form, title: str, sentence: str, status: int = 200, more: str = ""
) -> web.Response:
    """A page with a heading and a sentence. `more` is HTML."""
    body = f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>{more}"
    return document(form, Page(title, body, bare=form.frame), status)


def _slow(address: str) -> str:
    if not address:
        return ""
    return f'<script src="{escape(address)}.js"></script><img src="{escape(address)}.png" alt="">'
