"""One form over HTTP: its pages in their order, and the one act at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.forms import pages, walls
from registrar.sandbox.forms.checking import errors
from registrar.sandbox.forms.controls import Filled
from registrar.sandbox.forms.document import SCRIPT, STYLE, notice
from registrar.sandbox.forms.filing import filed, told
from registrar.sandbox.forms.shapes import Form, forms
from registrar.sandbox.forms.spoiling import half_loaded, slow, slow_address
from registrar.sandbox.forms.taking import Sent, taken, trapped
from registrar.sandbox.forms.views import View, view
from registrar.sandbox.forms.visits import Accounts, Visit, Visits, cookie
from registrar.sandbox.ledger import normalized
from registrar.sandbox.request import World, answered

Made = Callable[[Rule], web.Response]
TITLES = {429: "Too many requests", 503: "Service unavailable"}


@dataclass(frozen=True, slots=True)
class Site:
    """One form of a manufacturer, for who may use it."""

    world: World
    form: Form
    accounts: Accounts
    visits: Visits

    def routes(self) -> list[web.RouteDef]:
        """Under `/{manufacturer}/web`."""
        base = self.form.base
        return [
            web.get(f"{base}/register", self.register),
            web.get(f"{base}/start", self.start),
            web.get(f"{base}/form/{{step}}", self.show),
            web.post(f"{base}/form/{{step}}", self.take),
            web.post(f"{base}/submit", self.submit),
            web.get(f"{base}/sign-in", self.ask),
            web.post(f"{base}/sign-in", self.enter),
        ]

    async def register(self, request: web.Request) -> web.StreamResponse:
        """GET /register: the first page, or the page around it."""
        if self.form.frame:
            return await self._answered(request, "form", lambda _: pages.framed(self.form))
        return await self.start(request)

    async def start(self, request: web.Request) -> web.StreamResponse:
        """GET /start: the first page, with nothing given yet."""

        def made(rule: Rule) -> web.Response:
            number, visit = self.visits.begin()
            response = self._shown(request, visit, visit.next(self.form).id, rule)
            self.visits.mark(response, number)
            return response

        return await self._answered(request, "form", made)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /form/{step}: a page that may be filled now, or the way to it."""

        def made(rule: Rule) -> web.Response:
            visit = self.visits.of(request)
            if visit is None:
                return _to(f"{self.form.base}/{'start' if self.form.frame else 'register'}")
            asked, nearest = request.match_info["step"], visit.next(self.form).id
            if asked not in visit.done | {nearest}:
                return _to(f"{self.form.base}/form/{nearest}")
            return self._shown(request, visit, asked, rule)

        return await self._answered(request, "form", made)

    def _shown(self, request: web.Request, visit: Visit, asked: str, rule: Rule) -> web.Response:
        steps = {one.id: one for one in (*self.form.steps, self.form.review)}
        visit.shown[asked] = shown = view(steps[asked], rule)
        filled = Filled(shown, visit.given, {}, fresh=asked not in visit.done)
        return pages.step(self.form, filled, slow_address(request, self.form.maker, rule))

    async def take(self, request: web.Request) -> web.StreamResponse:
        """POST /form/{step}: on to the next page, or the same with what is wrong."""
        sent, asked = await request.post(), request.match_info["step"]

        def made(_rule: Rule) -> web.Response:
            visit = self.visits.of(request)
            if visit is None:
                return pages.ended(self.form)
            if asked not in visit.shown:
                return _to(f"{self.form.base}/form/{visit.next(self.form).id}")
            wrong = self._taken(visit, visit.shown[asked], sent)
            return wrong or _to(f"{self.form.base}/form/{visit.next(self.form).id}")

        return await self._answered(request, "form", made)

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """POST /submit: the only request that has an effect."""
        sent, before = await request.post(), self.visits.of(request)
        serial = told(self.form, before.given, "serial") if before else ""

        def made(_rule: Rule) -> web.Response:
            visit = self.visits.of(request)
            if visit is None:
                return pages.ended(self.form)
            nearest, last = visit.next(self.form), self.form.review
            if nearest is not last or last.id not in visit.shown:
                return _to(f"{self.form.base}/form/{nearest.id}")
            wrong = self._taken(visit, visit.shown[last.id], sent)
            return wrong or filed(self.world, self.form, visit.given)

        return await self._answered(request, "submit", made, normalized(serial))

    def _taken(self, visit: Visit, shown: View, sent: Sent) -> web.Response | None:
        """What stands in the way of the next page."""
        if trapped(shown, sent):
            self.visits.forget(visit)
            return notice(self.form, "We cannot accept this", "Please call our service.", 403)
        visit.take(shown.step, taken(shown, sent, visit))
        wrong = errors(shown.step, visit.given)
        if wrong:
            visit.done.discard(shown.step.id)
            return pages.step(self.form, Filled(shown, visit.given, wrong, fresh=False))
        visit.done.add(shown.step.id)
        return None

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """GET /sign-in: the page."""
        return await self._answered(request, "form", lambda _: walls.sign_in(self.form), free=True)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """POST /sign-in: on to the form, or the page again."""
        sent = await request.post()
        email, password = str(sent.get("account", "")), str(sent.get("password", ""))

        def made(_rule: Rule) -> web.Response:
            number = self.accounts.enter(email, password)
            if not number:
                return walls.sign_in(self.form, "E-mail or password is not right.", email)
            response = _to(f"{self.form.base}/register")
            path = f"/{self.form.maker}/web"
            response.set_cookie(cookie(self.form.maker), number, path=path, httponly=True)
            return response

        return await self._answered(request, "form", made, free=True)

    async def _answered(
        self, request: web.Request, step: str, made: Made, serial: str = "", *, free: bool = False
    ) -> web.StreamResponse:
        """Behind the faults, walls and the sign-in page; a page that is `free` needs no account."""

        async def answer(rule: Rule) -> web.StreamResponse:
            wall = walls.wall(self.form, rule)
            if wall is not None and not rule.committed:
                return wall
            barred = self.form.account and not free and not self.accounts.known(request)
            page = walls.sign_in(self.form) if barred else made(rule)
            if rule.fault == "half_loaded":
                return await half_loaded(request, page)
            return wall or page

        maker = self.form.maker
        return await answered(
            self.world, request, maker, step, answer, serial, refuse=self._refused
        )

    def _refused(self, status: int, _code: str, sentence: str) -> web.Response:
        return notice(self.form, TITLES.get(status, "Something went wrong"), sentence, status)


@dataclass(frozen=True, slots=True)
class Assets:
    """What the pages of all manufacturers need; no fault touches it."""

    def routes(self) -> list[web.RouteDef]:
        """Under `/{manufacturer}/web/assets`."""
        place = "/{maker}/web/assets"
        return [
            web.get(f"{place}/form.css", self.style),
            web.get(f"{place}/form.js", self.script),
            web.get(place + r"/slow/{seconds:[0-9.e+]+}.{kind:js|png}", slow),
        ]

    async def style(self, _request: web.Request) -> web.Response:
        """GET /form.css."""
        return web.Response(text=STYLE, content_type="text/css")

    async def script(self, _request: web.Request) -> web.Response:
        """GET /form.js."""
        return web.Response(text=SCRIPT, content_type="text/javascript")


def sites(world: World) -> Iterable[Site | Assets]:
    """Every form of every manufacturer; the forms of one share its accounts."""
    accounts = {form.maker: Accounts(form.maker) for form in forms()}
    for maker, known in accounts.items():
        world.sessions.setdefault(maker, []).append(known.expire)
    for form in forms():
        visits = Visits(form)
        world.sessions.setdefault(form.maker, []).append(visits.expire)
        yield Site(world, form, accounts[form.maker], visits)
    yield Assets()


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
