"""Load, all of it from the load's core: closed loops by wrk, constant rates, and the clients that wrk can't be.

Everything returns counts that its tool took itself; a row that wants hits counts the origin's fetches beside them.
"""

import array
import bisect
import functools
import json
import re
import subprocess
import time

from .peers import HOST, KEY
from .processes import Process, Trouble, run

# What the Node SDK sends, beside the request line; Host comes with it.
SDK_HEADERS = {
    "Content-Type": "application/json", "x-portkey-api-key": KEY, "x-portkey-package-version": "portkey-3.1.0",
    "x-portkey-runtime": "node", "x-portkey-runtime-version": "v20.20.2", "x-portkey-arch": "x64",
    "x-portkey-os": "Linux", "Accept": "*/*",
    "User-Agent": "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive"}
KEY_HEADER = {"x-portkey-api-key": KEY}


def head(target, headers, method="GET", host=HOST):
    """A request's head as it goes out."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\n"


def lua_request(*parts):
    """A script for wrk that joins literal text and Lua expressions (those begin with `=`) for each request."""
    pieces = [part[1:] if part.startswith("=") else json.dumps(part).replace("\\r", "\\013").replace("\\n", "\\010")
              for part in parts]
    return ("local n = 0\n"
            "function init() math.randomseed(tonumber(tostring({}):match('0x(%x+)'), 16) % 2147483647) end\n"
            f"function request()\n  n = n + 1\n  return {' .. '.join(pieces)}\nend\n")


def wrk_command(bench, port, seconds, target="/", headers=None, script=None, connections=64, tls=False, threads=1):
    command = ["wrk", "-t", threads, "-c", connections, "-d", f"{max(1, round(seconds))}s"]
    for name, value in {"Host": HOST, **(headers or {})}.items():
        command += ["-H", f"{name}: {value}"]
    if script:
        path = bench.work / "request.lua"
        path.write_text(script, encoding="utf-8")
        command += ["-s", path]
    return [*command, f"{'https' if tls else 'http'}://127.0.0.1:{port}{target}"]


def answered_by_wrk(said, port):
    """How many requests, with 2xx or 3xx all of them."""
    answered = re.search(r"(\d+) requests in", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", said)
    if wrong or not answered or answered.group(1) == "0":
        raise Trouble(f"wrk at port {port}: {wrong.group(0) if wrong else 'nothing was answered'}")
    return int(answered.group(1))


def wrk(bench, port, target="/", headers=None, core="load", seconds=None, **load):
    """How many requests were answered, and how many a second."""
    seconds = seconds or bench.seconds
    said = run(wrk_command(bench, port, seconds, target, headers, **load), seconds + 30,
               bench.load_core if core == "load" else core)
    return answered_by_wrk(said, port), float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))


def _client_command(bench, port, request, options, name="client"):
    path = bench.work / f"{name}.request"
    path.write_bytes(request.encode())
    flags = [text for option, value in options.items() for text in (f"--{option}", value)]
    return [bench.program("bench/bench_client"), "--port", port, "--request", path, *flags]


def client(bench, port, request, seconds_allowed=120, **options):
    """bench_client's own account of a run; every answer must be one of 2xx or 304."""
    return _checked(run(_client_command(bench, port, request, options), seconds_allowed, bench.load_core), port)


def _checked(said, port):
    said = json.loads(said)
    others = {status: n for status, n in said["statuses"].items() if not status.startswith("2") and status != "304"}
    if others or said["errors"] or said["unanswered"] or not said["answered"]:
        raise Trouble(f"port {port}: {said}")
    return said


SLICE = 0.05  # seconds


def wrk_loops(bench, ports, **load):
    """Closed loops of wrk for in_slices(), one for each port, by its name."""
    return {name: (lambda seconds, port=port: wrk_command(bench, port, seconds, **load),
                   lambda said, port=port: answered_by_wrk(said, port)) for name, port in ports.items()}


def client_loops(bench, requests, connections=64):
    """The same of bench_client, for each a port and what it asks there."""
    return {name: (lambda seconds, name=name, port=port, request=request: _client_command(
                       bench, port, request, {"seconds": round(seconds), "connections": connections}, name),
                   lambda said, port=port: _checked(said, port)["answered"])
            for name, (port, request) in requests.items()}


def in_slices(bench, loops, first=0, core="load"):
    """Closed loops by turns of a twentieth of a second, all but one stopped (SIGSTOP), each for bench.seconds in all: what
    slows the machine down for some tenths of a second or longer meets all of them alike. How many requests each had
    answered, by name."""
    names = [*loops][first % len(loops):] + [*loops][:first % len(loops)]
    seconds = len(loops) * bench.seconds
    end = time.monotonic() + seconds
    running = {}
    core = bench.load_core if core == "load" else core
    try:
        for name in names:
            running[name] = Process(loops[name][0](seconds), bench.out / f"loop-{name}.log", core)
            time.sleep(SLICE)
            running[name].pause()
        while time.monotonic() < end:
            for each in running.values():
                each.resume()
                time.sleep(SLICE)
                each.pause()
        for each in running.values():  # its time is over: it ends as soon as it sees that
            each.resume()
            each.wait(30)
        return {name: loops[name][1](each.said()) for name, each in running.items()}
    finally:
        for each in running.values():
            each.resume()
            each.stop()


def client_beside(bench, port, request, name, **options):
    """The same, running beside something else until it is stopped or has done what it was told."""
    stdin = subprocess.PIPE if options.get("hold") else subprocess.DEVNULL
    return Process(_client_command(bench, port, request, options, name), bench.out / f"{name}.log", bench.load_core,
                   stdin=stdin)


class SampledRate:
    """bench_client at a constant rate, until its latencies are asked for: all the time, or, with `on`, `every` and `from`
    (when it begins, by the monotonic clock), so many of each so many seconds."""

    def __init__(self, bench, port, target, headers, rate, connections, **when):
        self._port, self._samples = port, bench.work / f"constant-{port}.samples"
        self._client = client_beside(bench, port, head(target, headers), f"constant-{port}", rate=rate, seconds=600,
                                     connections=connections, samples=self._samples, **when)

    def latencies(self, turns):
        """Ends it. `turns`: by name, when each of them began and ended, in seconds of the monotonic clock; returned are
        by name the latencies in microseconds of the requests that were due in one of them."""
        self._client.stop()
        _checked(self._client.said(), self._port)
        numbers = array.array("Q", self._samples.read_bytes())
        each = sorted((began, ended, name) for name, all_of in turns.items() for began, ended in all_of)
        begins, found = [began for began, _, _ in each], {name: [] for name in turns}
        for due, latency in zip(numbers[::2], numbers[1::2]):
            at = bisect.bisect(begins, due / 1e9) - 1
            if at >= 0 and due / 1e9 < each[at][1]:
                found[each[at][2]].append(latency / 1000)
        return found


def constant_rate(bench, port, target, headers, rate, seconds, connections, percent_of_errors):
    """Latencies in microseconds at a constant rate, each from the moment its request was due.

    More than `percent_of_errors` is trouble: a peer that a rate is too much for lets requests time out.

    The one place that knows which tool does that: `sidecache replay`, or bench_client for a program without it."""
    if not has_replay(bench):
        said = client(bench, port, head(target, headers), rate=rate, seconds=seconds, connections=connections)
        return said["latency_us"]
    keys, report = bench.work / "replay.keys", bench.work / "replay.json"
    keys.write_text(KEY + "\n", encoding="utf-8")
    others = [text for name, value in headers.items() if name not in (*KEY_HEADER, "Connection")
              for text in ("--header", f"{name}: {value}")]
    run([bench.program("sidecache"), "replay", "--url", f"http://127.0.0.1:{port}", "--path", target, "--records", 1,
         "--slug-format", "%d", "--credential-file", keys, "--rate", rate, "--duration", f"{round(seconds)}s",
         "--warm-up", "1s", "--connections", connections, "--max-errors", percent_of_errors, "--json", report, *others],
        seconds + 60, bench.load_core)
    corrected = json.loads(report.read_text(encoding="utf-8"))["latency_ms"]["corrected"]
    return {which: corrected[which] * 1000 for which in ("p50", "p90", "p99", "p99.9")}


@functools.cache
def has_replay(bench):
    return "--credential-file" in run([bench.program("sidecache"), "replay", "--help"], check=False)
