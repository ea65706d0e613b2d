"""`make faults`: everything goes wrong, and what became of the work is counted.

python -m tests.faults.storm [--json] [--seed N] [--runs N] [--minutes M] [--registrations N]
[--rate R] [--mutant NAME]. Exit code 1 where a promise was not kept, 2 where the arguments are
wrong, 3 where there is no verdict: the storm itself has failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.faults import dead_endpoint, fleet_caller
from tests.faults.servers import Redis
from tests.faults.storm import figures, mutants
from tests.faults.storm.running import run
from tests.faults.storm.staging import RATE, Wanted

BROKEN, WRONG, FAILED = 1, 2, 3


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    minutes = float(os.environ.get("FAULTS_MINUTES", "1"))
    parser.add_argument("--json", action="store_true", help="Only the JSON line.")
    parser.add_argument("--seed", type=int, default=1, help="What goes wrong follows from it.")
    parser.add_argument("--runs", type=int, default=1, help="So many seeds, one after the other.")
    parser.add_argument("--minutes", type=float, default=minutes, help="Of faults, each run.")
    parser.add_argument("--registrations", type=int, help="At most so many a run.")
    parser.add_argument("--rate", type=float, default=RATE, help="So many a second.")
    parser.add_argument("--mutant", default="", help="A patch of tests/faults/mutants.")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    given = _given(arguments)
    if given.mutant and given.mutant not in mutants.known():
        sys.stderr.write(f"faults: a mutant is one of {', '.join(mutants.known())}\n")
        return WRONG
    if given.mutant and (found := _missed(given.mutant)):
        sys.stdout.write(json.dumps(found) + "\n")
        return BROKEN
    # Stopped from outside it ends as with Ctrl-C: nothing that it has started is left.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = []
    for seed in range(given.seed, given.seed + given.runs):
        wanted = Wanted(seed, given.minutes * 60, given.registrations, given.mutant, given.rate)
        try:
            runs.append(asyncio.run(run(wanted)))
        except Exception:  # noqa: BLE001 - whatever it is, no promise was broken by it
            traceback.print_exc()
            return FAILED
    # A mutant has another guard less; the gate is as it was.
    probes = None if given.mutant else _probes()
    found = figures.line(given.seed, runs, probes)
    if not given.json:
        figures.show(found, runs)
    sys.stdout.write(json.dumps(found) + "\n")
    over = probes is not None and probes > fleet_caller.OF.probes
    return BROKEN if found["violations"] or found["duplicates"] or over else 0


def _missed(mutant: str) -> dict[str, str] | None:
    """By the model check, which needs no storm; None where it does not see the difference."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        test = mutants.missed(mutants.made(mutant, Path(folder)), mutants.WORLD, mutants.SCOPE)
    return {"name": "faults", "mutant": mutant, "missed_by": test} if test else None


def _probes() -> int:
    """The most in one open period of a dead endpoint, before a fleet of its own."""
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    redis = Redis(folder)
    redis.start()
    try:
        return max(dead_endpoint.found(f"unix://{redis.path}").probes.values(), default=0)
    finally:
        redis.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
