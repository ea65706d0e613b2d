"""A manifest with the words that a form has by now: its text is changed, and nothing else of it.

For a person to look at. A form whose words have changed may have changed its mind, too.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from registrar.connectors.kit.reading import FILE
from registrar.connectors.kit.web.survey import plain, unmarked
from registrar.domain.drift import Change, Severity

FIELDS = ("label", "group")
_PLAIN = re.compile(r"[^\W\d_][\w .()/-]*[\w.)]")
_LAST = re.compile(r"\d+(?=\D*$)")

Edit = tuple[int, int, str]
"""Characters from and to, and what stands there instead."""


def patch(text: str, changes: Mapping[str, Sequence[Change]]) -> str:
    """A unified diff of the manifest; empty where nothing is repairable. `changes` by step."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits = {edit for step, found in changes.items() for edit in _edits(root, step, found)}
    version = _at(root, "version")
    if not edits or not isinstance(version, yaml.ScalarNode):
        return ""
    edits.add(_edit(version, _next(version.value), quoted=True))
    mended = text
    for begin, end, word in sorted(edits, reverse=True):
        mended = mended[:begin] + word + mended[end:]
    names = f"a/{FILE}", f"b/{FILE}"
    lines = text.splitlines(keepends=True), mended.splitlines(keepends=True)
    return "".join(difflib.unified_diff(*lines, *names))


def _edits(root: yaml.Node | None, step: str, changes: Sequence[Change]) -> Iterator[Edit]:
    steps = _at(_at(_at(root, "tiers"), "web"), "steps")
    for one in _items(steps):
        name = _at(one, "name")
        if isinstance(name, yaml.ScalarNode) and name.value == step:
            for change in changes:
                if change.severity is Severity.REPAIRABLE:
                    yield from _reworded(one, change)


def _reworded(step: yaml.Node, change: Change) -> Iterator[Edit]:
    """Wherever the step has these words: of a field, or of its button."""
    if change.what == "button_reworded":
        places = [_at(step, "next"), _at(step, "send")]
        named = [node for one in places for node in (one, _at(one, "name"))]
    else:
        fills = _items(_at(step, "fill"))
        named = [_at(one, key) for one in fills for key in FIELDS]
    for node in named:
        if isinstance(node, yaml.ScalarNode) and plain(node.value) == plain(change.was):
            yield _edit(node, unmarked(change.now))


def _edit(node: yaml.ScalarNode, words: str, *, quoted: bool = False) -> Edit:
    bare = not quoted and _PLAIN.fullmatch(words) and yaml.safe_load(words) == words
    written = words if bare else json.dumps(words, ensure_ascii=False)
    return node.start_mark.index, node.end_mark.index, written


def _next(version: str) -> str:
    """A manifest that has changed is another version."""
    last = _LAST.search(version)
    if last is None:
        return f"{version}.1"
    return version[: last.start()] + str(int(last[0]) + 1) + version[last.end() :]


def _at(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
