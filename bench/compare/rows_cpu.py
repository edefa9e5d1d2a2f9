"""CPU of a request: user and system time of the server, from /proc, over the requests that wrk saw answered."""

import json
import re
import statistics

from .load import KEY_HEADER, SDK_HEADERS, client, client_loops, head, in_slices, lua_request, wrk, wrk_loops
from .peers import WARM, get
from .processes import Process, Trouble, run, wait_until
from .stage import Check, Outcome, medians, ratio, ratios_to

ALL = ("sidecache", "bare", "haproxy", "nginx", "varnish")


def cpu_a_request(bench, peer, port, **load):
    before = peer.process.cpu_us()
    answered, _ = wrk(bench, port, **load)
    return (peer.process.cpu_us() - before) / answered


def in_more_rounds(bench, peers, measure):
    """Twice the rounds: what slows the machine down for a while then meets more of those that are compared alike, and
    one round that it does not counts less. Not shorter ones: to open 64 connections is a part of each."""
    return bench.in_rounds(peers, measure, 2 * bench.rounds)


def cost_in_slices(bench, peers, loops, core="load"):
    """CPU of a request by peer and round, where all of a round take turns within it."""
    got = {name: [] for name in peers}
    for turn in range(2 * bench.rounds):
        before = {name: peer.process.cpu_us() for name, peer in peers.items()}
        answered = in_slices(bench, loops, turn, core)
        for name, peer in peers.items():
            got[name].append((peer.process.cpu_us() - before[name]) / answered[name])
    return got


def hits(bench, peers, port_of=lambda peer: peer.port, **load):
    """CPU of a hit by peer and round; a request that reached the origin would be none."""
    for peer in peers.values():
        get(peer.port, WARM, load.get("headers", SDK_HEADERS))
    loops = wrk_loops(bench, {name: port_of(peer) for name, peer in peers.items()}, target=WARM, **load)
    with bench.only_hits(", ".join(peers)):
        return cost_in_slices(bench, peers, loops)


def hit_sdk(bench):
    got = hits(bench, bench.fleet(*ALL), headers=SDK_HEADERS)
    return Outcome(medians(got), "us", ratios_to(got, {"bare": 1.15, "haproxy": 0.65, "nginx": 0.55}))


def hit_wrk(bench):
    got = hits(bench, bench.fleet(*ALL), headers=KEY_HEADER)
    return Outcome(medians(got), "us", ratios_to(got, {"bare": 1.15, "haproxy": 0.65, "nginx": 0.55}))


def hit_fresh(bench):
    before, after = head(WARM, SDK_HEADERS).rsplit("\r\n\r\n", 1)[0], "\r\n\r\n"
    script = lua_request(before + "\r\ntraceparent: 00-", "=string.format('%032x-%016x', n * 7919, n)",
                         "-01\r\nx-request-id: ", "=string.format('%08x-0000-4000-8000-%012x', n, n * 104729)", after)
    got = hits(bench, bench.fleet(*ALL), script=script)
    return Outcome(medians(got), "us", ratios_to(got, {"bare": 1.35}))


def not_modified(bench):
    peers = bench.fleet("sidecache", "haproxy", "nginx", "varnish")
    for peer in peers.values():
        get(peer.port, WARM, SDK_HEADERS)
    tag = get(peers["sidecache"].port, WARM, SDK_HEADERS)[1]["ETag"]
    asked = {**SDK_HEADERS, "If-None-Match": tag}
    for peer in peers.values():
        if (status := get(peer.port, WARM, asked)[0]) != 304:
            raise Trouble(f"{peer.name} answers {status} to its own ETag")

    # By bench_client: wrk waits for a body where a 304 says how long that would be (RFC 9110 section 8.6 allows it).
    with bench.alone("sidecache", place="whole") as whole:
        get(whole.port, WARM, SDK_HEADERS)
        requests = {name: (peer.port, head(WARM, asked)) for name, peer in peers.items()}
        loops = client_loops(bench, {**requests, "whole": (whole.port, head(WARM, SDK_HEADERS))})
        with bench.only_hits(", ".join(peers)):
            got = cost_in_slices(bench, {**peers, "whole": whole}, loops)
    cheaper = Check("x its own 200", ratio(got, "sidecache", "whole"), 1.0)
    figures = medians(got)
    return Outcome({name: figures[name] for name in peers}, "us", [cheaper], f"its 200: {figures['whole']:.1f} us")


def hit_tls(bench):
    peers = bench.fleet("sidecache", "haproxy", "nginx")
    got = hits(bench, peers, port_of=lambda peer: peer.tls, headers=SDK_HEADERS, tls=True)
    return Outcome(medians(got), "us", ratios_to(got, {"nginx": 0.7}), "Varnish has no TLS of its own")


PASSED = "/v1/integrations?page_size=1"


def relayed(bench, measure, own=None):
    """CPU of a request that goes upstream, by peer; and what it is of nginx's for coroutines on Asio that only pass bytes."""
    peers = {**bench.fleet("sidecache", "haproxy", "nginx", "varnish"), **({"sidecache": own} if own else {})}
    with bench.alone("relay") as relay:
        got = in_more_rounds(bench, {**peers, "relay": relay}, measure)
    floor = f"; {ratio(got, 'relay', 'nginx'):.2f} x nginx" if got.get("nginx") else ""
    found = medians(got)
    return Outcome({name: us for name, us in found.items() if name != "relay"}, "us", ratios_to(got, {"nginx": 1.0}),
                   f"coroutines on Asio that pass bytes and do nothing else: {found['relay']:.1f} us{floor}")


def miss(bench):
    """Records that nobody has asked for, each once; peers only proxy, which spares them the storing."""
    turn, passed = [0], []

    def measure(peer):
        turn[0] += 1
        before, after = head(f"/v1/integrations/miss-{turn[0]}-\0", SDK_HEADERS).split("\0")
        cost = cpu_a_request(bench, peer, peer.through, script=lua_request(before, "=n", after))
        if peer is own:
            passed.append(cpu_a_request(bench, peer, peer.through, target=PASSED, headers=SDK_HEADERS))
        return cost
    with bench.alone("sidecache") as own:
        found = relayed(bench, measure, own)
    alone, passing = settling(bench), statistics.median(passed)
    if nginx := found.figures.get("nginx"):
        found.proof = [Check("x nginx's proxying for both", (passing + alone) / nginx, 1.0, at_least=True)]
    found.note = (f"peers proxy without storing; a pass-through in the same rounds: {passing:.1f} us; to judge and store "
                  f"the record, in memory and by itself: {alone:.1f} us; {found.note}")
    return found


def settling(bench):
    """CPU of what is done with a record that has come: bench/settle_bench.cpp."""
    said = json.loads(run([bench.program("bench/sidecache_bench"), "--benchmark_filter=^settle$", "--benchmark_format=json",
                           f"--benchmark_repetitions={bench.rounds}"], 120, bench.server_core))
    return statistics.median(one["cpu_time"] for one in said["benchmarks"] if one["run_type"] == "iteration")


def pass_through(bench):
    return relayed(bench, lambda peer: cpu_a_request(
        bench, peer, peer.through, target=PASSED, headers=SDK_HEADERS))


def two_threads(bench):
    """Neither side pinned: two threads of wrk and two of the server share both cores. So do the bare server's, which
    share nothing with each other: what they cost more than one is the machine's."""
    answer = bench.own_hit()
    with bench.alone("sidecache", core=None, place="one") as one, \
            bench.alone("sidecache", core=None, place="two", flags=("--threads", "2")) as two, \
            bench.alone("bare", core=None, place="one", answer=answer) as bare_one, \
            bench.alone("bare", core=None, place="two", answer=answer, threads=2) as bare_two:
        for peer in (one, two):
            get(peer.port, WARM, SDK_HEADERS)
        peers = {"one": one, "two": two, "bare one": bare_one, "bare two": bare_two}
        loops = wrk_loops(bench, {name: peer.port for name, peer in peers.items()}, target=WARM, headers=SDK_HEADERS,
                          threads=2)
        got = cost_in_slices(bench, peers, loops, core=None)
    found = medians(got)
    ours, machines = ratio(got, "two", "one"), ratio(got, "bare two", "bare one")
    return Outcome({"sidecache": found["two"], "bare": found["bare two"]}, "us", [Check("x one thread's", ours, 1.1)],
                   f"one thread {found['one']:.1f} us, all unpinned; the bare server's two threads {machines:.2f} x its "
                   "one",
                   proof=[Check("x what two of the bare server cost more than one", ours / machines, 1.03)])


# --- counted, not timed

REQUESTS = 20_000


def system_calls(bench, peer, requests):
    """What strace counts at its worker while so many hits are asked for by 64 connections."""
    report = bench.work / "strace.txt"
    with Process(["strace", "-f", "-c", "-o", report, "-p", peer.process.worker()], bench.out / "strace.log") as strace:
        wait_until(lambda: "attached" in strace.said(), f"strace at {peer.name}: {strace.said()}")
        client(bench, peer.port, head(WARM, SDK_HEADERS), count=requests, connections=64)
        strace.stop()
    said = report.read_text(encoding="ascii")
    total = re.search(r"(?m)^100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total$", said)
    if not total:
        raise Trouble("strace counted nothing; it needs the right to trace (root)")
    return int(total.group(1))


def hit_system_calls(bench):
    """The difference of two runs, so that making connections does not count. strace makes a server slower and so its
    batches larger, for all of them alike."""
    def measure(peer):
        get(peer.port, WARM, SDK_HEADERS)
        client(bench, peer.port, head(WARM, SDK_HEADERS), count=REQUESTS, connections=64)
        few, many = system_calls(bench, peer, REQUESTS // 4), system_calls(bench, peer, 3 * REQUESTS // 4)
        return (many - few) / (REQUESTS / 2)
    got = {name: measure(peer) for name, peer in bench.fleet(*ALL).items()}
    # In tenths: how many connections one epoll_wait tells of varies from run to run by hundredths of a call.
    more = round(got["sidecache"] - got["bare"], 1)
    return Outcome(got, "calls", [Check("more than the bare server's", more, 1.0)])


def hit_allocations(bench):
    """The difference of two runs, so that making connections does not count; what the first requests of 64 connections
    allocate varies by some hundreds all the same, by how many of them come before their header block is known."""
    counter = bench.work / "allocations"
    counter.unlink(missing_ok=True)
    env = {"LD_PRELOAD": str(bench.program("bench/libmalloc_counter.so")), "BENCH_MALLOC_COUNT": str(counter)}
    with bench.alone("sidecache", env=env) as own:
        def counted(requests):
            before = int.from_bytes(counter.read_bytes(), "little")
            client(bench, own.port, head(WARM, SDK_HEADERS), count=requests, connections=64)
            return int.from_bytes(counter.read_bytes(), "little") - before
        counted(REQUESTS)
        few, many = counted(REQUESTS), counted(11 * REQUESTS)
    each = (many - few) / (10 * REQUESTS)
    return Outcome({"sidecache": each}, "allocations", [Check("allocations", each, 0.005)],
                   "one request in a hundred writes its access line")
