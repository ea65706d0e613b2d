"""The tables. Instants are microseconds since the epoch; `body` holds what is never searched.

Nothing personal outside `registrations.sealed`; it is found again by the blind indexes beside it.
"""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa

from registrar.domain.bulk import BulkOperation
from registrar.domain.drift import FormPage
from registrar.domain.erasure import Erasure
from registrar.domain.registration import Attempt, Event, Registration
from registrar.ports import plain

Kind = TypeVar("Kind")


class Record(sa.types.TypeDecorator[Kind]):
    """One of the domain's values as JSON; the engine's serializer writes it."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, kind: type[Kind]) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Kind | None:  # noqa: ANN401 - whatever the database gave
        """What was written."""
        del dialect
        return None if value is None else plain.from_plain(self.kind, value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Column("body_digest", sa.LargeBinary, nullable=False),
    sa.Column("manufacturer_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("complete_by", sa.BigInteger),
    sa.Column("serial_index", sa.LargeBinary),
    sa.Column("reference_index", sa.LargeBinary),
    sa.Column("user_index", sa.LargeBinary),
    sa.Column("email_index", sa.LargeBinary),
    sa.Column("blocks", sa.Boolean, nullable=False),
    # NULL: written by a release that knew no dead letters; see `dead_letters`.
    sa.Column("cause", sa.String(16)),
    sa.Column("failed_at", sa.BigInteger),
    # Beside the body: whoever is just writing that must not lose it.
    sa.Column("successor_id", sa.String(64)),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("body", Record(Registration), nullable=False),
    sa.UniqueConstraint("tenant_id", "request_id"),
)
sa.Index(
    "uq_registrations_blocking",
    registrations.c.tenant_id,
    registrations.c.serial_index,
    unique=True,
    postgresql_where=sa.text("blocks"),
    sqlite_where=sa.text("blocks = 1"),
)
DEAD = registrations.c.cause != sa.literal_column("''")
UNTOLD = sa.and_(registrations.c.cause.is_(None), sa.not_(registrations.c.blocks))
# Neither looks at `state`: PostgreSQL would then write every index anew with every transition.
sa.Index(
    "ix_registrations_dead",
    registrations.c.tenant_id,
    registrations.c.manufacturer_id,
    registrations.c.cause,
    registrations.c.failed_at,
    registrations.c.id,
    postgresql_where=DEAD,
    sqlite_where=DEAD,
)
sa.Index(
    "ix_registrations_untold",
    registrations.c.id,
    postgresql_where=UNTOLD,
    sqlite_where=UNTOLD,
)
sa.Index(None, registrations.c.tenant_id, registrations.c.created_at, registrations.c.id)
sa.Index(None, registrations.c.tenant_id, registrations.c.serial_index)
sa.Index(None, registrations.c.tenant_id, registrations.c.reference_index)
sa.Index(None, registrations.c.tenant_id, registrations.c.user_index)
sa.Index(None, registrations.c.tenant_id, registrations.c.email_index)

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", _ROWID, sa.Identity(), primary_key=True, autoincrement=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("registration_id", sa.String(64), nullable=False),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("body", Record(Event), nullable=False),
    sa.UniqueConstraint("registration_id", "sequence"),
    # Without it SQLite gives a position again when the newest rows are deleted.
    sqlite_autoincrement=True,
)
sa.Index(None, events.c.epoch, events.c.position)

log_readers = sa.Table(
    "log_readers",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("as_of", sa.BigInteger),
)
"""How far those have come who follow the log. `as_of`: what was written before it is done with."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("registration_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("body", Record(Attempt), nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("registration_id", sa.String(64), primary_key=True),
    sa.Column("manufacturer_id", sa.String(64), nullable=False),
    sa.Column("queue", sa.String(16), nullable=False),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("run_at", sa.BigInteger, nullable=False),
    sa.Column("hinted_at", sa.BigInteger),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("complete_by", sa.BigInteger),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("tier", sa.String(16), nullable=False, server_default="api"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
)
sa.Index(
    "ix_jobs_paused",
    jobs.c.manufacturer_id,
    jobs.c.tier,
    postgresql_where=sa.text("paused"),
    sqlite_where=sa.text("paused = 1"),
)
for _name, _state, _columns in (
    (
        "ix_jobs_ready",
        "ready",
        (jobs.c.queue, jobs.c.priority, jobs.c.manufacturer_id, jobs.c.run_at),
    ),
    ("ix_jobs_due", "ready", (jobs.c.queue, jobs.c.run_at)),
    ("ix_jobs_hinted", "hinted", (jobs.c.queue, jobs.c.hinted_at)),
    ("ix_jobs_leased", "leased", (jobs.c.lease_until,)),
):
    _where = jobs.c.state == sa.literal_column(f"'{_state}'")
    sa.Index(_name, *_columns, postgresql_where=_where, sqlite_where=_where)
_unfinished = jobs.c.state.in_([sa.literal_column("'ready'"), sa.literal_column("'hinted'")])
sa.Index(
    "ix_jobs_deadline",
    jobs.c.complete_by,
    postgresql_where=_unfinished,
    sqlite_where=_unfinished,
)
_busy = jobs.c.state.in_([sa.literal_column("'hinted'"), sa.literal_column("'leased'")])
sa.Index(
    "ix_jobs_in_flight",
    jobs.c.queue,
    jobs.c.manufacturer_id,
    postgresql_where=_busy,
    sqlite_where=_busy,
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("scopes", sa.String(64), nullable=False, server_default="admin,operate,read,submit"),
    sa.Column("name", sa.String(100), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.Column("used_at", sa.BigInteger),
)
sa.Index(None, api_keys.c.tenant_id)

connectors = sa.Table(
    "connectors",
    metadata,
    sa.Column("manufacturer_id", sa.String(64), primary_key=True),
    sa.Column("tier", sa.String(16), primary_key=True),
    sa.Column("paused_at", sa.BigInteger),
    sa.Column("paused_until", sa.BigInteger),
    sa.Column("pause_reason", sa.String(256)),
    sa.Column("paused_by", sa.String(128)),
    sa.Column("stopped_version", sa.String(128)),
    sa.Column("stopped_step", sa.String(128)),
    sa.Column("ruled_mode", sa.String(16)),
    sa.Column("ruled_at", sa.BigInteger),
    sa.Column("ruled_until", sa.BigInteger),
    sa.Column("ruling_reason", sa.String(256)),
    sa.Column("ruled_by", sa.String(128)),
    sa.Column("gate_until", sa.BigInteger),
    sa.Column("gate_trips", sa.BigInteger),
    sa.Column("gate_cause", sa.String(64)),
    sa.Column("gate_day", sa.BigInteger),
    sa.Column("gate_used", sa.BigInteger),
    sa.Column("probed_at", sa.BigInteger),
    sa.Column("probe_code", sa.String(64)),
    sa.Column("probe_micros", sa.BigInteger),
    sa.Column("probe_failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("probe_due", sa.BigInteger),
    sa.Column("probe_lease", sa.BigInteger),
    sa.Column("probe_fence", sa.BigInteger, nullable=False, server_default="0"),
)

form_pages = sa.Table(
    "form_pages",
    metadata,
    sa.Column("manufacturer_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(128), primary_key=True),
    sa.Column("step", sa.String(128), primary_key=True),
    sa.Column("baseline", Record(FormPage)),
    sa.Column("baseline_at", sa.BigInteger),
    sa.Column("seen", Record(FormPage), nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("artifact_id", sa.String(64), nullable=False, server_default=""),
)

form_runs = sa.Table(
    "form_runs",
    metadata,
    sa.Column("manufacturer_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(128), nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed", sa.String(64), nullable=False),
)

error_overrides = sa.Table(
    "error_overrides",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("manufacturer_id", sa.String(64), nullable=False),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(256), nullable=False),
    sa.Column("created_by", sa.String(128), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)
sa.Index(None, error_overrides.c.expires_at)

override_changes = sa.Table(
    "override_changes",
    metadata,
    sa.Column("position", _ROWID, sa.Identity(), primary_key=True, autoincrement=True),
    sa.Column("override_id", sa.String(64), nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("changed_by", sa.String(128), nullable=False),
    sa.Column("reason", sa.String(256), nullable=False),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
)
sa.Index(None, override_changes.c.override_id, override_changes.c.position)

key_stores = sa.Table(
    "key_stores",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
)
"""Which store of keys this data belongs to: one row."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Column("requested_at", sa.BigInteger, nullable=False),
    sa.Column("index", sa.LargeBinary),
    sa.Column("by_email", sa.Boolean, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("body", Record(Erasure), nullable=False),
    sa.UniqueConstraint("tenant_id", "request_id"),
)
_open = sa.text("NOT done")
sa.Index(
    "ix_erasures_open",
    erasures.c.requested_at,
    postgresql_where=_open,
    sqlite_where=_open,
)

bulk_operations = sa.Table(
    "bulk_operations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Column("requested_at", sa.BigInteger, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("body", Record(BulkOperation), nullable=False),
    sa.UniqueConstraint("tenant_id", "request_id"),
)
sa.Index(None, bulk_operations.c.tenant_id, bulk_operations.c.requested_at, bulk_operations.c.id)
_running = sa.text("open")
sa.Index(
    "ix_bulk_operations_open",
    bulk_operations.c.due_at,
    postgresql_where=_running,
    sqlite_where=_running,
)

bulk_items = sa.Table(
    "bulk_items",
    metadata,
    sa.Column("operation_id", sa.String(64), primary_key=True),
    sa.Column("registration_id", sa.String(64), primary_key=True),
)
"""What an operation has taken and not looked at yet."""

doomed_keys = sa.Table(
    "doomed_keys",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
)
"""Keys of what was erased, until the store of keys has destroyed them."""

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("actor", sa.String(128), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(256), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.Index(None, audit_log.c.tenant_id, audit_log.c.position)
sa.Index(None, audit_log.c.subject, audit_log.c.position)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("registration_id", sa.String(64)),
    sa.Column("attempt", sa.Integer),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(32), nullable=False, server_default=""),
    sa.Column("other_key_id", sa.String(32)),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("ready", sa.Boolean, nullable=False),
    sa.Column("request_id", sa.String(64)),
    sa.Column("claim", sa.String(64)),
    sa.Column("claimed_at", sa.BigInteger),
    sa.UniqueConstraint("tenant_id", "request_id"),
)
sa.Index(None, artifacts.c.tenant_id, artifacts.c.registration_id)
sa.Index(None, artifacts.c.tenant_id, artifacts.c.claim)
sa.Index(None, artifacts.c.expires_at)
_unsettled = artifacts.c.registration_id.is_(None)
sa.Index(
    "ix_artifacts_unsettled",
    artifacts.c.claimed_at,
    postgresql_where=_unsettled,
    sqlite_where=_unsettled,
)
