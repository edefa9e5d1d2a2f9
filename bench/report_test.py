"""How the bench judges and reports what it measured: ratios, bounds, verdicts, pictures. Nothing is measured here."""

import dataclasses
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from compare import load, plots, report, svg  # noqa: E402
from compare.stage import Check, Outcome, number, ratio, ratios_to  # noqa: E402
from compare.table import ROWS, SMOKE, Row  # noqa: E402


def a_row(limit=""):
    def some_row(_):
        raise AssertionError("nobody measures")
    return Row("some work", "≤ 1", some_row, limit)


MET = Outcome({"sidecache": 5.0}, "us", [Check("x bare epoll", 0.9, 1.0)])
MISSED = Outcome({"sidecache": 5.0, "nginx": 2.5}, "us", [Check("x bare epoll", 0.9, 1.0), Check("x nginx", 2.0, 1.0)])
SHOWN = dataclasses.replace(MISSED, proof=[Check("us in the kernel", 2.6, 2.5, at_least=True)])
NOT_SHOWN = dataclasses.replace(MISSED, proof=[Check("us in the kernel", 2.4, 2.5, at_least=True)])


class Judging(unittest.TestCase):
    def test_a_ratio_is_of_the_same_round(self):
        # The machine was slow in the last round, for both: that is no reason for another ratio. Once nginx was lucky.
        got = {"sidecache": [6, 9, 30], "nginx": [12, 6, 60], "haproxy": [6, 9, 20]}
        self.assertEqual(ratio(got, "sidecache", "nginx"), 0.5)
        self.assertEqual([c.value for c in ratios_to(got, {"haproxy": 0.65, "varnish": 1})], [1])  # of who took part

    def test_bounds_are_at_most_or_at_least_and_belong_to_what_is_allowed(self):
        self.assertTrue(Check("", 1.0, 1.0).met)
        self.assertFalse(Check("", 1.01, 1.0).met)
        self.assertTrue(Check("", 0.6, 0.6, at_least=True).met)
        self.assertFalse(Check("", 0.59, 0.6, at_least=True).met)

    def test_a_miss_fails_the_run_unless_the_row_names_its_limit_and_the_run_shows_it(self):
        self.assertTrue(a_row().passes(MET))
        self.assertFalse(a_row().passes(SHOWN))
        limited = a_row("the limit is the kernel")
        self.assertTrue(limited.passes(SHOWN))
        for outcome in (MISSED, NOT_SHOWN, None):
            self.assertFalse(limited.passes(outcome))

    def test_every_row_has_a_name_of_its_own_and_a_goal(self):
        names = [row.name for row in ROWS]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(row.goal and row.work for row in ROWS))
        self.assertLessEqual(set(SMOKE), set(names))


class Reporting(unittest.TestCase):
    def found(self, *finished):
        return {"rows": [report.described(*one) for one in finished]}

    def test_the_table_says_what_was_met_what_was_missed_and_what_was_not_measured(self):
        met, missed, limited, doubtful, absent = report.table(self.found(
            (a_row(), MET, ""), (a_row(), MISSED, ""), (a_row("a limit | in words"), SHOWN, ""),
            (a_row("a limit"), NOT_SHOWN, ""), (a_row(), None, "nginx\ndid not start"))).splitlines()[2:]
        self.assertIn("| µs | 5.00 |", met)
        self.assertIn("| met: 0.90 x bare epoll", met)
        self.assertIn("| 5.00 | 2.50 | **missed**: ", missed)
        self.assertIn("2.00 x nginx (≤ 1.00)", missed)
        self.assertIn("proven limit", limited)
        self.assertIn("a limit \\| in words: 2.60 us in the kernel (≥ 2.50)", limited.replace("µs", "us"))
        self.assertNotIn("proven", doubtful)
        self.assertIn("a limit: 2.40 us in the kernel (≥ 2.50), not shown", doubtful.replace("µs", "us"))
        self.assertIn("not measured: nginx did not start", absent)

    def test_the_results_name_no_machine(self):
        self.assertEqual(set(report.machine()), {"cpu", "cores", "memory_gib", "kernel"})
        self.assertRegex(report.machine()["kernel"], r"^Linux \d+\.\d+$")

    def test_numbers_have_three_digits_that_count(self):
        self.assertEqual([number(n) for n in (0, -0.004, 0.456, 5.267, 52.67, 526.7, 5267, None)],
                         ["0", "0.00", "0.46", "5.27", "52.7", "527", "5,267", "–"])


class Pictures(unittest.TestCase):
    def test_steps_of_an_axis_are_round_and_reach_to_its_end(self):
        self.assertEqual(svg.ticks(31.9), [0, 10, 20, 30])
        self.assertEqual(svg.ticks(1.1), [0, 0.5, 1.0])
        self.assertEqual(svg.powers(0.3, 2500), [0.1, 1, 10, 100, 1000, 10000])

    def test_a_picture_is_drawn_of_what_was_measured_and_only_of_that(self):
        rows = [{"name": "hit_sdk", "figures": {"sidecache": 5.0, "nginx": 11.25}}]
        drawing = plots.cpu(rows, "here & now <today>")
        words = "".join(xml.etree.ElementTree.fromstring(str(drawing)).itertext())
        for expected in ("sidecache", "11.2", "µs of CPU a request", "here & now <today>"):
            self.assertIn(expected, words)
        self.assertNotIn("TLS", words)
        self.assertTrue(all(draw(rows, "") is None for name, draw in plots.ALL.items() if name != "cpu"))

    def test_the_longer_bar_is_the_larger_number(self):
        drawing = svg.Drawing(200, "", "")
        svg.bars(drawing, 0, 0, 900, [("", {"sidecache": 5.0, "nginx": 10.0})], "", {"sidecache": "a", "nginx": "b"})
        widths = {one.get("class"): float(one.get("width")) for one in
                  xml.etree.ElementTree.fromstring(str(drawing)).iter("{http://www.w3.org/2000/svg}rect")
                  if one.get("class") != "f-ground"}
        self.assertAlmostEqual(widths["f-nginx"], 2 * widths["f-sidecache"], delta=0.2)


class Publishing(unittest.TestCase):
    def test_the_readme_keeps_what_stands_around_the_section(self):
        with tempfile.TemporaryDirectory() as place:
            source, out = pathlib.Path(place) / "source", pathlib.Path(place) / "out"
            (source / "bench").mkdir(parents=True)
            out.mkdir()
            (out / "TABLE.md").write_text("table", encoding="utf-8")
            readme = source / "README.md"
            readme.write_text(f"before\n{report.BEGIN}an old run\n{report.END}after\n", encoding="utf-8")
            found = self.run_of(a_row(), MET)
            with mock.patch.object(report, "SOURCE", source):
                report.publish(out, ["TABLE.md"], found)
            text = readme.read_text(encoding="utf-8")
        self.assertTrue(text.startswith(f"before\n{report.BEGIN}2026-11-22, 2 cores of a CPU"), text)
        self.assertTrue(text.endswith(f"{report.END}after\n"), text)
        self.assertIn("| some work |", text)
        self.assertNotIn("an old run", text)

    def test_a_run_that_was_disturbed_says_so(self):
        self.assertNotIn("other work", report.summary(self.run_of(a_row(), MET, others=5)))
        self.assertIn(", other work taking 40 % of it", report.summary(self.run_of(a_row(), MET, others=40)))
        self.assertNotIn("speed", report.summary(self.run_of(a_row(), MET, varied=1.15)))
        self.assertIn("taking 40 % of it and its speed varying by a factor of 2.1",
                      report.summary(self.run_of(a_row(), MET, others=40, varied=2.14)))

    def run_of(self, row, outcome, others=0, varied=1.0):
        return {"date": "2026-11-22", "commit": "1234567", "others_percent": others, "speed_varied": varied, "mode": "full", "rounds": 5, "seconds": 2, "versions": {},
                "machine": {"cpu": "a CPU", "cores": 2, "memory_gib": 8, "kernel": "Linux 6.1"},
                "rows": [report.described(row, outcome, "")]}


class Loads(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.bench = mock.Mock(seconds=0.2, load_core=None, out=self.out, work=self.out)

    def test_wrk_asks_for_the_target_with_the_headers(self):
        with mock.patch.object(load, "run", return_value="  12 requests in 1s\nRequests/sec:   12.5\n") as run:
            self.assertEqual(load.wrk(self.bench, 80, "/x", {"a": "b"}, connections=3, seconds=2), (12, 12.5))
        said = " ".join(map(str, run.call_args.args[0]))
        self.assertEqual(said, f"wrk -t 1 -c 3 -d 2s -H Host: {load.HOST} -H a: b http://127.0.0.1:80/x")

    def test_an_error_or_no_answer_is_trouble(self):
        for said in ("", "  0 requests in 1s", "  9 requests in 1s\n  Non-2xx or 3xx responses: 1", "Socket errors: read 1"):
            with self.assertRaises(load.Trouble, msg=said):
                load.answered_by_wrk(said, 80)

    def test_slices_let_one_run_at_a_time_and_all_alike(self):
        # Each writes the time down every few milliseconds until its own is over.
        program = ("import sys, time\nend = time.monotonic() + float(sys.argv[1])\n"
                   "while time.monotonic() < end: print(time.monotonic(), flush=True); time.sleep(0.002)\n")
        loops = {name: (lambda seconds: [sys.executable, "-c", program, seconds],
                        lambda said: [float(line) for line in said.split()]) for name in "abc"}
        with mock.patch.object(self.bench, "seconds", 1.0):
            got = load.in_slices(self.bench, loops)
        # A slice is where no other has said anything in between; the last ones are for seeing that time is over.
        turns = [name for _, name in sorted((at, name) for name, times in got.items() for at in times)]
        changes = sum(one != other for one, other in zip(turns, turns[1:]))
        self.assertGreater(changes, 10)
        self.assertLess(changes, len(turns) / 2, "they ran beside each other")


if __name__ == "__main__":
    unittest.main(verbosity=2)
