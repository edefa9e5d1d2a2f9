"""Counts the instructions of a hit under callgrind and holds them to the budget: instruction_budget.py HIT_LOOP BUDGET.

The difference of two runs, divided by the difference of their hits, is what one hit costs, client side included. The
count varies by a few per cent with how the two threads take turns, so the budget has that much room; lower it when the
code gets cheaper, and raise it only with the reason in the commit.
"""

import re
import subprocess
import sys
import tempfile

FEW, MANY = 500, 2500


def instructions(program, hits):
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={place}/out", program, str(hits)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        sys.exit(f"{program} {hits} under callgrind: exit {done.returncode}\n{done.stderr}")
    return int(counted.group(1))


def main():
    program, budget_file = sys.argv[1:]
    with open(budget_file, encoding="ascii") as lines:
        budgets = dict(line.split() for line in lines if line.strip() and not line.startswith("#"))
    budget = int(budgets["hit"])
    spent = (instructions(program, MANY) - instructions(program, FEW)) / (MANY - FEW)
    print(f"a hit takes {spent:.0f} instructions, of a budget of {budget}")
    if spent > budget:
        sys.exit("over the budget: make it cheaper, or raise the budget with the reason in the commit")


main()
