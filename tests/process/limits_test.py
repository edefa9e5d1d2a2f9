"""Limits at the wire: who reaches one gets the outcome that has its name, it is counted, and everybody else goes on."""

import resource
import select
import selectors
import socket
import threading
import time
import unittest

import hostile_control_plane as hostile
from harness import DEADLINE, request, sidecache, wait_until
from limits_case import KEY, KIB, MIB, RECORD_HEAD, Case, connect, counted, everything_from, lookup_head, metric


class Patience(Case):
    """One sidecache with little patience, and clients that need more."""

    def setUp(self):
        super().setUp()
        self.proxy = self.start("--limits-header-timeout", "500ms", "--limits-idle-timeout", "1s",
                                "--limits-min-rate", "100KiB", "--limits-rate-grace", "300ms",
                                "--limits-stall-timeout", "2s", "--upstream-timeout", "20s", "--cache-ttl", "1h")
        self.hold()

    def dribble(self, connection, byte=b"x"):
        """A byte every few milliseconds, until something comes."""
        connection.setblocking(False)
        with selectors.DefaultSelector() as comes:
            comes.register(connection, selectors.EVENT_READ)
            end = time.monotonic() + DEADLINE
            try:
                while not comes.select(0.005):
                    self.assertLess(time.monotonic(), end, "nobody minds")
                    connection.send(byte)
            except ConnectionError:
                pass
        connection.settimeout(DEADLINE)

    def test_a_dribbling_head_is_told_so(self):
        with connect(self.base) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nX: ")
            self.dribble(slow)
            got = everything_from(slow)
        self.assertTrue(got.startswith(b"HTTP/1.1 408 "), got)
        counted(self.proxy, "header_timeout" if b"header_timeout" in got else "min_rate")
        self.hit()

    def test_an_idle_connection_is_closed_without_a_word(self):
        with connect(self.base) as idle:
            self.assertEqual(everything_from(idle), b"")
        counted(self.proxy, "idle_timeout")

    def test_a_dribbling_upload_is_ended_and_the_control_plane_is_told(self):
        ended = threading.Event()

        def until_it_ends(connection, _head):
            hostile.wait_for_leaving(connection)
            ended.set()
        self.origin.behave("slow-upload", until_it_ends)
        with connect(self.base) as slow:
            slow.sendall(b"POST /v1/logs/slow-upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
            self.dribble(slow)
        counted(self.proxy, "min_rate")
        self.assertTrue(ended.wait(DEADLINE), "the control plane still waits for the rest")
        self.hit()

    def test_a_silent_upload_stalls(self):
        self.origin.behave("silent-upload", hostile.stalls_after())
        with connect(self.base) as silent:
            silent.sendall(b"POST /v1/logs/silent-upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nx")
            everything_from(silent)
        counted(self.proxy, "stall")

    def test_a_reader_that_dribbles_is_ended(self):
        self.origin.behave("large", hostile.floods(RECORD_HEAD + b"Content-Length: 1073741824\r\n\r\n", b"a" * MIB, 1024))
        with connect(self.base, receive_buffer=4096) as slow:
            slow.sendall(b"GET /v1/files/large HTTP/1.1\r\nHost: h\r\n\r\n")
            ended = lambda: metric(self.proxy, "sidecache_connections_closed_total", reason="min_rate") == 1
            wait_until(lambda: ended() or not slow.recv(100), "ended for being slow")
            self.assertTrue(ended())
        self.assertEqual(metric(self.proxy, "sidecache_requests_total", outcome="cancelled"), 1)
        self.hit()


class Requests(Case):
    def test_a_reader_that_takes_nothing_stalls(self):
        proxy = self.start("--limits-stall-timeout", "500ms", "--limits-min-rate", "0B")
        self.origin.behave("large", hostile.floods(RECORD_HEAD + b"Content-Length: 1073741824\r\n\r\n", b"a" * MIB, 1024))
        with connect(self.base, receive_buffer=4096) as deaf:
            deaf.sendall(b"GET /v1/files/large HTTP/1.1\r\nHost: h\r\n\r\n")
            counted(proxy, "stall")
        self.assertEqual(metric(proxy, "sidecache_requests_total", outcome="cancelled"), 1)

    def test_an_upload_that_nobody_takes_is_held_back_in_what_a_connection_may_hold(self):
        proxy = self.start("--limits-buffered-bytes-per-connection", "8KiB", "--limits-header-bytes", "8KiB")
        go_on = threading.Event()
        self.origin.behave("pile", lambda connection, _head: go_on.wait(DEADLINE))
        with connect(self.base) as client:
            client.sendall(b"POST /v1/logs/pile HTTP/1.1\r\nHost: h\r\nContent-Length: 1073741824\r\n\r\n")
            sent = 0
            while select.select([], [client], [], 0.5)[1]:
                sent += client.send(b"x" * 64 * KIB, socket.MSG_DONTWAIT)
                self.assertLess(sent, 64 * MIB, "somebody takes it all")
            self.assertGreaterEqual(metric(proxy, "sidecache_client_buffer_full_total"), 1)
            self.assertLessEqual(metric(proxy, "sidecache_buffered_bytes"), 8 * KIB)
        go_on.set()

    def test_a_request_may_take_so_long_and_no_longer(self):
        proxy = self.start("--limits-request-timeout", "500ms", "--upstream-timeout", "60s")
        self.origin.behave("never", hostile.stalls_after())
        for target in ("/v1/integrations/never", "/v1/logs/never"):
            answer = request(self.base, target, headers=KEY)
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (504, "request_timeout"))
        counted(proxy, "request_timeout", at_least=2)
        self.assertEqual(metric(proxy, "sidecache_requests_total", outcome="error"), 2)

    def test_a_stream_that_takes_longer_is_cut_off_so_that_the_client_can_tell(self):
        proxy = self.start("--limits-request-timeout", "500ms")
        self.origin.behave("events", hostile.stalls_after(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n"))
        with connect(self.base) as client:
            client.sendall(b"GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n")
            got = everything_from(client)
        self.assertTrue(got.endswith(b"event\r\n"), got)
        counted(proxy, "request_timeout")

    def test_the_last_request_of_a_connection_says_so(self):
        proxy = self.start("--limits-requests-per-connection", "3", "--cache-ttl", "1h")
        self.hold()
        with connect(self.base) as client:
            client.sendall(lookup_head("held") * 5)
            got = everything_from(client)
        self.assertEqual(got.count(b"HTTP/1.1 200 "), 3)
        self.assertEqual(got.count(b"Connection: close\r\n"), 1)
        counted(proxy, "requests")

    def test_an_address_has_so_many_connections_and_others_have_theirs(self):
        proxy = self.start("--limits-connections-per-client", "3", "--cache-ttl", "1h")
        self.hold()
        wait_until(lambda: metric(proxy, "sidecache_client_connections") == 0, "ours are gone")
        mine = [connect(self.base, source="127.0.0.5") for _ in range(3)]
        wait_until(lambda: metric(proxy, "sidecache_client_connections") == 3, "three are there")
        with connect(self.base, source="127.0.0.5") as fourth:
            self.assertEqual(everything_from(fourth), b"")
        wait_until(lambda: metric(proxy, "sidecache_connections_refused_total", reason="client_limit") == 1, "counted")
        for one in mine:
            one.sendall(lookup_head("held"))
            self.assertTrue(one.recv(65536).startswith(b"HTTP/1.1 200 "))
        self.hit()  # from 127.0.0.1
        mine.pop().close()
        wait_until(lambda: metric(proxy, "sidecache_client_connections") == 2, "one has left")
        with connect(self.base, source="127.0.0.5") as fifth:
            fifth.sendall(lookup_head("held"))
            self.assertTrue(fifth.recv(65536).startswith(b"HTTP/1.1 200 "))
        for one in mine:
            one.close()


class Descriptors(unittest.TestCase):
    def test_the_soft_limit_is_raised_to_the_hard_one(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        try:
            with sidecache("http://127.0.0.1:1") as proxy:
                self.assertEqual(metric(proxy, "process_max_fds"), hard)
                wait_until(lambda: f"up to {hard} descriptors" in proxy.stderr(), "it says so")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


if __name__ == "__main__":
    unittest.main(verbosity=2)
