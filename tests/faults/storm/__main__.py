"""`make faults`: everything goes wrong, and what became of the work is counted.

python -m tests.faults.storm [--json] [--seed N] [--runs N] [--minutes M] [--registrations N]
[--mutant NAME]. Exit code 1 where a promise was not kept, 2 where the arguments are wrong, 3 where
there is no verdict: the storm itself has failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence

from tests.faults.storm import figures, mutants
from tests.faults.storm.running import run
from tests.faults.storm.staging import Wanted

BROKEN, WRONG, FAILED = 1, 2, 3


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    minutes = float(os.environ.get("FAULTS_MINUTES", "1"))
    parser.add_argument("--json", action="store_true", help="Only the JSON line.")
    parser.add_argument("--seed", type=int, default=1, help="What goes wrong follows from it.")
    parser.add_argument("--runs", type=int, default=1, help="So many seeds, one after the other.")
    parser.add_argument("--minutes", type=float, default=minutes, help="Of faults, each run.")
    parser.add_argument("--registrations", type=int, help="At most so many a run.")
    parser.add_argument("--mutant", default="", help="A patch of tests/faults/mutants.")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    given = _given(arguments)
    if given.mutant and given.mutant not in mutants.known():
        sys.stderr.write(f"faults: a mutant is one of {', '.join(mutants.known())}\n")
        return WRONG
    # Stopped from outside it ends as with Ctrl-C: nothing that it has started is left.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = []
    for seed in range(given.seed, given.seed + given.runs):
        wanted = Wanted(seed, given.minutes * 60, given.registrations, given.mutant)
        try:
            runs.append(asyncio.run(run(wanted)))
        except Exception:  # noqa: BLE001 - whatever it is, no promise was broken by it
            traceback.print_exc()
            return FAILED
    found = figures.line(given.seed, runs)
    if not given.json:
        figures.show(found, runs)
    sys.stdout.write(json.dumps(found) + "\n")
    return BROKEN if found["violations"] or found["duplicates"] else 0


if __name__ == "__main__":
    sys.exit(main())
