"""Texts with a NUL are found wherever they are in a message, and nothing else is."""

from registrar.rpc.texts import MOST, Unkept, unkept
from registrar.v1 import connector_service_pb2 as connectors
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service


def test_a_text_is_found_by_its_path() -> None:
    """In fields, lists, messages, lists of messages, and maps."""
    made = pb.Registration(id="a\0", external_reference="b", labels={"ok": "x", "a\0": "y"})
    made.product.name = "\0"
    made.product.identifiers.add(kind="imei", value="1\0")
    assert set(unkept(made)) == {"id", "product.name", "product.identifiers[0].value", "labels"}
    rule = connectors.CreateErrorOverrideRequest()
    rule.rule.when.values.add().struct_value["deep"] = "\0"
    assert list(unkept(rule)) == ["rule.when.values[0].struct_value.fields.string_value"]
    listed = service.ListRegistrationsRequest()
    listed.filter.manufacturer_ids.extend(["a", "b\0"])
    assert list(unkept(listed)) == ["filter.manufacturer_ids[1]"]


def test_what_is_no_text_is_not_looked_at() -> None:
    """Nor what is well."""
    assert list(unkept(pb.Registration(id="a", revision=0))) == []


def test_an_error_is_short() -> None:
    """However many there are."""
    told = Unkept(tuple(f"ids[{n}]" for n in range(100))).violations()
    assert len(told) == MOST
    assert (told[0].field, told[0].rule) == ("ids[0]", "nul")
