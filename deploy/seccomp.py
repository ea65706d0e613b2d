"""What the browser's sandbox needs above a runtime's own seccomp profile.

`python3 deploy/seccomp.py < default.json > registrar-browser.json`

Chromium puts each page into namespaces without a network, without other processes and without
files. A user may make those for itself, but the usual profiles keep these calls to those who are
privileged.
"""

import json
import sys
from typing import Any

CALLS = ("chroot", "clone", "unshare")
"""Each does within a user's own namespaces what it may there; none is given a capability."""


def widened(profile: dict[str, Any]) -> dict[str, Any]:
    """The profile with these calls, and without what it said of them: a refusal would win."""
    rules = []
    for rule in profile["syscalls"]:
        names = [name for name in rule["names"] if name not in CALLS]
        if names:
            rules.append({**rule, "names": names})
    allowed = {"names": list(CALLS), "action": "SCMP_ACT_ALLOW"}
    return {**profile, "syscalls": [*rules, allowed]}


if __name__ == "__main__":
    json.dump(widened(json.load(sys.stdin)), sys.stdout, indent=2)
