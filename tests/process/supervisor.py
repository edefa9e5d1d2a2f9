"""Sockets that listen already and are handed down to the program, as systemd and other supervisors do it."""

import contextlib
import socket
import sys

from harness import Program

ELSEWHERE = ("--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")

# Puts the descriptors it is given at 3 and on, says so in the environment as sd_listen_fds(3) has it, and becomes the
# program. They are moved out of the way first: one may stand where another has to go.
SUPERVISOR = """
import fcntl, os, sys
given, names, pid, program = sys.argv[1].split(","), sys.argv[2], sys.argv[3], sys.argv[4:]
high = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 100) for each in given]
for place, descriptor in enumerate(high, 3):
    os.dup2(descriptor, place)
    os.close(descriptor)
os.environ["LISTEN_FDS"] = str(len(high))
os.environ["LISTEN_PID"] = pid or str(os.getpid())
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execv(program[0], program)
"""


@contextlib.contextmanager
def handed_down(sockets, *arguments, names="", pid=""):
    """`sidecache serve` with those listening sockets, started by a supervisor."""
    descriptors = [each.fileno() for each in sockets]
    launcher = [sys.executable, "-c", SUPERVISOR, ",".join(map(str, descriptors)), names, pid]
    with Program("serve", *arguments, launcher=launcher, pass_fds=descriptors) as program:
        yield program


def listening_tcp(host="127.0.0.1", family=socket.AF_INET):
    made = socket.socket(family)
    made.bind((host, 0))
    made.listen()
    return made


def port_of(listening):
    return listening.getsockname()[1]
