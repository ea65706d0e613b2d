"""What a person enters on each form: the words of a label, and the answer. A dictionary a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Answer = str | bool | bytes
Pages = tuple[Mapping[str, Answer], ...]

PDF = b"%PDF-1.7 a receipt"
PNG = b"\x89PNG\r\n a picture"
EMAIL = "Ada@Example.com"


def bought(how: str = "%Y-%m-%d", days: int = 5) -> str:
    """A day in the past."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime(how)


@dataclass(frozen=True)
class Walk:
    """`serial` as the ledger has it; `choices`: words of a box that is ticked before."""

    base: str
    serial: str
    pages: Pages
    unticked: tuple[str, ...] = field(default=())

    @property
    def maker(self) -> str:
        """Whose form it is."""
        return self.base.split("/")[1]


def person(
    first: str = "First name", last: str = "Last name", email: str = "E-mail address"
) -> dict[str, Answer]:
    """Name and address."""
    return {first: "Ada", last: "Łoś", email: EMAIL}


WALKS = (
    Walk(
        "/acme/web",
        "AC24XY123456",
        (
            {
                "Brand": "Nova",
                "Model number": "AX-9",
                "Serial number": "ac24xy 123456".replace(" ", ""),
            },
            {
                "Date of purchase": bought(),
                "Country of purchase": "Germany",
                "Do you have a receipt?": "Yes, I can upload it",
                "Receipt": PDF,
            },
            person() | {"Telephone": "+49 30 1234567"},
            {"I accept the terms of the registration.": True},
        ),
    ),
    Walk(
        "/apple/web",
        "C02XG0FDH7JY",
        (
            {"Serial number": "C02XG0FDH7JY", "Country or region of purchase": "Ireland"},
            {"Date of purchase": bought(), "Receipt number": "R-1", "Copy of the receipt": PDF},
            person(email="Email"),
            {"The information is true and the receipt is genuine.": True},
        ),
    ),
    Walk(
        "/bosch/web",
        "GSR18V55001",
        (
            {
                "Brand": "Bosch",
                "What would you like to register?": "A power tool",
                "How is the tool used?": "In a trade",
                "Model": "GSR 18V-55",
                "Serial number": "GSR18V55001",
            },
            {"Country of purchase": "Austria", "Date of purchase": bought("%d.%m.%Y")},
            person(last="Family name", email="E-mail") | {"Company": "Łoś GmbH"},
            {
                "I consent to the storage of my data for the guarantee.": True,
                "I accept the conditions of the guarantee.": True,
            },
        ),
    ),
    Walk(
        "/bosch/web/battery",
        "BAT0001",
        (
            {
                "Battery": "ProCORE18V",
                "Serial number of the battery": "BAT0001",
                "Date of purchase": bought("%d.%m.%Y"),
                "E-mail": EMAIL,
            },
            {"I consent to the storage of my data for the guarantee.": True},
        ),
    ),
    Walk(
        "/dell/web",
        "83WUG49",
        (
            {
                "Service Tag": "83WUG49",
                "Where did you get the product?": "From a seller on a marketplace",
                "Country": "Germany",
                "Purchase date": bought(),
            },
            {
                "Name or company of the previous owner": "Grace",
                "Postal code at the time of purchase": "10115",
            },
            person(email="Email address")
            | {"Register as": "A business", "Company name": "Łoś Ltd"},
            {"I accept the terms of the registration.": True},
        ),
    ),
    Walk(
        "/ge/web",
        "LG312345C",
        (
            {
                "Brand": "Café",
                "Model number": "GTW680BMKDG",
                "Serial number": "LG312345C",
                "Date of purchase": bought("%m/%d/%Y"),
                "Place of purchase": "Other store",
                "Name of the store": "Ada's",
                "Where is it used?": "In my home",
            },
            person(email="E-mail"),
            {"I agree to the terms of use.": True},
        ),
    ),
    Walk(
        "/hp/web",
        "CND1234567",
        (
            {
                "Product type": "Printer",
                "Serial number": "CND1234567",
                "Country/region": "Bulgaria",
                "Date of purchase": bought(),
            },
            person()
            | {
                "Repeat e-mail address": EMAIL,
                "Street and number": "Rakovski 1",
                "City": "Sofia",
                "Postal code": "1000",
            },
            {"Invoice": PDF, "Picture of the serial number label": PNG},
            {"I accept the terms and the privacy statement.": True},
        ),
    ),
    Walk(
        "/lenovo/web",
        "PF5A3H8",
        (
            {
                "Serial number": "PF5A3H8",
                "Machine type and model": "21HM",
                "Date of purchase": bought(),
                "Country of purchase": "Poland",
            },
            person(email="Email"),
            {"I have read the privacy statement.": True},
        ),
        ("Send me offers and updates by email.",),
    ),
    Walk(
        "/lg/web",
        "304KPZX1J123",
        (
            {
                "Product group": "Laundry",
                "Product type": "Dryer",
                "Model number": "F4WV710",
                "Serial number": "304KPZX1J123",
            },
            {"Country of purchase": "Spain", "Date of purchase": bought()},
            person(last="Family name", email="E-mail") | {"I bought the product myself.": True},
            {"I agree to the terms of use.": True},
        ),
    ),
    Walk(
        "/microsoft/web",
        "012345678901",
        (
            {
                "Device type": "Xbox",
                "Serial number": "0123456 78901",
                "Country/region of purchase": "Canada",
            },
            {
                "Purchase date": bought(),
                "Do you want to add a proof of purchase?": "Yes",
                "Kind of proof": "Receipt of a retailer",
                "Proof of purchase": PNG,
            },
            person(email="Email address"),
            {"I accept the terms of the limited warranty.": True},
        ),
    ),
    Walk(
        "/milwaukee/web",
        "A12342345612345",
        (
            {
                "Model": "M18 FPD3",
                "Serial number": "A1234 23456 12345",
                "Country of purchase": "Latvia",
                "Date of purchase": bought("%d/%m/%Y"),
                "Receipt": PDF,
            },
            person(last="Family name", email="E-mail") | {"I register as": "A person"},
            {
                "I consent to the storage of my data. "
                "Without it the guarantee is not extended.": True,
                "I accept the terms of the guarantee.": True,
            },
        ),
    ),
    Walk(
        "/milwaukee/web/battery",
        "B18000123",
        (
            {
                "Battery": "M18 B5",
                "Serial number of the battery": "B18 000123",
                "Date of purchase": bought("%d/%m/%Y"),
                "E-mail": EMAIL,
            },
            {"I consent to the storage of my data.": True},
        ),
    ),
    Walk(
        "/samsung/web",
        "0H9E4ABTA00271L",
        (
            {"Product category": "Television", "Model": "QE55Q80C"},
            {"Serial number (S/N)": "0H9E4ABTA00271L"},
            person(email="Email address") | {"Purchase date": bought(), "Receipt (optional)": PDF},
            {"I agree to the terms and conditions and the privacy policy.": True},
        ),
    ),
    Walk(
        "/sony/web",
        "1234567AB",
        (
            {
                "Country": "Slovakia",
                "What does the label say?": "The name of a component",
                "Model name of the component": "HT-A7000",
                "Serial number": "1234567AB",
            },
            {"Date of purchase": bought("%d-%m-%Y"), "Retailer": "MediaHaus"},
            person(last="Family name", email="E-mail"),
            {"I accept the terms and conditions of My Sony.": True},
        ),
    ),
    Walk(
        "/whirlpool/web",
        "CU3501234",
        (
            {
                "Brand": "KitchenAid",
                "Category": "Stand mixer",
                "Model number": "KSM7581MS",
                "Serial number": "CU3501234",
            },
            {
                "Country of purchase": "United States",
                "Purchase date": bought("%m/%d/%Y"),
                "Use": "One household",
            },
            person(),
            {"I accept the privacy notice.": True},
        ),
    ),
)
