"""A visitor without a browser: reads the labels of a page, and sends what its form would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
from tests.integration.sandbox.forms.answers import PDF, PNG, Answer, Walk

ATTRIBUTE = str | None


@dataclass
class Control:
    """An input or select; `options` from words to value."""

    tag: str
    attributes: dict[str, ATTRIBUTE]
    options: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Of an input its type."""
        return str(self.attributes.get("type") or self.tag)


class Page(HTMLParser):
    """What a page shows: labels, controls, headings and all its words."""

    def __init__(self, reply: httpx.Response) -> None:
        super().__init__()
        self.status = reply.status_code
        self.controls: list[Control] = []
        self.labels: dict[str, str] = {}
        self.legends: dict[str, str] = {}
        self.words: list[str] = []
        self.action = self.enctype = ""
        self.fieldset = self._place = ""
        self._option: str | None = None
        self.text = reply.text
        self.feed(reply.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, ATTRIBUTE]]) -> None:
        """Of what matters here."""
        known = dict(attrs)
        self._place = tag
        if tag == "form":
            self.action, self.enctype = str(known.get("action")), str(known.get("enctype") or "")
        if tag in {"input", "select"}:
            later = json.loads(known.get("data-choices") or "{}").values()
            options = {words: value for one in later for value, words in one.items()}
            self.controls.append(Control(tag, known, options))
        if tag == "label":
            self._label = str(known["for"])
        if tag == "fieldset":
            self.fieldset = str(known["id"])
        if tag == "option":
            self._option = str(known["value"])

    def handle_endtag(self, tag: str) -> None:
        """Back to plain words."""
        self._place = ""
        if tag == "fieldset":
            self.fieldset = ""

    def handle_data(self, data: str) -> None:
        """Words, by where they stand."""
        self.words.append(data)
        if self._place == "label":
            self.labels[self._label] = data
        if self._place == "legend":
            self.legends[self.fieldset] = data
        if self._place == "option" and self._option is not None:
            self.controls[-1].options[data] = self._option

    def named(self, label: str) -> Control:
        """The control of a label."""
        place = next(one for one, words in self.labels.items() if words == label)
        return next(one for one in self.controls if one.attributes.get("id") == place)

    def sent(self, answers: Mapping[str, Answer]) -> tuple[dict[str, str], dict[str, bytes]]:
        """Texts and files by their names."""
        texts: dict[str, str] = {}
        uploads: dict[str, bytes] = {}
        for label, answer in answers.items():
            control = self._of(label, answer)
            name = str(control.attributes["name"])
            if isinstance(answer, bytes):
                uploads[name] = answer
            elif control.kind in {"radio", "checkbox"}:
                texts[name] = str(control.attributes["value"])
            else:
                texts[name] = control.options.get(str(answer), str(answer))
        return texts, uploads

    def _of(self, label: str, answer: Answer) -> Control:
        """Of a group, the button with the words of the answer."""
        group = next((one for one, words in self.legends.items() if words == label), None)
        if group is None:
            return self.named(label)
        fits = (one for one in self.controls if str(one.attributes["id"]).startswith(f"{group}-"))
        return next(one for one in fits if self.labels[str(one.attributes["id"])] == answer)


@dataclass
class Visitor:
    """One cookie jar; `page` is the last one."""

    http: httpx.AsyncClient
    page: Page = field(init=False)

    async def open(self, address: str) -> Page:
        """GET."""
        self.page = Page(await self.http.get(address, follow_redirects=True))
        return self.page

    async def send(self, answers: Mapping[str, Answer], **more: str) -> Page:
        """The form of the page, with these answers and whatever else."""
        texts, uploads = self.page.sent(answers)
        ending = {PDF: "pdf", PNG: "png"}
        files = {name: (f"r.{ending.get(c, 'pdf')}", c) for name, c in uploads.items()}
        self.page = Page(
            await self.http.post(
                self.page.action, data=texts | more, files=files or None, follow_redirects=True
            )
        )
        return self.page

    async def walk(self, walk: Walk, pages: int | None = None) -> Page:
        """The whole form, or its first pages."""
        start = "start" if walk.maker == "lg" else "register"
        await self.open(f"{walk.base}/{start}")
        for answers in walk.pages[:pages]:
            await self.send(answers)
        return self.page

    async def enter(self, maker: str) -> None:
        """The demo account."""
        await self.open(f"/{maker}/web/sign-in")
        await self.send({"E-mail or account": "person@example.com", "Password": f"sandbox-{maker}"})
