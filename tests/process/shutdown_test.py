"""SIGTERM: what is under way is finished, what is idle is closed, nobody is lost, and the exit code is 0."""

import http.client
import signal
import threading
import time
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import DEADLINE, Program, mock_control_plane, request, sidecache, wait_until
from steady_load import Load

KEY = {"x-portkey-api-key": "a-key"}


class Shutdown(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("good", hostile.good("good"))
        self.release = threading.Event()
        self.addCleanup(self.release.set)

        def held_back(connection, head):
            self.release.wait()
            return hostile.good("slow")(connection, head)
        self.origin.behave("slow", held_back)

    def connect(self, proxy):
        where = urllib.parse.urlsplit(proxy.url("proxy"))
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=DEADLINE)
        self.addCleanup(connection.close)
        return connection

    def asks_slow(self, proxy, method="GET"):
        """A request that the control plane is holding back."""
        asked = self.origin.asked("slow")
        connection = self.connect(proxy)
        connection.request(method, "/v1/integrations/slow", headers=KEY, body=b"{}" if method == "PUT" else None)
        wait_until(lambda: self.origin.asked("slow") > asked, "it reached the control plane")
        return connection

    def test_idle_connections_do_not_hold_it_up(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), sidecache(self.origin.url) as proxy:
                idle = self.connect(proxy)
                idle.request("GET", "/v1/integrations/good", headers=KEY)
                self.assertEqual(idle.getresponse().read(), hostile.record("good"))
                began = time.monotonic()
                proxy.signal(number)
                self.assertEqual(proxy.wait(), 0)
                self.assertLess(time.monotonic() - began, 15)  # the grace is 25 s: it was not waited for
                self.assertEqual(idle.sock.recv(1), b"")

    def test_a_lookup_under_way_is_answered(self):
        with sidecache(self.origin.url) as proxy:
            under_way = self.asks_slow(proxy)
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: self.is_draining(proxy), "not ready any more")
            self.assertTrue(proxy.running())
            self.release.set()
            answer = under_way.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, hostile.record("slow")))
            self.assertEqual(proxy.wait(), 0)

    def test_a_write_under_way_is_finished(self):
        with sidecache(self.origin.url) as proxy:
            under_way = self.asks_slow(proxy, "PUT")
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: self.is_draining(proxy), "not ready any more")
            self.release.set()
            self.assertEqual(under_way.getresponse().status, 200)
            self.assertEqual(proxy.wait(), 0)

    def test_the_grace_ends(self):
        # However long the control plane lets a lookup or a write wait: it is held back until this test is over.
        for method in ("GET", "PUT"):
            with self.subTest(method), sidecache(self.origin.url, "--shutdown-grace", "100ms") as proxy:
                under_way = self.asks_slow(proxy, method)
                proxy.signal(signal.SIGTERM)
                self.assertEqual(proxy.wait(), 0)
                with self.assertRaises((http.client.HTTPException, OSError)):
                    under_way.getresponse()

    def test_a_second_signal_ends_the_grace(self):
        with sidecache(self.origin.url) as proxy:
            self.asks_slow(proxy)
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: self.is_draining(proxy), "not ready any more")
            proxy.signal(signal.SIGTERM)
            self.assertEqual(proxy.wait(15), 0)  # less than the grace of 25 s

    def test_demo_and_mock_end_too(self):
        with Program("mock", "--listen", "127.0.0.1:0") as mock:
            mock.url("mock")
            mock.signal(signal.SIGTERM)
            self.assertEqual(mock.wait(), 0)

    def test_delay_and_linger_go_on_as_before_but_for_readiness(self):
        with sidecache(self.origin.url, "--shutdown-delay", "300ms", "--shutdown-linger", "300ms") as proxy:
            kept = self.connect(proxy)
            proxy.signal(signal.SIGTERM)
            metrics = proxy.url("metrics")
            wait_until(lambda: request(metrics, "/readyz").status == 503, "not ready any more")
            self.assertEqual(request(metrics, "/livez").status, 200)
            ends = time.monotonic() + 1.5
            while time.monotonic() < ends:  # more than delay and linger together: it lingers as long as it is asked
                kept.request("GET", "/v1/integrations/good", headers=KEY)
                answer = kept.getresponse()
                self.assertEqual((answer.status, answer.headers["Connection"]), (200, None))
                self.assertEqual(answer.read(), hostile.record("good"))
                self.assertEqual(request(proxy.url("proxy"), "/v1/integrations/good", headers=KEY).status, 200)
                self.assertEqual(request(metrics, "/livez").status, 200)
                threading.Event().wait(0.05)
            self.assertEqual(proxy.wait(15), 0)

    def test_lingering_ends_with_the_grace(self):
        flags = ["--shutdown-linger", "10s", "--shutdown-grace", "500ms"]
        with sidecache(self.origin.url, *flags) as proxy:
            with Load(proxy.url("proxy"), "/v1/integrations/good", KEY, until_refused=True) as load:
                wait_until(lambda: load.answered > 50, "under load")
                proxy.signal(signal.SIGTERM)
                self.assertEqual(proxy.wait(8), 0)
                load.wait()
            self.assertEqual((load.lost, load.cut), (0, 0), load)

    def test_a_second_signal_skips_the_delay(self):
        with sidecache(self.origin.url, "--shutdown-delay", "10m") as proxy:
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: "shutdown.delay" in proxy.stderr(), "it says so")
            proxy.signal(signal.SIGTERM)
            self.assertEqual(proxy.wait(15), 0)

    def test_newcomers_are_refused_and_not_kept_waiting_while_it_drains(self):
        for flags in ([], ["--supervise"]):
            with self.subTest(flags), sidecache(self.origin.url, *flags) as proxy:
                self.release.clear()
                under_way = self.asks_slow(proxy)
                proxy.signal(signal.SIGTERM)

                def is_refused(where=proxy.url("proxy")):
                    try:
                        request(where, "/v1/integrations/good", headers=KEY)
                    except ConnectionRefusedError:
                        return True
                    return False
                wait_until(is_refused, "refused")
                self.assertTrue(proxy.running())
                self.release.set()
                self.assertEqual(under_way.getresponse().status, 200)
                self.assertEqual(proxy.wait(), 0)

    def test_under_load_nothing_is_lost(self):
        """Kept connections are told, fresh ones served till they are refused: never anything in between."""
        with mock_control_plane() as control_plane:
            for flags in ([], ["--supervise"]):
                with self.subTest(flags), sidecache(control_plane.url("mock"), *flags, "--shutdown-delay", "500ms",
                                                    "--threads", "2") as proxy:
                    key = {"x-portkey-api-key": "demo-acme-prod-key"}
                    with Load(proxy.url("proxy"), "/v1/integrations/openai-prod", key, until_refused=True) as load:
                        wait_until(lambda: load.answered > 2000, "under load")
                        proxy.signal(signal.SIGTERM)
                        self.assertEqual(proxy.wait(), 0)
                        load.wait()
                    print(f"SIGTERM {flags}: {load}")
                    self.assertEqual((load.lost, load.cut), (0, 0), load)

    @staticmethod
    def is_draining(proxy):
        """Says that it is not ready, or no longer listens."""
        try:
            return request(proxy.url("metrics"), "/readyz").status == 503
        except OSError:
            return True


if __name__ == "__main__":
    unittest.main(verbosity=2)
