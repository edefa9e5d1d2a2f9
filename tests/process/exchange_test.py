"""One request and its answer at the wire: bodies on hits, 100 (Continue), HTTP/1.0, HEAD, hop-by-hop fields, and whose
credential it is."""

import unittest

from harness import sidecache
from scripted_control_plane import ControlPlane, answers
from wire import Client, chunk, message, ok, record

KEY = "x-portkey-api-key: a-key\r\n"
KIB = 1024


class Exchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(cls.plane.url, "--cache-ttl", "1h"))
        cls.base = cls.proxy.url("proxy")

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[-1]
        self.record = f"/v1/integrations/{self.name}"
        self.other = f"/v1/completions/{self.name}"

    def client(self):
        return self.enterContext(Client(self.base))

    def head(self, target, fields="", method="GET", version="HTTP/1.1", key=KEY):
        return f"{method} {target} {version}\r\nHost: h\r\n{key}{fields}\r\n".encode("latin-1")

    def stored(self):
        with Client(self.base) as client:
            self.assertEqual(client.ask(self.head(self.record)).body, record(self.name))
        return self.record

    def is_hit(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("sidecache; hit", answer.get("Cache-Status"))
        self.assertEqual(answer.body, record(self.name))

    # --- a body changes nothing about a record (RFC 9110 §9.3.1)

    def test_a_small_body_on_a_hit_is_read_off_and_the_connection_kept(self):
        target, client = self.stored(), self.client()
        hidden = self.head("/v1/integrations/smuggled")
        for fields, body in (("Content-Length: 0\r\n", b""), (f"Content-Length: {len(hidden)}\r\n", hidden),
                             ("Transfer-Encoding: chunked\r\n", chunk(hidden) + b"0\r\n\r\n"),
                             ("Content-Length: 60000\r\n", b"x" * 60_000), ("", b"")):
            answer = client.ask(self.head(target, fields) + body)
            self.is_hit(answer)
            self.assertFalse(answer.closes())
        self.assertEqual(self.plane.requests("/v1/integrations/smuggled"), [])
        self.assertEqual(len(self.plane.requests(target)), 1)

    def test_a_large_body_on_a_hit_ends_the_connection_and_the_answer_arrives(self):
        target, big = self.stored(), 600 * KIB
        for fields, body, closes in ((f"Content-Length: {big}\r\n", b"x" * big, True),
                                     ("Transfer-Encoding: chunked\r\n", chunk(b"x" * big), False)):
            client = self.client()
            client.send(self.head(target, fields) + body + self.head("/v1/integrations/smuggled"))
            answer = client.answer()
            self.is_hit(answer)
            self.assertEqual(answer.closes(), closes)  # how much a chunked one will be, nobody knows yet
            self.assertEqual(client.rest(), b"")
        self.assertEqual(self.plane.requests("/v1/integrations/smuggled"), [])

    def test_a_broken_body_on_a_hit_ends_the_connection(self):
        target, client = self.stored(), self.client()
        client.send(self.head(target, "Transfer-Encoding: chunked\r\n") + b"+5\r\nhello\r\n0\r\n\r\n" + self.head(target))
        self.is_hit(client.answer())
        self.assertEqual(client.rest(), b"")

    def test_a_body_on_a_miss_reaches_no_one(self):
        client = self.client()
        answer = client.ask(self.head(self.record, "Content-Length: 5\r\n") + b"hello")
        self.assertIn("stored", answer.get("Cache-Status"))
        self.is_hit(client.ask(self.head(self.record)))
        (seen,) = self.plane.requests(self.record)
        self.assertEqual((seen.body, seen.has("Content-Length")), (b"", False))

    # --- Expect (RFC 9110 §10.1.1)

    def test_a_hit_says_nothing_but_the_answer(self):
        target, client = self.stored(), self.client()
        client.send(self.head(target, "Expect: 100-continue\r\nContent-Length: 5\r\n"))
        answer = client.answer()
        self.is_hit(answer)
        self.assertEqual(answer.interim, [])
        self.assertTrue(answer.closes(), "whether the body will come is not known")
        self.assertEqual(client.rest(), b"")

    def test_100_is_sent_when_the_control_plane_is_there_and_before_the_body_is_read(self):
        client = self.client()
        client.send(self.head(self.other, "Expect: 100-continue\r\nContent-Length: 5\r\n", "PUT"))
        self.assertEqual(client.head().status, 100)
        self.assertFalse(self.plane.one_request(self.other).has("Expect"))
        client.send(b"hello")
        self.assertEqual(client.answer().status, 200)
        self.assertEqual(self.plane.requests(self.other)[0].body, b"hello")
        self.assertEqual(client.ask(self.head(self.other)).status, 200)

    def test_no_100_without_a_control_plane(self):
        with sidecache("http://127.0.0.1:9") as alone, Client(alone.url("proxy")) as client:
            client.send(self.head(self.other, "Expect: 100-continue\r\nContent-Length: 5\r\n", "PUT"))
            answer = client.answer()
            self.assertEqual((answer.status, answer.interim, answer.closes()), (502, [], True))
            self.assertEqual(client.rest(), b"")

    def test_no_100_for_a_body_that_is_there_or_for_none(self):
        client = self.client()
        for fields, body in (("Content-Length: 5\r\n", b"hello"), ("Content-Length: 0\r\n", b""), ("", b"")):
            answer = client.ask(self.head(self.other, "Expect: 100-continue\r\n" + fields, "PUT") + body)
            self.assertEqual((answer.status, answer.interim), (200, []))

    def test_HTTP_1_0_can_not_expect(self):
        client = self.client()
        client.send(self.head(self.other, "Expect: 100-continue\r\nContent-Length: 5\r\n", "PUT", "HTTP/1.0"))
        self.plane.one_request(self.other)
        client.send(b"hello")
        answer = client.answer()
        self.assertEqual((answer.status, answer.interim), (200, []))

    # --- HTTP/1.0

    def test_HTTP_1_0_ends_unless_it_asks_to_stay(self):
        target = self.stored()
        for path in (target, self.other):
            client = self.client()
            for _ in range(2):
                kept = client.ask(self.head(path, "Connection: keep-alive\r\n", version="HTTP/1.0"))
                self.assertEqual((kept.status, kept.get("Connection")), (200, "keep-alive"))
            last = client.ask(self.head(path, version="HTTP/1.0"))
            self.assertEqual((last.status, last.closes()), (200, True))
            self.assertEqual(client.rest(), b"")

    def test_HTTP_1_0_gets_no_chunks(self):
        chunked = message("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")], chunk(b"hello") + b"0\r\n\r\n")
        self.plane.on(self.other, answers(chunked))
        answer = self.client().ask(self.head(self.other, "Connection: keep-alive\r\n", version="HTTP/1.0"))
        self.assertEqual((answer.body, answer.closes(), answer.has("Transfer-Encoding")), (b"hello", True, False))

    # --- HEAD, 204, 304

    def test_answers_without_a_body_have_none(self):
        target, client = self.stored(), self.client()
        self.plane.on(self.other, answers(message("HTTP/1.1 204 No Content")))
        hit = client.ask(self.head(target, method="HEAD"), "HEAD")
        self.assertEqual(hit.get("Content-Length"), str(len(record(self.name))))
        self.assertEqual(client.ask(self.head(self.other)).status, 204)
        self.assertEqual(client.ask(self.head(self.other, method="HEAD"), "HEAD").status, 204)
        self.assertEqual(client.ask(self.head("/v1/integrations/never-asked", method="HEAD"), "HEAD").status, 200)
        self.plane.on(self.other, answers(message("HTTP/1.1 304 Not Modified", [("ETag", '"a"'), ("Content-Length", "9")])))
        self.assertEqual(client.ask(self.head(self.other, 'If-None-Match: "a"\r\n')).status, 304)
        self.assertEqual(client.ask(self.head("/v1/gone", method="HEAD"), "HEAD").status, 200)
        self.plane.on(self.other, answers(message("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")])))
        self.assertEqual(client.ask(self.head(self.other, method="HEAD"), "HEAD").status, 200)
        self.is_hit(client.ask(self.head(target)))

    # --- fields of one hop

    def test_fields_of_one_hop_end_here_and_nobody_is_switched(self):
        target, client = self.stored(), self.client()
        hop = ("Connection: Upgrade, HTTP2-Settings, X-Nominated\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABk\r\n"
               "X-Nominated: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: keep-alive\r\n"
               "Proxy-Authorization: Basic planted\r\nX-Stays: 1\r\n")
        self.is_hit(client.ask(self.head(target, hop)))
        for path, method in ((self.other, "GET"), (self.other, "POST"), (self.record + "-miss", "GET")):
            answer = client.ask(self.head(path, hop, method))
            self.assertEqual((answer.status, answer.interim, answer.has("Upgrade")), (200, [], False))
            seen = self.plane.requests(path)[-1]
            for name in ("Connection", "Upgrade", "HTTP2-Settings", "X-Nominated", "Keep-Alive", "TE", "Proxy-Connection",
                         "Proxy-Authorization"):
                self.assertFalse(seen.has(name), (path, name, seen.raw))
            self.assertEqual(seen.has("X-Stays"), path == self.other)

    def test_trailers_of_an_upload_are_handed_on_but_for_those_that_would_frame_or_name(self):
        upload = chunk(b"hello") + (b"0\r\nX-Sum: 1\r\nContent-Length: 9\r\nx-portkey-api-key: planted\r\nHost: planted\r\n"
                                    b"Cookie: planted\r\nUpgrade: h2c\r\nProxy-Authorization: planted\r\n\r\n")
        self.assertEqual(self.client().ask(self.head(self.other, "Transfer-Encoding: chunked\r\n", "PUT") + upload).status, 200)
        (seen,) = self.plane.requests(self.other)
        self.assertEqual((seen.body, seen.trailers), (b"hello", ["X-Sum: 1"]))

    # --- whose it is

    def who_asks(self, talk):
        """The record says what the control plane was shown."""
        talk.read_body()
        keys = talk.request.all("x-portkey-api-key") + talk.request.all("Authorization")
        talk.send(ok(record(self.name, owner="|".join(keys))))
        return True

    def owner(self, key):
        answer = self.client().ask(self.head(self.record, key=key))
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["owner"], answer.get("Cache-Status")

    def test_the_key_that_is_sent_is_the_key_that_is_cached_by(self):
        self.plane.on(self.record, self.who_asks)
        a, b = "x-portkey-api-key: a\r\n", "x-portkey-api-key: b\r\n"
        huge = "Authorization: Bearer " + "h" * 40_000 + "\r\n"
        for key, owner in ((a, "a"), (b, "b"), ("Authorization: a\r\n", "a"), (a + "Authorization: b\r\n", "a|b"),
                           (b + "Authorization: a\r\n", "b|a"), (huge, huge[15:-2]), (huge[:-3] + "i\r\n", huge[15:-3] + "i")):
            self.assertEqual(self.owner(key)[0], owner)
            again, status = self.owner(key)
            self.assertEqual(again, owner)
            self.assertIn("hit", status)

    def test_a_credential_that_is_repeated_or_empty_or_missing_is_never_cached(self):
        self.plane.on(self.record, self.who_asks)
        a, b = "x-portkey-api-key: a\r\n", "x-portkey-api-key: b\r\n"
        self.owner(a)
        self.owner(b)
        for key, owner in ((a + b, "a|b"), (b + a, "b|a"), (a + a, "a|a"), (a + "Authorization: x\r\nAuthorization: y\r\n", "a|x|y"),
                           (a + "X-Portkey-API-Key: b\r\n", "a|b"), ("", ""), ("x-portkey-api-key:\r\n", ""),
                           ("Authorization: \t\r\n", ""), (a + "Authorization:\r\n", "a|"), (a + "Cookie: c=d\r\n", "a")):
            for _ in range(2):
                told, status = self.owner(key)
                self.assertEqual(told, owner, "both lines reach the control plane, in their order")
                self.assertIn("fwd=bypass", status)
        self.assertEqual([self.owner(key)[0] for key in (a, b)], ["a", "b"], "and what is held is as it was")

    def test_a_connection_without_more_to_say_is_kept_and_closed_on_request(self):
        target, client = self.stored(), self.client()
        self.is_hit(client.ask(self.head(target)))
        last = client.ask(self.head(target, "Connection: close\r\n"))
        self.is_hit(last)
        self.assertTrue(last.closes())
        self.assertEqual(client.rest(), b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
