"""Parts of the packaged manifests, and a manufacturer that has no API to register with."""

from pathlib import Path
from typing import Any

import yaml

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import ApiTier, Manifest, load


def api(manifest: Manifest) -> ApiTier:
    """Its API, which it has."""
    assert manifest.api is not None
    return manifest.api


def packaged(manufacturer: str) -> ApiTier:
    """The API of one of ours."""
    return api(load(PACKAGED / manufacturer / "manifest.yaml"))


MANUAL = """
audience: anyone
evidence: documented
sources: [hammer.example/guarantee]
link: https://hammer.example/register?serial={product.serial_number}&model={product.model_number}
steps:
  - text: Sign in, or create an account.
  - text: Add the tool.
    fill:
      - {label: Serial number, from: [product.serial_number]}
      - {label: Date of purchase, from: [purchase.date], with: [{date: "%d.%m.%Y"}]}
      - {label: E-mail, from: [customer.email]}
      - {label: Company, from: [customer.company], when: {path: customer.type, in: [business]}}
      - {label: Telephone, from: [customer.phone]}
      - {label: Terms, from: [consents.terms]}
proof: {required: true, media_types: [application/pdf], max_bytes: 5000000, notes: The invoice.}
contact: https://hammer.example/contact
follow_up_days: 14
"""

LOOKUP = """
audience: business
evidence: documented
sources: [hammer.example/api]
auth: {kind: api_key, header: X-Key, secret: hammer.key}
network: {read_timeout: 5, max_body: 65536}
http:
  precheck: &look
    method: GET
    path: /tools
    query: {serial: "{product.serial_number}"}
    answers:
      - {when: {status: [200], path: "[0].invalid", in: [true]}, means: unknown_product}
      - when: {status: [200], path: "[0].registered", in: [true]}
        means: already_registered
        reference: "[0].number"
      - {when: {status: [200], path: "[0].registered", in: [false]}, means: absent}
      - {when: {status: [200], path: "[0].invalid", in: [false]}, means: found}
  verify: *look
"""


def hammer(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any section
    """The folder of a manufacturer with a manual tier alone, and these sections beside."""
    data: dict[str, Any] = {
        "identity": {
            "id": "hammer",
            "name": "Hammer",
            "brands": ["Hammer"],
            "countries": [],
            "owner": "tests",
            "fictitious": True,
        },
        "version": "1",
        "window_days": 28,
        "identifiers": [],
        "required_fields": [],
        "tiers": {"manual": yaml.safe_load(MANUAL)},
    }
    (folder / "hammer").mkdir(exist_ok=True)
    text = yaml.safe_dump(data | changes, sort_keys=False)
    (folder / "hammer" / "manifest.yaml").write_text(text, encoding="utf-8")
    return folder


def looked_up() -> dict[str, Any]:
    """The section `lookup` of a manufacturer whose serial numbers can be asked for."""
    made: dict[str, Any] = yaml.safe_load(LOOKUP)
    made["http"]["verify"] = dict(made["http"]["verify"])
    return made
