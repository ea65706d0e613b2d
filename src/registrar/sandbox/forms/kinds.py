"""What can go wrong with a page: faults that only forms know. Rules for them name a step."""

from __future__ import annotations

from collections.abc import Mapping

FORM_KINDS: Mapping[str, str] = {
    "form_reordered": "the fields of the page come in the reverse order",
    "form_renamed": "the label of `target` has other words",
    "form_relabelled_wrong": "the labels of `target` and of the next such field are swapped",
    "form_extra_required": "one more field, and it must be filled",
    "form_honeypot": "a field that no person sees; who fills it is refused",
    "form_moved": "other ids, names and classes; the labels stay",
    "form_missing": "the field `target` has gone",
    "captcha": "a captcha in the place of the page",
    "login": "a sign-in page in the place of the page",
    "otp": "a one-time code is asked for in the place of the page",
    "blocked": "a page that blocks the visitor, with `status` (403)",
    "maintenance": "a page that says the site is down, with `status` (503)",
    "terms_box": "new terms to accept on the last page",
    "half_loaded": "the connection ends in the middle of the form",
    "slow_assets": "a script and an image of another host that take `seconds` (an hour)",
}
"""And what each does. `target` is the name of a field; without it the first that fits."""
