"""The shipped suite over the memory twin, folders and another file system of fsspec."""

from registrar.testing.blobs_suite import *  # noqa: F403 - the tests are the content
