"""The whole error tree.

RegistrarError
├── InvalidRequest              the caller's input breaks a rule; carries violations
│   ├── UnknownManufacturer
│   ├── RequestIdReused
│   └── PageTokenInvalid
├── DuplicateRegistration       carries the existing registration's id
├── NotFound
│   └── Erased                  was there, and its data was destroyed for good
├── StateConflict               the registration's state forbids it
│   └── OutcomeUnverified       the manufacturer may already have acted
├── EtagMismatch
├── ApiKeyInvalid
├── ScopeMissing
├── ResumeTokenExpired
├── ResumeTokenInvalid
├── LimitReached                too much at once
│   ├── RateLimited
│   ├── WatchLimit
│   └── Backlogged              what was accepted before is late; carries whose
├── PaperFailed                 a guide or a proof could not be printed
├── Unavailable                 try again later; carries retry_after
│   ├── Overloaded
│   ├── Draining
│   ├── StoreUnavailable
│   ├── ArtifactsUnavailable    files cannot be kept or read; registrations go on
│   ├── GatesUnavailable        nothing is sent to manufacturers meanwhile
│   └── ProbeUnanswered         no worker has looked in time
├── DeadlineMissing
└── ConfigurationError          a setting or manifest is wrong; names it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: the field's path, the rule's name, and a sentence without the value."""

    field: str
    rule: str
    description: str


class RegistrarError(Exception):
    """The request could not be carried out."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().split("\n")[0])


class InvalidRequest(RegistrarError):
    """The request breaks a rule."""

    def __init__(self, violations: tuple[Violation, ...] = (), message: str = "") -> None:
        super().__init__(message)
        self.violations = violations


class UnknownManufacturer(InvalidRequest):
    """No such manufacturer; ListManufacturers names those that exist."""


class RequestIdReused(InvalidRequest):
    """This request_id was used with another body."""


class PageTokenInvalid(InvalidRequest):
    """The page token does not belong to this filter, order or caller."""


class DuplicateRegistration(RegistrarError):
    """This product is already registered or being registered."""

    def __init__(self, registration_id: str) -> None:
        super().__init__()
        self.registration_id = registration_id


class NotFound(RegistrarError):
    """No such resource."""


class Erased(NotFound):
    """The data was erased; nothing can bring it back."""


class StateConflict(RegistrarError):
    """The registration's state does not allow this."""


class OutcomeUnverified(StateConflict):
    """The manufacturer may already have acted; verify, or acknowledge the risk of a duplicate."""


class EtagMismatch(RegistrarError):
    """The registration has changed since it was read."""


class ApiKeyInvalid(RegistrarError):
    """The API key is missing or not valid."""


class ScopeMissing(RegistrarError):
    """The API key does not carry the scope that this method needs."""


class ResumeTokenExpired(RegistrarError):
    """The resume token is older than the event log; list, then watch from its watch_token."""


class ResumeTokenInvalid(InvalidRequest):
    """The token was not issued by this service for this caller and filter."""


class LimitReached(RegistrarError):
    """Too much at once. `subject`: whose limit it is."""

    def __init__(
        self,
        message: str = "",
        retry_after: timedelta = timedelta(seconds=1),
        subject: str = "api_key",
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.subject = subject


class RateLimited(LimitReached):
    """Too many requests."""


class WatchLimit(LimitReached):
    """Too many open watches."""


class Backlogged(LimitReached):
    """What was accepted before is late: nothing new of this class is taken in. Nothing was done."""

    def __init__(self, subject: str, retry_after: timedelta) -> None:
        super().__init__(retry_after=retry_after, subject=subject)


class PaperFailed(RegistrarError):
    """The paper could not be printed; its data can be read without it."""


class Unavailable(RegistrarError):
    """Not available now; try again."""

    def __init__(self, message: str = "", retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(Unavailable):
    """The gateway is overloaded."""


class Draining(Unavailable):
    """This process is shutting down; another one will answer."""


class StoreUnavailable(Unavailable):
    """The database does not answer; nothing was accepted."""


class ArtifactsUnavailable(Unavailable):
    """The place where files are kept does not answer, or is full; nothing was kept."""


class GatesUnavailable(Unavailable):
    """The fleet's gates do not answer; nothing has changed, and nothing is sent meanwhile."""


class ProbeUnanswered(Unavailable):
    """No worker has made the probe in time; it is made as soon as one can."""


class DeadlineMissing(InvalidRequest):
    """The call needs a deadline."""


class ConfigurationError(RegistrarError):
    """A setting is wrong."""
