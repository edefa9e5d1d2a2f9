"""What stands beside the hit: streaming, starting, reading a record."""

import http.client
import json
import re
import statistics
import time

from .peers import get
from .processes import Process, Trouble, free_port, run
from .stage import Check, Outcome, medians, ratios_to


def stream(bench):
    size = (64 if bench.quick else 1024) << 20
    peaks = {}

    def measure(peer):
        get(peer.through, "/v1/files/small?bytes=100000")
        resident, peak = peer.process.memory_kib(), peer.process.peak_kib_since()
        before = peer.process.cpu_us()
        said = run(["curl", "-sS", "-o", "/dev/null", "-w", "%{size_download} %{http_code}",
                    f"http://127.0.0.1:{peer.through}/v1/files/large?bytes={size}"], 120, bench.load_core)
        if said != f"{size} 200":
            raise Trouble(f"{peer.name}: {said}")
        spent = (peer.process.cpu_us() - before) / 1000
        peaks[peer.name] = max(peaks.get(peer.name, 0), (peak() - resident) / 1024)
        return spent
    got = bench.in_rounds(bench.fleet("sidecache", "haproxy", "nginx", "varnish"), measure)
    return Outcome(medians(got), "ms CPU",
                   [*ratios_to(got, {"nginx": 1.2}), Check("MiB more than before", peaks["sidecache"], 4)],
                   f"{size >> 20} MiB through")


def start(bench):
    """From the fork to the first 200 of /readyz, asked without a pause; neither side pinned."""
    def once():
        metrics = free_port()
        began = time.perf_counter()
        with Process([bench.program("sidecache"), "serve", "--listen", "127.0.0.1:0", "--metrics-listen",
                      f"127.0.0.1:{metrics}", "--admin-listen", "127.0.0.1:0", "--upstream", bench.origin.url],
                     bench.out / "start.log", launcher=()):
            while time.perf_counter() < began + 10:
                connection = http.client.HTTPConnection("127.0.0.1", metrics, timeout=1)
                try:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        return (time.perf_counter() - began) * 1000
                except OSError:
                    pass
                finally:
                    connection.close()
        raise Trouble("not ready within 10 s")
    took = statistics.median(once() for _ in range(5 if bench.quick else 15))
    return Outcome({"sidecache": took}, "ms", [Check("ms", took, 50)])


def parse(bench):
    """The micro-benchmark of the reader that a fetch uses beside simdjson's on-demand for the same fields."""
    said = json.loads(run([
        bench.program("bench/sidecache_bench"), "--benchmark_filter=^(facts|on_demand_few|on_demand_whole)$",
        "--benchmark_format=json", f"--benchmark_min_time={0.1 if bench.quick else 0.5}",
        f"--benchmark_repetitions={bench.rounds}", "--benchmark_enable_random_interleaving=true"],
        120, bench.server_core))
    speed = {}
    for one in said["benchmarks"]:
        if (found := re.fullmatch(r"(\w+)_median", one["name"])) and one["run_type"] == "aggregate":
            speed[found.group(1)] = one["bytes_per_second"] / 1e9
        elif bench.rounds == 1:
            speed[one["name"]] = one["bytes_per_second"] / 1e9
    return Outcome({"sidecache": speed["facts"]}, "GB/s",
                   [Check("x on-demand", speed["facts"] / speed["on_demand_few"], 0.6, at_least=True)],
                   f"on-demand of the same fields {speed['on_demand_few']:.2f} GB/s, "
                   f"of every value {speed['on_demand_whole']:.2f}",
                   proof=[Check("x on-demand, for on-demand of every value", speed["on_demand_whole"] / speed["on_demand_few"], 0.6)])
