"""The shipped suites over the memory twin, SQLite and PostgreSQL."""

from registrar.testing.store_artifacts_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_audit_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_bulk_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_connectors_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_dead_letters_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_erasures_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_forms_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_jobs_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_keys_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_notices_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_overrides_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_rulings_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_sealed_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_statistics_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.store_tenants_suite import *  # noqa: F403 - the tests are the content
