"""Latency: at constant rates, beside other work, and of many who want the same at once."""

import contextlib
import json
import re
import statistics
import time

from .load import KEY_HEADER, SDK_HEADERS, SampledRate, client, client_beside, constant_rate, head, wrk
from .peers import WARM, get
from .processes import Process, Trouble, free_port, wait_until
from .stage import Check, Outcome

CONNECTIONS = 256
PEERS = ("sidecache", "haproxy", "nginx", "varnish")


def nginx_peak(bench):
    """Requests a second that nginx answers from its cache without a pause; sidecache's, where there is no nginx."""
    if not hasattr(bench, "peak"):
        peer = next(iter(bench.fleet("nginx").values()), None) or bench.fleet("sidecache")["sidecache"]
        get(peer.port, WARM, SDK_HEADERS)
        bench.peak = statistics.median(
            wrk(bench, peer.port, WARM, SDK_HEADERS, connections=CONNECTIONS)[1] for _ in range(bench.rounds))
    return bench.peak


def percentiles(rounds):
    return {name: statistics.median(one[name] for one in rounds) for name in ("p50", "p90", "p99", "p99.9")}


def at_rate(bench, peer, rate, seconds=None):
    return constant_rate(bench, peer.port, WARM, SDK_HEADERS, round(rate), seconds or max(2, bench.seconds * 1.5),
                         CONNECTIONS, percent_of_errors=0 if peer.name == "sidecache" else 100)


TURN, ASKED = 0.25, 0.225  # seconds of a turn, and of those in which requests are due


def in_turns(bench, peers, rate):
    """All peers in one run, each at the constant rate in its turns, so that what disturbs the machine meets all of them
    alike. The percentiles of all of a peer's turns."""
    every, count = len(peers) * TURN, 40 * bench.rounds
    begins = {name: time.monotonic() + 2 + place * TURN for place, name in enumerate(peers)}
    asked = {name: SampledRate(bench, peer.port, WARM, SDK_HEADERS, rate, CONNECTIONS, **{"from": begins[name]},
                               on=ASKED, every=every) for name, peer in peers.items()}
    time.sleep(max(begins.values()) + count * every - time.monotonic())
    found = {}
    for name, samples in asked.items():
        latencies = samples.latencies({"all": [(begins[name], begins[name] + count * every)]})["all"]
        if len(latencies) < 0.99 * rate * ASKED * count:
            raise Trouble(f"{name}: {len(latencies)} of {rate * ASKED * count:,.0f} requests were answered")
        per_mille = statistics.quantiles(latencies, n=1000)
        found[name] = {"p50": per_mille[499], "p90": per_mille[899], "p99": per_mille[989], "p99.9": per_mille[998]}
    return found


def latency_constant(bench):
    peak, peers = nginx_peak(bench), bench.fleet(*PEERS)
    for peer in peers.values():
        get(peer.port, WARM, SDK_HEADERS)
    # Varnish does not hold the rate, and what it has not answered in its turn would be in the way of the next.
    found = in_turns(bench, {name: peer for name, peer in peers.items() if name != "varnish"}, 0.6 * peak)
    if "varnish" in peers:
        found["varnish"] = percentiles([at_rate(bench, peers["varnish"], 0.6 * peak) for _ in range(bench.rounds)])
    checks = [Check(f"x {peers[other].label}'s {which}", found["sidecache"][which] / found[other][which], 1.0)
              for other in ("nginx", "haproxy") if other in found for which in ("p99", "p99.9")]
    shares = (0.2, 0.4, 0.8, 0.95)
    steps = {name: {str(round(0.6 * peak)): found[name]} for name in peers}
    for share in shares:
        for name, peer in peers.items():
            steps[name][str(round(share * peak))] = percentiles([at_rate(bench, peer, share * peak)])
    note = ", ".join(f"{peers[name].label} p99.9 {all_of['p99.9']:.0f}" for name, all_of in found.items())
    return Outcome({name: all_of["p99"] for name, all_of in found.items()}, "us p99", checks,
                   f"{0.6 * peak:,.0f} a second; {note}", {"rates": steps})


SETTLING = 0.2  # seconds


def p99_by_phase(bench, own, rate, phases, seconds):
    """One run at a constant rate, through which the phases take turns of some `seconds`, so that what disturbs the machine
    for longer meets all of them. Of each the p99 of all its turns in microseconds, but for what was due as it began."""
    asked = SampledRate(bench, own.port, WARM, SDK_HEADERS, rate, CONNECTIONS)
    turns = {which: [] for which in phases}
    for _ in range(round(6 * bench.rounds / seconds)):
        for which, goes_on in phases.items():
            with goes_on():
                time.sleep(SETTLING)
                began = time.monotonic()
                time.sleep(seconds)
                turns[which].append((began, time.monotonic()))
    found = asked.latencies(turns)
    for which, latencies in found.items():
        seconds = sum(ended - began for began, ended in turns[which])
        if len(latencies) < 0.99 * rate * seconds:
            raise Trouble(f"{which}: {len(latencies)} of {rate * seconds:,.0f} requests were answered")
    return {which: statistics.quantiles(latencies, n=100)[98] for which, latencies in found.items()}


def quiet_and_busy(bench, own, busy, elsewhere, seconds):
    """p99 without and with `busy` (a context manager of something that goes on meanwhile), in turns; and with the same
    going on `elsewhere`, which costs the machine as much and `own` nothing."""
    rate = 0.6 * nginx_peak(bench)
    get(own.port, WARM, SDK_HEADERS)
    p99 = p99_by_phase(bench, own, rate, {"quiet": contextlib.nullcontext, "busy": busy, "elsewhere": elsewhere}, seconds)
    note = f"quiet {p99['quiet']:.0f} us, {rate:,.0f} a second"
    note += f"; beside the same at another process {p99['elsewhere']:.0f} us"
    return Outcome({"sidecache": p99["busy"]}, "us p99", [Check("x the quiet p99", p99["busy"] / p99["quiet"], 1.5)],
                   note, proof=[Check("x the quiet p99 beside the same at another process",
                                      p99["elsewhere"] / p99["quiet"], 1.5, at_least=True)])


FILLS = 2000  # a second, and as many purges


class FillsAndPurges:
    """New records by one client, and by another purges of them, each at 2,000 a second, until it is left."""

    def __init__(self, bench, own, first):
        more = {"rate": FILLS, "tick": 0.001, "seconds": 60, "records": 900_000, "first": first, "connections": 16}
        body = '{"kind": "integration", "slug": "fill-%d"}'
        token = {"Authorization": "Bearer a-token-for-the-bench", "Content-Type": "application/json",
                 "Content-Length": str(len(body) - len("%d") + len(str(first)))}  # all numbers have as many digits
        self._fills = client_beside(bench, own.port, head("/v1/integrations/fill-%d", KEY_HEADER), "fills", **more)
        self._purges = client_beside(bench, own.admin, head("/api/purge", token, "POST") + body, "purges", **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._fills.stop()
        self._purges.stop()


def latency_fills_purges(bench):
    first = [0]

    def going_on(at):
        first[0] += 1_000_000
        return FillsAndPurges(bench, at, first[0])

    def purges():
        text = get(own.metrics, "/metrics")[2].decode()
        return sum(map(float, re.findall(r'(?m)^sidecache_invalidations_total{.*source="purge".*} (\S+)$', text)))
    with bench.alone("sidecache") as own, bench.alone("sidecache", place="another") as another:
        before = bench.origin.fetches()
        found = quiet_and_busy(bench, own, lambda: going_on(own), lambda: going_on(another), 1)
        fills, dropped = bench.origin.fetches() - before, purges()
    if not dropped:
        raise Trouble("no purge dropped anything: what it stands beside is not going on")
    found.note += f"; {fills:,} fills at both, {dropped:,.0f} purges here that dropped something"
    return found


@contextlib.contextmanager
def prometheus(bench, of):
    """A real one, on the load's core, that scrapes `of` each second while it is not paused, as it is at first."""
    place = bench.work / f"prometheus-{of.metrics}"
    place.mkdir()
    config, port = place / "prometheus.yml", free_port()
    config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: sidecache\n"
                      f"  static_configs: [{{targets: ['127.0.0.1:{of.metrics}']}}]\n", encoding="utf-8")

    def scrapes():
        try:
            status, _, said = get(port, "/api/v1/query?query=sum_over_time(up%5B1h%5D)")
        except OSError:
            return 0
        found = json.loads(said)["data"]["result"] if status == 200 else []  # 503: it is starting
        return int(found[0]["value"][1]) if found else 0
    with Process(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={place}",
                  f"--web.listen-address=127.0.0.1:{port}"], bench.out / "prometheus.log", bench.load_core) as running:
        wait_until(scrapes, "a first scrape by Prometheus")
        running.pause()
        running.scrapes = scrapes
        try:
            yield running
        finally:
            running.resume()


@contextlib.contextmanager
def resumed(process):
    process.resume()
    yield
    process.pause()


def latency_scraped(bench):
    own = bench.fleet("sidecache")["sidecache"]
    with bench.alone("sidecache", place="another") as another, prometheus(bench, own) as here, \
            prometheus(bench, another) as there:
        found = quiet_and_busy(bench, own, lambda: resumed(here), lambda: resumed(there), 2)
        for each in (here, there):
            each.resume()
        scrapes = [each.scrapes() for each in (here, there)]
    if min(scrapes) < 6 * bench.rounds:
        raise Trouble(f"{scrapes} scrapes: what it stands beside is not going on")
    found.note += f"; {scrapes[0]} scrapes here, {scrapes[1]} there"
    return found


# --- many who want the same

def at_once(bench, peer, target, clients):
    """What `clients` saw that all asked at once, and how often the origin was asked for it."""
    before = bench.origin.fetches()
    said = client(bench, peer.port, head(target, SDK_HEADERS), count=clients, connections=clients)
    time.sleep(0.2)  # who was answered at once may have had it fetched behind the answer
    return {**said["latency_us"], "fetches": bench.origin.fetches() - before}


def crowds(bench, name, query, clients, before=lambda peer, target: None, rounds=None):
    """By peer: medians of the percentiles in ms, and the most fetches of any round. Each has a record of its own."""
    turn, peers = [0], bench.fleet(*PEERS)

    def measure(peer):
        turn[0] += 1
        target = f"/v1/integrations/{name}-{turn[0]}?{query}"
        before(peer, target)
        return at_once(bench, peer, target, clients)
    got = bench.in_rounds(peers, measure, rounds)
    return {name: {"p50": statistics.median(one["p50"] for one in rounds) / 1000,
                   "p99": statistics.median(one["p99"] for one in rounds) / 1000,
                   "fetches": max(one["fetches"] for one in rounds)} for name, rounds in got.items()}


def fetches_note(bench, found):
    peers = bench.fleet(*PEERS)
    return "fetches: " + ", ".join(f"{peers[name].label} {one['fetches']}" for name, one in found.items())


def stampede_cold(bench):
    found = crowds(bench, "cold", "delay_ms=100", 1000, rounds=3 * bench.rounds)  # of tenths of a second
    own = found["sidecache"]
    return Outcome({name: one["p99"] for name, one in found.items()}, "ms p99",
                   [Check("fetches", own["fetches"], 1), Check("ms p99", own["p99"], 140)], fetches_note(bench, found))


def stampede_stale(bench):
    def until_stale(peer, target):
        get(peer.port, target, SDK_HEADERS)
        time.sleep(2.1)  # max-age is whole seconds, and what it counts from may be rounded down
    found = crowds(bench, "stale", "delay_ms=100&max_age=1", 1000, until_stale)
    own = found["sidecache"]
    # At once: before the origin could have answered.
    return Outcome({name: one["p99"] for name, one in found.items()}, "ms p99",
                   [Check("fetches", own["fetches"], 1), Check("ms p99", own["p99"], 99)], fetches_note(bench, found))


def unstorable(bench):
    found = crowds(bench, "unstorable", "delay_ms=30&no_store=1", 50)
    return Outcome({name: one["p50"] for name, one in found.items()}, "ms p50",
                   [Check("ms p50", found["sidecache"]["p50"], 60)], fetches_note(bench, found))
