"""Who is on a form, and how far: kept on the server, found by a cookie."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from registrar.sandbox.forms.checking import Given, Upload
from registrar.sandbox.forms.shapes import Form, Step
from registrar.sandbox.forms.views import View

MOST = 4096
"""Visits of a form; the oldest is forgotten for a new one."""


@dataclass(slots=True)
class Visit:
    """What was given, and the pages as they were last shown."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    shown: dict[str, View] = field(default_factory=dict)

    @property
    def given(self) -> Given:
        """To be checked or shown."""
        return Given(self.values, self.files)

    def next(self, form: Form) -> Step:
        """The first page that is not done; the review where all are."""
        steps = form.open_steps(self.values)
        return next((one for one in steps if one.id not in self.done), form.review)

    def take(self, page: Step, given: Given) -> None:
        """What a page has given; what it does not have is forgotten."""
        for one in page.fields:
            self.values.pop(one.name, None)
            self.files.pop(one.name, None)
        self.values.update(given.values)
        self.files.update(given.files)


class Visits:
    """Of one form. `expire` ends them all."""

    def __init__(self, form: Form) -> None:
        self._name = f"{form.maker}_{form.path or 'form'}"
        self._path = form.base
        self._kept: OrderedDict[str, Visit] = OrderedDict()

    def of(self, request: web.Request) -> Visit | None:
        """The visit that a request belongs to."""
        return self._kept.get(request.cookies.get(self._name, ""))

    def begin(self) -> tuple[str, Visit]:
        """A new one, and its number for the cookie."""
        number, made = secrets.token_hex(16), Visit()
        self._kept[number] = made
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return number, made

    def mark(self, response: web.Response, number: str) -> None:
        """The cookie of a new one."""
        response.set_cookie(self._name, number, path=self._path, httponly=True, samesite="Lax")

    def forget(self, visit: Visit) -> None:
        """This one starts again."""
        for number in [one for one, kept in self._kept.items() if kept is visit]:
            del self._kept[number]

    def expire(self) -> None:
        """Every visit starts again."""
        self._kept.clear()


class Accounts:
    """Who is signed in at one manufacturer. The dealer always is."""

    def __init__(self, maker: str) -> None:
        self.maker = maker
        self._signed_in: set[str] = set()

    def known(self, request: web.Request) -> bool:
        """Whether the request comes from somebody who has signed in."""
        given = request.cookies.get(cookie(self.maker), "")
        return given == dealer(self.maker) or given in self._signed_in

    def enter(self, email: str, password: str) -> str:
        """The value of the cookie; empty where the two do not belong together."""
        if (email.casefold(), password) != (PERSON, f"sandbox-{self.maker}"):
            return ""
        made = secrets.token_hex(32)
        self._signed_in.add(made)
        return made

    def expire(self) -> None:
        """People sign in again; the dealer's session is a long one."""
        self._signed_in.clear()


PERSON = "person@example.com"


def cookie(maker: str) -> str:
    """Its name."""
    return f"{maker}_session"


def dealer(maker: str) -> str:
    """The session of an organisation that sells the maker's products. Fictitious."""
    return f"sandbox-{maker}-dealer"


def storage_state(maker: str, host: str) -> str:
    """The dealer's session as Playwright's `storage_state` has it, in JSON. `host` has no port."""
    kept = {
        "name": cookie(maker),
        "value": dealer(maker),
        "domain": host,
        "path": f"/{maker}/web",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return json.dumps({"cookies": [kept], "origins": []})
