"""sidecache replay: keeps its rate, leaves no wait out, asks for the same things by the same seed, and suits a sidecache."""

import json
import re
import signal
import threading
import unittest

from harness import Program, mock_control_plane, request, run, sidecache, wait_until
from replay_case import ReplayCase
from replay_target import OK, OneAtATime, StallOnce

SECRET = "a-key-that-nobody-may-read"


class Latencies(ReplayCase):
    def test_a_stall_shows_in_the_corrected_latencies_and_hides_in_the_others(self):
        target = self.target(StallOnce(after=400, seconds=0.5))
        hdr = self.folder / "out.hgrm"
        report, said = self.replay(target.url, "-R", "400", "-d", "4s", "-c", "4", "--hdr", str(hdr))
        self.assertEqual(report["requests"]["answered"], 1600)
        corrected, uncorrected = report["latency_ms"]["corrected"], report["latency_ms"]["uncorrected"]
        # 200 of 1,600 requests were meant to start during the stall, but only four were under way.
        self.assertGreater(corrected["p99"], 300, said)
        self.assertGreater(corrected["p90"], 20, said)
        self.assertLess(uncorrected["p99"], 100, said)
        self.assertGreater(uncorrected["max"], 450, "those four saw it")
        self.assertGreater(report["requests"]["waited"], 100)
        self.assertIn("found no free connection", said)
        for file, table in ((hdr, corrected), (self.folder / "out.uncorrected.hgrm", uncorrected)):
            lines = file.read_text(encoding="utf-8").splitlines()
            self.assertEqual(lines[0].split(), ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
            rows = [line.split() for line in lines[2:] if not line.startswith("#")]
            self.assertEqual([int(rows[-1][2]), rows[-1][1]], [1600, "1.000000000000"])
            self.assertAlmostEqual(float(rows[-1][0]), table["max"], delta=0.001)
            self.assertEqual(rows, sorted(rows, key=lambda row: (float(row[1]), float(row[0]))))
            self.assertTrue(lines[-3].startswith("#[Mean    = "))

    def test_a_target_that_is_too_slow_is_said_to_be(self):
        target = self.target(OneAtATime(0.01))
        report, said = self.replay(target.url, "-R", "400", "-d", "1s", "-c", "2", "--timeout", "500ms")
        self.assertFalse(report["rate"]["kept"])
        self.assertLess(report["rate"]["achieved"], 110)
        self.assertIn("the target did not keep the rate", said)
        # What was due and never sent has a latency too.
        self.assertGreater(report["errors"]["unsent"], 100)
        self.assertEqual(report["requests"]["due"], 400)
        self.assertGreater(report["latency_ms"]["corrected"]["p50"], 400)
        self.assertLess(report["latency_ms"]["uncorrected"]["p50"], 100)

    def test_a_sender_that_stood_still_says_so(self):
        target = self.target()
        out = self.folder / "report.json"
        with Program("replay", "--url", target.url, "-R", "500", "-d", "2s", "-c", "300", "--warm-up", "0s", "--json",
                     str(out)) as replay:
            wait_until(lambda: len(target.asked()) > 100, "it sends")
            replay.signal(signal.SIGSTOP)
            threading.Event().wait(0.4)
            replay.signal(signal.SIGCONT)
            self.assertEqual(replay.wait(), 0)
            self.assertIn("note: the sender itself was late", replay.stdout())
        report = json.loads(out.read_text(encoding="utf-8"))
        self.assertTrue(report["sender"]["was_bottleneck"])
        self.assertGreater(report["sender"]["lag_max_ms"], 200)
        self.assertGreater(report["latency_ms"]["corrected"]["p90"], 50)
        self.assertEqual(report["requests"]["answered"], 1000)

    def test_limits_that_do_not_hold_are_exit_code_1(self):
        target = self.target(lambda where, _: OK if where.endswith("1") else OK.replace(b"200 OK", b"404 No"))
        flags = ("-R", "200", "-d", "500ms", "--slug-format", "s-%d", "--records", "2", "--zipf", "0")
        self.replay(target.url, *flags, "--max-errors", "90", "--max-p99", "10s")
        _, said = self.replay(target.url, *flags, "--max-errors", "10", code=1)
        self.assertIn("at most 10 % were allowed", said)
        _, said = self.replay(target.url, *flags, "--max-p99", "1us", code=1)
        self.assertIn("failed: a corrected p99 of ", said)
        _, said = self.replay(target.url, *flags, "--min-hit-ratio", "1", code=1)
        self.assertIn("at least 1 % were wanted", said)


class Requests(ReplayCase):
    def test_the_same_seed_asks_for_the_same_things(self):
        def asked(*flags, connections="1"):
            target = self.target()
            report, _ = self.replay(target.url, "-R", "500", "-d", "1s", "-c", connections, "--slug-format", "s-%d",
                                    "--arrivals", "poisson", *flags)
            self.assertEqual(report["requests"]["answered"], len(target.asked()))
            return target.asked()

        once = asked("--seed", "7")
        self.assertEqual(once, asked("--seed", "7"))
        self.assertNotEqual(once, asked("--seed", "8"))
        self.assertGreater(once.count("/v1/providers/s-1"), 3 * once.count("/v1/providers/s-20"))
        # Over several threads and connections the order is theirs, the requests are the same.
        self.assertEqual(sorted(once), sorted(asked("--seed", "7", "--threads", "2", connections="5")))

    def test_a_pattern_is_played_as_it_stands(self):
        pattern = self.write("p.jsonl", """
            {"at_ms": 100, "target": "/b?x=1", "credential": 1, "headers": {"x-trace": "t"}}
            {"at_ms": 0, "target": "/a", "credential": null}
            {"at_ms": 300, "target": "/c", "method": "POST", "body": "{}"}
            {"time":"1970-01-01T00:00:00.400Z","level":"info","message":"request","method":"GET","path":"/d"}
        """)
        keys = self.write("keys", f"other\n{SECRET}\n")
        target = self.target()
        report, said = self.replay(target.url + "/cp", "--pattern", pattern, "--credential-file", keys, "-c", "1",
                                   "-H", "X-All: yes")
        self.assertEqual(target.asked(), ["/cp/a", "/cp/b?x=1", "/cp/c", "/cp/d"])
        first, second, third, _ = target.heads
        self.assertNotIn("x-portkey-api-key", first)
        self.assertIn(f"\r\nx-portkey-api-key: {SECRET}", second)
        self.assertIn("\r\nx-trace: t\r\n", second)
        self.assertTrue(third.startswith("POST ") and "\r\nContent-Length: 2\r\n" in third)
        self.assertTrue(all("\r\nX-All: yes" in head for head in target.heads))
        self.assertAlmostEqual(report["asked_for"]["length_s"], 0.4 * 4 / 3, places=3)
        self.assertNotIn(SECRET, said + json.dumps(report))

        target = self.target()
        report, _ = self.replay(target.url, "--pattern", pattern, "--credential-file", keys, "-R", "100", "-d", "200ms")
        self.assertEqual(len(target.asked()), 20, "five rounds")
        self.assertEqual(report["asked_for"]["rate"], 100)

    def test_what_is_wrong_with_the_command_line_is_said(self):
        pattern = self.write("p.jsonl", '{"at_ms": 0, "target": "/a"}\n{"at_ms": 0, "target": "a"}\n')
        header = self.write("keys", f"Bad Name: {SECRET}\n")
        for flags, message in (
                (("--url", "ftp://x"), "expected http://"),
                (("--pattern", pattern), "p.jsonl:2: expected target"),
                (("--pattern", str(self.folder / "none")), "can't be read"),
                (("--credential-file", header), "keys:1: expected one API key a line"),
                (("--header", f"Authorization: {SECRET}"), "it comes from --credential-file"),
                (("--slug-format", "prod"), "prod-%d"),
                (("--records", "11"), "--slug-format or --slug-file"),
                (("--path", "v1"), "begins with /"),
                (("--pattern", pattern, "--zipf", "1"), "excludes"),
                (("--pattern", self.write("q.jsonl", '{"at_ms": 0, "target": "/a"}'), "-R", "1", "--warm-up", "1s"),
                 "less than the 1s that the pattern takes"),
                (("--duration", "soon"), "flag --duration"),
                (("--rate", "0"), "--rate"),
                (("--arrivals", "never"), "--arrivals"),
                (("--threads", "4", "-c", "2"), "at least one for each thread"),
                (("--json", str(self.folder / "no" / "where")), "can't be written")):
            with self.subTest(flags):
                code, said, errors = run("replay", *flags)
                self.assertEqual(code, 64, errors)
                self.assertIn(message, errors)
                self.assertNotIn(SECRET, said + errors)


class Sidecache(ReplayCase):
    def test_the_defaults_suit_the_mock_and_a_sidecache_before_it(self):
        with mock_control_plane() as mock:
            report, said = self.replay(mock.url("mock"), "-R", "500", "-d", "1s")
            self.assertEqual(report["statuses"], {"200": 500}, said)
            self.assertEqual((report["cache"], report["hit_percent"]), ({"none": 500}, None))

            with sidecache(mock.url("mock")) as proxy:
                report, said = self.replay(proxy.url("proxy"), "-R", "500", "-d", "1s", "--seed", "3")
                self.assertEqual(report["statuses"], {"200": 500}, said)
                # Ten slugs: each is asked for upstream once, by one request or by several that share it.
                self.assertEqual(report["cache"]["fwd=uri-miss"], 10)
                self.assertEqual(sum(report["cache"].values()), 500)
                self.assertEqual(report["hit_percent"], report["cache"]["hit"] / 5)
                self.assertGreater(report["hit_percent"], 50)
                self.assertIn("hit ratio", said)
                metrics = request(proxy.url("metrics"), "/metrics").body.decode()
                misses = re.findall(r'(?m)^sidecache_requests_total\{.*outcome="miss".*\} (\d+)$', metrics)
                self.assertEqual(sum(map(int, misses)), 10)

                keys = self.write("keys", "nobody-knows-this-key\n")
                report, _ = self.replay(proxy.url("proxy"), "-R", "100", "-d", "500ms", "--credential-file", keys)
                self.assertEqual(report["errors"]["status_4xx"], 50)

    def test_its_access_log_is_a_pattern(self):
        paths = ["/v1/providers/openai-main", "/v1/virtual-keys/openai-vk", "/v1/providers/openai-main"]
        with mock_control_plane() as mock:
            with sidecache(mock.url("mock"), "--log-format", "json", "--log-access", "all") as proxy:
                for path in paths:
                    request(proxy.url("proxy"), path + "?not=logged", headers={"x-portkey-api-key": "demo-acme-prod-key"})
                request(proxy.url("proxy"), "/v1/providers/openai-main", method="PUT", body=b"{}")
                wait_until(lambda: '"PUT"' in proxy.stderr(), "the line of the last")
                log = self.write("log.jsonl", proxy.stderr())
            target = self.target()
            report, said = self.replay(target.url, "--pattern", log, "-R", "20", "-c", "1")
            self.assertEqual(target.asked(), paths)
            self.assertIn("3 requests of ", said)


if __name__ == "__main__":
    unittest.main()
