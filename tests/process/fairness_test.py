"""One credential's flood at the wire: the others keep their hits, their turns and their records."""

import collections
import re
import socket
import threading
import time
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import DEADLINE, mock_control_plane, request, sidecache, wait_until
from limits_case import Case, metric

VICTIM = {"x-portkey-api-key": "demo-acme-prod-key"}
FLOODER = "demo-globex-key"
SLUGS = 20_000
CONNECTIONS = 8
IN_A_ROW = 50  # requests sent before the answers are read


class Flood:
    """`SLUGS` lookups of slugs that nobody has, pipelined on a few connections."""

    def __init__(self, base):
        where = urllib.parse.urlsplit(base)
        self._address = (where.hostname, where.port)
        self.answers = collections.Counter()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number):
        seen = collections.Counter()
        with socket.create_connection(self._address, timeout=DEADLINE) as wire:
            reader = wire.makefile("rb")
            for first in range(0, SLUGS // CONNECTIONS, IN_A_ROW):
                wire.sendall(b"".join(
                    f"GET /v1/integrations/nobody-{number}-{first + n} HTTP/1.1\r\nHost: h\r\n"
                    f"x-portkey-api-key: {FLOODER}\r\n\r\n".encode() for n in range(IN_A_ROW)))
                for _ in range(IN_A_ROW):
                    seen[self._answer(reader)] += 1
        with self._lock:
            self.answers += seen

    @staticmethod
    def _answer(reader):
        status = int(reader.readline().split()[1])
        length = 0
        while (line := reader.readline()) != b"\r\n":
            if found := re.match(rb"(?i)content-length: (\d+)", line):
                length = int(found.group(1))
        reader.read(length)
        return status

    def running(self):
        return any(thread.is_alive() for thread in self._threads)


class Fairness(unittest.TestCase):
    def test_a_flood_of_unknown_slugs_leaves_the_hits_of_another(self):
        with mock_control_plane() as mock, sidecache(
                mock.url("mock"), "--cache-max-bytes", "1MiB", "--limits-record-bytes", "64KiB", "--cache-ttl", "10m",
                "--cache-negative-ttl", "10m", "--log-access", "off") as proxy:
            base = proxy.url("proxy")
            known = [f"/v1/integrations/{slug}" for slug in ("openai-prod", "azure-openai-eu")]
            for target in known:
                self.assertEqual(request(base, target, headers=VICTIM).status, 200)
            flood = Flood(base)
            outcomes = collections.Counter()
            end = time.monotonic() + DEADLINE
            while flood.running() and time.monotonic() < end:
                for target in known:
                    answer = request(base, target, headers=VICTIM)
                    outcomes["hit" if answer.cache_status().startswith("sidecache; hit") else answer.cache_status()] += 1
            self.assertFalse(flood.running(), "the flood takes too long")
            self.assertEqual(sum(flood.answers.values()), SLUGS)
            self.assertGreaterEqual(sum(outcomes.values()), 20, "there was time to ask")
            self.assertGreaterEqual(outcomes["hit"], sum(outcomes.values()) * 0.99, outcomes)
            self.assertEqual(metric(proxy, "sidecache_cache_evictions_total", reason="capacity"), 0)
            self.assertGreater(metric(proxy, "sidecache_cache_evictions_total", reason="negative_share"), SLUGS / 2)


class Turns(Case):
    def test_a_credential_that_fills_the_line_does_not_starve_another(self):
        proxy = self.start("--upstream-max-connections", "1", "--upstream-max-pending", "20")
        go_on = threading.Event()

        def slowly(connection, _head):
            go_on.wait(DEADLINE)
            connection.sendall(b"HTTP/1.1 404 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            return True
        for n in range(30):
            self.origin.behave(f"unknown-{n}", slowly)
        order, lock = [], threading.Lock()

        def asks(slug, key):
            answer = request(self.base, f"/v1/integrations/{slug}", headers={"x-portkey-api-key": key})
            with lock:
                order.append((slug, answer.status))
        crowd = [threading.Thread(target=asks, args=(f"unknown-{n}", "flooder")) for n in range(30)]
        for one in crowd:
            one.start()
        waiting = lambda: metric(proxy, "sidecache_upstream_queue_waiting")
        shed = lambda: metric(proxy, "sidecache_upstream_shed_total", urgency="miss")
        wait_until(lambda: waiting() == 20 and shed() == 9, "the line is full of one credential")
        self.origin.behave("known", hostile.good("known"))
        other = threading.Thread(target=asks, args=("known", "other"))
        other.start()
        wait_until(lambda: shed() == 10, "it takes a place in line from the flooder")
        go_on.set()
        for one in [*crowd, other]:
            one.join(DEADLINE)
        served = [slug for slug, status in order if status in (200, 404)]
        self.assertIn("known", served)
        self.assertEqual(len(served), 21)
        self.assertEqual(sum(status == 503 for _, status in order), 10)
        self.assertEqual(waiting(), 0)
        self.assertEqual(metric(proxy, "sidecache_upstream_concurrency_limit"), 1)


if __name__ == "__main__":
    unittest.main()
