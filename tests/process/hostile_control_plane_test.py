"""Whatever the control plane does to a lookup, the client gets a named answer, and sidecache stays up and small."""

import http.client
import json
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import BREAKER_OFF, SANITIZER, request, sidecache, wait_until

KEY = {"x-portkey-api-key": "a-key"}
MIB = 1 << 20
# What sidecache may grow by: far below the gibibyte that is thrown at it. A sanitizer keeps freed memory for a while.
GROWTH_KIB = (512 if SANITIZER else 48) * 1024

RECORD_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class HostileControlPlane(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = cls.enterClassContext(hostile.HostileControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(
            cls.origin.url, "--upstream-timeout", "2s", "--cache-ttl", "1h", "--cache-stale-while-revalidate", "0s",
            *BREAKER_OFF))
        cls.base = cls.proxy.url("proxy")

    def setUp(self):
        # An answer that is known to be good, stored: whatever happens next must neither lose nor poison it.
        self.origin.behave("good", hostile.good("good"))
        self.assertEqual(self.lookup("good").body, hostile.record("good"))
        self.before = self.proxy.memory_kib()

    def tearDown(self):
        self.assertTrue(self.proxy.running())
        kept = self.lookup("good")
        self.assertEqual(kept.body, hostile.record("good"))
        self.assertIn("hit", kept.cache_status())
        # Neither depends on the control plane: an outage must not drain the pods that outlast it.
        for page in ("/livez", "/readyz"):
            self.assertEqual(request(self.proxy.url("metrics"), page).status, 200, page)
        self.assertLess(self.proxy.memory_kib() - self.before, GROWTH_KIB)

    def lookup(self, slug):
        return request(self.base, f"/v1/integrations/{slug}", headers=KEY)

    def gives(self, what, status):
        """A lookup of a slug that the control plane treats like `what`: the proxy's own error of that status."""
        slug = self.id().rsplit(".", 1)[-1]
        self.origin.behave(slug, what)
        answer = self.lookup(slug)
        self.assertEqual(answer.status, status, answer)
        self.assertIn("application/json", answer.headers["Content-Type"])
        error = answer.json()
        self.assertEqual(error["status_code"], status)
        self.assertIs(error["success"], False)
        self.assertTrue(error["error"]["message"] and error["error"]["code"] and error["error"]["type"], error)
        # Nothing of it was kept: the next one asks again.
        asked = self.origin.asked(slug)
        self.origin.behave(slug, hostile.good(slug))
        self.assertEqual(self.lookup(slug).body, hostile.record(slug))
        self.assertEqual(self.origin.asked(slug), asked + 1)

    def passes(self, status, content_type, body):
        """An answer that is complete but no record: the client gets it as it is, and it is not stored."""
        slug = self.id().rsplit(".", 1)[-1]
        self.origin.behave(slug, hostile.whole(status, content_type, body))
        for asked in (1, 2):
            answer = self.lookup(slug)
            self.assertEqual((answer.status, answer.headers["Content-Type"], answer.body), (status, content_type, body))
            self.assertEqual(self.origin.asked(slug), asked)

    # --- it breaks off

    def test_resets_the_connection(self):
        self.gives(hostile.resets, 502)

    def test_closes_without_an_answer(self):
        self.gives(hostile.says(), 502)

    def test_closes_in_the_head(self):
        self.gives(hostile.says(RECORD_HEAD), 502)

    def test_sends_less_than_its_content_length(self):
        self.gives(hostile.says(RECORD_HEAD + b'Content-Length: 1000\r\n\r\n{"slug":'), 502)

    def test_resets_in_the_body(self):
        def partly(connection, head):
            connection.sendall(RECORD_HEAD + b'Content-Length: 1000\r\n\r\n{"slug":')
            return hostile.resets(connection, head)
        self.gives(partly, 502)

    def test_cuts_a_chunk(self):
        self.gives(hostile.says(RECORD_HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"slug":'), 502)

    def test_leaves_out_the_last_chunk(self):
        body = hostile.record("cut")
        self.gives(hostile.says(RECORD_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body)), 502)

    def test_cuts_its_gzip(self):
        packed = hostile.gzip_bomb(0)[:-6]
        self.gives(hostile.says(
            RECORD_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed), 502)

    # --- it takes its time

    def test_stalls_before_the_head(self):
        self.gives(hostile.stalls_after(), 504)

    def test_stalls_in_the_head(self):
        self.gives(hostile.stalls_after(b"HTTP/1.1 200 OK\r\nContent-"), 504)

    def test_stalls_in_the_body(self):
        self.gives(hostile.stalls_after(RECORD_HEAD + b'Content-Length: 1000\r\n\r\n{"slug":'), 504)

    def test_drips_without_end(self):
        self.gives(hostile.drips, 504)

    # --- it talks nonsense

    def test_speaks_no_http(self):
        self.gives(hostile.says(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n"), 502)

    def test_disagrees_with_itself_about_its_length(self):
        self.gives(hostile.says(RECORD_HEAD + b'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} '), 502)

    def test_sends_a_length_that_is_no_number(self):
        self.gives(hostile.says(RECORD_HEAD + b'Content-Length: -2\r\n\r\n{}'), 502)

    def test_sends_chunks_and_a_length(self):
        self.gives(hostile.says(
            RECORD_HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 502)

    def test_sends_a_chunk_size_that_is_no_number(self):
        self.gives(hostile.says(RECORD_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), 502)

    def test_sends_interim_answers_without_end(self):
        self.gives(hostile.floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, 1000), 502)

    def test_adds_a_second_answer_that_nobody_asked_for(self):
        # Kept in the pool, the surplus would become the answer to somebody else's lookup.
        body, planted = hostile.record("surplus"), hostile.record("planted")

        def answer_twice(connection, _head):
            one = RECORD_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
            two = RECORD_HEAD + b"Content-Length: %d\r\n\r\n" % len(planted) + planted
            connection.sendall(one + two)
            return True
        self.origin.behave("surplus", answer_twice)
        for other in ("first", "second", "third"):
            self.origin.behave(other, hostile.good(other))
            self.lookup("surplus")
            self.assertEqual(self.lookup(other).body, hostile.record(other))

    # --- it sends too much

    def test_sends_100000_header_fields(self):
        self.gives(hostile.says(
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(100_000)) + b"\r\n{}"), 502)

    def test_sends_a_header_field_of_a_mebibyte(self):
        self.gives(hostile.says(b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * MIB + b"\r\n\r\n{}"), 502)

    def test_packs_a_gibibyte_into_gzip(self):
        # Over the limit on records while it is being undone: the limit counts what comes out.
        packed = hostile.gzip_bomb(1 << 30)
        head = RECORD_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
        slug = "bomb"
        self.origin.behave(slug, hostile.says(head, packed))
        self.big_body(slug, None)

    def test_sends_a_gibibyte(self):
        self.origin.behave("gibibyte", hostile.floods(RECORD_HEAD + b"Content-Length: 1073741824\r\n\r\n", b"a" * MIB, 1024))
        self.big_body("gibibyte", 1 << 30)

    def test_sends_a_gibibyte_in_chunks(self):
        chunk = b"100000\r\n" + b"a" * MIB + b"\r\n"
        self.origin.behave("chunks", hostile.floods(
            RECORD_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, 1024, b"0\r\n\r\n"))
        self.big_body("chunks", 1 << 30)

    def big_body(self, slug, size):
        """Too long to be stored, so streamed: the client gets every byte while sidecache holds only a few of them."""
        where = urllib.parse.urlsplit(self.base)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=120)
        connection.request("GET", f"/v1/integrations/{slug}", headers=KEY)
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        got, largest = 0, 0
        while piece := response.read(4 * MIB):
            got += len(piece)
            largest = max(largest, self.proxy.memory_kib())
        connection.close()
        if size is not None:
            self.assertEqual(got, size)
        self.assertGreater(got, 0)
        self.assertLess(largest - self.before, GROWTH_KIB)
        # Once for the fetch that found it too long, once for the answer that was streamed.
        self.assertLessEqual(self.origin.asked(slug), 2)

    # --- it answers completely, but with no record

    def test_answers_html(self):
        self.passes(200, "text/html", b"<html><body>Please log in to the hotel's network</body></html>")

    def test_answers_an_empty_list(self):
        self.passes(200, "application/json", b"[]")

    def test_answers_another_kind_of_record(self):
        self.passes(200, "application/json", b'{"object":"provider","slug":"x"}')

    def test_answers_json_without_end_of_depth(self):
        self.passes(200, "application/json", b"[" * (MIB - 1024))

    def test_nests_a_field_too_deep(self):
        self.passes(200, "application/json", b'{"object":"integration","slug":"x","more":' + b"[" * 100_000 + b"]" * 100_000 + b"}")

    def test_answers_bytes_that_are_no_text(self):
        self.passes(200, "application/json", bytes(range(256)) * 16)

    def test_a_firewall_says_no(self):
        self.passes(403, "text/html", b"<html>Request blocked. Incident 7</html>")

    # --- and what is held stands in for it

    def test_a_held_record_stands_in(self):
        for what in (hostile.resets, hostile.stalls_after(), hostile.whole(200, "text/html", b"<html></html>"),
                     hostile.whole(503, "application/json", b'{"errorCode":"AB04","message":"no"}')):
            with self.subTest(what), sidecache(self.origin.url, "--upstream-timeout", "1s", "--cache-ttl", "1ms",
                                               "--cache-stale-while-revalidate", "0s") as proxy:
                self.origin.behave("held", hostile.good("held"))
                ask = lambda: request(proxy.url("proxy"), "/v1/integrations/held", headers=KEY)
                self.assertEqual(ask().status, 200)
                self.origin.behave("held", what)
                stale = wait_until(lambda: (a := ask()) and "stale-error" in a.cache_status() and a, "served stale")
                self.assertEqual((stale.status, stale.body), (200, hostile.record("held")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
