"""Counts instructions under callgrind and holds them to the budget: instruction_budget.py BUDGET LINE PROGRAM [ARGUMENT].

PROGRAM [ARGUMENT] N does N of what the budget's LINE is about. The difference of two runs, divided by the difference of
their Ns, is what one costs, the side of the client and of the control plane included. The
count varies by a few per cent with how the two threads take turns, so the budget has that much room; lower it when the
code gets cheaper, and raise it only with the reason in the commit.
"""

import re
import subprocess
import sys
import tempfile

FEW, MANY = 500, 2500


def instructions(command, times):
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={place}/out", *command, str(times)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        sys.exit(f"{command} {times} under callgrind: exit {done.returncode}\n{done.stderr}")
    return int(counted.group(1))


def main():
    budget_file, line, *command = sys.argv[1:]
    with open(budget_file, encoding="ascii") as lines:
        budgets = dict(line.split() for line in lines if line.strip() and not line.startswith("#"))
    budget = int(budgets[line])
    spent = (instructions(command, MANY) - instructions(command, FEW)) / (MANY - FEW)
    print(f"a {line} takes {spent:.0f} instructions, of a budget of {budget}")
    if spent > budget:
        sys.exit("over the budget: make it cheaper, or raise the budget with the reason in the commit")


main()
