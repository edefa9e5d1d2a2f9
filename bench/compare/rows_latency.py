"""Latency: at constant rates, beside other work, and of many who want the same at once."""

import re
import statistics
import time

from .load import KEY_HEADER, SDK_HEADERS, client, client_beside, constant_rate, head, wrk
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


def at_rate(bench, peer, rate):
    return constant_rate(bench, peer.port, WARM, SDK_HEADERS, round(rate), max(2, bench.seconds * 1.5), CONNECTIONS,
                         percent_of_errors=0 if peer.name == "sidecache" else 100)


def latency_constant(bench):
    peak, peers = nginx_peak(bench), bench.fleet(*PEERS)
    for peer in peers.values():
        get(peer.port, WARM, SDK_HEADERS)
    got = bench.in_rounds(peers, lambda peer: at_rate(bench, peer, 0.6 * peak))
    found = {name: percentiles(rounds) for name, rounds in got.items()}
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


def quiet_and_busy(bench, own, busy, elsewhere):
    """p99 without and with `busy` (a context manager of something that goes on meanwhile), in turns; and with the same
    going on `elsewhere`, which costs the machine as much and `own` nothing."""
    rate, got = 0.6 * nginx_peak(bench), {"quiet": [], "busy": [], "elsewhere": []}
    get(own.port, WARM, SDK_HEADERS)
    for _ in range(bench.rounds):
        got["quiet"].append(at_rate(bench, own, rate)["p99"])
        for which, goes_on in (("busy", busy), ("elsewhere", elsewhere)):
            with goes_on():
                got[which].append(at_rate(bench, own, rate)["p99"])

    def times_quiet(which):
        return statistics.median(one / quiet for quiet, one in zip(got["quiet"], got[which]))
    note = f"quiet {statistics.median(got['quiet']):.0f} us, {rate:,.0f} a second"
    note += f"; beside the same at another process {statistics.median(got['elsewhere']):.0f} us"
    return Outcome({"sidecache": statistics.median(got["busy"])}, "us p99",
                   [Check("x the quiet p99", times_quiet("busy"), 1.5)], note,
                   proof=[Check("x the quiet p99 beside the same at another process", times_quiet("elsewhere"), 1.5,
                                at_least=True)])


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
        found = quiet_and_busy(bench, own, lambda: going_on(own), lambda: going_on(another))
        fills, dropped = bench.origin.fetches() - before, purges()
    if not dropped:
        raise Trouble("no purge dropped anything: what it stands beside is not going on")
    found.note += f"; {fills:,} fills at both, {dropped:,.0f} purges here that dropped something"
    return found


def latency_scraped(bench):
    """A real Prometheus that scrapes each second, on the load's core."""
    own = bench.fleet("sidecache")["sidecache"]

    def scraping(of):
        config = bench.work / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: sidecache\n"
                          f"  static_configs: [{{targets: ['127.0.0.1:{of.metrics}']}}]\n", encoding="utf-8")
        port = free_port()
        running = Process(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={bench.work / 'prometheus'}",
                           f"--web.listen-address=127.0.0.1:{port}"], bench.out / "prometheus.log", bench.load_core)

        def scraped():
            try:
                return b'"1"' in get(port, "/api/v1/query?query=up")[2]
            except OSError:
                return False
        wait_until(scraped, "a first scrape by Prometheus")
        return running
    with bench.alone("sidecache", place="another") as another:
        return quiet_and_busy(bench, own, lambda: scraping(own), lambda: scraping(another))


# --- many who want the same

def at_once(bench, peer, target, clients):
    """What `clients` saw that all asked at once, and how often the origin was asked for it."""
    before = bench.origin.fetches()
    said = client(bench, peer.port, head(target, SDK_HEADERS), count=clients, connections=clients)
    time.sleep(0.2)  # who was answered at once may have had it fetched behind the answer
    return {**said["latency_us"], "fetches": bench.origin.fetches() - before}


def crowds(bench, name, query, clients, before=lambda peer, target: None):
    """By peer: medians of the percentiles in ms, and the most fetches of any round. Each has a record of its own."""
    turn, peers = [0], bench.fleet(*PEERS)

    def measure(peer):
        turn[0] += 1
        target = f"/v1/integrations/{name}-{turn[0]}?{query}"
        before(peer, target)
        return at_once(bench, peer, target, clients)
    got = bench.in_rounds(peers, measure)
    return {name: {"p50": statistics.median(one["p50"] for one in rounds) / 1000,
                   "p99": statistics.median(one["p99"] for one in rounds) / 1000,
                   "fetches": max(one["fetches"] for one in rounds)} for name, rounds in got.items()}


def fetches_note(bench, found):
    peers = bench.fleet(*PEERS)
    return "fetches: " + ", ".join(f"{peers[name].label} {one['fetches']}" for name, one in found.items())


def stampede_cold(bench):
    found = crowds(bench, "cold", "delay_ms=100", 1000)
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
