"""Forms a second through the web tier, beside a plain Playwright script on the same form.

`plain` is what one writes first: a browser for each registration, a call for each field. `warm` is
the same script with one browser kept. Both and ours fill the sandbox's form of Acme one after
another, in turns, so that a noisy minute is everybody's: `to_plain_playwright` is the median of the
turns' ratios, and nothing but the way of filling is in it.

What a worker does in a second is `forms_per_second_together`: it has several forms under way in
its one browser (`REGISTRAR_BROWSER_FORMS`), and so has the script it stands beside, in as many
browsers.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from statistics import median

import msgspec
from playwright.async_api import Browser, async_playwright

from benchmarks.report import Report
from registrar.config.settings import Settings
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web.browser import found
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.outcome import Code, Tier
from registrar.ports.connector import Job
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance import scenarios

Work = Callable[[], Awaitable[None]]
NUMBERS = itertools.count(1)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
UNDER_WAY: int = Settings.model_fields["browser_forms"].default
"""Forms of a worker whose settings say nothing else."""
QUIET = "--host-resolver-rules=MAP *.invalid ~NOTFOUND"
"""For the script, which blocks nothing: else it would wait for a resolver."""


@cache
def plainest() -> Job:
    """Of Acme's records."""
    return scenarios.load(PACKAGED / "acme").first.job()


def job() -> Job:
    """Of a product of its own."""
    made = plainest()
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


async def rate(work: Work, times: int) -> float:
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


async def together(work: Work, times: int) -> float:
    """A second, where as many are under way as in a worker."""
    turns = asyncio.Semaphore(UNDER_WAY)

    async def one() -> None:
        async with turns:
            await work()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(times)))
    return times / (time.perf_counter() - started)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[str, WebConnector]]:
    """The form's address, and the connector that fills it."""
    program = found()
    if program is None:
        raise SystemExit("no browser")
    sandbox = Sandbox(SandboxSettings(partners=("acme",)))
    address = f"http://127.0.0.1:{await sandbox.start()}/acme/web"
    catalogue = FileCatalogue(ConnectorSettings({"acme.web": address}, browser=program))
    form = catalogue.connector("acme", Tier.WEB)
    if not isinstance(form, WebConnector):
        raise SystemExit(str(catalogue.quarantined()))
    yield address, form
    await catalogue.close()
    await sandbox.close()


async def measured(forms: int, rounds: int, soak: int) -> Report:
    """Everything in one run."""
    async with opened() as (address, form), launched() as warm:

        async def ours() -> None:
            outcome = await form.submit(job())
            if outcome.code is not Code.REGISTERED:
                raise SystemExit(str(outcome))

        async def kept() -> None:
            await script(warm, address)

        async def plain() -> None:
            async with launched() as browser:
                await script(browser, address)

        await ours()
        await kept()
        rates = [
            (await rate(ours, forms), await rate(plain, forms), await rate(kept, forms))
            for _ in range(rounds)
        ]
        figures = {
            "forms_per_second_together": await together(ours, 4 * forms),
            "plain_per_second_together": await together(plain, 2 * forms),
        }
        if soak:
            figures["resident_growth"] = await growth(ours, soak)
    return report(rates, figures)


def report(rates: Sequence[tuple[float, float, float]], figures: dict[str, float]) -> Report:
    """`rates`: of each turn, ours, the plain script and the warm one."""
    mine, plain, warm = (median(one) for one in zip(*rates, strict=True))
    to_plain = sorted(ours / other for ours, other, _ in rates)
    several = figures["forms_per_second_together"]
    return Report(
        "web",
        figures={
            "forms_per_second": mine,
            "plain_per_second": plain,
            "warm_script_per_second": warm,
            "to_plain_playwright_lowest": to_plain[0],
            "to_plain_playwright_highest": to_plain[-1],
            **figures,
        },
        ratios={
            "to_plain_playwright": median(to_plain),
            "to_warm_script": median(ours / other for ours, _, other in rates),
            "together_to_plain_together": several / figures["plain_per_second_together"],
        },
    )


async def growth(work: Work, forms: int) -> float:
    """Of the memory of this process and all below it, over so many after a tenth to warm up."""
    await rate(work, max(forms // 10, 1))
    before = resident()
    await rate(work, forms)
    return resident() / before


def main() -> None:
    """`python -m benchmarks.web --json [--forms N] [--rounds N] [--soak N]`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--forms", type=int, default=6, help="Of each kind in a turn.")
    parser.add_argument("--rounds", type=int, default=5, help="Turns.")
    parser.add_argument("--soak", type=int, default=0, help="Forms over which memory is watched.")
    given = parser.parse_args()
    asyncio.run(measured(given.forms, given.rounds, given.soak)).show(as_json=given.json)


if __name__ == "__main__":
    main()
