"""The control plane's answers are held to the same rules as clients' requests: none that can be read in two ways is
passed on whole or kept, and what comes behind an answer is never taken for the next one.

A case for each row of the code's table that an answer can break; a row that is in neither list fails the test.
"""

import unittest

from harness import BREAKER_OFF, sidecache, wait_until
from scripted_control_plane import ControlPlane, answers, answers_a_record
from wire import Client, chunk, message, ok, record, rules

KEY = "x-portkey-api-key: a-key\r\n"


def said(fields, first_line="HTTP/1.1 200 OK"):
    """An answer that holds a good record, and breaks a rule."""
    body = record("planted")
    head = f"{first_line}\r\nContent-Type: application/json\r\n{fields}"
    if "ontent-" not in fields and "ransfer-" not in fields:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode("latin-1") + b"\r\n" + body


LENGTH = len(record("planted"))
HEADS = {
    "bare_lf": [said("a: b\n"), said("").replace(b"\r\n", b"\n"), said("a: b\nSet-Cookie: c\r\n")],
    "bare_cr": [said("a: b\rSet-Cookie: c=d\r\n"), said("a: b\r\r\n"), said("", "HTTP/1.1 200 OK\rX-Injected: y")],
    "control_byte": [said("a: b\0c\r\n"), said("a: \x7f\r\n"), said("", "HTTP/1.1 200 O\0K"), said("a\x01: b\r\n")],
    "obs_fold": [said("a: b\r\n Set-Cookie: c\r\n"), said("a: b\r\n\tc\r\n")],
    "space_before_colon": [said(f"Content-Length : {LENGTH}\r\n"), said("a\t: b\r\n")],
    "no_colon": [said("nothing\r\n"), said(": b\r\n")],
    "bad_field_name": [said("a b: c\r\n"), said("n\xe4me: c\r\n"), said("a\xa0: c\r\n")],
    "head_too_large": [said("a: " + "x" * 70_000 + "\r\n")],
    "bad_status_line": [said("", line) for line in (
        "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 Odd", "HTTP/1.1 600 Odd", "HTTP/1.1 2x0 OK", "HTTP/1.1  200 OK",
        "HTTP/1.1 200", "http/1.1 200 OK", "ICY 200 OK", "HTTP/1.1 -20 OK")] + [b"\r\n" + said(""), record("planted") + b"\r\n\r\n"],
    "bad_version": [said("", "HTTP/2.0 200 OK"), said("", "HTTP/0.9 200 OK"), said("", "HTTP/1.2 200 OK")],
    "conflicting_framing": [said(f"Content-Length: {LENGTH}\r\nTransfer-Encoding: chunked\r\n")],
    "repeated_length": [said(f"Content-Length: {LENGTH}\r\nContent-Length: {LENGTH}\r\n"),
                        said(f"Content-Length: 0\r\nContent-Length: {LENGTH}\r\n")],
    "bad_length": [said(f"Content-Length: {value}\r\n") for value in (
        f"+{LENGTH}", f"{LENGTH}, {LENGTH}", "-1", "", "0x10", "1e1", f"{LENGTH} {LENGTH}")],
    "length_overflow": [said("Content-Length: 18446744073709551616\r\n"), said("Content-Length: 9223372036854775808\r\n")],
    "unsupported_coding": [said(f"Transfer-Encoding: {coding}\r\n") for coding in (
        "gzip", "gzip, chunked", "chunked, chunked", "identity", "", "xchunked", "chunked\r\nTransfer-Encoding: chunked")],
    "coding_in_http10": [said("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK")],
    "framing_without_body": [said(f"Content-Length: {LENGTH}\r\n", "HTTP/1.1 204 No Content"),
                             said("Transfer-Encoding: chunked\r\n", "HTTP/1.1 103 Early Hints")],
    "bad_connection": [said("Connection: a b\r\n")],
}
ONLY_IN_REQUESTS = {"target_too_long", "bad_request_line", "connect", "bad_target", "foreign_authority", "missing_host",
                    "repeated_host", "bad_host", "unknown_expectation", "nominated_field"}

GOOD_CHUNK = chunk(record("planted"))
# Each goes on after a chunk that is in order, and ends the connection.
BODIES = {
    "not hexadecimal digits": [GOOD_CHUNK + b"x\r\n", GOOD_CHUNK + b"+0\r\n\r\n", GOOD_CHUNK + b" 0\r\n\r\n", GOOD_CHUNK + b"\r\n"],
    "overflows": [GOOD_CHUNK + b"10000000000000000\r\n\r\n"],
    "no extension": [GOOD_CHUNK + b"0x0\r\n\r\n", GOOD_CHUNK + b"0 \r\n\r\n"],
    "size line is over": [GOOD_CHUNK + b"0;" + b"e" * 5_000 + b"\r\n\r\n"],
    "longer than its size": [GOOD_CHUNK[:-2] + b"xx\r\n0\r\n\r\n", GOOD_CHUNK[:-2] + b"0\r\n\r\n"],
    "outweighs": [(b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 20 + b"0\r\n\r\n"],
    "trailer section is over": [GOOD_CHUNK + b"0\r\nX: " + b"t" * 9_000 + b"\r\n\r\n"],
    "lines of heads": [GOOD_CHUNK + b"0\n\n", GOOD_CHUNK + b"0\r\n a: b\r\n\r\n", GOOD_CHUNK + b"0\r\na : b\r\n\r\n",
                       GOOD_CHUNK + b"0\r\na: b\0\r\n\r\n", GOOD_CHUNK + b"0;\r \r\n\r\n"],
    "no end": [GOOD_CHUNK, GOOD_CHUNK + b"0\r\n", GOOD_CHUNK + b"5\r\nhel"],
}
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


class UpstreamStrictness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(
            cls.plane.url, "--cache-ttl", "1h", "--cache-stale-while-revalidate", "0s", *BREAKER_OFF))
        cls.base = cls.proxy.url("proxy")
        cls.names = 0

    def path(self, kind="integrations"):
        """One that nobody has asked for."""
        type(self).names += 1
        return f"/v1/{kind}/r{self.names}"

    def ask(self, path, method="GET", fields="", body=b"", client=None):
        data = f"{method} {path} HTTP/1.1\r\nHost: h\r\n{KEY}{fields}\r\n".encode("latin-1") + body
        if client:
            return client.ask(data, method)
        with Client(self.base) as alone:
            return alone.ask(data, method)

    def is_502(self, answer):
        self.assertEqual((answer.status, answer.get("Content-Type")), (502, "application/json"), answer)
        self.assertEqual(answer.json()["error"]["code"], "upstream_failed")
        self.assertNotIn(b"planted", answer.raw + answer.body)

    def nothing_is_kept(self, path):
        """The next one asks again and gets the good answer; the one after it is a hit of just that."""
        self.plane.on(path, answers_a_record)
        good = record(path.rsplit("/", 1)[-1])
        asked = len(self.plane.requests(path))
        self.assertEqual(self.ask(path).body, good)
        self.assertEqual(len(self.plane.requests(path)), asked + 1)
        hit = self.ask(path)
        self.assertIn("hit", hit.get("Cache-Status"))
        self.assertEqual(hit.body, good)

    def test_each_row_of_the_table(self):
        self.assertEqual({code for code, _, _ in rules() if code != "bad_body"}, HEADS.keys() | ONLY_IN_REQUESTS)
        for code, bad in HEADS.items():
            for data in bad:
                with self.subTest(code, data=data[:100]):
                    path = self.path()
                    self.plane.on(path, answers(data, keep=False))
                    self.is_502(self.ask(path))
                    self.nothing_is_kept(path)
                    path = self.path("completions")
                    self.plane.on(path, answers(data, keep=False))
                    self.is_502(self.ask(path))
                    self.is_502(self.ask(path, "POST", "Content-Length: 2\r\n", b"{}"))

    def test_each_row_of_the_table_in_a_body(self):
        for _, _, sentence in [row for row in rules() if row[0] == "bad_body"]:
            self.assertTrue(any(part in sentence for part in BODIES), f"no case for: {sentence}")
        for part, bad in BODIES.items():
            for body in bad:
                with self.subTest(part, body=body[-60:]):
                    path = self.path()
                    self.plane.on(path, answers(CHUNKED + body, keep=False))
                    self.is_502(self.ask(path))
                    self.nothing_is_kept(path)
                    self.breaks_off(CHUNKED + body)

    def breaks_off(self, data):
        """A pass-through whose head went on: the client can tell that the rest is missing."""
        path = self.path("completions")
        self.plane.on(path, answers(data, keep=False))
        with self.assertRaises(EOFError):
            self.ask(path)
        with Client(self.base) as old, self.assertRaises(ConnectionResetError):
            # HTTP/1.0 has no chunks: the end of the connection would be the end of the answer, so it is a reset.
            old.ask(f"GET {path} HTTP/1.0\r\n{KEY}\r\n".encode())

    def test_an_answer_shorter_than_its_length_is_broken_off(self):
        self.breaks_off(message("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")], b"5\r\nhel"))
        path = self.path("completions")
        self.plane.on(path, answers(message("HTTP/1.1 200 OK", [("Content-Length", "10")], b"hello"), keep=False))
        with self.assertRaises(EOFError):
            self.ask(path)

    # --- one answer a request

    def not_the_next_answer(self, data, status=200):
        """`data` is an answer with something behind it. Whoever comes next gets their own."""
        for kind in ("integrations", "completions"):
            path = self.path(kind)
            self.plane.on(path, answers(data))
            self.assertEqual(self.ask(path).status, status)
            mine = self.plane.requests(path)[-1].connection
            for _ in range(3):
                other = self.path(kind)
                self.assertEqual(self.ask(other).body, record(other.rsplit("/", 1)[-1]))
                self.assertNotEqual(self.plane.requests(other)[0].connection, mine, "the connection is not used again")

    def test_what_comes_behind_an_answer_is_not_the_next_one(self):
        planted = ok(record("planted"))
        self.not_the_next_answer(ok(record("x")) + planted)
        self.not_the_next_answer(CHUNKED + chunk(record("x")) + b"0\r\n\r\n" + planted)
        self.not_the_next_answer(ok(record("x")) + b"\r\n")
        self.not_the_next_answer(message("HTTP/1.1 204 No Content") + planted, status=204)
        self.not_the_next_answer(message("HTTP/1.1 304 Not Modified", [("Content-Length", "9")]) + planted, status=304)
        self.not_the_next_answer(message("HTTP/1.1 404 Not Found", [("Content-Length", 0)]) + planted, status=404)
        self.not_the_next_answer(ok(record("x")) + message("HTTP/1.1 100 Continue"))

    def test_the_body_of_an_answer_to_HEAD_is_not_the_next_one(self):
        path, other = self.path("completions"), self.path("completions")
        self.plane.on(path, answers(ok(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nplanted")))
        with Client(self.base) as client:
            for _ in range(2):
                self.assertEqual(self.ask(path, "HEAD", client=client).status, 200)
                answer = self.ask(other, client=client)
                self.assertEqual(answer.body, record(other.rsplit("/", 1)[-1]))

    def test_what_comes_later_on_an_idle_connection_is_not_the_next_answer(self):
        path, other = self.path(), self.path()
        talks = []

        def keeps(talk):
            talks.append(talk)
            return answers_a_record(talk)
        self.plane.on(path, keeps)
        self.assertEqual(self.ask(path).status, 200)
        talks[0].send(ok(record("planted")))  # nobody asked
        talks[0].delivered()
        self.assertEqual(self.ask(other).body, record(other.rsplit("/", 1)[-1]))
        self.assertNotEqual(self.plane.requests(other)[0].connection, talks[0].number)

    def test_a_good_connection_is_used_again(self):
        # Else the tests above would pass with no reuse at all.
        paths = [self.path() for _ in range(3)]
        for path in paths:
            self.ask(path)
        self.assertEqual(len({self.plane.requests(path)[0].connection for path in paths}), 1)

    # --- interim answers

    def test_interim_answers_are_read_over(self):
        hints = message("HTTP/1.1 103 Early Hints", [("Link", "</planted>; rel=preload"), ("Set-Cookie", "a=b")])
        body = record("x")
        for kind, fields in (("integrations", ""), ("completions", "")):
            path = self.path(kind)
            self.plane.on(path, answers(message("HTTP/1.1 100 Continue") + hints + hints + ok(body)))
            for _ in range(2):
                answer = self.ask(path, fields=fields)
                self.assertEqual((answer.status, answer.body, answer.interim), (200, body, []))
                self.assertFalse(answer.has("Link") or answer.has("Set-Cookie"), answer)

    def test_switching_protocols_unasked_is_a_failure(self):
        switch = message("HTTP/1.1 101 Switching Protocols", [("Upgrade", "websocket"), ("Connection", "Upgrade")])
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
        for kind in ("integrations", "completions"):
            for fields in ("", upgrade):
                path = self.path(kind)
                self.plane.on(path, answers(switch + ok(record("planted")), keep=False))
                self.is_502(self.ask(path, fields=fields))

    # --- what is kept

    def test_a_hit_replays_just_the_fields_that_are_to_be_kept(self):
        path = self.path()
        kept = [("Content-Type", "application/json; charset=utf-8"), ("ETag", '"v1"'), ("X-Latin", "\xe4"), ("X-Empty", ""),
                ("X-Twice", "1"), ("X-Twice", "2"), ("X-Looks", "a\tb: c; HTTP/1.1 200 OK"),
                ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]
        dropped = [("Connection", "X-Nominated, keep-alive"), ("X-Nominated", "1"), ("Keep-Alive", "timeout=5"),
                   ("Set-Cookie", "session=planted"), ("Upgrade", "h2c"), ("Trailer", "X-Sum"), ("X-Request-Id", "1"),
                   ("Proxy-Authenticate", "Basic"), ("Transfer-Encoding", "chunked")]
        body = record(path.rsplit("/", 1)[-1])
        self.plane.on(path, answers(message("HTTP/1.1 200 Fine", kept + dropped, chunk(body) + b"0\r\nX-Sum: planted\r\n\r\n")))
        self.ask(path)
        for method in ("GET", "HEAD", "GET"):
            hit = self.ask(path, method)
            ours = [("Age", hit.get("Age")), ("Cache-Status", hit.get("Cache-Status")), ("Content-Length", str(len(body)))]
            self.assertEqual(hit.first_line, "HTTP/1.1 200 Fine")
            self.assertEqual(sorted(hit.fields), sorted(kept + ours))
            self.assertEqual((hit.body, hit.trailers), (b"" if method == "HEAD" else body, []))
        self.assertEqual(len(self.plane.requests(path)), 1)

    def test_a_confirmation_brings_no_fields_that_frame_or_belong_to_somebody(self):
        path, body = self.path(), record("x")
        first = [("Content-Type", "application/json"), ("ETag", '"v1"'), ("X-Age", "old")]
        second = [("ETag", '"v1"'), ("X-Age", "new"), ("Set-Cookie", "session=planted"), ("Content-Length", "3"),
                  ("Content-Encoding", "gzip"), ("Content-Range", "bytes 0-1/2"), ("Connection", "X-Hop"), ("X-Hop", "1"),
                  ("Content-Type", "text/html")]
        with sidecache(self.plane.url, "--cache-ttl", "1ms", "--cache-stale-while-revalidate", "0s") as proxy:
            self.plane.on(path, answers(message("HTTP/1.1 200 OK", [*first, ("Content-Length", len(body))], body)))
            with Client(proxy.url("proxy")) as client:
                self.ask(path, client=client)
                self.plane.on(path, answers(message("HTTP/1.1 304 Not Modified", second)))
                got = wait_until(lambda: (a := self.ask(path, client=client)) and "304" in a.get("Cache-Status") and a,
                                 "it is revalidated")
        self.assertEqual((got.status, got.body), (200, body))
        self.assertEqual(sorted(name for name in got.names() if name not in ("date", "cache-status", "age")),
                         ["content-length", "content-type", "etag", "x-age"])
        self.assertEqual((got.get("Content-Type"), got.get("X-Age")), ("application/json", "new"))

    def test_trailers_go_to_who_takes_them_and_never_frame_or_name_anybody(self):
        path = self.path("completions")
        trailers = b"0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\nX-Hop: 1\r\nCache-Control: public\r\n\r\n"
        head = CHUNKED[:-2] + b"Trailer: X-Sum\r\n\r\n"
        self.plane.on(path, answers(head + chunk(b"{}") + trailers))
        wants = self.ask(path, fields="TE: trailers\r\nConnection: TE\r\n")
        self.assertEqual((wants.trailers, wants.get("Trailer")), (["X-Sum: 1", "X-Hop: 1"], "X-Sum"))
        plain = self.ask(path)
        self.assertEqual((plain.body, plain.trailers, plain.has("Trailer")), (b"{}", [], False))
        for seen in self.plane.requests(path):
            self.assertFalse(seen.has("TE"), seen.raw)


if __name__ == "__main__":
    unittest.main(verbosity=2)
