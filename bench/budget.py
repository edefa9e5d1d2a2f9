"""Counts instructions and allocations and holds them to the budget: budget.py BUDGET LINE COUNTER PROGRAM [ARGUMENT].

PROGRAM [ARGUMENT] N does N of what the budget's LINE is about. The difference of two runs, divided by the difference of
their Ns, is what one costs, the side of the client and of the control plane included. Instructions are those of user
space, under callgrind; allocations are what COUNTER, a library that is preloaded, sees asked of the heap. Counts vary by a
few per cent with how the threads take turns, so the budget has that much room; lower it when the code gets cheaper, and
raise it only with the reason in the commit.
"""

import os
import re
import subprocess
import sys
import tempfile

FEW, MANY = 500, 2500


def run(command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr}")
    return done.stderr


def instructions(command, times):
    with tempfile.TemporaryDirectory() as place:
        said = run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={place}/out", *command, str(times)])
    return int(re.search(r"Collected : (\d+)", said).group(1))


def allocations(counter, command, times):
    with tempfile.TemporaryDirectory() as place:
        file = f"{place}/count"
        run([*command, str(times)], env={**os.environ, "LD_PRELOAD": counter, "BENCH_MALLOC_COUNT": file})
        with open(file, "rb") as counted:
            return int.from_bytes(counted.read(), "little")


def main():
    budget_file, line, counter, *command = sys.argv[1:]
    with open(budget_file, encoding="ascii") as lines:
        budgets = {words[0]: [int(word) for word in words[1:]] for words in map(str.split, lines)
                   if words and not words[0].startswith("#")}
    over = False
    for what, count, budget in (("instructions", instructions, budgets[line][0]),
                                ("allocations", lambda *of: allocations(counter, *of), budgets[line][1])):
        spent = (count(command, MANY) - count(command, FEW)) / (MANY - FEW)
        print(f"a {line} takes {spent:.2f} {what}, of a budget of {budget}")
        over = over or spent > budget + 0.02  # a timer or a table that grows in one of the runs is no cost of one
    if over:
        sys.exit("over the budget: make it cheaper, or raise the budget with the reason in the commit")


main()
