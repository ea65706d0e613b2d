"""Which scope a method needs. A method that is not here needs one that nobody has.

So does one of operators that `audited` does not know: nothing is done that leaves no trace.
"""

from __future__ import annotations

from registrar.app.commands import Caller
from registrar.domain.errors import ScopeMissing
from registrar.ports.api_keys import Scope
from registrar.rpc import audited

_METHODS: dict[Scope, tuple[str, ...]] = {
    Scope.SUBMIT: (
        "SubmitRegistration",
        "BatchSubmitRegistrations",
        "CancelRegistration",
        "RetryRegistration",
        "CompleteManualRegistration",
        "UploadProof",
    ),
    Scope.READ: (
        "GetRegistration",
        "LookupRegistration",
        "ListRegistrations",
        "WatchRegistrations",
        "WaitRegistration",
        "ListRegistrationEvents",
        "ListAttempts",
        "GetAttempt",
        "ExplainRegistration",
        "GetManualAssistPackage",
        "GetProofPack",
        "ListArtifacts",
        "DownloadArtifact",
        "ListManufacturers",
        "GetManufacturer",
        "ListConnectors",
        "GetConnector",
        "WatchConnectors",
        "ListErrorOverrides",
        "ListFormDrift",
        "GetNotificationSettings",
        "ListNotificationDeliveries",
        "GetSummary",
        "QueryTimeSeries",
        "QueryBreakdown",
        "GetFunnel",
        "GetLatencyDistribution",
        "ListDeadLetters",
        "GetBulkOperation",
        "ListBulkOperations",
    ),
    Scope.OPERATE: (
        "PauseConnector",
        "ResumeConnector",
        "ProbeConnector",
        "ResetCircuitBreaker",
        "SetCircuitBreakerMode",
        "CreateErrorOverride",
        "DeleteErrorOverride",
        "AcceptForm",
        "CreateBulkOperation",
        "CancelBulkOperation",
    ),
    Scope.ADMIN: (
        "UpdateNotificationSettings",
        "RotateWebhookSecret",
        "ReplayNotificationDeliveries",
        "CreateApiKey",
        "ListApiKeys",
        "RotateApiKey",
        "RevokeApiKey",
        "ListAuditEntries",
        "ExportCustomerData",
        "EraseCustomerData",
    ),
}

NEEDED: dict[str, Scope] = {name: scope for scope, names in _METHODS.items() for name in names}


def demand(name: str, caller: Caller) -> Scope:
    """The one that the method needs. Raises ScopeMissing."""
    needed = NEEDED.get(name)
    if needed in audited.OF_OPERATORS and not audited.is_known(name):
        needed = None
    if needed is None or needed not in caller.scopes:
        raise ScopeMissing(f"{name} needs the scope {needed.value if needed else 'of nobody'}.")
    return needed
