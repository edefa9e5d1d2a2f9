"""sidecache replay against targets that fail, close, stay silent or go: each kind of trouble is told apart and survived."""

import json
import re
import signal
import unittest

import certificates
from harness import Program, run, wait_until
from replay_case import ReplayCase
from replay_target import OK, Target


def chunked(target, connection):
    return (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Status: far; fwd=miss, near; hit; ttl=-3\r\n\r\n"
            b"2\r\nok\r\n0\r\n\r\n")


class Failures(ReplayCase):
    FLAGS = ("-R", "200", "-d", "500ms", "-c", "2", "--slug-format", "s-%d", "--records", "1", "--timeout", "500ms")

    def kinds(self, behave, *flags):
        target = self.target(behave)
        report, said = self.replay(target.url, *(flags or self.FLAGS))
        kinds = {kind: count for kind, count in report["errors"].items() if count and kind != "total"}
        self.assertEqual(report["errors"]["total"], sum(kinds.values()))
        return kinds, report, said

    def test_each_kind_of_failure_is_told_apart(self):
        for kind, answer in (("reset", None), ("protocol", b"SMTP ready\r\n\r\n")):
            kinds, report, _ = self.kinds(lambda *_, answer=answer: answer)
            self.assertGreater(kinds.pop(kind), 2)
            self.assertEqual(report["requests"]["answered"], 0)
            # Connections rest after failures; and what was under way at the very end has timed out.
            self.assertGreater(kinds.pop("unsent"), kinds.pop("timeout", 0))
            self.assertEqual(kinds, {})
        self.assertEqual(set(self.kinds(lambda *_: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")[0]
                             .keys()), {"timeout", "unsent"})
        kinds, report, _ = self.kinds(lambda *_: OK.replace(b"200 OK", b"503 No"))
        self.assertEqual((kinds, report["statuses"]), ({"status_5xx": 100}, {"503": 100}))

    def test_a_timeout_has_the_latency_that_it_had_by_then(self):
        kinds, report, _ = self.kinds(lambda *_: b"", "--timeout", "500ms", "-R", "10", "-d", "300ms", "-c", "5")
        self.assertEqual(kinds, {"timeout": 3})
        for latencies in report["latency_ms"].values():
            self.assertGreater(latencies["p50"], 499)
        self.assertEqual(report["requests"]["answered"], 0)

    def test_connections_that_end_are_made_anew(self):
        closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        kinds, report, _ = self.kinds(lambda *_: closing)
        self.assertEqual((kinds, report["requests"]["answered"]), ({}, 100))

        def until_close(_, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nall there is")

        kinds, report, _ = self.kinds(until_close)
        self.assertEqual((kinds, report["requests"]["body_bytes"]), ({}, 100 * len("all there is")))

    def test_a_connection_that_its_target_closed_meanwhile_fails_no_request(self):
        def closes_unsaid(_, connection):
            connection.sendall(OK)

        kinds, report, _ = self.kinds(closes_unsaid, "-R", "10", "-d", "1s", "-c", "1")
        self.assertEqual((kinds, report["requests"]["answered"]), ({}, 10))

    def test_framing_interim_answers_and_cache_status_are_understood(self):
        kinds, report, _ = self.kinds(chunked)
        self.assertEqual((kinds, report["cache"], report["hit_percent"]), ({}, {"stale": 100}, 100))
        self.assertEqual(report["requests"]["body_bytes"], 200)

    def test_where_nobody_listens_is_exit_code_69(self):
        with Target() as gone:
            pass
        code, _, errors = run("replay", "--url", gone.url)
        self.assertEqual(code, 69)
        self.assertIn("refused", errors)

    def test_a_target_that_goes_is_not_hammered(self):
        def goes(*_):
            target.__exit__()

        target = self.target(goes)
        report, _ = self.replay(target.url, "-R", "2000", "-d", "1s", "-c", "4", "--timeout", "1s")
        # Four connections fail at once, again, and then rest for 50 ms and longer each time.
        self.assertLess(report["errors"]["connect"] + report["errors"]["reset"], 4 * 12)
        self.assertGreater(report["errors"]["unsent"], 1900)

    def test_sigint_ends_it_with_the_report_so_far(self):
        target = self.target()
        out = self.folder / "report.json"
        with Program("replay", "--url", target.url, "-R", "100", "-d", "1h", "--json", str(out), "--progress", "--warm-up",
                     "0s") as replay:
            wait_until(lambda: re.search(r"(?m)^1 of 3600 s: \d+ answered", replay.stderr()), "a line of progress")
            replay.signal(signal.SIGINT)
            self.assertEqual(replay.wait(), 0)
            self.assertIn("it was interrupted", replay.stdout())
        report = json.loads(out.read_text(encoding="utf-8"))
        self.assertTrue(report["interrupted"])
        self.assertEqual(report["requests"]["answered"], len(target.asked()))
        self.assertTrue(report["rate"]["kept"], report)

    def test_unix_sockets_and_tls(self):
        target = self.target(path=str(self.folder / "socket"))
        report, _ = self.replay(target.url, *self.FLAGS)
        self.assertEqual(report["requests"]["answered"], 100)

        authority = certificates.Authority(self.folder, "authority")
        certificate = authority.issue("server")
        target = self.target(tls=certificate)
        report, _ = self.replay(target.url, *self.FLAGS, "--ca-file", authority.certificate)
        self.assertEqual((report["requests"]["answered"], report["errors"]["total"]), (100, 0))
        code, _, errors = run("replay", "--url", target.url, *self.FLAGS)
        self.assertEqual(code, 69)
        self.assertIn("certificate", errors)
        elsewhere = self.target(tls=certificate, host="127.0.0.2")  # the certificate is for 127.0.0.1
        code, _, errors = run("replay", "--url", elsewhere.url, *self.FLAGS, "--ca-file", authority.certificate)
        self.assertEqual((code, "certificate" in errors), (69, True), errors)
        for each in (target, elsewhere):
            report, _ = self.replay(each.url, *self.FLAGS, "--insecure")
            self.assertEqual(report["requests"]["answered"], 100)


if __name__ == "__main__":
    unittest.main()
