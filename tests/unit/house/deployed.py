"""What `deploy/` runs, read from its files: one `Container` for each, whichever file it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
BUILT = re.compile(r"--target (\S+) --tag ([\w-]+):(\S+) ")
"""In the first lines of the Containerfile: which target is which image."""


@dataclass(frozen=True)
class Container:
    """What one is given, in the words of neither file."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    user: tuple[int, int] | None
    """Numbers alone: a name can be root's in another image."""
    read_only: bool
    dropped: tuple[str, ...]
    privileges_may_grow: bool
    seccomp: str
    memory: str
    grace: float
    """Seconds from SIGTERM to the end."""
    published: tuple[str, ...] = ()

    @property
    def repository(self) -> str:
        """The image without its tag."""
        return self.image.rpartition(":")[0] or self.image

    @property
    def ours(self) -> bool:
        """Whether it is one that the Containerfile builds."""
        return self.repository.startswith("registrar")


@dataclass(frozen=True)
class Files:
    """By path below `deploy/`, so that a test can change one."""

    texts: Mapping[str, str]

    @staticmethod
    def read() -> Files:
        """As they are."""
        paths = [path for path in sorted(DEPLOY.rglob("*")) if path.suffix in {"", ".py", ".yaml"}]
        there = [path for path in paths if path.is_file()]
        return Files({str(path.relative_to(DEPLOY)): path.read_text() for path in there})

    def changed(self, path: str, old: str, new: str) -> Files:
        """With the first `old` of a file made `new`."""
        assert old in self.texts[path], f"{path} has no {old!r}"
        return Files({**self.texts, path: self.texts[path].replace(old, new, 1)})

    @property
    def containerfile(self) -> str:
        """Its text."""
        return self.texts["Containerfile"]

    @property
    def compose(self) -> Any:  # noqa: ANN401 - YAML
        """Its data."""
        return yaml.safe_load(self.texts["compose.yaml"])

    @property
    def manifests(self) -> Sequence[Any]:
        """Of Kubernetes, all of the kustomization's."""
        listed = yaml.safe_load(self.texts["kubernetes/kustomization.yaml"])["resources"]
        texts = [self.texts[f"kubernetes/{name}"] for name in listed]
        return [one for text in texts for one in yaml.safe_load_all(text)]

    @property
    def settings(self) -> Mapping[str, str]:
        """That every pod has."""
        (made,) = yaml.safe_load(self.texts["kubernetes/kustomization.yaml"])["configMapGenerator"]
        return dict(one.split("=", 1) for one in made["literals"])

    @property
    def pods(self) -> Sequence[tuple[str, Any]]:
        """Their names and what they are specified as."""
        return [
            (one["metadata"]["name"], one["spec"]["template"]["spec"])
            for one in self.manifests
            if one["kind"] in {"Deployment", "Job"}
        ]

    @property
    def containers(self) -> Sequence[Container]:
        """Of both."""
        composed = [_composed(name, one) for name, one in self.compose["services"].items()]
        return [*composed, *(made for pod in self.pods for made in self._of_pod(*pod))]

    def _of_pod(self, name: str, pod: Any) -> Iterator[Container]:  # noqa: ANN401 - YAML
        around = pod["securityContext"]
        for one in [*pod["containers"], *pod.get("initContainers", [])]:
            own = one.get("securityContext", {})
            user = own.get("runAsUser", around.get("runAsUser"))
            named = {entry["name"]: entry["value"] for entry in one.get("env", [])}
            yield Container(
                name=f"kubernetes {name}",
                image=one["image"],
                command=tuple(one["args"]),
                environment={**self.settings, **named},
                user=(user, around["runAsGroup"]) if around.get("runAsNonRoot") else None,
                read_only=own.get("readOnlyRootFilesystem", False),
                dropped=tuple(own.get("capabilities", {}).get("drop", ())),
                privileges_may_grow=own.get("allowPrivilegeEscalation", True),
                seccomp=around.get("seccompProfile", {}).get("type", "Unconfined"),
                memory=one["resources"]["limits"].get("memory", ""),
                grace=float(pod.get("terminationGracePeriodSeconds", 30)),
            )


def _composed(name: str, one: Any) -> Container:  # noqa: ANN401 - YAML
    options = one.get("security_opt", [])
    user = re.fullmatch(r"(\d+):(\d+)", one.get("user", ""))
    profiles = [given.partition(":")[2] for given in options if given.startswith("seccomp")]
    return Container(
        name=f"compose {name}",
        image=re.sub(r"\$\{\w+:-(.+?)\}", r"\1", one["image"]),
        command=tuple(one.get("command", ())),
        environment=one.get("environment", {}),
        user=(int(user[1]), int(user[2])) if user else None,
        read_only=one.get("read_only", False),
        dropped=tuple(one.get("cap_drop", ())),
        privileges_may_grow="no-new-privileges:true" not in options,
        seccomp=profiles[0] if profiles else "default",
        memory=one.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory", ""),
        grace=float(one.get("stop_grace_period", "10s").removesuffix("s")),
        published=tuple(one.get("ports", ())),
    )


def stages(containerfile: str) -> Mapping[str, tuple[str, Sequence[str]]]:
    """By name: what each begins from, and its instructions, a line each."""
    text = re.sub(r"^#.*\n", "", containerfile, flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, tuple[str, list[str]]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        begun = re.fullmatch(r"FROM (\S+) AS (\S+)", line)
        if begun:
            found[begun[2]] = (begun[1], [])
        elif found:
            found[list(found)[-1]][1].append(line)
    return found
