"""What `deploy/` says fits what there is, and every container of it is shut."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer
from tests.unit.house.deployed import BUILT, DEPLOY, ROOT, Files, stages
from typer.main import get_command

from registrar.cli.main import COMMANDS, build
from registrar.cli.service import SERVICES
from registrar.config.settings import PREFIX, Settings
from registrar.ports.queue import BROWSER
from registrar.workers.messages import QUEUES, consumed

CLOSING = 10
"""Seconds above the drain: what is closed after it."""


def settings(files: Files) -> Iterator[str]:
    """Each is one, in the environment or as a file."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for path, text in files.texts.items():
        named = {one.upper() for one in re.findall(r"\b(?:REGISTRAR|registrar)_[A-Za-z_]+", text)}
        yield from (f"{path}: {one}" for one in sorted(named - known))


def commands(files: Files) -> Iterator[str]:
    """Each is one, with its options; every queue has its workers, and once."""
    queues: dict[str, list[str]] = {}
    for one in files.containers:
        if not one.ours:
            continue
        name, *options = one.command
        try:
            group: Any = get_command(build(name if name in COMMANDS else ""))
            with group.make_context("registrar", [name, *options]) as around:
                _, command, rest = group.resolve_command(around, [name, *options])
                asked = command.make_context(name, rest, parent=around).params
        except typer.TyperException as error:
            yield f"{one.name}: {error}"
            continue
        if name == "work":
            queues.setdefault(one.name.split()[0], []).extend(consumed(asked["queues"] or ()))
    for where, found in queues.items():
        if sorted(found) != sorted(QUEUES):
            yield f"{where}: {sorted(found)}"


def browsers(files: Files) -> Iterator[str]:
    """Who fills forms has one, and its sandbox; nobody else looks for one."""
    for one in files.containers:
        if not one.ours or "migrate" in one.command:
            continue
        told = one.environment.get("REGISTRAR_BROWSER", "auto")
        if BROWSER not in one.command:
            wrong = told != "elsewhere" or one.repository != "registrar"
        else:
            sandbox = one.environment.get("REGISTRAR_BROWSER_SANDBOX")
            wrong = (one.repository, told, sandbox) != ("registrar-browser", "auto", "on")
            # A runtime's own profile forbids the sandbox.
            wrong = wrong or one.seccomp in {"default", "RuntimeDefault"}
        if wrong:
            yield one.name


def shut(files: Files) -> Iterator[str]:
    """Nobody is root, may become it, or may write where it has no volume."""
    for one in files.containers:
        for wrong, what in (
            (one.user is None or 0 in one.user, "user"),
            (not one.read_only, "root"),
            (one.dropped != ("ALL",), "capabilities"),
            (one.privileges_may_grow, "privileges"),
            (one.seccomp.lower() == "unconfined", "seccomp"),
            (not one.memory, "memory"),
        ):
            if wrong:
                yield f"{one.name}: {what}"
        for port in one.published:
            if not port.startswith("127.0.0.1:"):
                yield f"{one.name}: {port}"


def pods(files: Files) -> Iterator[str]:
    """They have no key of the cluster, and no settings that it makes up; `serve` is probed."""
    for name, pod in files.pods:
        for field in ("automountServiceAccountToken", "enableServiceLinks"):
            if pod.get(field) is not False:
                yield f"{name}: {field}"
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if field in pod:
                yield f"{name}: {field}"
        (container,) = pod["containers"]
        given = {one["name"]: one["value"] for one in container.get("env", [])}
        port = given.get("REGISTRAR_HEALTH_LISTEN", "").rpartition(":")[2]
        for kind in ("startupProbe", "livenessProbe", "readinessProbe") if port else ():
            probe = container.get(kind, {}).get("grpc", {})
            if str(probe.get("port")) != port or probe.get("service", "") not in SERVICES:
                yield f"{name}: {kind}"
        if "serve" in container["args"] and not port:
            yield f"{name}: no port for health"


def disturbed(files: Files) -> Iterator[str]:
    """Each Deployment has its budget, and the namespace is closed but for what is said."""
    selected: dict[str, list[str]] = {"Deployment": [], "PodDisruptionBudget": []}
    for one in files.manifests:
        if one["kind"] in selected:
            selected[one["kind"]].append(one["spec"]["selector"]["matchLabels"]["app"])
    yield from set(selected["Deployment"]) ^ set(selected["PodDisruptionBudget"])
    everyone = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if everyone not in [one.get("spec") for one in files.manifests]:
        yield "no policy closes the namespace"


def graces(files: Files) -> Iterator[str]:
    """Nobody is killed while it drains."""
    for one in files.containers:
        names = ("REGISTRAR_DRAIN_SECONDS", "REGISTRAR_PROPAGATION_SECONDS")
        drain = sum(float(one.environment.get(name, 0)) for name in names)
        if one.ours and "migrate" not in one.command and one.grace < drain + CLOSING:
            yield f"{one.name}: {one.grace} s"


def images(files: Files) -> Iterator[str]:
    """Ours are built, in this version; where any is from is for whoever runs it to say."""
    there = stages(files.containerfile)
    built = {name: (target, tag) for target, name, tag in BUILT.findall(files.containerfile)}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    yield from (target for target, _ in built.values() if target not in there)
    yield from (f"{name}:{tag}" for name, (_, tag) in built.items() if tag != version)
    for one in files.containers:
        if one.ours and one.repository not in built:
            yield one.image
        first, slash, _ = one.image.partition("/")
        if slash and (set(".:") & set(first) or first == "localhost"):
            yield f"{one.name}: {one.image}"
    told = re.findall(r"newTag: (\S+?)}", files.texts["kubernetes/kustomization.yaml"])
    tagged = [one.image.rpartition(":")[2] for one in files.containers if one.name[0] == "c"]
    tagged = [one for one in tagged if re.fullmatch(r"\d+\.\d+\.\d+", one)]
    labels = re.findall(r"ARG VERSION=(\S+)", files.containerfile)
    yield from (one for one in [*told, *tagged, *labels] if one != version)


def built(files: Files) -> Iterator[str]:
    """From a base that can be chosen, the lock with its hashes, and named paths that are there."""
    there = stages(files.containerfile)
    if not re.search(r"^ARG BASE=[a-z]+:[\w.-]+$", files.containerfile, re.MULTILINE):
        yield "no base, or one from somewhere"
    for name, (base, lines) in there.items():
        if base != "${BASE}" and base not in there:
            yield f"{name}: from {base}"
        for line in lines:
            if "pip" in line and '"install", ' in line:
                wrong = "--require-hashes" not in line and "--no-index" not in line
            elif line.startswith("COPY ") and "--from" not in line:
                sources = line.split()[1:-1]
                wrong = "." in sources or not all((ROOT / one).exists() for one in sources)
            else:
                wrong = line.startswith("ADD ")
            if wrong:
                yield f"{name}: {line}"


def started(files: Files) -> Iterator[str]:
    """As the user that all run as, with nothing between us and the signal to stop."""
    there = stages(files.containerfile)
    users = {one.user for one in files.containers if one.ours}
    for target, *_ in BUILT.findall(files.containerfile):
        base, own = there[target]
        if [one for one in own if one.startswith("USER ")][-1:] != [
            f"USER {user}:{group}" for user, group in filter(None, users)
        ]:
            yield f"{target}: another user"
        lines = [*there.get(base, ("", ()))[1], *own]
        if not any(line.startswith("ENTRYPOINT [") for line in lines):
            yield f"{target}: a shell"
        if "STOPSIGNAL SIGTERM" not in lines:
            yield f"{target}: another signal"


RULES = (settings, commands, browsers, shut, pods, disturbed, graces, images, built, started)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_deployed_keeps(rule: Callable[[Files], Iterator[str]]) -> None:
    """This rule."""
    assert list(rule(Files.read())) == []


SERVE, WORK, BROWSING = "kubernetes/serve.yaml", "kubernetes/work.yaml", "kubernetes/browser.yaml"
COMPOSE, FILE = "compose.yaml", "Containerfile"


@pytest.mark.parametrize(
    ("rule", "path", "old", "new"),
    [
        (settings, COMPOSE, "REGISTRAR_LISTEN", "REGISTRAR_LISTENS"),
        (settings, COMPOSE, "registrar_root_key", "registrar_rootkey"),
        (settings, SERVE, "REGISTRAR_TLS_KEY_FILE", "REGISTRAR_TLS_KEY"),
        (settings, "kubernetes/kustomization.yaml", "REGISTRAR_DRAIN_", "REGISTRAR_DRAINING_"),
        (commands, COMPOSE, "command: [serve]", "command: [server]"),
        (commands, COMPOSE, "--queue, api]", "--que, api]"),
        (commands, COMPOSE, "--queue, maintenance]", "--queue, api]"),
        (commands, WORK, "--queue, api]", "--queue, manual]"),
        (browsers, COMPOSE, "REGISTRAR_BROWSER: elsewhere", "REGISTRAR_BROWSER: auto"),
        (browsers, COMPOSE, '_SANDBOX: "on"', '_SANDBOX: "off"'),
        (browsers, BROWSING, "image: registrar-browser", "image: registrar"),
        (browsers, BROWSING, "type: Localhost", "type: RuntimeDefault"),
        (shut, COMPOSE, 'user: "10001:10001"', 'user: "0:10001"'),
        (shut, COMPOSE, 'user: "999:999"', "user: postgres"),
        (shut, COMPOSE, "read_only: true", "read_only: false"),
        (shut, COMPOSE, "cap_drop: [ALL]", "cap_drop: [NET_RAW]"),
        (shut, COMPOSE, "no-new-privileges:true", "no-new-privileges:false"),
        (shut, COMPOSE, "memory: 1g, ", ""),
        (shut, COMPOSE, "127.0.0.1:50051:50051", "50051:50051"),
        (shut, COMPOSE, "seccomp:./registrar-browser.json", "seccomp:unconfined"),
        (shut, SERVE, "runAsNonRoot: true", "runAsNonRoot: false"),
        (shut, SERVE, "runAsUser: 10001", "runAsUser: 0"),
        (shut, SERVE, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        (shut, SERVE, "drop: [ALL]", "drop: []"),
        (shut, SERVE, "allowPrivilegeEscalation: false", "privileged: false"),
        (shut, SERVE, "{type: RuntimeDefault}", "{type: Unconfined}"),
        (shut, SERVE, "limits: {memory: 1Gi}", "limits: {}"),
        (pods, SERVE, "enableServiceLinks: false", "enableServiceLinks: true"),
        (pods, WORK, "automountServiceAccountToken: false", "hostNetwork: true"),
        (pods, SERVE, "livenessProbe: {grpc: {port: 50052}", "livenessProbe: {grpc: {port: 50051}"),
        (pods, SERVE, "service: registrar.v1.Reg", "service: registrar.v2.Reg"),
        (pods, SERVE, "REGISTRAR_HEALTH_LISTEN", "REGISTRAR_ENVIRONMENT"),
        (disturbed, WORK, "kind: PodDisruptionBudget", "kind: Budget"),
        (disturbed, "kubernetes/network.yaml", "podSelector: {}", "podSelector: {matchLabels: {}}"),
        (graces, COMPOSE, "stop_grace_period: 45s", "stop_grace_period: 30s"),
        (graces, SERVE, "terminationGracePeriodSeconds: 60", "# none"),
        (graces, SERVE, '_SECONDS, value: "10"', '_SECONDS, value: "40"'),
        (images, COMPOSE, "registrar-browser:", "registrar-browsers:"),
        (images, COMPOSE, "image: postgres", "image: registry.example/postgres"),
        (images, SERVE, "image: registrar", "image: localhost/registrar"),
        (images, COMPOSE, "{TAG:-0.1.0}", "{TAG:-0.0.9}"),
        (images, "kubernetes/kustomization.yaml", "newTag: 0.1.0", "newTag: 0.0.9"),
        (images, FILE, "--target browser ", "--target chromium "),
        (images, FILE, "VERSION=0.1.0", "VERSION=0.0.9"),
        (built, FILE, "\nARG BASE=", "\nARG BASE=registry.example/"),
        (built, FILE, "FROM system AS browser", "FROM other AS browser"),
        (built, FILE, '"--require-hashes", ', ""),
        (built, FILE, "COPY pyproject.toml", "COPY . pyproject.toml"),
        (built, FILE, "COPY src/registrar", "COPY source/registrar"),
        (built, FILE, "COPY pyproject.toml", "ADD pyproject.toml"),
        (started, FILE, "USER 10001:10001", "USER 0:0"),
        (started, FILE, "USER 10001:10001", "USER 10002:10002"),
        (started, FILE, 'ENTRYPOINT ["tini", "--", "registrar"]', "ENTRYPOINT registrar"),
        (started, FILE, "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGINT"),
    ],
)
def test_the_rule_can_be_broken(
    rule: Callable[[Files], Iterator[str]], path: str, old: str, new: str
) -> None:
    """By one change."""
    assert list(rule(Files.read().changed(path, old, new))) != []


def test_the_browsers_profile_is_the_runtimes_and_three_calls() -> None:
    """What the runtime said of them is gone: of two rules for a call, a refusal would count."""
    given = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
            {"names": ["read", "clone"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP"]}},
        ],
    }
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(DEPLOY / "seccomp.py")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
            {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["chroot", "clone", "unshare"], "action": "SCMP_ACT_ALLOW"},
        ],
    }
