"""What stands in the way of a form: pages that a program has to leave to a person."""

from __future__ import annotations

from html import escape

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.forms.document import Page, document, notice
from registrar.sandbox.forms.shapes import Form


def wall(form: Form, rule: Rule) -> web.Response | None:
    """The page that a fault puts in the place of another, or None."""
    match rule.fault:
        case "captcha":
            return _captcha(form)
        case "login":
            return sign_in(form)
        case "otp":
            return _otp(form)
        case "blocked":
            sentence = "Your request looks like automated traffic. Reference: SBX-1020."
            return notice(form, "Access denied", sentence, rule.status or 403)
        case "maintenance":
            sentence = "We are improving our service. Please come back later."
            return notice(form, "Down for maintenance", sentence, rule.status or 503)
        case _:
            return None


def sign_in(form: Form, wrong: str = "", email: str = "") -> web.Response:
    """E-mail and password, as the manufacturers with accounts ask for them."""
    alert = f'<div class="alert" role="alert"><p>{escape(wrong)}</p></div>' if wrong else ""
    body = (
        f"<h1>Sign in</h1><p>You need an account with {escape(form.brand)}.</p>"
        f'{alert}<form method="post" action="{form.base}/sign-in" aria-label="Sign in">'
        + _input("account", "E-mail or account", "email", "username", escape(email))
        + _input("password", "Password", "password", "current-password")
        + '<div class="actions"><button type="submit" class="go">Sign in</button></div></form>'
    )
    return document(form, Page("Sign in", body, bare=form.frame), 401 if wrong else 200)


def _captcha(form: Form) -> web.Response:
    body = (
        "<h1>Please confirm that you are human</h1>"
        '<div class="g-recaptcha" data-sitekey="sandbox">'
        '<iframe title="reCAPTCHA" src="https://captcha.invalid/anchor"></iframe></div>'
        f'<form method="get" action="{form.base}/register" aria-label="Captcha">'
        '<div class="field"><div class="choice"><input type="checkbox" id="robot" name="robot">'
        '<label for="robot">I am not a robot</label></div></div>'
        '<div class="actions"><button class="go">Continue</button></div></form>'
    )
    return document(form, Page("Security check", body, bare=form.frame))


def _otp(form: Form) -> web.Response:
    body = (
        "<h1>Enter your code</h1><p>We have sent a code of six digits to your telephone.</p>"
        f'<form method="get" action="{form.base}/register" aria-label="Code">'
        + _input("otp", "One-time code", "text", "one-time-code")
        + '<div class="actions"><button class="go">Verify</button></div></form>'
    )
    return document(form, Page("Verification", body, bare=form.frame))


def _input(name: str, label: str, kind: str, complete: str, value: str = "") -> str:
    return (
        f'<div class="field"><label for="{name}">{label}</label><input type="{kind}" id="{name}" '
        f'name="{name}" autocomplete="{complete}" value="{value}" required></div>'
    )
