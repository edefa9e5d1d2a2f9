#!/usr/bin/env python3
"""Breaks sidecache's code in one place at a time, and sees whether the simulation finds it within what CI plays.

usage: mutate.py --check                         whether all of them can be applied
       mutate.py BUILD_FOLDER [NAME...]          by name or promise; without one, all of mutations.py
       mutate.py BUILD_FOLDER gateways [NAME...] those of the gateways, seen by `simulation gateways` and `cold-start`

For each mutation: the source is changed, `simulation` built, the seeds of CMakeLists.txt played one after the other
until one finds something, the source put back. Prints a line of README.md's table for each. Exit code 1 if one was not
found. The tree must be clean where it mutates; it is put back in any case.
"""
import pathlib
import re
import subprocess
import sys

from mutations import GATEWAYS, MUTATIONS

SEEDS = range(1, 6)
STEPS = 200_000
ROOT = pathlib.Path(__file__).resolve().parents[2]

def play(program):
    """Steps until something is found, and which promise; (0, "") if nothing is."""
    before = 0
    for seed in SEEDS:
        run = subprocess.run([program, "--seed", str(seed), "--steps", str(STEPS), "--no-story"], capture_output=True,
                             text=True, timeout=600, check=False)
        found = re.search(r"FOUND at step (\d+): (P\d+|D|M) is", run.stdout)
        if found:
            return before + int(found[1]), found[2]
        if run.returncode != 0:
            return before, f"crash ({run.returncode})"
        before += STEPS
    return 0, ""


def play_gateways(program):
    """Where something is found, with how much of what."""
    found = []
    for what in (["gateways", "--hours", "8"], ["cold-start"], ["gateways", "--hours", "24"]):
        if found:
            break
        run = subprocess.run([program, *what], capture_output=True, text=True, timeout=900, check=False)
        lines = run.stdout.splitlines()
        for before, line in zip(lines, lines[1:]):
            if not line.startswith("FOUND"):
                continue
            words = before.split()
            if what == ["cold-start"]:
                found.append("cold start")
                continue
            weather = "hectic" if "hectic" in words else "outages" if words[1] != "0" else "fair"
            lost, share, wrong = words[-4], words[-3], words[-2]
            if what[-1] == "24":
                weather += ", in 24 hours"
            found.append(f"{words[0]} {weather}: " + (f"{lost} lost" if lost != "0" else f"{wrong} wrong, {share}"))
    return "; ".join(found)


def with_mutation(build, file, old, new, see):
    """What `see` sees of the mutated program; and whether it got that far."""
    path = ROOT / file
    source = path.read_text()
    if old not in source:
        return "cannot be applied: does not stand there", False
    try:
        path.write_text(source.replace(old, new))
        built = subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return f"does not build: {built.stdout[-600:]}", False
        return see(f"{build}/tests/simulation/simulation"), True
    finally:
        path.write_text(source)


def try_one(build, name, promise, file, old, new):
    seen, applied = with_mutation(build, file, old, new, play)
    if not applied:
        return f"| {promise} | {name} | {seen} |", False
    steps, by = seen
    return f"| {promise} | {name} | {f'{steps:,} ({by})' if by else 'NOT FOUND'} |", bool(by)


def try_gateways(build, wanted):
    all_found = True
    for name, file, old, new in GATEWAYS:
        if wanted and name not in wanted:
            continue
        seen, applied = with_mutation(build, file, old, new, play_gateways)
        print(f"| {name} | {seen or 'NOT FOUND'} |", flush=True)
        all_found = all_found and applied and bool(seen)
    return all_found


def check():
    """Says which stand nowhere any longer; true if all do."""
    rows = [(name, file, old) for name, _, file, old, _ in MUTATIONS]
    rows += [(name, file, old) for name, file, old, _ in GATEWAYS]
    gone = [(name, file) for name, file, old in rows if old not in (ROOT / file).read_text()]
    for name, file in gone:
        print(f"{name}: what it breaks does not stand in {file} any longer")
    return not gone


def main():
    if sys.argv[1:] == ["--check"]:
        return 0 if check() else 1
    build = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:]
    all_found = True
    if wanted[:1] == ["gateways"]:
        all_found = try_gateways(build, wanted[1:])
    for name, promise, file, old, new in [] if wanted[:1] == ["gateways"] else MUTATIONS:
        if wanted and name not in wanted and promise not in wanted:
            continue
        line, found = try_one(build, name, promise, file, old, new)
        print(line, flush=True)
        all_found = all_found and found
    subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, check=False)
    return 0 if all_found else 1


if __name__ == "__main__":
    sys.exit(main())
