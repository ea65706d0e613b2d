"""What a tenant may wish for, and why it may not."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from msgspec.structs import replace

from registrar.app.validation import contact
from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned
from registrar.domain import destination
from registrar.domain.language import SPOKEN
from registrar.domain.notification import TenantNotifications

LONGEST_BRAND = 100
_NOT_IN_A_LINK = frozenset(" <>\"'\\")


def checked(given: TenantNotifications, found: Found, *, local: bool) -> TenantNotifications:
    """In the form in which it is kept; `local`: webhooks may stay on this host."""
    made = replace(
        given,
        emails=tuple(dict.fromkeys(given.emails)),
        webhooks=tuple(dict.fromkeys(given.webhooks)),
        brand=cleaned(given.brand, "settings.brand", found, most=LONGEST_BRAND),
        from_address=_address(given.from_address, "settings.from_address", found),
        reply_to=_address(given.reply_to, "settings.reply_to", found),
    )
    if made.emails and not made.from_address:
        found.add("settings.from_address", "required", "E-mails need somebody who writes.")
    _links(made, found)
    _languages(made, found)
    _webhook(made, found, local=local)
    return made


def _address(given: str, path: str, found: Found) -> str:
    return contact.email(given, path, found) if given.strip() else ""


def _links(made: TenantNotifications, found: Found) -> None:
    if made.logo_url and not _is_link(made.logo_url, "https"):
        found.add("settings.logo_url", "link", "An address with https:// is needed.")
    for name in ("support_link", "unsubscribe_link"):
        link = getattr(made, name)
        if link and not (_is_link(link, "https") or _is_mail(link)):
            found.add(f"settings.{name}", "link", "An address with https:// or mailto: is needed.")


def _is_link(link: str, scheme: str) -> bool:
    parts = _parts(link)
    return parts is not None and parts.scheme == scheme and bool(parts.hostname) and _fits(link)


def _is_mail(link: str) -> bool:
    parts, wrong = _parts(link), Found()
    if parts is None or parts.scheme != "mailto":
        return False
    contact.email(parts.path, "", wrong)
    return not wrong and _fits(link)


def _parts(link: str) -> SplitResult | None:
    try:
        return urlsplit(link)
    except ValueError:
        return None


def _fits(link: str) -> bool:
    """In a header, and in HTML."""
    visible = link.isascii() and link.isprintable() and not set(link) & _NOT_IN_A_LINK
    return visible and len(link) <= destination.LONGEST_URL


def _languages(made: TenantNotifications, found: Found) -> None:
    for index, one in enumerate(made.languages):
        if one not in SPOKEN or one in made.languages[:index]:
            problem = f"One of {', '.join(SPOKEN)} is needed, each once."
            found.add(f"settings.languages[{index}]", "language", problem)


def _webhook(made: TenantNotifications, found: Found, *, local: bool) -> None:
    if made.webhook_url:
        problem = destination.problem(made.webhook_url, local=local)
        if problem:
            found.add("settings.webhook_url", "destination", problem)
    elif made.webhooks:
        found.add("settings.webhook_url", "required", "Webhooks need to go somewhere.")
