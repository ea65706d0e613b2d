"""Look-ups of many products in one request, before a person is asked. Against the sandbox."""

import pytest
from tests.integration.connectors.batching import World, at_once, connected, job, requests, told

from registrar.domain.outcome import Code, Outcome, Tier
from registrar.ports.connector import Job

SERIALS = {"dell": "B{:04d}WQ", "lenovo": "PF{:04d}H", "hp": "5CD{:04d}ABC"}
UNKNOWN = {"dell": "B78F990", "lenovo": "PF5A990", "hp": "5CD1234990"}
"""The sandbox does not know them."""
MOST = {"dell": 50, "lenovo": 16, "hp": 16}
DIRECT = {"purchase": {"channel": "direct"}}


def jobs(maker: str, count: int) -> list[Job]:
    """So many products; none of them is trouble."""
    return [job(maker, SERIALS[maker].format(number)) for number in range(count)]


def codes(outcomes: list[Outcome]) -> list[Code]:
    """In order."""
    return [one.code for one in outcomes]


@pytest.mark.parametrize("maker", SERIALS)
async def test_many_products_are_few_requests(sandbox: World, maker: str) -> None:
    """Each is told of itself: the one that nobody knows, too."""
    many = [*jobs(maker, 99), job(maker, UNKNOWN[maker])]
    async with connected(sandbox, maker, Tier.MANUAL, ".lookup") as manual:
        outcomes = await at_once(manual.submit, many)
    assert codes(outcomes) == [Code.HANDED_OVER] * 99 + [Code.INVALID_FIELD]
    assert requests(sandbox, maker, "verify") == -(-100 // MOST[maker])


async def test_each_reads_the_answer_with_its_own_record(sandbox: World) -> None:
    """What Dell sold itself is registered; what a shop sold is not, in the same request."""
    shop, sold = job("dell", "B0001WQ"), job("dell", "B0002WQ", **DIRECT)
    async with connected(sandbox, "dell", Tier.MANUAL, ".lookup") as manual:
        outcomes = await at_once(manual.submit, [shop, sold])
    assert codes(outcomes) == [Code.HANDED_OVER, Code.DUPLICATE_SAME_OWNER]
    assert requests(sandbox, "dell", "verify") == 1


async def test_a_tag_without_a_row_tells_nothing(sandbox: World) -> None:
    """One integrator saw about eighty rows of a hundred tags."""
    told(sandbox, "dell", fault="short_answer", step="verify", size=2)
    sold = [job("dell", f"B000{number}WQ", **DIRECT) for number in range(4)]
    async with connected(sandbox, "dell", Tier.MANUAL, ".lookup") as manual:
        outcomes = await at_once(manual.submit, sold)
    assert codes(outcomes) == [Code.DUPLICATE_SAME_OWNER] * 2 + [Code.HANDED_OVER] * 2


@pytest.mark.parametrize("status", [401, 404])
async def test_throttling_that_is_no_429_is_everybodys(sandbox: World, status: int) -> None:
    """It is no word of any product, and asks nobody twice but for a token."""
    told(
        sandbox,
        "dell",
        fault="throttle",
        step="verify",
        status=status,
        retry_header="none",
        times=9,
    )
    async with connected(sandbox, "dell", Tier.MANUAL, ".lookup") as manual:
        outcomes = await at_once(manual.submit, jobs("dell", 10))
        found = await at_once(manual.verify, jobs("dell", 10))
    assert set(codes(outcomes)) == {Code.HANDED_OVER}
    assert {one.retry_after.total_seconds() for one in found if one.retry_after} == {30.0}
    assert len([one for one in found if one.retry_after]) == 10
    assert requests(sandbox, "dell", "verify") == (4 if status == 401 else 2)


async def test_a_product_that_lenovo_knows_as_two_is_told_so(sandbox: World) -> None:
    """With 200 in a list, where one alone has 400; and who is registered is, beside it."""
    many = [job("lenovo", "PF5A991"), job("lenovo", "PF5A993"), job("lenovo", "PF5A3H8")]
    async with connected(sandbox, "lenovo", Tier.MANUAL, ".lookup") as manual:
        first, second, third = await at_once(manual.submit, many)
    assert (first.code, first.field) == (Code.INVALID_FIELD, "product.product_number")
    assert codes([second, third]) == [Code.DUPLICATE_SAME_OWNER, Code.HANDED_OVER]
    assert requests(sandbox, "lenovo", "verify") == 1


async def test_the_body_of_many_is_a_list_of_them(sandbox: World) -> None:
    """HP: with the product number of the one whose serial number was used twice."""
    known = {"product": {"product_number": "2U740AV#ABA"}}
    many = [job("hp", "5CD1234991"), job("hp", "5CD2234991", **known)]
    async with connected(sandbox, "hp", Tier.MANUAL, ".lookup") as manual:
        first, second = await at_once(manual.submit, many)
    assert (first.code, first.field) == (Code.INVALID_FIELD, "product.product_number")
    assert second.code is Code.HANDED_OVER
    assert requests(sandbox, "hp", "verify") == 1
