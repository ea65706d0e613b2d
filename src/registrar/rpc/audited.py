"""Which action a method leaves in the audit log. One that is not here is refused: see `scopes`."""

from __future__ import annotations

from collections.abc import Mapping

from registrar.domain.audit import Action
from registrar.ports.api_keys import Scope

OF_OPERATORS = frozenset({Scope.OPERATE, Scope.ADMIN})
"""What such a key does is told."""

ACTIONS: Mapping[str, Action] = {
    "PauseConnector": Action.PAUSE,
    "ResumeConnector": Action.RESUME,
    "ProbeConnector": Action.PROBE,
    "ResetCircuitBreaker": Action.RESET,
    "SetCircuitBreakerMode": Action.RULE,
    "CreateErrorOverride": Action.CREATE_OVERRIDE,
    "DeleteErrorOverride": Action.DELETE_OVERRIDE,
    "AcceptForm": Action.ACCEPT_FORM,
    "UpdateNotificationSettings": Action.UPDATE_NOTIFICATIONS,
    "RotateWebhookSecret": Action.ROTATE_WEBHOOK_SECRET,
    "ReplayNotificationDeliveries": Action.REPLAY_DELIVERIES,
    "CreateApiKey": Action.CREATE_KEY,
    "RotateApiKey": Action.ROTATE_KEY,
    "RevokeApiKey": Action.REVOKE_KEY,
    "ExportCustomerData": Action.EXPORT_CUSTOMER,
    "EraseCustomerData": Action.ERASE_CUSTOMER,
    "CreateBulkOperation": Action.CREATE_BULK,
    "CancelBulkOperation": Action.CANCEL_BULK,
}
"""A test calls each of them, and looks for its entry."""

READING = frozenset({"ListApiKeys", "ListAuditEntries"})
"""They change nothing."""


def is_known(name: str) -> bool:
    """Whether somebody has thought of what it leaves."""
    return name in ACTIONS or name in READING
