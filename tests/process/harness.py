"""Starts the real program, learns from its own words where it listens, and ends it by its process id.

The program under test is named by PROGRAM_UNDER_TEST, as ctest sets it. Everything here waits for conditions with a
deadline and never for a time. Ports are 0: the system chooses.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

PROGRAM = os.environ["PROGRAM_UNDER_TEST"]
SANITIZER = os.environ.get("SANITIZER", "")
DEADLINE = 60.0 if SANITIZER else 20.0  # seconds, for anything that takes milliseconds on an idle machine


def wait_until(condition, what, seconds=DEADLINE):
    """The first true value of `condition`, which is asked until the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        threading.Event().wait(0.01)


def clean_environment(extra=None):
    """Ours without what would configure the program, or send its requests or the test's through somebody's proxy."""
    names = {n: v for n, v in os.environ.items() if not n.startswith("SIDECACHE_") and not n.lower().endswith("_proxy")}
    return {**names, **(extra or {})}


class Program:
    """One run of the program. Use as a context manager: leaving it ends the process and wants no crash.

    `launcher` is a command that becomes the program, which it gets as further arguments, and keeps its process id."""

    def __init__(self, *arguments, env=None, cwd=None, launcher=(), pass_fds=(), program=PROGRAM):
        self.arguments = arguments
        self._said = {"stdout": [], "stderr": []}
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [*launcher, program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=clean_environment(env), cwd=cwd, pass_fds=pass_fds, text=True, errors="replace")
        self._readers = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in self._said]
        for reader in self._readers:
            reader.start()

    def _read(self, name):
        for line in getattr(self._process, name):
            with self._news:
                self._said[name].append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def pid(self):
        return self._process.pid

    def stdout(self):
        with self._news:
            return "\n".join(self._said["stdout"])

    def stderr(self):
        with self._news:
            return "\n".join(self._said["stderr"])

    def output(self):
        return self.stdout() + "\n" + self.stderr()

    def line_matching(self, pattern, seconds=DEADLINE):
        """The match in the first line of stdout that has one, now or soon."""
        end = time.monotonic() + seconds
        with self._news:
            while True:
                for line in self._said["stdout"]:
                    found = re.search(pattern, line)
                    if found:
                        return found
                left = end - time.monotonic()
                if left <= 0 or (self._process.poll() is not None and not any(r.is_alive() for r in self._readers)):
                    said = "\n".join(self._said["stdout"] + self._said["stderr"])
                    raise AssertionError(
                        f"{' '.join(self.arguments)}: no line with {pattern!r}, exit {self._process.poll()}:\n{said}")
                self._news.wait(min(left, 0.2))

    def url(self, name):
        """Where it listens, by the name it gives the listener: proxy, metrics, admin or mock."""
        return self.line_matching(rf"^listening: {name} (http://\S+)$").group(1)

    def running(self):
        return self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, seconds=DEADLINE):
        """Its exit code; minus the signal's number if one killed it."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{' '.join(self.arguments)}: still running after {seconds:.0f} s\n{self.output()}")
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()
        return code

    def stop(self):
        if self.running():
            self.signal(signal.SIGTERM)
        return self.wait()

    def memory_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        asked = self.running()
        code = self.stop()
        if kind is None and asked and code != 0:
            raise AssertionError(f"{' '.join(self.arguments)}: exit {code} after SIGTERM\n{self.output()}")
        if kind is not None:
            print(f"--- {' '.join(self.arguments)} said:\n{self.output()[-4000:]}")


def run(*arguments, env=None, cwd=None):
    """A run that ends by itself: exit code, stdout, stderr."""
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=clean_environment(env), cwd=cwd, timeout=DEADLINE, check=False)
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def mock_control_plane(*flags):
    with Program("mock", "--listen", "127.0.0.1:0", *flags) as mock:
        mock.url("mock")
        yield mock


@contextlib.contextmanager
def sidecache(upstream, *flags, env=None):
    """`sidecache serve` in front of `upstream` (a URL; "": the flags name some), ready."""
    with Program("serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                 *(("--upstream", upstream) if upstream else ()), *flags, env=env) as proxy:
        wait_until(lambda: request(proxy.url("metrics"), "/readyz").status == 200, "ready")
        yield proxy


# For tests that have a control plane fail in many ways and want each to be asked for.
BREAKER_OFF = ("--breaker-least-requests", "100000")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def cache_status(self):
        return self.headers.get("Cache-Status") or ""

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:300]!r}"


def request(base, target, method="GET", headers=None, body=None):
    """One request on a connection of its own; the target goes out as it is."""
    where = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=DEADLINE)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def free_port():
    """A port that was free a moment ago, for programs that can't take 0 and say what they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
