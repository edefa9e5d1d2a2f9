"""The rows: what is measured, the goal, and, where a goal can't be met, the limit and the measurement that proves it.

A row may miss its goal only with a `limit`, and only in a run whose own measurement shows it (`Outcome.proof`); else
`./dev bench` ends with 1.
"""

import dataclasses
import typing

from . import rows_cpu, rows_latency, rows_memory, rows_once


@dataclasses.dataclass(frozen=True)
class Row:
    work: str
    goal: str
    measure: typing.Callable
    limit: str = ""

    @property
    def name(self):
        return self.measure.__name__

    def passes(self, outcome):
        """Whether the run may end with 0 as far as this row goes; no outcome: it could not be measured."""
        return self.verdict(outcome) in ("met", "limit")

    def verdict(self, outcome):
        if outcome is None:
            return "not measured"
        return "met" if outcome.met else "limit" if self.limit and outcome.limit_shown else "missed"


HIT_GOAL = "≤ 1.15 x bare epoll, 0.65 x HAProxy, 0.55 x nginx"
MAPPED = ("the limit is what is mapped of the program, OpenSSL, libstdc++ and libc, which the kernel maps by 64 KiB and shares "
          "among processes")
WHOLE_TEXT = ("the limit is that every byte must be proven to be JSON and every name looked up, or a broken record would be "
              "stored: on-demand does not reach it either once it visits every value")
TWO_CORES = ("the limit is the machine's two cores: what goes on beside it shares one with the load, and wakes it; at another "
             "process it costs the same and touches nothing of this one's")
STORING = "the limit is the record: to pass on alone, and to judge and store it, are together more than nginx's proxying"
UNSHARED = "the limit is the machine: two threads of the bare server share nothing, and cost as much more than one"
ROWS = (
    Row("hit, CPU a request, the Node SDK's headers", HIT_GOAL, rows_cpu.hit_sdk),
    Row("hit, CPU a request, wrk's own headers", HIT_GOAL, rows_cpu.hit_wrk),
    Row("hit, a fresh `traceparent` and `x-request-id` each", "≤ 1.35 x bare epoll", rows_cpu.hit_fresh),
    Row("hit, heap allocations", "0", rows_cpu.hit_allocations),
    Row("hit, system calls", "at most one more than the bare server's", rows_cpu.hit_system_calls),
    Row("hit with If-None-Match → 304, CPU", "cheaper than the 200", rows_cpu.not_modified),
    Row("hit over TLS, CPU", "≤ 0.7 x nginx", rows_cpu.hit_tls),
    Row("hit at 1,000,000 records, CPU", "≤ 1.3 x of 1,000", rows_memory.hit_records),
    Row("hit at 60 % of nginx's peak, 256 connections, constant rate", "p99 and p99.9 below nginx's and HAProxy's",
        rows_latency.latency_constant),
    Row("the same beside 2,000 fills and 2,000 purges a second", "p99 ≤ 1.5 x", rows_latency.latency_fills_purges,
        TWO_CORES),
    Row("the same while Prometheus scrapes", "p99 ≤ 1.5 x", rows_latency.latency_scraped, TWO_CORES),
    Row("1,000 at once on a cold key, origin 100 ms", "1 fetch, p99 ≤ 140 ms", rows_latency.stampede_cold),
    Row("1,000 at once on a stale key, origin 100 ms", "1 fetch, at once", rows_latency.stampede_stale),
    Row("50 at once on an unstorable answer, origin 30 ms", "p50 ≤ 60 ms", rows_latency.unstorable),
    Row("miss, CPU a request", "≤ nginx's proxying", rows_cpu.miss, STORING),
    Row("pass-through, CPU a request", "≤ nginx's proxying", rows_cpu.pass_through),
    Row("streaming 1 GiB through", "≤ 1.2 x nginx's CPU, memory flat", rows_once.stream),
    Row("memory beside the bodies, a record", "≤ 1 KiB", rows_memory.record_memory),
    Row("memory of a further credential for the same body", "≤ 1 KiB: the body is stored once",
        rows_memory.shared_bodies),
    Row("memory of an idle connection", "≤ 1.6 KiB; 10,000 held while hits go on", rows_memory.idle_connections),
    Row("resident: 10,000 records of 1.5 KB; empty", "≤ 40 MiB; ≤ 12 MiB", rows_memory.resident, MAPPED),
    Row("start to ready, http upstream", "≤ 50 ms", rows_once.start),
    Row("hit with two threads on two cores, CPU", "≤ 1.1 x one thread's", rows_cpu.two_threads, UNSHARED),
    Row("parsing a record", "≥ 0.6 x simdjson's on-demand, same fields", rows_once.parse, WHOLE_TEXT),
)
SMOKE = ("hit_sdk", "stampede_cold")  # with sidecache and the bare server alone: seconds, and nothing to install
