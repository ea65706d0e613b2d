"""Which rule speaks for which manufacturer and kind, and the one question that can be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from registrar.domain.identifiers import (
    acer,
    apple,
    appliances,
    bsh,
    checks,
    dates,
    dell,
    equipment,
    ge,
    goods,
    hp,
    lenovo,
    lg,
    makers,
    microsoft,
    nintendo,
    plausible,
    samsung,
    tools,
    whirlpool,
    writing,
)
from registrar.domain.identifiers.answer import Answer, Asked, Decide


@dataclass(frozen=True, slots=True)
class Rule:
    """`dense`: every number of this kind is as good as any other, 1234567 too.

    `swaps`: a letter for a figure can be what makes a value wrong.
    """

    decide: Decide
    dense: bool = False
    swaps: bool = True


ANY = ""
"""The manufacturer of kinds that are the same for all."""
_MODEL = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9][A-Z0-9 /.#_+-]{1,39}")
_LONGEST = 64
"""No kind with a rule is longer; a hardware hash has none."""
_FILLER = "This is a filler, not an identifier."


def model(asked: Asked) -> Answer:
    """Of a known manufacturer: letters and digits, 2 to 40 characters."""
    value = asked.text.upper()
    return Answer(valid=bool(_MODEL.fullmatch(value)) or None, normalized=value)


RULES: Mapping[tuple[str, str], Rule] = {
    (ANY, "gtin"): Rule(goods.gtin),
    (ANY, "imei"): Rule(equipment.imei),
    (ANY, "imeisv"): Rule(equipment.imeisv),
    (ANY, "meid"): Rule(equipment.meid),
    ("acer", "date_code"): Rule(acer.date_code, dense=True),
    ("acer", "serial"): Rule(acer.serial),
    ("acer", "snid"): Rule(acer.snid),
    ("acer", "snid_part"): Rule(acer.snid_part, dense=True),
    ("apple", "mlb"): Rule(apple.board_serial),
    ("apple", "part_number"): Rule(apple.part_number),
    ("apple", "serial"): Rule(apple.serial),
    ("asus", "serial"): Rule(appliances.asus),
    ("bsh", "e_nr"): Rule(bsh.e_nr),
    ("bsh", "factory_serial"): Rule(bsh.factory_serial),
    ("bsh", "fd"): Rule(bsh.fd, dense=True),
    ("bsh", "product_number"): Rule(bsh.e_nr),
    ("bsh", "serial"): Rule(bsh.serial),
    ("canon", "serial"): Rule(appliances.canon),
    ("dell", "express_service_code"): Rule(dell.express_service_code, dense=True),
    ("dell", "ppid"): Rule(dell.ppid),
    ("dell", "serial"): Rule(dell.service_tag, dense=True),
    ("dell", "service_tag"): Rule(dell.service_tag, dense=True),
    ("dyson", "serial"): Rule(appliances.dyson),
    ("electrolux", "date_code"): Rule(appliances.electrolux),
    ("electrolux", "serial"): Rule(appliances.electrolux),
    ("ge", "date_code"): Rule(ge.date_code),
    ("ge", "serial"): Rule(ge.serial),
    ("honeywell", "serial"): Rule(appliances.cased),
    ("hp", "date_code"): Rule(hp.date_code, dense=True),
    ("hp", "product_number"): Rule(hp.product_number),
    ("hp", "serial"): Rule(hp.serial),
    ("lenovo", "mtm"): Rule(lenovo.mtm),
    ("lenovo", "product_number"): Rule(lenovo.mtm),
    ("lenovo", "serial"): Rule(lenovo.serial),
    ("lg", "serial"): Rule(lg.serial),
    ("makita", "serial"): Rule(tools.makita),
    ("microsoft", "date_code"): Rule(microsoft.date_code, dense=True),
    ("microsoft", "serial"): Rule(microsoft.serial),
    ("miele", "fab_number"): Rule(appliances.miele_fab_number),
    ("miele", "mat_number"): Rule(appliances.miele_mat_number, dense=True),
    ("miele", "serial"): Rule(appliances.miele_fab_number),
    ("milwaukee", "serial"): Rule(tools.milwaukee),
    ("nintendo", "serial"): Rule(nintendo.serial),
    ("ridgid", "serial"): Rule(tools.ridgid),
    ("samsung", "serial"): Rule(samsung.serial, swaps=False),
    ("sony", "serial"): Rule(appliances.sony),
    ("whirlpool", "date_code"): Rule(whirlpool.date_code, dense=True),
    ("whirlpool", "serial"): Rule(whirlpool.serial),
    **{(maker, "model"): Rule(model) for maker in makers.KNOWN},
}
_OTHER_NAMES = {
    "serial_number": "serial", "sn": "serial", "s_n": "serial", "imei1": "imei", "imei2": "imei",
    "imei_sv": "imeisv", "ean": "gtin", "upc": "gtin", "isbn": "gtin", "barcode": "gtin",
    "board_serial": "mlb", "express_code": "express_service_code", "tag": "service_tag",
    "model_number": "model", "machine_type": "mtm", "enr": "e_nr", "fabrication_number":
    "fab_number", "material_number": "mat_number",
}  # fmt: skip


def inspect(manufacturer: str, kind: str, value: str, *, today: date, brand: str = "") -> Answer:
    """What public rules say of a value; `manufacturer` is an id, a name or a brand in any case.

    Nothing is inferred from a length: of an unknown manufacturer only what is the same for all is
    checked. Candidates are sorted by confidence, then year; none lies after `today`.
    """
    maker = makers.find(manufacturer, brand)
    wanted = _kind(kind)
    text = writing.cleaned(value)
    asked = Asked(text, writing.plain(text), today, maker.brand)
    rule = RULES.get((ANY, wanted)) or RULES.get((maker.id, wanted))
    if not asked.plain:
        return Answer(valid=False, normalized="", hints=("There is no value.",))
    if plausible.is_blank(asked.plain) or (
        plausible.is_run(asked.plain) and not (rule and rule.dense)
    ):
        return Answer(valid=False, normalized=text, hints=(_FILLER,))
    if rule is None:
        return Answer(valid=None, normalized=text, hints=_unknown(asked, maker.id, wanted))
    return _told(rule, asked, wanted)


def _kind(name: str) -> str:
    plain = "_".join(re.findall("[a-z0-9]+", name.casefold()))
    return _OTHER_NAMES.get(plain, plain)


def _unknown(asked: Asked, maker: str, kind: str) -> tuple[str, ...]:
    hint = f"No public rule is known for {kind or 'this kind'} of {maker or 'this manufacturer'}."
    return hint, *_elsewhere(asked, kind)


def _elsewhere(asked: Asked, kind: str) -> tuple[str, ...]:
    """What was perhaps taken for a serial number."""
    taken = kind == "serial" and checks.imei(asked.plain)
    return ("These 15 digits pass the check of an IMEI.",) if taken else ()


def _told(rule: Rule, asked: Asked, kind: str) -> Answer:
    if len(asked.plain) > _LONGEST:
        hint = f"No number on a label has more than {_LONGEST} characters."
        return Answer(valid=False, normalized=asked.text, hints=(hint,))
    answer = rule.decide(asked)
    # A prefix or a slash may have hidden the zeros.
    if plausible.is_blank(answer.normalized):
        return Answer(valid=False, normalized=answer.normalized, hints=(_FILLER,))
    hints = answer.hints + _elsewhere(asked, kind)
    if not answer.valid and rule.swaps:
        look_alike = plausible.look_alike(asked.plain, lambda value: _fits(rule, asked, value))
        hints += (look_alike,) if look_alike else ()
    settled = dates.settled(answer.candidates, asked.today)
    return replace(answer, candidates=settled, hints=hints)


def _fits(rule: Rule, asked: Asked, value: str) -> bool:
    return rule.decide(replace(asked, text=value, plain=value)).valid is True
