"""The shapes of Apple Business: JSON:API resources, pages and errors."""

from __future__ import annotations

import base64
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from registrar.sandbox.devices import Device
from registrar.sandbox.request import answer_json

MANUFACTURER = "apple"
BASE = "/apple/business"
SERVERS = ("5A0D0C5E51B54D0F8D2C4E5B0A1F0001", "5A0D0C5E51B54D0F8D2C4E5B0A1F0002")
ASSIGN, UNASSIGN = "ASSIGN_DEVICES", "UNASSIGN_DEVICES"
TERMS = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"
SERIAL = re.compile(r"[0-9A-Z]{8,14}")
MOST = 100
SOURCES = {"direct": "APPLE", "retail": "RESELLER", "marketplace": "MANUALLY_ADDED"}
TITLES = {400: "A parameter has an invalid value.", 401: "Authentication is needed."}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an activity is to do."""

    kind: str
    server: str
    serials: list[str]


@dataclass(frozen=True, slots=True)
class Activity:
    """`done_at` None never comes. Times in seconds since 1970."""

    id: str
    kind: str
    serials: list[str]
    failed: list[str]
    at: float
    done_at: float | None

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.done_at is not None and time.time() >= self.done_at


def refused(status: int, code: str, detail: str, pointer: str = "") -> web.Response:
    """`errors[]`."""
    error = {
        "id": str(uuid.uuid4()),
        "status": str(status),
        "code": code.upper(),
        "title": TITLES.get(status, "The request could not be carried out."),
        "detail": detail,
    }
    source = {"source": {"pointer": pointer} if pointer.startswith("/") else {"parameter": pointer}}
    return answer_json({"errors": [error | (source if pointer else {})]}, status)


def self_link(request: web.Request) -> dict[str, Any]:
    """`links` of a document."""
    return {"links": {"self": str(request.url)}}


def asked(body: dict[str, Any]) -> Asked | str:
    """What a body asks for, or a pointer to what is wrong with it."""
    data = _object(body.get("data"))
    relationships = _object(data.get("relationships"))
    kind = _object(data.get("attributes")).get("activityType")
    server = _object(_object(relationships.get("mdmServer")).get("data")).get("id")
    devices = _object(relationships.get("devices")).get("data")
    serials = [str(_object(one).get("id") or "") for one in devices or []]
    if data.get("type") != "orgDeviceActivities":
        return "/data/type"
    if kind not in {ASSIGN, UNASSIGN}:
        return "/data/attributes/activityType"
    if server not in SERVERS:
        return "/data/relationships/mdmServer"
    if not serials or not all(serials):
        return "/data/relationships/devices"
    return Asked(kind, server, serials)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def page(request: web.Request, found: list[dict[str, Any]]) -> web.Response:
    """A part of a list by `limit` and `cursor`, with a link to the next."""
    limit = request.query.get("limit", str(MOST))
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
        return refused(400, "PARAMETER_ERROR.INVALID", f"limit is 1 to {MOST}.", "limit")
    start = _place(request.query.get("cursor", ""))
    if start is None:
        return refused(400, "PARAMETER_ERROR.INVALID", "This is no cursor.", "cursor")
    end = start + int(limit)
    paging: dict[str, Any] = {"total": len(found), "limit": int(limit)}
    links = self_link(request)["links"]
    if end < len(found):
        paging["nextCursor"] = base64.urlsafe_b64encode(str(end).encode()).decode()
        links["next"] = str(request.url.update_query(cursor=paging["nextCursor"]))
    return answer_json({"data": found[start:end], "links": links, "meta": {"paging": paging}})


def _place(cursor: str) -> int | None:
    try:
        return int(base64.urlsafe_b64decode(cursor)) if cursor else 0
    except ValueError:
        return None


def device(one: Device, server: str) -> dict[str, Any]:
    """`orgDevices`."""
    ordered = f"{one.shipped}T00:00:00Z"
    related = f"{BASE}/v1/orgDevices/{one.serial_number}"
    return {
        "type": "orgDevices",
        "id": one.serial_number,
        "attributes": {
            "serialNumber": one.serial_number,
            "addedToOrgDateTime": ordered,
            "updatedDateTime": ordered,
            "deviceModel": one.model or "MacBook Air 13",
            "productFamily": "Mac",
            "productType": "Mac14,2",
            "partNumber": one.product_number or "MLY33LL/A",
            "orderNumber": f"W{sum(map(ord, one.serial_number)):09d}",
            "orderDateTime": ordered,
            "imei": [],
            "meid": [],
            "purchaseSourceType": SOURCES[one.channel],
            "purchaseSourceId": "1000042",
            "status": "ASSIGNED" if server else "UNASSIGNED",
        },
        "relationships": {
            name: {"links": {"related": f"{related}/{name}"}}
            for name in ("assignedServer", "appleCareCoverage")
        },
    }


def coverage(one: Device) -> list[dict[str, Any]]:
    """`appleCareCoverage`: what comes with every device."""
    end = one.plus_years(1)
    active = end >= datetime.now(UTC).date()
    attributes = {
        "status": "ACTIVE" if active else "INACTIVE",
        "paymentType": "NONE",
        "description": "Limited Warranty",
        "startDateTime": f"{one.shipped}T00:00:00Z",
        "endDateTime": f"{end}T00:00:00Z",
        "isRenewable": False,
        "isCanceled": False,
        "contractCancelDateTime": None,
        "agreementNumber": None,
    }
    return [{"type": "appleCareCoverage", "id": one.serial_number, "attributes": attributes}]


def server(one: str) -> dict[str, Any]:
    """`mdmServers`."""
    attributes = {"serverName": f"Sandbox {SERVERS.index(one) + 1}", "serverType": "MDM"}
    return {"type": "mdmServers", "id": one, "attributes": attributes}


def activity(request: web.Request, one: Activity) -> dict[str, Any]:
    """`orgDeviceActivities`."""
    attributes: dict[str, Any] = {"createdDateTime": _moment(one.at)}
    if one.done_at is not None and one.done:
        ended = "COMPLETED_WITH_ERRORS" if one.failed else "COMPLETED_WITH_SUCCESS"
        link = request.url.origin().with_path(f"{BASE}/v1/orgDeviceActivities/{one.id}/log.csv")
        attributes |= {"status": "COMPLETED", "subStatus": ended, "downloadUrl": str(link)}
        attributes["completedDateTime"] = _moment(one.done_at)
    else:
        attributes |= {"status": "IN_PROGRESS", "subStatus": "SUBMITTED"}
    return {"type": "orgDeviceActivities", "id": one.id, "attributes": attributes}


def log(one: Activity) -> str:
    """The CSV of an activity that has ended."""
    rows = (f"{serial},{'FAILED' if serial in one.failed else 'SUCCESS'}" for serial in one.serials)
    return "\r\n".join(("serialNumber,status", *rows)) + "\r\n"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
