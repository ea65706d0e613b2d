"""`/_sandbox/`: the same as the JSON API, to read; forms set faults and take them away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import web

from registrar.sandbox.admin import BASE
from registrar.sandbox.faults import KINDS, RETRY_HEADERS, STEPS, NoRule, Rule
from registrar.sandbox.profiles import Profile
from registrar.sandbox.request import World

STYLE = files("registrar.sandbox").joinpath("page.css").read_text(encoding="utf-8")
LATEST = 50
NUMBERS = {"int": int, "int | None": int, "float": float, "float | None": float}
NOTE = (
    "Simulated manufacturers. What works here is proven to work with the published wire formats "
    "and their faults, not with the real sites."
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, no scripts, nothing from elsewhere."""

    world: World
    profiles: Iterable[Profile]

    def routes(self) -> list[web.RouteDef]:
        """Under `/_sandbox/`."""
        return [
            web.get(BASE, self.redirect),
            web.get(f"{BASE}/", self.show),
            web.post(f"{BASE}/add-fault", self.add),
            web.post(f"{BASE}/clear-faults", self.clear),
            web.post(f"{BASE}/reset-metrics", self.reset),
        ]

    async def redirect(self, _request: web.Request) -> web.StreamResponse:
        """To the address with a slash."""
        raise web.HTTPMovedPermanently(f"{BASE}/")

    async def show(self, _request: web.Request) -> web.StreamResponse:
        """The page."""
        return self._page()

    async def add(self, request: web.Request) -> web.StreamResponse:
        """One more rule at the end of the script."""
        form = await request.post()
        given = {name: str(value).strip() for name, value in form.items()}
        try:
            self.world.script.add(_rule({name: value for name, value in given.items() if value}))
        except NoRule as error:
            return self._page(str(error), 422)
        raise web.HTTPSeeOther(f"{BASE}/#faults")

    async def clear(self, _request: web.Request) -> web.StreamResponse:
        """No faults any more."""
        self.world.script.replace([])
        raise web.HTTPSeeOther(f"{BASE}/#faults")

    async def reset(self, _request: web.Request) -> web.StreamResponse:
        """Rates from zero."""
        self.world.metrics.reset()
        raise web.HTTPSeeOther(f"{BASE}/#metrics")

    def _page(self, wrong: str = "", status: int = 200) -> web.Response:
        report = self.world.ledger.report()
        parts = (
            _faults(self.world.script.report(), self.world.script.seed, wrong),
            _acts("Duplicates", report["duplicates"], "Nothing has happened twice."),
            _acts("Ledger", report["effects"], "Nothing has happened yet."),
            _metrics(self.world.metrics.report()),
            _profiles(self.profiles),
        )
        return web.Response(text=_document("".join(parts)), status=status, content_type="text/html")


def _rule(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a form as those of a rule."""
    kinds = {one.name: str(one.type) for one in fields(Rule)}
    made: dict[str, Any] = {}
    for name, value in given.items():
        number = NUMBERS.get(kinds.get(name, ""))
        try:
            made[name] = value == "on" if kinds.get(name) == "bool" else (number or str)(value)
        except ValueError:
            raise NoRule(f"{name}: a number is needed") from None
    return made


def _document(body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>Sandbox</title><style>{STYLE}</style></head><body>"
        f"<header><h1>Sandbox</h1><p>{NOTE}</p><nav>"
        "<a href='#faults'>Faults</a> <a href='#duplicates'>Duplicates</a> "
        "<a href='#ledger'>Ledger</a> <a href='#metrics'>Metrics</a> "
        f"<a href='#profiles'>Profiles</a></nav></header><main>{body}</main></body></html>"
    )


def _section(title: str, body: str, count: str = "") -> str:
    number = f" <small>{escape(count)}</small>" if count else ""
    return f"<section id={title.lower()}><h2>{title}{number}</h2>{body}</section>"


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th scope=col>{escape(one)}</th>" for one in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<div class=wide><table><tr>{head}</tr>{body}</table></div>"


def _acts(title: str, rows: list[dict[str, Any]], otherwise: str) -> str:
    names = ("manufacturer", "serial_number", "owner", "reference", "key", "status")
    latest = [[row[name] for name in names] for row in reversed(rows[-LATEST:])]
    body = _table(names, latest) if rows else f"<p>{otherwise}</p>"
    count = f"{len(rows)}, the latest {LATEST} shown" if len(rows) > LATEST else str(len(rows))
    return _section(title, body, count)


def _faults(rules: list[dict[str, Any]], seed: int, wrong: str) -> str:
    rows = [
        [
            rule["fault"],
            rule["manufacturer"] or "all",
            rule["step"] or "all",
            rule["serial"] or "all",
            _rest(rule),
            f"{rule['fired']} of {rule['met']}",
        ]
        for rule in rules
    ]
    columns = ("fault", "manufacturer", "step", "serial", "settings", "fired")
    shown = _table(columns, rows) if rows else "<p>Nothing goes wrong.</p>"
    error = f"<p class=wrong role=alert>{escape(wrong)}</p>" if wrong else ""
    clear = f"<form method=post action='{BASE}/clear-faults'><button>Clear all</button></form>"
    return _section("Faults", error + shown + (clear if rows else "") + _form(), f"seed {seed}")


CONDITIONS = {"fault", "manufacturer", "step", "serial", "fired", "met"}


def _rest(rule: Mapping[str, Any]) -> str:
    """What differs from a rule of that kind without more."""
    plain = Rule(rule["fault"])
    return ", ".join(
        f"{name} {value}"
        for name, value in rule.items()
        if name not in CONDITIONS and value != getattr(plain, name)
    )


def _form() -> str:
    kinds = "".join(
        f"<option value={k}>{k}: {escape(v.replace('`', ''))}</option>" for k, v in KINDS.items()
    )
    inputs = "".join(
        _input(name, hint)
        for name, hint in (
            ("manufacturer", "all"),
            ("serial", "all"),
            ("seconds", "as the kind says"),
            ("status", "as the kind says"),
            ("times", "for ever"),
            ("after", "0"),
            ("probability", "1.0"),
            ("retry_after", "1"),
            ("location", "https://elsewhere.invalid/"),
            ("size", "4194304"),
            ("target", "as the kind says"),
        )
    )
    return (
        f"<form method=post action='{BASE}/add-fault' class=add><h3>Add a rule</h3>"
        f"<label class=all>fault <select name=fault>{kinds}</select></label>"
        f"<label>step <select name=step><option value=''>all</option>{_options(STEPS)}</select>"
        f"</label>{inputs}<label>retry_header <select name=retry_header>"
        f"<option value=''>seconds</option>{_options(RETRY_HEADERS - {'seconds'})}</select></label>"
        "<label class=check><input type=checkbox name=committed> committed</label>"
        "<button>Add</button></form>"
    )


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{one}</option>" for one in sorted(values))


def _input(name: str, hint: str) -> str:
    return f"<label>{name} <input name={name} placeholder='{hint}' autocomplete=off></label>"


def _metrics(makers: Mapping[str, Mapping[str, Any]]) -> str:
    columns = (
        "manufacturer",
        "step",
        "requests",
        "max at once",
        "max in 1s",
        "10s",
        "60s",
        "now/s",
    )
    rows = [
        [name, step, *_measured(gauge)]
        for name, maker in makers.items()
        for step, gauge in (("all", maker), *maker["steps"].items())
    ]
    reset = f"<form method=post action='{BASE}/reset-metrics'><button>Reset</button></form>"
    body = _table(columns, rows) + reset if rows else "<p>No request yet.</p>"
    return _section("Metrics", body)


def _measured(gauge: Mapping[str, Any]) -> list[object]:
    most = gauge["max_in"]
    rates = [most[name] for name in ("1s", "10s", "60s")]
    return [gauge["requests"], gauge["max_concurrent"], *rates, gauge["per_second"]]


def _profiles(profiles: Iterable[Profile]) -> str:
    rows = [(one.name, one.manufacturer, one.base, one.serves) for one in profiles]
    note = f"<p>Credentials are in <a href='{BASE}/profiles'>the JSON</a>.</p>"
    return _section(
        "Profiles", _table(("profile", "manufacturer", "address", "serves"), rows) + note
    )
