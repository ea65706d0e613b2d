"""The mapping between the contract and the domain for overrides, both directions.

A rule is kept as a manifest has it: what is not given is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value

from registrar.app.overrides import NewOverride
from registrar.domain.errors import InvalidRequest
from registrar.domain.outcome import Effect, Tier
from registrar.domain.override import ErrorOverride
from registrar.rpc.fields import TIME, Codec, Field, Found, read_duration, read_time
from registrar.rpc.fields import Mapping as Table
from registrar.rpc.mapping import EFFECT, TIER
from registrar.v1 import connector_service_pb2 as pb

_TEXTS = ("guidance", "reference", "field", "canonical")


def _read_value(value: Value) -> Any:  # noqa: ANN401 - JSON
    """Its numbers are all floating: a whole one is the integer that a manifest would have."""
    if not value.WhichOneof("kind"):
        return None
    if value.HasField("number_value"):
        number = value.number_value
        return int(number) if number.is_integer() else number
    return MessageToDict(value)


def _write_value(value: Any) -> Value:  # noqa: ANN401 - JSON
    return ParseDict(value, Value())


def _read_condition(given: pb.AnswerCondition | pb.ValueCondition) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if given.path:
        made["path"] = given.path
    if given.values:
        made["in"] = [_read_value(one) for one in given.values]
    if given.HasField("empty"):
        made["empty"] = given.empty
    return made


def _read_when(given: pb.AnswerCondition) -> dict[str, Any]:
    made = _read_condition(given)
    if given.status:
        made["status"] = list(given.status)
    if given.also:
        made["also"] = [_read_condition(one) for one in given.also]
    return made


def read_rule(given: pb.ErrorRule, path: str, found: Found) -> dict[str, Any]:
    """As in a manifest, without a name."""
    made: dict[str, Any] = {"when": _read_when(given.when), "code": given.code}
    effect = EFFECT.read(given.effect, f"{path}.effect", found)
    if effect is None and not given.effect:
        found.add(f"{path}.effect", "required", "An effect is needed.")
    if effect:
        made["effect"] = effect.value
    if given.HasField("retry_after"):
        pause = read_duration(given.retry_after, f"{path}.retry_after", found)
        made["retry_after"] = pause.total_seconds() if pause else 0
    made |= {key: text for key in _TEXTS if (text := getattr(given, key))}
    return made


def _write_condition(make: Callable[..., Any], given: Mapping[str, Any], **more: Any) -> Any:  # noqa: ANN401 - either condition
    values: Iterable[object] = given.get("in", ())
    return make(
        path=given.get("path", ""),
        values=[_write_value(one) for one in values],
        empty=given.get("empty"),
        **more,
    )


def write_rule(rule: Mapping[str, Any]) -> pb.ErrorRule:
    """For callers."""
    when = rule["when"]
    also: Sequence[Mapping[str, Any]] = when.get("also", ())
    effect: Any = EFFECT.write(Effect(rule["effect"]))
    made = pb.ErrorRule(
        when=_write_condition(
            pb.AnswerCondition,
            when,
            status=when.get("status", ()),
            also=[_write_condition(pb.ValueCondition, one) for one in also],
        ),
        code=rule["code"],
        effect=effect,
        **{key: rule[key] for key in _TEXTS if key in rule},
    )
    if "retry_after" in rule:
        made.retry_after.FromNanoseconds(round(rule["retry_after"] * 1_000_000_000))
    return made


OVERRIDE = Table(
    pb.ErrorOverride,
    ErrorOverride,
    "id",
    "manufacturer_id",
    Field("tier", TIER.codec()),
    "order",
    Field("rule", Codec(write_rule, read_rule)),
    Field("acknowledge_duplicate_risk", attribute="acknowledged"),
    "reason",
    Field("created_by", attribute="by"),
    Field("create_time", TIME, "created_at"),
    Field("expire_time", TIME, "expires_at"),
)


def read_new(request: pb.CreateErrorOverrideRequest) -> NewOverride:
    """Raises InvalidRequest for what cannot be read."""
    wrong = Found()
    ends = request.expire_time if request.HasField("expire_time") else None
    made = NewOverride(
        manufacturer_id=request.manufacturer_id,
        tier=_tier(request, wrong),
        rule=read_rule(request.rule, "rule", wrong),
        order=request.order,
        acknowledged=request.acknowledge_duplicate_risk,
        reason=request.reason,
        expires_at=read_time(ends, "expire_time", wrong),
        request_id=request.request_id,
    )
    if not request.manufacturer_id:
        wrong.add("manufacturer_id", "required", "A manufacturer is needed.")
    if wrong:
        raise InvalidRequest(tuple(wrong))
    return made


def _tier(request: pb.CreateErrorOverrideRequest, wrong: Found) -> Tier:
    tier = TIER.read(request.tier, "tier", wrong)
    if not request.tier:
        wrong.add("tier", "required", "A tier is needed.")
    return tier or Tier.API
