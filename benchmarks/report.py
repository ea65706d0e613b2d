"""The one form in which a benchmark says what it found."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Report:
    """Figures of ours, ceilings measured in the same run, and their ratios."""

    name: str
    figures: dict[str, float] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)

    def show(self, *, as_json: bool) -> None:
        """One line, or a table before it."""
        parts = {"figures": self.figures, "ceilings": self.ceilings, "ratios": self.ratios}
        machine = {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
        }
        if not as_json:
            table = Table("what", "value", title=self.name, title_justify="left")
            for part, values in parts.items():
                for key, value in values.items():
                    table.add_row(f"{part}: {key}", f"{value:,.3f}")
            Console().print(table)
        print(json.dumps({"name": self.name, **parts, "machine": machine}))


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie; nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
