"""Manifests: checked by `reading`, and made into frozen data, a module a section."""

from registrar.connectors.kit.manifest.api import ApiTier
from registrar.connectors.kit.manifest.lookup import Lookup
from registrar.connectors.kit.manifest.manual import Fill, ManualStep, ManualTier, Text
from registrar.connectors.kit.manifest.operations import Answer, Operation, Rule, When
from registrar.connectors.kit.manifest.web import WebTier
from registrar.connectors.kit.manifest.whole import Manifest, load, older, problems

__all__ = [
    "Answer",
    "ApiTier",
    "Fill",
    "Lookup",
    "Manifest",
    "ManualStep",
    "ManualTier",
    "Operation",
    "Rule",
    "Text",
    "WebTier",
    "When",
    "load",
    "older",
    "problems",
]
