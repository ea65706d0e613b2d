"""Nothing personal rests in the database in the clear, and nothing sealed can be moved."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from registrar.app import sealing
from registrar.domain.customer import Address, Customer
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.store import migrate
from registrar.store.engine import Database
from registrar.store.keyring import Keyring
from registrar.store.sql import open_store
from registrar.store.tables import registrations
from registrar.testing.records import Wanted, new_registration
from registrar.testing.vault import MemoryVault

VAULT = MemoryVault(Keyring(bytes(range(32))))
SUBMISSION = Submission(
    customer=Customer(
        given_name="Yevgenia",
        family_name="Ångström-Okonkwo",
        email="yevgenia@mail.example",
        phone="+442079460018",
        address=Address(lines=("17 Quagmire Lane",), city="Llanfair", country="GB"),
        user_ref="end-user-4711",
    ),
    product=Product(serial_number="SN-QX7-99812"),
    purchase=Purchase(date=dt.date(2026, 5, 4), country="GB", order_number="ORDER-55812"),
    external_reference="crm-ticket-8841",
)
PERSONAL = (
    "Yevgenia",
    "Ångström",
    "yevgenia@mail.example",
    "+442079460018",
    "Quagmire",
    "Llanfair",
    "end-user-4711",
    "SN-QX7-99812",
    "ORDER-55812",
    "crm-ticket-8841",
)


def index(name: str, value: str) -> bytes:
    """As Submit makes them."""
    return VAULT.keys.blind_index(name, value, "tenant-a")


async def stored(address: str) -> str:
    """The id of one registration with all of that in it."""
    await migrate.upgrade(address)
    item = new_registration(
        Wanted(
            serial=index("serial", "acme:SN-QX7-99812"),
            reference=index("reference", "crm-ticket-8841"),
            user=index("user", "end-user-4711"),
        )
    )
    made = item.transition.registration.id
    store = open_store(address)
    await store.insert(
        [replace(item, sealed=await sealing.seal(VAULT, made, sealing.payload(SUBMISSION)))]
    )
    await store.close()
    return made


def everything(folder: Path) -> bytes:
    """All files of the database."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_nothing_personal_is_in_the_files(sqlite_url: str, tmp_path: Path) -> None:
    """Database and write-ahead log, byte by byte, in every encoding JSON might choose."""
    made = await stored(sqlite_url)
    written = everything(tmp_path)
    assert made.encode() in written
    for value in PERSONAL:
        for form in (value.encode(), value.encode("utf-16-le"), ascii(value)[1:-1].encode()):
            assert form not in written, value


async def test_it_is_found_and_opened_again(address: str) -> None:
    """By blind index, in its own row."""
    made = await stored(address)
    store = open_store(address)
    found = await store.lookup("tenant-a", reference=index("reference", "crm-ticket-8841"))
    assert found is not None
    assert found.registration.id == made
    assert await sealing.unseal(VAULT, found) == SUBMISSION
    await store.close()


async def test_a_payload_moved_to_another_row_does_not_open(address: str) -> None:
    """Whoever can write the table still cannot show one customer's data as another's."""
    first, second = await stored(address), new_registration()
    key = second.transition.registration.id
    store, db = open_store(address), Database(address)
    await store.insert([second])
    moved = sa.select(registrations.c.sealed).where(registrations.c.id == first)
    async with db.write() as connection:
        await connection.execute(
            registrations.update()
            .where(registrations.c.id == key)
            .values(sealed=moved.scalar_subquery())
        )
    row = (await store.get("tenant-a", [key]))[key]
    with pytest.raises(ValueError, match="belongs elsewhere"):
        await sealing.unseal(VAULT, row)
    await store.close()
    await db.close()
