"""What the manufacturers are known to refuse is refused, in words, at the field."""

import pytest
from tests.integration.sandbox.forms.answers import PDF, WALKS, Answer, bought
from tests.integration.sandbox.forms.plain import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF = {one.base: one for one in WALKS}
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("base", "page", "label", "answer", "words"),
    [
        (
            "samsung",
            0,
            "Product category",
            "Accessory, component or storage",
            "cannot be registered",
        ),
        ("samsung", 1, "Serial number (S/N)", "R38K503SRVD", "has 15 characters"),
        ("samsung", 2, "Receipt (optional)", PDF + b"0" * 5 * MEGABYTE, "larger than 5 MB"),
        ("samsung", 2, "Receipt (optional)", b"GIF89a", "Only these files, please: PDF, JPG, PNG"),
        ("sony", 0, "Serial number", "S01-1234567", "Leave out S01-"),
        ("sony", 0, "Serial number", "0000000", "zeros is no serial number"),
        ("dell", 0, "Service Tag", "CN-0XX123-12345", "label of a part"),
        ("dell", 0, "Service Tag", "17733190153", "Express Service Code"),
        ("dell", 0, "Where did you get the product?", "From Dell", "registered already"),
        ("hp", 0, "Serial number", "CND1234567ABCD", "first 10 of the 14"),
        ("hp", 1, "Repeat e-mail address", "eda@example.com", "not the same"),
        ("hp", 2, "Invoice", PDF + b"0" * 2 * MEGABYTE, "larger than 2 MB"),
        ("ge", 0, "Serial number", "BB312345C", "two of the letters"),
        ("ge", 0, "Model number", "", "Please enter: Model number"),
        ("ge", 0, "Name of the store", "", "Please enter: Name of the store"),
        ("ge", 0, "Date of purchase", "2026-10-01", "MM/DD/YYYY"),
        ("lenovo", 0, "Serial number", "21HMCTO1WWPF5A", "joins machine type and serial number"),
        ("whirlpool", 0, "Serial number", "000000000000", "zeros is no serial number"),
        ("microsoft", 1, "Kind of proof", "Bank statement", "Bank statements"),
        ("bosch", 1, "Date of purchase", bought("%d.%m.%Y", 29), "within 28 days"),
        ("milwaukee", 0, "Date of purchase", bought("%d/%m/%Y", 31), "within 30 days"),
        ("milwaukee", 0, "Date of purchase", bought("%d/%m/%Y", -2), "in the future"),
        ("acme", 2, "E-mail address", "ada@example", "as in name@example.com"),
        ("acme", 2, "Telephone", "call me", "telephone number"),
        ("acme", 2, "First name", "A" * 101, "At most 100 characters"),
        ("acme", 0, "Brand", "Zenith", "one of the list"),
    ],
)
async def test_a_known_slip_is_told_at_its_field(  # noqa: PLR0913, PLR0917 - one a column
    visitor: Visitor, base: str, page: int, label: str, answer: Answer, words: str
) -> None:
    """The page is shown again; with the right answer the way goes on."""
    walk = OF[f"/{base}/web"]
    await visitor.enter(base)
    await visitor.walk(walk, page)
    shown = await visitor.send({**walk.pages[page], label: answer})
    assert (shown.status, [one for one in shown.words if words in one] != []) == (422, True)
    right = await visitor.send(walk.pages[page])
    assert right.status == 200


@pytest.mark.parametrize(
    ("base", "label"),
    [
        ("/bosch/web", "I consent to the storage of my data for the guarantee."),
        ("/bosch/web/battery", "I consent to the storage of my data for the guarantee."),
        ("/milwaukee/web/battery", "I consent to the storage of my data."),
    ],
)
async def test_the_consent_to_storage_is_compulsory(
    visitor: Visitor, base: str, label: str
) -> None:
    """Nothing is registered without it."""
    walk = OF[base]
    await visitor.enter(walk.maker)
    await visitor.walk(walk, -1)
    others = {one: answer for one, answer in walk.pages[-1].items() if one != label}
    shown = await visitor.send(others)
    assert (shown.status, "Please tick this box to continue." in shown.words) == (422, True)


async def test_a_telephone_is_known_by_its_imei_or_by_eleven_characters(visitor: Visitor) -> None:
    """The carrier is asked for, and the model once more; a television is asked neither."""
    await visitor.enter("samsung")
    await visitor.open("/samsung/web/register")
    await visitor.send({"Product category": "Smartphone", "Model": "SM-S921B"})
    more: dict[str, Answer] = {
        "Which code do you have?": "15 digits, dialled up with *#06#",
        "Carrier": "None, it is unlocked",
        "The model above is the one on the label.": True,
    }
    assert (await visitor.send(more | {"IMEI": "4901542032375"})).status == 422
    page = await visitor.send(more | {"IMEI": "490154203237518"})
    assert "Purchase date" in page.labels.values()


async def test_a_product_from_a_shop_has_no_previous_owner(visitor: Visitor) -> None:
    """Dell's transfer has a page more than its registration."""
    walk = OF["/dell/web"]
    await visitor.walk(walk, 0)
    shop: Answer = "From a shop or sold by Amazon"
    page = await visitor.send({**walk.pages[0], "Where did you get the product?": shop})
    assert "Register as" in page.legends.values()
    assert "Previous owner" not in page.words


async def test_a_file_stays_attached_while_the_page_is_put_right(visitor: Visitor) -> None:
    """It need not be chosen twice."""
    walk = OF["/acme/web"]
    await visitor.walk(walk, 1)
    page = await visitor.send({**walk.pages[1], "Country of purchase": ""})
    assert (page.status, "Attached: r.pdf" in page.words) == (422, True)
    again = {label: one for label, one in walk.pages[1].items() if label != "Receipt"}
    assert (await visitor.send(again)).status == 200
