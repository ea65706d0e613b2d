"""What a customer's mail program reads, whatever is in the names."""

import dataclasses
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from msgspec.structs import replace
from tests.integration.notify.mailserver import MailServer, part, person

from registrar.domain.language import SPOKEN
from registrar.domain.notification import Kind, TenantNotifications
from registrar.domain.paper import Paper
from registrar.domain.registration import Action, ActionKind, Failure, Result
from registrar.notify import pages, rendering
from registrar.notify.smtp import SmtpMailer
from registrar.ports.notifier import Verdict
from registrar.testing.letters import GUIDE, SETTINGS, SUBMISSION, TODAY, letter, registered, to


async def test_a_letter_says_who_writes_to_whom_and_what(post: MailServer) -> None:
    """Headers, both parts, the reference and the umlauts."""
    sent = letter(Kind.REGISTERED, notice_id="ntf_7")
    assert (await SmtpMailer(post.settings()).send(sent)).verdict is Verdict.SENT
    (envelope,), (read,) = post.received, post.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "service@shop.example",
        ["juergen@mail.example"],
    )
    assert person(envelope, "From") == ("Müller & Söhne", "service@shop.example")
    assert person(envelope, "To") == ("Jürgen Groß-Łoś", "juergen@mail.example")
    assert read["Reply-To"] == "help@shop.example"
    assert read["Subject"] == "Bei Acme registriert: Kühlschrank „Søren“"
    assert read["Message-ID"] == "<ntf_7@shop.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Content-Language"] == "de"
    assert parsedate_to_datetime(read["Date"]).tzinfo is not None
    assert read["List-Unsubscribe"] is None
    assert read.get_content_type() == "multipart/alternative"
    kinds = [(one.get_content_type(), one.get_content_charset()) for one in read.iter_parts()]
    assert kinds == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    for kind in ("plain", "html"):
        content = part(read, kind)
        for shown in ("ACME-REF-99", "Kühlschrank „Søren“", "Jürgen Groß-Łoś", "SN-4711"):
            assert shown in content
    assert '<html lang="de">' in part(read, "html")
    assert envelope.content is not None
    raw = bytes(envelope.content) if isinstance(envelope.content, bytes) else b""
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_is_written_in_every_language(
    post: MailServer, kind: Kind, language: str
) -> None:
    """No hole is left in it; only reminders can be unsubscribed from."""
    assert (await SmtpMailer(post.settings()).send(letter(kind, language=language))).code == "250"
    (read,) = post.letters
    for content in (read["Subject"], part(read, "plain"), part(read, "html")):
        assert not re.search(r"\{[a-z]+\}|None|Undefined", content)
    assert read["Content-Language"] == language
    unsubscribe = "<mailto:stop@shop.example>" if kind is Kind.REMINDER else None
    assert read["List-Unsubscribe"] == unsubscribe
    assert ("stop@shop.example" in part(read, "html")) is (kind is Kind.REMINDER)


async def test_who_must_act_is_led(post: MailServer) -> None:
    """Steps, values, what is missing, the deadline, the link; the guide is attached."""
    guide = Paper("guide-reg_1.pdf", "de", b"%PDF-1.7 \xff\x00")
    sent = letter(Kind.ACTION_REQUIRED, attachments=(guide,))
    assert (await SmtpMailer(post.settings()).send(sent)).code == "250"
    (read,) = post.letters
    assert read["Subject"].startswith("Bitte bis 2. Dezember 2026 bei Acme registrieren")
    plain, html = part(read, "plain"), part(read, "html")
    for shown in ("Geben Sie das Produkt ein.", "Seriennummer", "bitte ergänzen", "Kaufbeleg"):
        assert shown in plain
        assert shown in html
    assert GUIDE.link in plain
    assert 'href="https://acme.example/register?serial=SN-4711&amp;lang=de"' in html
    assert '<span lang="en">Open the form.</span>' in html
    (attached,) = read.iter_attachments()
    assert attached.get_filename() == "guide-reg_1.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == guide.content


HOSTILE = (
    "<script>alert(1)</script>\r\nBcc: thief@evil.example\u202e{maker}{{ 7 * 7 }}=?utf-8?q?x?="
)


async def test_a_name_cannot_do_anything(post: MailServer) -> None:
    """No header, no markup, no template, no direction."""
    customer = replace(SUBMISSION.customer, given_name=HOSTILE, family_name="")
    product = replace(
        SUBMISSION.product, name=HOSTILE, model_number="\x00", serial_number="=?utf-8?"
    )
    sent = letter(
        submission=replace(SUBMISSION, customer=customer, product=product),
        settings=replace(SETTINGS, brand=HOSTILE),
    )
    assert (await SmtpMailer(post.settings()).send(sent)).code == "250"
    (envelope,), (read,) = post.received, post.letters
    assert envelope.rcpt_tos == ["juergen@mail.example"]
    assert read["Bcc"] is None
    flat = "<script>alert(1)</script> Bcc: thief@evil.example{maker}{{ 7 * 7 }}=?utf-8?q?x?="
    assert person(envelope, "To") == (flat, "juergen@mail.example")
    assert person(envelope, "From") == (flat, "service@shop.example")
    assert read["Subject"] == f"Bei Acme registriert: {flat}"
    assert "<script>" not in part(read, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc:" in part(read, "html")
    assert "\u202e" not in part(read, "plain")


@pytest.mark.parametrize(
    "name", ["王小明", "محمد عبد الله", "ประยุทธ์ จันทร์โอชา", "Ω" * 300, "a b" * 90]
)
async def test_long_names_in_any_script_arrive(post: MailServer, name: str) -> None:
    """Whole in the text; in the header, as far as a header goes."""
    customer = replace(SUBMISSION.customer, given_name=name, family_name="")
    sent = letter(submission=replace(SUBMISSION, customer=customer))
    assert (await SmtpMailer(post.settings()).send(sent)).code == "250"
    (read,) = post.letters
    assert person(post.received[0], "To") == (name[:120].strip(), "juergen@mail.example")
    assert name in " ".join(part(read, "plain").split())


async def test_a_mailbox_that_is_not_ascii_needs_a_server_that_takes_it(post: MailServer) -> None:
    """By SMTPUTF8; a domain has an ASCII form everywhere."""
    mailer = SmtpMailer(post.settings())
    assert (await mailer.send(letter(submission=to("jürgen@bücher.example")))).code == "250"
    (envelope,) = post.received
    assert envelope.rcpt_tos == ["jürgen@xn--bcher-kva.example"]
    assert "SMTPUTF8" in envelope.mail_options
    assert isinstance(envelope.content, bytes)
    assert "<jürgen@xn--bcher-kva.example>".encode() in envelope.content
    post.utf8 = False
    answer = await mailer.send(letter(submission=to("jürgen@mail.example")))
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "smtputf8_missing")
    assert (await mailer.send(letter(submission=to("ada@bücher.example")))).code == "250"
    assert post.received[1].rcpt_tos == ["ada@xn--bcher-kva.example"]
    assert (await mailer.send(letter(submission=to("ada@straße.example")))).code == "250"
    assert post.received[2].rcpt_tos == ["ada@xn--strae-oqa.example"]


async def test_an_address_that_is_none_is_refused(post: MailServer) -> None:
    """Before anybody is asked."""
    for wrong in ("ada@exa mple.example", f"ada@{'x' * 70}.example", "a\r\nRCPT TO:<b>@c.example"):
        answer = await SmtpMailer(post.settings()).send(letter(submission=to(wrong)))
        assert answer.verdict is Verdict.REFUSED, wrong
    assert post.received == []


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (Kind.REGISTERED, {"result": Result.ALREADY_REGISTERED}, "schon registriert"),
        (Kind.REGISTERED, {"result": Result.MANUALLY_COMPLETED}, "nicht überprüft"),
        (Kind.FAILED, {"failure": Failure("x", "y", user_guidance="Look at it.")}, "Look at it."),
        (
            Kind.ACTION_REQUIRED,
            {"action": Action(ActionKind.CONFIRM_OUTCOME, "")},
            "sehen Sie zuerst nach",
        ),
        (Kind.ACTION_REQUIRED, {"action": Action(ActionKind.SOLVE_CHALLENGE, "")}, "Bilderrätsel"),
        (
            Kind.ACTION_REQUIRED,
            {"action": Action(ActionKind.PROVIDE_DATA, "", "customer.postal_code")},
            "Es fehlt: postal code.",
        ),
        (Kind.ACTION_REQUIRED, {"action": Action(ActionKind.PROVIDE_DATA, "")}, "wenden Sie sich"),
    ],
)
async def test_a_letter_says_what_has_happened(
    post: MailServer, kind: Kind, changes: dict[str, object], said: str
) -> None:
    """In both parts."""
    sent = letter(kind, registration=registered(kind, **changes))
    assert (await SmtpMailer(post.settings()).send(sent)).code == "250"
    (read,) = post.letters
    assert said in " ".join(part(read, "plain").split())
    assert said in part(read, "html")


async def test_little_is_enough(post: MailServer) -> None:
    """No brand, no name, no product name, no guide, a window that has closed."""
    bare = replace(
        SUBMISSION,
        customer=replace(SUBMISSION.customer, given_name="", family_name=""),
        product=replace(SUBMISSION.product, name="", model_number=""),
    )
    settings = TenantNotifications(
        from_address="a@shop.example", logo_url="https://x.example/l.png"
    )
    closed = TODAY - timedelta(days=1)
    guide = dataclasses.replace(GUIDE, link="", register_by=closed, proof=None, steps=())
    sent = letter(Kind.ACTION_REQUIRED, submission=bare, settings=settings, guide=guide)
    assert (await SmtpMailer(post.settings()).send(sent)).code == "250"
    (read,) = post.letters
    assert read["From"] == "a@shop.example"
    assert read["To"] == "juergen@mail.example"
    assert read["Subject"] == "Bitte registrieren Sie Ihr Produkt bei Acme: SN-4711"
    plain = part(read, "plain")
    assert plain.startswith("Guten Tag,\n")
    assert "Der letzte Tag war der 24. November 2026" in plain
    assert "Seite von Acme" not in plain
    assert '<img src="https://x.example/l.png" alt=""' in part(read, "html")


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("action", [ActionKind.FILE_MANUALLY, ActionKind.CONFIRM_OUTCOME])
def test_a_letter_without_steps_does_not_speak_of_them(language: str, action: ActionKind) -> None:
    """A manufacturer may have no way by hand, or none any more."""
    registration = registered(Kind.ACTION_REQUIRED, action=Action(action, ""))
    sent = letter(Kind.ACTION_REQUIRED, language=language, registration=registration)
    bare = dataclasses.replace(sent, guide=None)
    guided, alone = (rendering.text(pages.page(one)) for one in (sent, bare))
    words = {"en": "below", "de": "unten", "fr": "ci-dessous", "es": "abajo"}
    assert words[language] in guided
    assert words[language] not in alone
    assert "Acme" in alone
