"""The generated contract."""

from google.protobuf.descriptor import FileDescriptor

from registrar.v1 import (
    analytics_service_pb2,
    artifact_service_pb2,
    connector_service_pb2,
    enums_pb2,
    errors_pb2,
    notification_service_pb2,
    registration_pb2,
    registration_service_pb2,
)

FILES: list[FileDescriptor] = [
    analytics_service_pb2.DESCRIPTOR,
    artifact_service_pb2.DESCRIPTOR,
    connector_service_pb2.DESCRIPTOR,
    enums_pb2.DESCRIPTOR,
    errors_pb2.DESCRIPTOR,
    notification_service_pb2.DESCRIPTOR,
    registration_pb2.DESCRIPTOR,
    registration_service_pb2.DESCRIPTOR,
]


def test_every_enum_starts_unspecified() -> None:
    """An absent value is never a meaning."""
    enums = [enum for file in FILES for enum in file.enum_types_by_name.values()]
    assert enums
    assert all(enum.values_by_number[0].name.endswith("_UNSPECIFIED") for enum in enums)


def test_the_services_are_those_of_the_design() -> None:
    """An RPC more or less is a decision, not an accident."""
    service = registration_service_pb2.DESCRIPTOR.services_by_name["RegistrationService"]
    assert set(service.methods_by_name) == {
        "SubmitRegistration",
        "BatchSubmitRegistrations",
        "GetRegistration",
        "LookupRegistration",
        "ListRegistrations",
        "WatchRegistrations",
        "WaitRegistration",
        "ListRegistrationEvents",
        "ListAttempts",
        "ExplainRegistration",
        "GetAttempt",
        "CancelRegistration",
        "RetryRegistration",
        "GetManualAssistPackage",
        "CompleteManualRegistration",
        "GetProofPack",
        "ExportCustomerData",
        "EraseCustomerData",
    }
    connectors = connector_service_pb2.DESCRIPTOR.services_by_name["ConnectorService"]
    assert set(connectors.methods_by_name) == {
        "ListManufacturers",
        "GetManufacturer",
        "ListConnectors",
        "GetConnector",
        "PauseConnector",
        "ResumeConnector",
        "ProbeConnector",
        "ResetCircuitBreaker",
        "SetCircuitBreakerMode",
        "WatchConnectors",
        "CreateErrorOverride",
        "ListErrorOverrides",
        "DeleteErrorOverride",
        "ListFormDrift",
        "AcceptForm",
    }
    artifacts = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"]
    assert set(artifacts.methods_by_name) == {"ListArtifacts", "DownloadArtifact", "UploadProof"}
    notifications = notification_service_pb2.DESCRIPTOR.services_by_name["NotificationService"]
    assert set(notifications.methods_by_name) == {
        "GetNotificationSettings",
        "UpdateNotificationSettings",
        "RotateWebhookSecret",
        "ListNotificationDeliveries",
        "ReplayNotificationDeliveries",
    }
    analytics = analytics_service_pb2.DESCRIPTOR.services_by_name["AnalyticsService"]
    assert set(analytics.methods_by_name) == {
        "GetSummary",
        "QueryTimeSeries",
        "QueryBreakdown",
        "GetFunnel",
        "GetLatencyDistribution",
    }


def test_a_manufacturer_is_a_string() -> None:
    """An enum would make each new manufacturer a change of the API."""
    field = registration_pb2.Registration.DESCRIPTOR.fields_by_name["manufacturer_id"]
    assert field.type == field.TYPE_STRING
