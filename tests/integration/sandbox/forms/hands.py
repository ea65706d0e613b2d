"""A person at a browser: finds controls by label and role, and uses them as a hand would."""

import re
from collections.abc import Mapping

from playwright.async_api import FrameLocator, Locator, Page
from tests.integration.sandbox.forms.answers import PNG, Answer, Walk

Where = Page | FrameLocator
NEXT = re.compile("Continue|Register|Submit|Confirm|Complete")


def within(page: Page, walk: Walk) -> Where:
    """The page, or the frame in it where the form stands."""
    return page.frame_locator("iframe[name=registration]") if walk.maker == "lg" else page


async def fill(where: Where, answers: Mapping[str, Answer]) -> None:
    """Every control of a page that has an answer."""
    for label, answer in answers.items():
        group = where.get_by_role("radiogroup", name=label, exact=True)
        if await group.count():
            await group.get_by_label(str(answer), exact=True).check()
            continue
        await use(where, where.get_by_label(label, exact=True), answer)


async def use(where: Where, control: Locator, answer: Answer) -> None:
    """One control."""
    if answer is True:
        await control.check()
    elif isinstance(answer, bytes):
        name = "r.png" if answer == PNG else "r.pdf"
        kind = "image/png" if answer == PNG else "application/pdf"
        await control.set_input_files({"name": name, "mimeType": kind, "buffer": answer})
    elif await control.evaluate("one => one.tagName") == "SELECT":
        await control.select_option(label=str(answer))
    else:
        await control.fill(str(answer))
        if await control.get_attribute("role") == "combobox":
            await where.get_by_role("option", name=str(answer)).first.click()


async def go_on(where: Where) -> None:
    """The button of the page, until what it was on has gone."""
    form = where.get_by_role("form")
    await form.evaluate("one => one.setAttribute('data-left', '')")
    await form.get_by_role("button", name=NEXT).click()
    await where.locator("form[data-left]").wait_for(state="detached")


async def walk_through(page: Page, address: str, walk: Walk, pages: int | None = None) -> Where:
    """The whole form, or its first pages. Boxes that are ticked beforehand are unticked."""
    await page.goto(f"{address}{walk.base}/register")
    where = within(page, walk)
    for answers in walk.pages[:pages]:
        first = next(iter(answers))
        group = where.get_by_role("radiogroup", name=first, exact=True)
        await group.or_(where.get_by_label(first, exact=True)).wait_for()
        await fill(where, answers)
        if answers is walk.pages[-1]:
            for label in walk.unticked:
                await where.get_by_label(label).uncheck()
        await go_on(where)
    return where
