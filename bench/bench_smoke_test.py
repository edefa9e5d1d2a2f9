"""`./dev bench` runs: its smallest form, and what it leaves. Speed is not judged here, on whatever machine this is."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCH = pathlib.Path(__file__).resolve().parent
PROGRAMS = os.environ["BENCH_PROGRAMS"]


def bench(out, *arguments):
    return subprocess.run([sys.executable, "-m", "compare", "--programs", PROGRAMS, "--out", out, *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": str(BENCH), "PYTHONDONTWRITEBYTECODE": "1"})


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
