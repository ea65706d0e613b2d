"""Forms a second through the web tier, beside a plain Playwright script on the same form.

`plain` is what one writes first: a browser for each registration, a call for each field. `warm` is
the same script with one browser kept. All one after another, on the sandbox's form of Acme.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from playwright.async_api import Browser, async_playwright

from benchmarks.report import Report
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web.browser import found
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.outcome import Code, Tier
from registrar.ports.connector import Job
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance import scenarios

NUMBERS = itertools.count(1)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUIET = "--host-resolver-rules=MAP *.invalid ~NOTFOUND"
"""For the script, which blocks nothing: else it would wait for a resolver."""


def job() -> Job:
    """Of a product of its own."""
    made = scenarios.load(PACKAGED / "acme").first.job()
    serial = f"AC26BM{next(NUMBERS):06d}"
    product = msgspec.structs.replace(made.submission.product, serial_number=serial)
    submission = msgspec.structs.replace(made.submission, product=product)
    return msgspec.structs.replace(made, submission=submission)


async def script(browser: Browser, address: str) -> None:
    """As one would write it by the documentation."""
    one = job().submission
    page = await browser.new_page()
    await page.goto(f"{address}/register")
    await page.get_by_label("Brand", exact=True).select_option("Acme")
    await page.get_by_label("Model number", exact=True).fill(one.product.model_number)
    await page.get_by_label("Serial number", exact=True).fill(one.product.serial_number)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Date of purchase").fill(one.purchase.date.isoformat())
    await page.get_by_label("Country of purchase").select_option(one.purchase.country)
    await page.get_by_label("Retailer").fill(one.purchase.retailer)
    await page.get_by_label("No", exact=True).check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("First name").fill(one.customer.given_name)
    await page.get_by_label("Last name").fill(one.customer.family_name)
    await page.get_by_label("E-mail address").fill(one.customer.email)
    await page.get_by_label("Telephone").fill(one.customer.phone)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("I accept the terms of the registration.").check()
    await page.get_by_role("button", name="Register product").click()
    await page.get_by_test_id("reference").wait_for()
    await page.screenshot()
    await page.context.close()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser as the script starts one."""
    async with async_playwright() as playwright:
        program = found() or None
        yield await playwright.chromium.launch(executable_path=program, args=[*FLAGS, QUIET])


async def rate(work: Callable[[], Awaitable[None]], times: int) -> float:
    """A second."""
    started = time.perf_counter()
    for _ in range(times):
        await work()
    return times / (time.perf_counter() - started)


def resident() -> int:
    """KiB of all below this process."""
    sizes = {0: 0}
    below = {str(Path("/proc/self").resolve().name)}
    for _ in range(5):
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[1] in below:
                below.add(path.parent.name)
                sizes[int(path.parent.name)] = int(fields[21]) * 4
    return sum(sizes.values())


async def measured(forms: int, soak: int) -> Report:
    """Everything in one run."""
    program = found()
    if program is None:
        raise SystemExit("no browser")
    sandbox = Sandbox(SandboxSettings(partners=("acme",)))
    address = f"http://127.0.0.1:{await sandbox.start()}/acme/web"
    catalogue = FileCatalogue(ConnectorSettings({"acme.web": address}, browser=program))
    form = catalogue.connector("acme", Tier.WEB)
    if not isinstance(form, WebConnector):
        raise SystemExit(str(catalogue.quarantined()))

    async def ours() -> None:
        outcome = await form.submit(job())
        if outcome.code is not Code.REGISTERED:
            raise SystemExit(str(outcome))

    async def plain() -> None:
        async with launched() as browser:
            await script(browser, address)

    await ours()
    figures = {"forms_per_second": await rate(ours, forms)}
    figures["plain_per_second"] = await rate(plain, max(forms // 2, 1))
    async with launched() as browser:
        await script(browser, address)
        figures["warm_script_per_second"] = await rate(lambda: script(browser, address), forms)
    if soak:
        await rate(ours, soak // 10)
        before = resident()
        await rate(ours, soak)
        figures["resident_growth"] = resident() / before
    await catalogue.close()
    await sandbox.close()
    mine = figures["forms_per_second"]
    return Report(
        "web",
        figures=figures,
        ratios={
            "to_plain_playwright": mine / figures["plain_per_second"],
            "to_warm_script": mine / figures["warm_script_per_second"],
        },
    )


def main() -> None:
    """`python -m benchmarks.web --json [--forms N] [--soak N]`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--forms", type=int, default=20)
    parser.add_argument("--soak", type=int, default=0, help="Forms over which memory is watched.")
    given = parser.parse_args()
    asyncio.run(measured(given.forms, given.soak)).show(as_json=given.json)


if __name__ == "__main__":
    main()
