"""python3 -m compare --programs BUILD --out FOLDER [--rounds N] [--quick] [--smoke] [ROW...]: see ../README.md."""

import argparse
import sys
import time
import traceback

from . import report
from .processes import Machine, Trouble, end_all_in_the_end
from .stage import Bench, number
from .table import ROWS, SMOKE

ALL = ("sidecache", "bare", "haproxy", "nginx", "varnish")


def arguments():
    reads = argparse.ArgumentParser(prog="./dev bench", description="sidecache next to its peers, every row in one run")
    reads.add_argument("rows", nargs="*", metavar="ROW", help=" ".join(row.name for row in ROWS))
    reads.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    reads.add_argument("--out", required=True, help=argparse.SUPPRESS)
    reads.add_argument("--rounds", type=int, help="how often each is measured, in turns (5; with --quick 2)")
    reads.add_argument("--quick", action="store_true", help="fewer rounds, shorter, fewer records: within 8 minutes")
    reads.add_argument("--smoke", action="store_true", help="two rows without peers, in seconds: does the bench run?")
    reads.add_argument("--publish", action="store_true", help="write bench/results and the README's section even so")
    asked = reads.parse_args()
    known = {row.name for row in ROWS}
    if unknown := set(asked.rows) - known:
        reads.error(f"no such row: {' '.join(sorted(unknown))}. There are: {' '.join(row.name for row in ROWS)}")
    if asked.rounds is not None and not 1 <= asked.rounds <= 9:
        reads.error("--rounds: 1 to 9")
    if asked.publish and (asked.rows or asked.smoke):
        reads.error("--publish is for runs of all rows")
    return asked


def line(row, took, outcome=None, trouble=""):
    verdict = {"missed": "MISSED", "not measured": "TROUBLE"}.get(found := row.verdict(outcome), found)
    said = trouble
    if outcome:
        figures = ", ".join(f"{name} {number(value)}" for name, value in outcome.figures.items())
        said = f"{figures} {outcome.unit}; {'; '.join(map(str, outcome.checks))}"
        if not outcome.met and outcome.proof:
            said += f"; its limit: {'; '.join(map(str, outcome.proof))}"
        said += f" [{outcome.note}]" if outcome.note else ""
    print(f"{verdict:7} {row.name:22} {said}  ({took:.0f} s)", flush=True)


def main():
    asked = arguments()
    end_all_in_the_end()
    wanted = SMOKE if asked.smoke else asked.rows
    rows = [row for row in ROWS if not wanted or row.name in wanted]
    rounds = asked.rounds or (1 if asked.smoke else 2 if asked.quick else 5)
    brief = asked.quick or asked.smoke
    machine = Machine()
    bench = Bench(asked.programs, asked.out, rounds, 1 if brief else 2, brief, ALL[:2] if asked.smoke else ALL)
    finished, failed = [], False
    try:
        for row in rows:
            began, outcome, trouble = time.monotonic(), None, ""
            try:
                outcome = row.measure(bench)
            except Trouble as why:
                trouble = str(why)
            except Exception:  # a row that is broken must not cost the others their run
                trouble = traceback.format_exc()
            line(row, time.monotonic() - began, outcome, trouble)
            machine.feel()
            finished.append((row, outcome, trouble))
            failed = failed or not row.passes(outcome)
    finally:
        bench.close()
    unrest = {"others_percent": machine.others_percent(), "speed_varied": machine.speed_varied()}
    if said := report.disturbed(unrest):
        print(f"the machine was not quiet ({said}): latencies mean little, CPU ratios less")
    report.write(bench, finished, asked, unrest)
    # The smoke says whether the bench runs; on a machine that does other work at the same time no goal can be judged.
    if asked.smoke:
        failed = any(outcome is None for _, outcome, _ in finished)
    sys.exit(1 if failed else 0)


main()
