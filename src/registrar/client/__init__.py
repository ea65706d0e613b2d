"""The Python client: `from registrar.client import Client`."""

from registrar.client.calls import Client
from registrar.client.channel import credentials
from registrar.client.errors import CallError, ResumeTokenExpired
from registrar.client.watching import WatchPolicy

__all__ = ["CallError", "Client", "ResumeTokenExpired", "WatchPolicy", "credentials"]
