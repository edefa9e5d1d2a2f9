"""Memory, in user space (what the kernel keeps for sockets is not in it), and what many records cost."""

import contextlib
import json

from .load import SDK_HEADERS, client, client_beside, head, lua_request, wrk
from .peers import KEY, WARM, get
from .rows_cpu import cpu_a_request
from .stage import Check, Outcome, medians, ratio

BODY = 1500  # bytes, of every record of the origin
PEERS = ("sidecache", "haproxy", "nginx", "varnish")


def warm(bench, peer, records, key=KEY):
    request = head("/v1/integrations/rec-%d", {**SDK_HEADERS, "x-portkey-api-key": key})
    client(bench, peer.port, request, seconds_allowed=600, count=records, records=records, connections=32)


def record_memory(bench):
    records = 20_000 if bench.quick else 100_000
    with bench.alone("sidecache", flags=("--cache-max-bytes", "1GiB")) as own:
        warm(bench, own, 100)  # so that what the first requests need is there
        before = own.process.settled_memory_kib()
        warm(bench, own, records)
        grown = (own.process.settled_memory_kib() - before) * 1024
    beside = grown / (records - 100) - BODY
    return Outcome({"sidecache": beside}, "bytes", [Check("bytes", beside, 1024)],
                   f"{records:,} records of {BODY} bytes")


def shared_bodies(bench):
    records, credentials = 2000, 10
    with bench.alone("sidecache", flags=("--cache-max-bytes", "1GiB")) as own:
        warm(bench, own, records)
        before = own.process.settled_memory_kib()
        for n in range(1, credentials):
            warm(bench, own, records, f"another-key-of-a-tenant-{n}")
        grown = (own.process.settled_memory_kib() - before) * 1024
    each = grown / (records * (credentials - 1))
    return Outcome({"sidecache": each}, "bytes", [Check("bytes", each, 1024)],
                   f"a further credential for the same body of {BODY} bytes")


def idle_connections(bench):
    held, own_hits, got = 10_000, 0, {}
    # One request each, few at a time: what a crowd of requests needs is not what an idle connection costs.
    gently = {"count": held, "connections": held, "rate": 4000, "hold": "yes"}
    for name in (name for name in PEERS if name in bench.names):
        with bench.alone(name) as peer:
            get(peer.port, WARM, SDK_HEADERS)
            before = peer.process.settled_memory_kib()
            request = head(WARM, SDK_HEADERS)
            with client_beside(bench, peer.port, request, "held", **gently) as holder:
                said = json.loads(holder.line_matching(r"^{.*}$").group(0))
                if said["answered"] != held or said["errors"]:
                    raise AssertionError(f"{name}: {said}")
                got[name] = (peer.process.settled_memory_kib() - before) * 1024 / held
                if name == "sidecache":
                    own_hits = wrk(bench, peer.port, WARM, SDK_HEADERS, seconds=1)[1]
    return Outcome(got, "bytes", [Check("bytes", got["sidecache"], 1638)],
                   f"{held:,} held, each after one request; meanwhile {own_hits:,.0f} hits a second; kernel memory "
                   "not counted")


def resident(bench):
    records, empty, full, anonymous = 10_000, {}, {}, {}
    for name in (name for name in PEERS if name in bench.names):
        # Each has room for 64 MiB of records, sidecache's default; HAProxy takes that when it starts.
        with bench.alone(name, **({"cache_mib": 64} if name == "haproxy" else {})) as peer:
            empty[name] = peer.process.settled_memory_kib() / 1024
            anonymous[name] = peer.process.anonymous_kib() / 1024
            warm(bench, peer, records)
            full[name] = peer.process.settled_memory_kib() / 1024
    note = ("empty, and of that not mapped files: " +
            ", ".join(f"{name} {mib:.1f} ({anonymous[name]:.1f})" for name, mib in empty.items()) +
            "; nginx has the bodies in files")
    return Outcome(full, "MiB", [Check("MiB full", full["sidecache"], 40), Check("MiB empty", empty["sidecache"], 12)],
                   note, {"empty": empty, "empty, anonymous": anonymous, "full": full},
                   proof_of_mapped(empty["sidecache"] - anonymous["sidecache"], full["sidecache"]))


def proof_of_mapped(mapped, full):
    """The empty process is over its goal by what is mapped alone, and the full one is within it but for that."""
    return [Check("MiB mapped", mapped, 12, at_least=True), Check("MiB full beyond them", full - mapped, 40 - 12)]


def hit_records(bench):
    """An instance for each number of records, all of them warm, in turns; keys drawn evenly."""
    sizes = (1000, 10_000, 100_000) if bench.quick else (1000, 10_000, 100_000, 1_000_000)
    before, after = head("/v1/integrations/rec-\0", SDK_HEADERS).split("\0")
    with contextlib.ExitStack() as open_ones:
        own = {}
        for size in sizes:
            room = ("--cache-max-bytes", f"{16 + size // 256}MiB")
            own[size] = open_ones.enter_context(bench.alone("sidecache", place=f"records-{size}", flags=room))
            warm(bench, own[size], size)

        def measure(size):
            script = lua_request(before, f"=math.random(0, {size - 1})", after)
            with bench.only_hits(f"{size} records"):
                return cpu_a_request(bench, own[size], own[size].port, script=script)
        got = bench.in_rounds({size: size for size in sizes}, measure)
    found = medians(got)
    few, many = sizes[0], sizes[-1]
    limit = Check(f"x of {few:,} at {many:,}", ratio(got, many, few), 1.3)
    return Outcome({"sidecache": found[many]}, "us", [limit],
                   ", ".join(f"{size:,}: {us:.1f}" for size, us in found.items()),
                   {"records": {"sidecache": found, **peers_by_records(bench, sizes[:2 if bench.quick else 3])}})


def peers_by_records(bench, sizes):
    """The same of the peers, for the plot: one instance each that grows, one measurement a size."""
    before, after = head("/v1/integrations/rec-\0", SDK_HEADERS).split("\0")
    found = {}
    for name in (name for name in PEERS[1:] if name in bench.names):
        with bench.alone(name) as peer:
            found[name] = {}
            for size in sizes:
                warm(bench, peer, size)
                script = lua_request(before, f"=math.random(0, {size - 1})", after)
                found[name][size] = cpu_a_request(bench, peer, peer.port, script=script)
    return found
