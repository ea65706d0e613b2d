"""The mapping between the contract and the domain for changed forms."""

from __future__ import annotations

from registrar.app.drift import FormDrift, StepDrift
from registrar.domain.drift import Change, Severity
from registrar.rpc.connector_messages import PAUSE
from registrar.rpc.fields import TIME, Codec, Field, Mapping
from registrar.v1 import connector_service_pb2 as pb

CHANGE = Mapping(
    pb.FormChange,
    Change,
    Field("severity", Codec(str, lambda value, _path, _found: Severity(value))),
    "what",
    "where",
    "was",
    "now",
)
STEP = Mapping(
    pb.FormStepDrift,
    StepDrift,
    "step",
    Field("changes", CHANGE.many()),
    Field("seen_time", TIME, "seen_at"),
    Field("baseline_time", TIME, "baseline_at"),
    "artifact_id",
)
FORM = Mapping(
    pb.FormDrift,
    FormDrift,
    "manufacturer_id",
    "version",
    Field("steps", STEP.many()),
    Field("consecutive_failures", attribute="failures"),
    Field("manifest_patch", attribute="patch"),
    Field("stop", PAUSE.optional()),
)
