#!/usr/bin/env python3
"""Breaks sidecache's code in one place at a time, and sees whether the simulation finds it within what CI plays.

usage: mutate.py BUILD_FOLDER [NAME...]          by name or promise; without one, all of mutations.py

For each mutation: the source is changed, `simulation` built, the seeds of CMakeLists.txt played one after the other
until one finds something, the source put back. Prints a line of README.md's table for each. Exit code 1 if one was not
found. The tree must be clean where it mutates; it is put back in any case.
"""
import pathlib
import re
import subprocess
import sys

from mutations import MUTATIONS

SEEDS = range(1, 6)
STEPS = 100_000
ROOT = pathlib.Path(__file__).resolve().parents[2]

def play(program):
    """Steps until something is found, and which promise; (0, "") if nothing is."""
    before = 0
    for seed in SEEDS:
        run = subprocess.run([program, "--seed", str(seed), "--steps", str(STEPS), "--no-story"], capture_output=True,
                             text=True, timeout=600, check=False)
        found = re.search(r"FOUND at step (\d+): (P\d+|D) is", run.stdout)
        if found:
            return before + int(found[1]), found[2]
        if run.returncode != 0:
            return before, f"crash ({run.returncode})"
        before += STEPS
    return 0, ""


def try_one(build, name, promise, file, old, new):
    path = ROOT / file
    source = path.read_text()
    if old not in source:
        return f"| {promise} | {name} | cannot be applied: does not stand there |", False
    try:
        path.write_text(source.replace(old, new))
        built = subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return f"| {promise} | {name} | does not build: {built.stdout[-600:]} |", False
        steps, by = play(f"{build}/tests/simulation/simulation")
        return f"| {promise} | {name} | {f'{steps:,} ({by})' if by else 'NOT FOUND'} |", bool(by)
    finally:
        path.write_text(source)


def main():
    build = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:]
    all_found = True
    for name, promise, file, old, new in MUTATIONS:
        if wanted and name not in wanted and promise not in wanted:
            continue
        line, found = try_one(build, name, promise, file, old, new)
        print(line, flush=True)
        all_found = all_found and found
    subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, check=False)
    return 0 if all_found else 1


if __name__ == "__main__":
    sys.exit(main())
