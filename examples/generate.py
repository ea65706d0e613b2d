"""Writes registrations.jsonl: people and products that do not exist, the same ones every time."""

from __future__ import annotations

import json
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SEED = 20261101
ACME, SAMSUNG, EACH = 200, 40, 8
LAST_DAY = date(2026, 10, 31)

PLACES: list[dict[str, Any]] = [
    {"country": "DE", "city": "Berlin", "postal_code": "10115", "lines": ["Invalidenstr. 44"],
     "phone": "+4930{:07d}", "names": ["Jürgen Groß", "Anneliese Müller", "Ömer Yıldız"]},
    {"country": "PL", "city": "Kraków", "postal_code": "31-042", "lines": ["Rynek Główny 7"],
     "phone": "+4812{:07d}", "names": ["Łukasz Wójcik", "Małgorzata Dąbrowska"]},
    {"country": "FR", "city": "Lyon", "postal_code": "69002", "lines": ["12 rue de la République"],
     "phone": "+334{:08d}", "names": ["Chloé Lefèvre", "François Benoît"]},
    {"country": "GB", "city": "Leeds", "postal_code": "LS1 4AP", "lines": ["5 Wellington Street"],
     "phone": "+44113{:07d}", "names": ["Siobhán O'Neill", "Harriet Smith-Jones"]},
    {"country": "US", "city": "Portland", "region": "OR", "postal_code": "97201",
     "lines": ["1900 SW 4th Ave", "Apt 12"], "phone": "+1503{:07d}",
     "names": ["Renée Washington", "Miguel Ángel Peña"]},
    {"country": "JP", "city": "千代田区", "region": "東京都", "postal_code": "100-0001",
     "lines": ["千代田1-1"], "phone": "+813{:08d}", "names": ["花子 佐藤", "健太 鈴木"]},
    {"country": "GR", "city": "Αθήνα", "postal_code": "105 57", "lines": ["Ερμού 15"],
     "phone": "+30210{:07d}", "names": ["Ελένη Παπαδοπούλου", "Γιώργος Νικολάου"]},
    {"country": "UA", "city": "Київ", "postal_code": "01001", "lines": ["вул. Хрещатик 22"],
     "phone": "+38044{:07d}", "names": ["Олена Шевченко", "Андрій Коваленко"]},
    {"country": "IN", "city": "मुंबई", "region": "Maharashtra", "postal_code": "400001",
     "lines": ["महात्मा गांधी मार्ग 3"], "phone": "+9122{:08d}", "names": ["प्रिया शर्मा", "अर्जुन पटेल"]},
    {"country": "EG", "city": "القاهرة", "region": "Cairo", "postal_code": "11511",
     "lines": ["شارع طلعت حرب ٥"], "phone": "+202{:08d}", "names": ["فاطمة حسن", "يوسف علي"]},
]  # fmt: skip
BRANDS = {
    "Acme": "AC-WM",
    "Nova": "NV-FR",
    "Boreal": "BO-DW",
    "Kestrel": "KE-OV",
    "Tundra": "TU-AC",
}
NAMES = {
    "AC-WM": "Washing machine", "NV-FR": "Fridge-freezer", "BO-DW": "Dishwasher",
    "KE-OV": "Oven", "TU-AC": "Air conditioner",
}  # fmt: skip
SHOPS = ["MediaHaus", "Electro World", "La Boutique", "Kitchen & Co", "家電センター"]
OTHERS = {
    "apple": [("Apple", "C02VV{:03d}HX87", "", "MLH32D/A", "Notebook")],
    "bosch": [
        ("Bosch", "10303008134{:07d}", "", "DWF97RW65/01", "Cooker hood"),
        ("Siemens", "10303008135{:07d}", "", "SN678D06TG/53", "Dishwasher"),
        ("Bosch", "304{:06d}", "GSR 18V-55", "", "Drill driver"),
        ("Bosch", "305{:06d}", "GBA 18V 4.0Ah", "", "Battery"),
    ],
    "dell": [("Dell", "83WU{:03d}", "Latitude 7490", "", "Notebook")],
    "ge": [
        ("GE", "DR1{:05d}", "GTW680BMKDG", "", "Washer"),
        ("Hotpoint", "LT2{:05d}", "HTW240ASKWS", "", "Washer"),
    ],
    "hp": [("HP", "5CD412{:04d}", "EliteBook 840 G8", "1AB23AV#ABA", "Notebook")],
    "lenovo": [("Lenovo", "PF3A{:04d}", "ThinkPad T14", "20W0004UGE", "Notebook")],
    "lg": [("LG", "603KWWZ7{:04d}", "DLEX7600WE", "", "Dryer")],
    "microsoft": [
        ("Surface", "0{:011d}", "Surface Laptop 5", "", "Notebook"),
        ("Xbox", "1{:011d}", "Xbox Series X", "", "Console"),
    ],
    "milwaukee": [
        ("Milwaukee", "F24DF20381{:04d}", "M18 FPD2", "", "Drill driver"),
        ("Milwaukee", "G51AD21152{:04d}", "M18 B5", "", "Battery"),
    ],
    "sony": [("Sony", "351{:04d}", "KD-55XG8096", "", "Television")],
    "whirlpool": [
        ("Whirlpool", "FR123{:05d}", "WTW8127LW1", "", "Washer"),
        ("KitchenAid", "MT251{:04d}", "KP26M1XDP", "", "Stand mixer"),
        ("Maytag", "MC123{:04d}", "MGD6230HW3", "", "Dryer"),
    ],
}
"""Brand, serial number of the shape that is public, model, product number, name."""
CHANNELS = ["RETAIL", "DIRECT", "MARKETPLACE", "GIFT"]


def luhn_completed(digits: str) -> str:
    """With its check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the cross sum of two digits
    return digits + str(-total % 10)


def person(draw: random.Random, number: int) -> tuple[dict[str, Any], str]:
    """A customer with address and telephone, and the country."""
    place = draw.choice(PLACES)
    given, family = draw.choice(place["names"]).rsplit(" ", 1)
    keys = ("lines", "city", "region", "postal_code", "country")
    customer = {
        "given_name": given,
        "family_name": family,
        "email": f"customer{number:04d}@example.com",
        "phone": place["phone"].format(draw.randrange(2_000_000, 8_999_999)),
        "address": {key: place[key] for key in keys if key in place},
        "user_ref": f"user-{number:04d}",
    }
    return customer, place["country"]


def purchase(draw: random.Random, country: str) -> dict[str, Any]:
    """On a day of 2026."""
    day = LAST_DAY - timedelta(days=draw.randrange(0, 250))
    return {
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "country": country,
        "retailer": draw.choice(SHOPS),
        "channel": "PURCHASE_CHANNEL_" + draw.choice(CHANNELS),
        "order_number": f"O-{draw.randrange(10**8):08d}",
    }


def acme(draw: random.Random, number: int) -> dict[str, Any]:
    """One product of Acme's five brands."""
    brand, prefix = draw.choice(list(BRANDS.items()))
    letters = "".join(draw.choices("ABCDEFGHJKLMNPQRTUVWXYZ", k=2))
    customer, country = person(draw, number)
    return {
        "manufacturer_id": "acme",
        "brand": brand,
        "product": {
            "serial_number": f"AC{draw.randrange(20, 27)}{letters}{100_000 + number * 7}",
            "model_number": f"{prefix}-{draw.randrange(1, 9)}000",
            "name": NAMES[prefix],
        },
        "purchase": purchase(draw, country),
        "customer": customer,
    }


def samsung(draw: random.Random, number: int) -> dict[str, Any]:
    """One telephone of a business."""
    customer, country = person(draw, number)
    company = {"type": "CUSTOMER_TYPE_BUSINESS", "company": f"{customer['family_name']} & Co"}
    imei = luhn_completed(f"35417803{number:06d}")
    serial = "R" + "".join(draw.choices("ABCDEFGHJKLMNPQRTUVWXYZ0123456789", k=10))
    return {
        "manufacturer_id": "samsung",
        "brand": "Samsung",
        "product": {
            "serial_number": serial,
            "model_number": "SM-S936B",
            "name": "Smartphone",
            "identifiers": [{"kind": "imei", "value": imei}],
        },
        "purchase": purchase(draw, country),
        "customer": customer | company,
    }


def other(draw: random.Random, maker: str, number: int) -> dict[str, Any]:
    """One product of a manufacturer whose customers are persons here."""
    brand, serial, model, code, name = OTHERS[maker][number % len(OTHERS[maker])]
    customer, country = person(draw, number)
    texts = {"model_number": model, "product_number": code, "name": name}
    return {
        "manufacturer_id": maker,
        "brand": brand,
        "product": {
            "serial_number": serial.format(number),
            **{key: value for key, value in texts.items() if value},
        },
        "purchase": purchase(draw, country),
        "customer": customer,
    }


def others(draw: random.Random, first: int) -> list[dict[str, Any]]:
    """As many of each."""
    makers = [maker for maker in OTHERS for _ in range(EACH)]
    return [other(draw, maker, number) for number, maker in enumerate(makers, first)]


def lines() -> list[str]:
    """The file, without line ends."""
    draw = random.Random(SEED)  # noqa: S311 - the same every time is the point
    made = [acme(draw, number) for number in range(1, ACME + 1)]
    made += [samsung(draw, number) for number in range(ACME + 1, ACME + SAMSUNG + 1)]
    made += others(draw, ACME + SAMSUNG + 1)
    draw.shuffle(made)
    for number, one in enumerate(made, 1):
        one["consents"] = {"terms": True, "data_storage": True}
        one["external_reference"] = f"example-{number:04d}"
    return [json.dumps(one, ensure_ascii=False) for one in made]


if __name__ == "__main__":
    default = Path(__file__).with_name("registrations.jsonl")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.write_text("\n".join(lines()) + "\n", encoding="utf-8")
