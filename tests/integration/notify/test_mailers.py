"""The shipped suite over the memory twin and a real mail server."""

from registrar.testing.mailer_suite import *  # noqa: F403 - the tests are the content
