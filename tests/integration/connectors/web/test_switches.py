"""What Chromium is started with, told by Chromium itself."""

from collections.abc import Sequence

from playwright.async_api import async_playwright

from registrar.connectors.kit.web.browser import found
from registrar.connectors.kit.web.switches import MOUSE, OFF, switches


async def _told(args: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Its command line, and the addresses that one page of it brings with itself."""
    async with async_playwright() as playwright:
        program = found() or None
        # Root's Chromium does not start with its sandbox, whatever is looked at here.
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", *args]
        )
        await (await browser.new_context()).new_page()
        session = await browser.new_browser_cdp_session()
        line = (await session.send("SystemInfo.getInfo"))["commandLine"]
        targets = (await session.send("Target.getTargets", {"filter": [{}]}))["targetInfos"]
        await browser.close()
    return line, [one["url"] for one in targets]


def _values(line: str, switch: str) -> list[str]:
    """Of its last mention, which is the one that counts."""
    return line.rpartition(f" --{switch}=")[2].split(" --")[0].split(",")


async def test_what_playwright_sets_stays_set() -> None:
    """Each of the two lists is said whole, or nothing of Playwright's own holds any more."""
    its, _ = await _told([])
    mine, _ = await _told(switches())
    assert set(_values(its, "disable-features")) == set(OFF)
    assert set(OFF) < set(_values(mine, "disable-features"))
    assert _values(its, "blink-settings") == MOUSE.split(",")
    assert set(MOUSE.split(",")) < set(_values(mine, "blink-settings"))


async def test_a_page_brings_nothing_with_itself() -> None:
    """A window's own pages, such as what opens below its address bar, cost as much as the form."""
    _, addresses = await _told(switches())
    assert [one for one in addresses if one != "about:blank"] == []
