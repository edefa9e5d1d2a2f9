"""`sidecache mock` as a target of load: counts that equal the client's, faults by timeline, TLS, many connections, and
what it says before and after."""

import collections
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import resource
import socket
import ssl
import tempfile
import unittest
import urllib.parse

from certificates import Authority
from harness import DEADLINE, Program, mock_control_plane, request, run, wait_until
from tls_test_case import head_and_body

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
REQUESTS, CLIENTS = 10_000, 8


def outcome_of(connection, target):
    """A status, or how it ended instead, as a client of HTTP sees it."""
    try:
        connection.request("GET", target, headers=KEY)
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        return "reset"
    try:
        response.read()
    except (http.client.IncompleteRead, ConnectionError):
        return "cut"
    return str(response.status)


def asked(base, numbers):
    """One client's requests on a connection that it opens anew when it was closed."""
    where = urllib.parse.urlsplit(base)
    seen = collections.Counter()
    connection = None
    for number in numbers:
        if connection is None:
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=DEADLINE)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        outcome = outcome_of(connection, f"/v1/integrations/load-{number}")
        seen[outcome] += 1
        if outcome in ("reset", "cut"):
            connection.close()
            connection = None
    if connection:
        connection.close()
    return seen


def asked_by_many(base, requests=REQUESTS):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        shares = [range(1 + first, 1 + requests, CLIENTS) for first in range(CLIENTS)]
        return sum(pool.map(lambda share: asked(base, share), shares), collections.Counter())


def begin_run(base, name):
    answer = request(base, "/__mock/run", "POST", body=json.dumps({"id": name}))
    assert answer.status == 200, answer
    return answer.json()["finished"]


class LoadCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def assert_counted(self, counts, seen):
        statuses = {outcome: times for outcome, times in seen.items() if outcome not in ("reset", "cut")}
        self.assertEqual(counts["by_status"], statuses)
        self.assertEqual(counts["requests"], {
            "arrived": sum(seen.values()), "in_flight": 0, "whole": sum(statuses.values()), "reset": seen["reset"],
            "cut": seen["cut"], "client_left": 0})


class Counts(LoadCase):
    def test_equal_the_clients_own_whatever_goes_wrong(self):
        faults = self.write("faults.yaml", """
- {kind: error, share: 0.1, status: 503}
- {kind: throttle, share: 0.05, retry_after: 3}
- {kind: reset, share: 0.05}
- {kind: cut, share: 0.05, bytes: 100}
""")
        with mock_control_plane("--records", "1000000", "--faults", faults, "--threads", "2") as mock:
            base = mock.url("mock")
            begin_run(base, "with faults")
            seen = asked_by_many(base)
            self.assertEqual(set(seen), {"200", "503", "429", "reset", "cut"})
            self.assert_counted(request(base, "/__mock/run").json(), seen)
            self.assertAlmostEqual(seen["503"] / REQUESTS, 0.095, delta=0.02)

            # The same seed: the same sequence of outcomes, over however many connections it is spread.
            finished = begin_run(base, "again")
            self.assertEqual(finished["id"], "with faults")
            again = asked_by_many(base)
            self.assertEqual(again, seen)
            self.assert_counted(request(base, "/__mock/run").json(), again)

    def test_equal_the_clients_own_on_the_hot_path(self):
        with mock_control_plane("--records", "9000", "--threads", "2") as mock:
            base = mock.url("mock")
            begin_run(base, "plain")
            seen = asked_by_many(base)
            self.assertEqual(seen, {"200": 9000, "404": 1000})
            self.assert_counted(request(base, "/__mock/run").json(), seen)
            shown = request(base, "/__mock/requests").json()
            self.assertEqual((shown["journal"], shown["total"]), ("off", REQUESTS))

    def test_of_a_replay_equal_its_own(self):
        faults = self.write("faults.yaml", "- {kind: error, share: 0.2, status: 502}\n")
        with mock_control_plane("--records", "500", "--faults", faults) as mock:
            base = mock.url("mock")
            begin_run(base, "replay")
            out = self.folder / "report.json"
            code, said, errors = run("replay", "--url", base, "--rate", "1000", "--duration", "2s", "--warm-up", "0s",
                                     "--path", "/v1/providers/{slug}", "--slug-format", "load-%d", "--records", "500",
                                     "--json", str(out))
            self.assertIn(code, (0, 1), said + errors)
            counts = request(base, "/__mock/run").json()
            report = json.loads(out.read_text(encoding="utf-8"))
            self.assertEqual(counts["by_status"], {s: n for s, n in report["statuses"].items()})
            self.assertEqual(counts["requests"]["arrived"], report["requests"]["answered"])


class Delays(LoadCase):
    def test_of_a_quantile_file_are_reported_as_intended_and_achieved(self):
        quantiles = self.write("q.txt", "0 10ms\n0.5 20ms\n1 40ms\n")
        with mock_control_plane("--records", "100", "--latency-quantiles", quantiles) as mock:
            base = mock.url("mock")
            self.assertEqual(asked_by_many(base, 400), {"200": 100, "404": 300})
            delays = request(base, "/__mock/run").json()["delays_ms"]
            self.assertEqual(delays["intended"]["count"], 400)
            self.assertEqual(delays["achieved"]["count"], 400)
            self.assertAlmostEqual(delays["intended"]["p50"], 20, delta=2.5)
            self.assertLessEqual(delays["intended"]["max"], 40)
            self.assertGreaterEqual(delays["achieved"]["p50"], delays["intended"]["p50"])
        self.assertRegex(mock.stdout(), r"run run-1: 400 requests, 400 whole, 0 reset, 0 cut, 0 client_left\n")
        self.assertRegex(mock.stdout(), r"the mock kept up|THE MOCK WAS THE BOTTLENECK")

    def test_lag_and_cpu_are_looked_at(self):
        with mock_control_plane("--records", "10") as mock:
            base = mock.url("mock")
            wait_until(lambda: request(base, "/__mock/run").json()["cpu"]["seconds"] >= 1, "a second of CPU time")
            self.assertGreater(request(base, "/__mock/run").json()["loop_lag_ms"]["count"], 10)


class Refusals(LoadCase):
    def test_of_files_name_the_line_and_nothing_listens(self):
        for flag, text, said in (
                ("--faults", "- {at: 1s..2s, kind: reset}\n- {kind: fire}\n", r"f:2:10: \[1\]\.kind: expected br"),
                ("--faults", "- {kind: error, at: 3s..1s}\n", r"f:1:21: \[0\]\.at: expected a span of time"),
                ("--latency-quantiles", "0.5 20ms\n0.9 slow\n", r"f:2: expected a quantile")):
            code, out, errors = run("mock", "--listen", "127.0.0.1:0", flag, self.write("f", text))
            self.assertEqual((code, out), (64, ""))
            self.assertRegex(errors, said)

    def test_of_flags_say_what_was_expected(self):
        for flags, said in ((("--latency-distribution", "normal(3)"), "expected constant"),
                            (("--slug-format", "load"), "expected a slug with one %d"),
                            (("--faults", "/nowhere/f.yaml"), "can't be read"),
                            (("--listen", "https://127.0.0.1:0"), "needs --tls-certificate-file")):
            code, _, errors = run("mock", "--listen", "127.0.0.1:0", *flags) if flags[0] != "--listen" else run(
                "mock", *flags)
            self.assertEqual(code, 64)
            self.assertIn(said, errors)


class Capacity(LoadCase):
    def test_descriptors_that_are_too_few_are_told_of(self):
        with Program("mock", "--listen", "127.0.0.1:0", launcher=("prlimit", "--nofile=256:256")) as mock:
            mock.url("mock")
            wait_until(lambda: "(ulimit -Hn)" in mock.stderr(), "nothing was said of descriptors")
            self.assertRegex(mock.stderr(), r"warning: 10000 connections need 10064 descriptors, but this process may "
                                            r"have 256 \(ulimit -Hn\)")
        with Program("mock", "--listen", "127.0.0.1:0", "--connections", "100",
                     launcher=("prlimit", "--nofile=256:256")) as mock:
            mock.url("mock")
            self.assertEqual(mock.stop(), 0)
            self.assertNotIn("descriptors", mock.stderr())

    def test_ten_thousand_connections_are_held_and_answered(self):
        many = self.descriptors_for(10_000)
        with mock_control_plane("--records", "10", "--connections", str(many)) as mock, contextlib.ExitStack() as held:
            where = urllib.parse.urlsplit(mock.url("mock"))
            wires = [held.enter_context(socket.create_connection((where.hostname, where.port), DEADLINE))
                     for _ in range(many)]
            ask = b"GET /v1/providers/load-3 HTTP/1.1\r\nHost: m\r\nx-portkey-api-key: demo-acme-prod-key\r\n\r\n"
            for _ in range(3):  # parsed, parsed and remembered, and by the hot path
                for wire in wires:
                    wire.sendall(ask)
                for wire in wires:
                    head, body, _ = head_and_body(wire)
                    self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
                    self.assertEqual(len(body), 1500)
        asked = 3 * many
        self.assertIn(f"run run-1: {asked} requests, {asked} whole, 0 reset, 0 cut, 0 client_left", mock.stdout())

    def descriptors_for(self, wanted):
        """How many connections this process may have, of so many: its limit is raised for the test."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return min(wanted, hard - 200)


class Tls(LoadCase):
    def test_the_same_over_tls(self):
        authority = Authority(self.folder, "authority")
        certificate, key = authority.issue("server")
        with Program("mock", "--listen", "https://127.0.0.1:0", "--records", "10", "--tls-certificate-file",
                     certificate, "--tls-key-file", key) as mock:
            where = urllib.parse.urlsplit(mock.line_matching(r"^listening: mock (https://\S+)$").group(1))
            connection = http.client.HTTPSConnection(where.hostname, where.port, timeout=DEADLINE,
                                                     context=ssl.create_default_context(cafile=authority.certificate))
            self.assertEqual([outcome_of(connection, f"/v1/providers/load-{n}") for n in range(1, 13)],
                             ["200"] * 10 + ["404"] * 2)
            connection.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
