"""What a row is given, and what it gives back.

A row is a function of a `Bench`. It takes the peers that stand there all the time (`fleet`), or starts one of its own
(`alone`) where memory or an empty cache counts, measures in alternating rounds, and returns an `Outcome`. Ratios are
taken within a round and their median is what counts: a machine that is slow for a second is slow for all.
"""

import contextlib
import dataclasses
import os
import pathlib
import resource
import shutil
import statistics

from . import peers as kinds
from .processes import Process, Trouble, run
from .peers import WARM, get


@dataclasses.dataclass
class Check:
    """One bound of a goal: `value` as `text` says, wanted at most `bound` (at least, if so said)."""
    text: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def met(self):
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self):
        sign = "≥" if self.at_least else "≤"
        return f"{number(self.value)} {self.text} ({sign} {number(self.bound)}){'' if self.met else ' MISSED'}"


@dataclasses.dataclass
class Outcome:
    figures: dict  # by name of the peer
    unit: str
    checks: list
    note: str = ""
    series: dict = dataclasses.field(default_factory=dict)  # for the plots
    proof: list = dataclasses.field(default_factory=list)  # checks that show the row's limit, where it has one

    @property
    def met(self):
        return all(check.met for check in self.checks)

    @property
    def limit_shown(self):
        return bool(self.proof) and all(check.met for check in self.proof)


def number(value):
    """Three digits that count, and no more zeros than that needs."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:z.2f}" if abs(value) < 10 else f"{value:.1f}"


class Origin:
    """bench_origin, on the load's core."""

    def __init__(self, bench):
        self._process = Process([bench.program("bench/bench_origin")], bench.out / "origin.log", bench.load_core)
        found = self._process.line_matching(r"^listening: origin (http://(127.0.0.1:(\d+)))$")
        self.url, self.address, self.port = found.group(1), found.group(2), int(found.group(3))

    def fetches(self):
        return int(get(self.port, "/bench/fetches")[2])


class Bench:
    def __init__(self, programs, out, rounds, seconds, quick, names):
        self._programs, self.out = pathlib.Path(programs), pathlib.Path(out).resolve()
        self.rounds, self.seconds, self.quick, self.names = rounds, seconds, quick, names
        cores = sorted(os.sched_getaffinity(0))
        self.load_core, self.server_core = cores[0], cores[-1]  # one and the same if there is but one
        self.out.mkdir(parents=True, exist_ok=True)
        self.work = self.out / "work"  # of the peers; what a run that was killed has left there goes now
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(mode=0o700)
        self._fleet = {}
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for 10,000 connections; whoever we start inherits it
        self.certificate = self._make_certificate()
        self.origin = Origin(self)

    def program(self, name):
        return self._programs / name

    def _make_certificate(self):
        """Certificate and key in one file, as HAProxy wants it."""
        both, key = self.work / "both.pem", self.work / "key.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             key, "-out", both, "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"])
        both.write_bytes(both.read_bytes() + key.read_bytes())
        both.chmod(0o600)
        return both

    def fleet(self, *names):
        """Those of the names that take part, by name, started when first asked for."""
        for name in names:
            if name in self.names and name not in self._fleet:
                more = {"answer": self.own_hit()} if name == "bare" else {}
                self._fleet[name] = self._begin(name, more)
        if absent := [name for name in names if name in self.names and self._fleet[name] is None]:
            raise Trouble(f"{', '.join(absent)} did not start")
        return {name: self._fleet[name] for name in names if name in self.names}

    def _begin(self, name, wishes):
        """None if it can't: it is not tried again for each row."""
        try:
            return kinds.KINDS[name](self, self.work / name, self.server_core, **wishes)
        except Trouble as why:
            print(f"{name} did not start: {why}", flush=True)
            return None

    def own_hit(self):
        """The bytes of sidecache's own answer, for the bare server to send."""
        port = self.fleet("sidecache")["sidecache"].port
        get(port, WARM)
        _, fields, body = get(port, WARM)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body

    @contextlib.contextmanager
    def alone(self, name, core="server", place="alone", **wishes):
        """One of its own, that nobody has asked anything but whether it is ready."""
        with kinds.KINDS[name](self, self.work / place / name, self.server_core if core == "server" else core,
                               **wishes) as peer:
            yield peer

    def in_rounds(self, peers, measure, rounds=None):
        """What `measure` says of each, round by round, each round beginning with another of them."""
        got = {name: [] for name in peers}
        names = list(peers)
        for turn in range(rounds or self.rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                got[name].append(measure(peers[name]))
        return got

    @contextlib.contextmanager
    def only_hits(self, what):
        """Nothing in here may reach the origin."""
        before = self.origin.fetches()
        yield
        if (more := self.origin.fetches() - before) > 0:
            raise Trouble(f"{what}: {more} requests reached the origin, which a hit does not")

    def close(self):
        for peer in self._fleet.values():
            if peer is not None:
                peer.stop()
        self._fleet.clear()
        shutil.rmtree(self.work, ignore_errors=True)


def medians(got):
    return {name: statistics.median(values) for name, values in got.items() if values}


def ratio(got, one, other):
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(got[one], got[other]))


def ratios_to(got, bounds, what="x"):
    """A check for each peer of `bounds` that was measured."""
    label = {kind.name: kind.label for kind in kinds.KINDS.values()}
    return [Check(f"{what} {label[name]}", ratio(got, "sidecache", name), bound)
            for name, bound in bounds.items() if name in got]
