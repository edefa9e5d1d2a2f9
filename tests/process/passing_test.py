"""Pass-throughs that are known by their header block, and those that are parsed: a client can't tell them apart, nor can
the control plane."""

import gzip
import re
import unittest

from harness import sidecache, wait_until
from limits_case import metric
from scripted_control_plane import ControlPlane, answers
from wire import Client, chunk, message, ok

KEY = "x-portkey-api-key: a-key\r\nAccept: */*\r\n"
# What keeps a block from being known: conditions on a date are for those to read who have the record.
PARSED = "If-Modified-Since: Sat, 21 Nov 2026 21:00:00 GMT\r\n"
PLAIN = b'{"data":[]}'
LARGE = b"x" * 300_000

DATE = "Sat, 21 Nov 2026 21:00:00 GMT"

ANSWERS = {
    "plain": answers(ok(PLAIN)),
    "lines": answers(ok(PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "keep-alive"),
                        ("Date", DATE), ("Keep-Alive", "timeout=9"), ("Via", "1.1 lb"), ("Cache-Status", "lb; hit"),
                        ("X-Empty", ""))),
    "fields": answers(ok(PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "X-Hop, keep-alive"),
                         ("X-Hop", "1"), ("Keep-Alive", "timeout=9"), ("Trailer", "X-Last"), ("Via", "1.1 lb"),
                         ("Cache-Status", "lb; hit"), ("Date", DATE), ("X-Empty", ""))),
    "nothing": answers(message("HTTP/1.1 204 No Content")),
    "unchanged": answers(message("HTTP/1.1 304 Not Modified", [("ETag", '"1"')])),
    "empty": answers(ok(b"")),
    "missing": answers(message("HTTP/1.1 404 Not There", [("Content-Length", len(PLAIN))], PLAIN)),
    "busy": answers(message("HTTP/1.1 429 Slow Down", [("Retry-After", 9), ("Content-Length", 0)])),
    "large": answers(ok(LARGE)),
    "chunks": answers(message("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")],
                              chunk(b"{") + chunk(b"}") + b"0\r\nX-Last: 1\r\n\r\n")),
    "interim": answers(message("HTTP/1.1 103 Early Hints", [("Link", "</a>")]) + ok(PLAIN)),
    "last": answers(ok(PLAIN, ("Connection", "close")), keep=False),
    "endless": answers(message("HTTP/1.1 200 OK", [("Content-Type", "text/plain")], PLAIN), keep=False),
    "old": answers(message("HTTP/1.0 200 OK", [("Content-Length", len(PLAIN))], PLAIN), keep=False),
    "zipped": answers(ok(gzip.compress(PLAIN), ("Content-Encoding", "gzip"), ("ETag", '"1"'))),
    "cut": answers(message("HTTP/1.1 200 OK", [("Content-Length", 99)], PLAIN), keep=False),
    "nonsense": answers(b"what?\r\n\r\n", keep=False),
    "silence": answers(b"", keep=False),
}


class Passing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(cls.plane.url))
        cls.base = cls.proxy.url("proxy")

    def ask(self, client, name, fields):
        """(status, fields, body) without what differs by chance; None: the answer was cut off, or none came."""
        client.send(f"GET /v1/passing/{name} HTTP/1.1\r\nHost: h\r\n{KEY}{fields}\r\n".encode())
        try:
            got = client.answer()
        except EOFError:
            return None
        fields = [(field, "now" if field.lower() == "date" and value != DATE else value) for field, value in got.fields]
        return got.status, fields, got.body

    def sent(self, name):
        """What the control plane was sent, without what is made for each request."""
        lines = [re.sub(r"^(traceparent|x-request-id): .*", r"\1: (made)", line) for line in self.lines(name)]
        return sorted(line for line in lines if not line.startswith("If-Modified-Since"))

    def lines(self, name):
        return self.plane.requests(f"/v1/passing/{name}")[-1].raw.decode("latin-1").split("\r\n")

    def client(self, fields):
        """One whose block has been seen."""
        client = self.enterContext(Client(self.base))
        for _ in range(3):
            self.assertEqual(self.ask(client, "warm", fields)[0], 200)
        return client

    def test_whatever_the_control_plane_says(self):
        for name, what in ANSWERS.items():
            self.plane.on(f"/v1/passing/{name}", what)
            for more in ("", "Accept-Encoding: gzip\r\nTE: trailers\r\n",
                         "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nx-request-id: r\r\n"):
                with self.subTest(name, more=more):
                    known, up_known = self.ask(self.client(more), name, more), self.sent(name)
                    parsed, up_parsed = self.ask(self.client(more + PARSED), name, more + PARSED), self.sent(name)
                    self.assertEqual(known, parsed)
                    self.assertEqual(up_known, up_parsed)

    def test_on_one_connection_in_any_order(self):
        for name, what in ANSWERS.items():
            self.plane.on(f"/v1/passing/{name}", what)
        client = self.client("")
        for name in ("plain", "chunks", "large", "plain", "zipped", "interim", "endless", "plain", "last", "nothing"):
            got = self.ask(client, name, "")
            self.assertIn(got[0], (200, 204), name)
            self.assertEqual(got[2], {"large": LARGE, "chunks": b"{}", "nothing": b""}.get(name, PLAIN), name)

    def test_each_has_ids_of_its_own(self):
        self.plane.on("/v1/passing/plain", ANSWERS["plain"])
        client = self.client("")
        seen = set()
        for _ in range(5):
            self.ask(client, "plain", "")
            seen |= {line for line in self.lines("plain") if line.startswith(("traceparent", "x-request-id"))}
        self.assertEqual(len(seen), 10)

    def test_they_are_counted_as_what_they_are(self):
        def counted():
            return (metric(self.proxy, "sidecache_requests_total", outcome="pass"),
                    metric(self.proxy, "sidecache_upstream_requests_total", code="404"))
        self.plane.on("/v1/passing/missing", ANSWERS["missing"])
        client = self.client("")
        before = counted()
        for _ in range(10):
            self.assertEqual(self.ask(client, "missing", "")[0], 404)
        wait_until(lambda: counted() == (before[0] + 10, before[1] + 10), "all of them are counted once")


if __name__ == "__main__":
    unittest.main()
