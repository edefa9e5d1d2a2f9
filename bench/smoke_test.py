"""`./dev bench` runs: its smallest form, and what it leaves. Speed is not judged here, on whatever machine this is."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

BENCH = pathlib.Path(__file__).resolve().parent
PROGRAMS = os.environ["BENCH_PROGRAMS"]


def command(out, *arguments):
    return [sys.executable, "-m", "compare", "--programs", PROGRAMS, "--out", out, *arguments]


def environment():
    return {**os.environ, "PYTHONPATH": str(BENCH), "PYTHONDONTWRITEBYTECODE": "1"}


def bench(out, *arguments):
    return subprocess.run(command(out, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False, env=environment())


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        threading.Event().wait(0.01)
    return value


def refused(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Smoke(unittest.TestCase):
    def test_two_rows_are_measured_and_reported(self):
        with tempfile.TemporaryDirectory() as out:
            done = bench(out, "--smoke")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            left = pathlib.Path(out)
            found = json.loads((left / "results.json").read_text(encoding="utf-8"))
            hit, stampede = found["rows"]
            self.assertEqual((hit["name"], stampede["name"]), ("hit_sdk", "stampede_cold"))
            for name in ("sidecache", "bare"):
                self.assertGreater(hit["figures"][name], 0)
            self.assertEqual([check["what"] for check in hit["checks"]], ["x bare epoll"])
            fetches, latency = stampede["checks"]
            self.assertEqual(fetches["value"], 1)  # counted, so true on any machine
            self.assertGreaterEqual(latency["value"], 100)  # nobody is answered before the origin was
            self.assertEqual(len(re.findall(r"(?m)^\| (?!work)", (left / "TABLE.md").read_text(encoding="utf-8"))), 2)
            picture = xml.etree.ElementTree.parse(left / "cpu.svg")
            self.assertIn("bare epoll", "".join(picture.getroot().itertext()))

    def test_a_row_that_does_not_exist_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as out:
            done = bench(out, "hit_sdk", "hit_skd")
            self.assertEqual(done.returncode, 2)
            self.assertIn("no such row: hit_skd", done.stderr)

    def test_nobody_outlives_a_run_that_is_ended_or_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number.name), tempfile.TemporaryDirectory() as out:
                log = pathlib.Path(out) / "origin.log"
                with subprocess.Popen(command(out, "--smoke"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, env=environment()) as run:
                    found = wait_until(lambda: log.exists() and re.search(r":(\d+)$", log.read_text().strip()),
                                       "an origin")
                    run.send_signal(number)
                    run.wait(30)
                wait_until(lambda: refused(int(found.group(1))), "an origin that has gone")


if __name__ == "__main__":
    unittest.main(verbosity=2)
