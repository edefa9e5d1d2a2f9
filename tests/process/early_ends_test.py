"""Whoever ends early, or says nothing more, is understood: half-closes, answers before the end of an upload, uploads that
break off, clients that leave.
"""

import queue
import socket
import struct
import threading
import unittest

from harness import DEADLINE, request, sidecache, wait_until
from scripted_control_plane import ControlPlane, answers_a_record
from wire import Client, chunk, message, ok, record

KEY = "x-portkey-api-key: a-key\r\n"
MIB = 1 << 20
BLOCK = b"x" * MIB
LAST_CHUNK = b"0\r\n\r\n"


def resets(client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def half_closes(client):
    client.socket.shutdown(socket.SHUT_WR)


class EarlyEnds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(cls.plane.url, "--cache-ttl", "1h"))
        cls.base = cls.proxy.url("proxy")

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[-1]
        self.path = f"/v1/completions/{self.name}"
        self.record = f"/v1/integrations/{self.name}"

    def client(self):
        return self.enterContext(Client(self.base))

    def head(self, fields="", method="POST", target=None):
        return f"{method} {target or self.path} HTTP/1.1\r\nHost: h\r\n{KEY}{fields}\r\n".encode()

    def outcomes(self, which):
        page = request(self.proxy.url("metrics"), "/metrics").body.decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
                   if line.startswith("sidecache_requests_total") and f'outcome="{which}"' in line)

    def test_a_client_that_has_said_all_still_gets_its_whole_answer(self):
        body = BLOCK * 4
        go_on = threading.Event()

        def holds(answer):
            def what(talk):
                talk.read_body()
                go_on.wait(DEADLINE)
                return answer(talk)
            return what
        self.plane.on(self.path, holds(lambda talk: talk.send(ok(body))))
        self.plane.on(self.record, holds(answers_a_record))
        for target, wanted, how in ((self.path, body, "fwd=bypass"), (self.record, record(self.name), "stored"),
                                    (self.record, record(self.name), "hit")):
            with self.subTest(how), Client(self.base) as client:
                go_on.clear()
                client.send(self.head(method="GET", target=target))
                half_closes(client)
                client.delivered()
                if how != "hit":
                    wait_until(lambda: self.plane.requests(target), "it is asked for")
                go_on.set()
                answer = client.answer()
                self.assertEqual(answer.body, wanted)
                self.assertIn(how, answer.get("Cache-Status"))
                self.assertEqual(client.rest(), b"")

    def test_an_answer_before_the_uploads_end_arrives_and_the_rest_is_not_read_for_ever(self):
        def refuses(talk):
            talk.exactly(MIB)
            talk.send(message("HTTP/1.1 413 Content Too Large", [("Content-Length", 7), ("Connection", "close")], b"too big"))
            talk.ended()
        self.plane.on(self.path, refuses)
        for fields, framed in ((f"Content-Length: {1024 * MIB}\r\n", lambda block: block), ("Transfer-Encoding: chunked\r\n", chunk)):
            with self.subTest(fields), Client(self.base) as client:
                client.send(self.head(fields))
                sent = 0
                with self.assertRaises(ConnectionError):  # a client that never looks at its answer is cut off
                    for block in [BLOCK] * 1024:
                        client.send(framed(block))
                        sent += MIB
                self.assertLess(sent, 48 * MIB)
                answer = client.answer()
                self.assertEqual((answer.status, answer.body), (413, b"too big"))

    def test_a_control_plane_that_leaves_in_the_middle_of_an_upload_is_named_to_who_still_sends(self):
        self.plane.on(self.path, lambda talk: talk.exactly(3) and False)
        errors = self.outcomes("error")
        client = self.client()
        client.send(self.head("Content-Length: 10\r\n") + b"abc")  # and waits: it is not the client that left
        answer = client.answer()
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (502, "upstream_failed"))
        self.assertEqual(answer.get("x-portkey-gateway-exception"), "true")
        self.assertEqual(self.outcomes("error"), errors + 1)

    def test_a_short_rest_of_an_upload_is_read_off_and_the_connection_kept(self):
        def refuses(talk):
            talk.send(message("HTTP/1.1 401 Unauthorized", [("Content-Length", 2)], b"no"))
            talk.ended()
        self.plane.on(self.path, refuses)
        cancelled, client = self.outcomes("cancelled"), self.client()
        client.send(self.head("Transfer-Encoding: chunked\r\n") + chunk(b"hello"))
        answer = client.answer()
        self.assertEqual((answer.status, answer.body, answer.closes()), (401, b"no", False))
        client.send(chunk(b"world") + LAST_CHUNK)
        self.assertEqual(client.ask(self.head(method="GET", target=self.path + "-next")).status, 200)
        self.assertEqual(self.outcomes("cancelled"), cancelled, "it was answered")
        self.assertFalse(self.plane.requests(self.path)[0].complete)

    def test_an_upload_that_breaks_off_is_never_complete_upstream(self):
        over = queue.Queue()

        def reads(talk):
            try:
                talk.read_body()
            except (EOFError, ConnectionError):
                over.put(talk.request)
                raise
        self.plane.on(self.path, reads)
        begun = 0
        for fields, part in (("Content-Length: 10\r\n", b"hello"), ("Transfer-Encoding: chunked\r\n", chunk(b"hello"))):
            for leaves in (Client.close, resets, half_closes):
                client = self.client()
                client.send(self.head(fields) + part)
                begun += 1
                wait_until(lambda n=begun: len(self.plane.requests(self.path)) == n, "it is on its way")
                leaves(client)
                self.assertFalse(over.get(timeout=DEADLINE).complete)

    def test_a_client_that_leaves_ends_its_download(self):
        over = queue.Queue()

        def streams(talk):
            talk.send(message("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]))
            try:
                while True:
                    talk.send(chunk(b"x" * 1000))
            except OSError as error:
                over.put(error)
        self.plane.on(self.path, streams)
        for leaves in (Client.close, resets):
            client = self.client()
            client.send(self.head(method="GET"))
            self.assertEqual(client.head().status, 200)
            leaves(client)
            self.assertIsInstance(over.get(timeout=DEADLINE), ConnectionError)

    def test_a_client_that_leaves_does_not_end_the_flight(self):
        go_on = threading.Event()

        def holds(talk):
            go_on.wait(DEADLINE)
            return answers_a_record(talk)
        self.plane.on(self.record, holds)
        client = self.client()
        client.send(self.head(method="GET", target=self.record))
        self.plane.one_request(self.record)
        resets(client)
        go_on.set()
        ask = lambda: self.client().ask(self.head(method="GET", target=self.record))
        wait_until(lambda: "hit" in ask().get("Cache-Status"), "what it asked for is held")
        self.assertEqual(len(self.plane.requests(self.record)), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
