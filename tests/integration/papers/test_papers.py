"""The press, and its twin in memory."""

from registrar.testing.papers_suite import *  # noqa: F403 - the tests are the content
