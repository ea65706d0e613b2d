"""The messages of the contract, for users of the client."""

from registrar.v1.connector_service_pb2 import (
    GetManufacturerRequest,
    ListManufacturersRequest,
    Manufacturer,
)
from registrar.v1.enums_pb2 import (
    ActionKind,
    FulfillmentTier,
    RegistrationState,
    WaitReason,
    WatchClosingReason,
)
from registrar.v1.registration_pb2 import (
    Attempt,
    Registration,
    RegistrationEvent,
    RegistrationFilter,
)
from registrar.v1.registration_service_pb2 import (
    BatchSubmitRegistrationsRequest,
    BatchSubmitResult,
    CancelRegistrationRequest,
    GetAttemptRequest,
    GetRegistrationRequest,
    ListAttemptsRequest,
    ListRegistrationEventsRequest,
    ListRegistrationsRequest,
    LookupRegistrationRequest,
    RegistrationIds,
    RetryRegistrationRequest,
    SubmitRegistrationRequest,
    SubmitRegistrationResponse,
    WaitRegistrationRequest,
    WatchRegistrationsRequest,
    WatchRegistrationsResponse,
)

__all__ = [
    "ActionKind",
    "Attempt",
    "BatchSubmitRegistrationsRequest",
    "BatchSubmitResult",
    "CancelRegistrationRequest",
    "FulfillmentTier",
    "GetAttemptRequest",
    "GetManufacturerRequest",
    "GetRegistrationRequest",
    "ListAttemptsRequest",
    "ListManufacturersRequest",
    "ListRegistrationEventsRequest",
    "ListRegistrationsRequest",
    "LookupRegistrationRequest",
    "Manufacturer",
    "Registration",
    "RegistrationEvent",
    "RegistrationFilter",
    "RegistrationIds",
    "RegistrationState",
    "RetryRegistrationRequest",
    "SubmitRegistrationRequest",
    "SubmitRegistrationResponse",
    "WaitReason",
    "WaitRegistrationRequest",
    "WatchClosingReason",
    "WatchRegistrationsRequest",
    "WatchRegistrationsResponse",
]
