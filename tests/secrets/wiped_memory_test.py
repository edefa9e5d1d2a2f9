"""What is freed is wiped: sidecache looks through its own memory for what passed through it, once that has no owner.

The program is tests/secrets/watched.cpp. Each test has to find the words first, where they are still in use, so that
finding none afterwards means something.
"""

import base64
import contextlib
import gzip
import http.client
import json
import os
import pathlib
import signal
import ssl
import tempfile
import unittest
import urllib.parse

import egress_proxy
import hostile_control_plane as hostile
import scripted_control_plane as scripted
from certificates import Authority
from harness import DEADLINE, Program, free_port, request, wait_until
from wire import ok

WATCHED = os.environ["WATCHED"]
MASK = 0x5A

# Long enough to be no accident, and longer than what a std::string keeps inside itself.
WORDS = {
    "api-key": "planted-api-key-8801-abcdefghijklmnop",
    "authorization": "planted-authorization-8802-abcdefghij",
    "provider-key": "planted-provider-key-8803-abcdefghijk",
    "record": "planted-record-body-8804-abcdefghijkl",
    "passed": "planted-passed-answer-8805-abcdefghij",
    "upload": "planted-upload-8806-abcdefghijklmnopq",
    "denial": "planted-denial-8807-abcdefghijklmnopq",
    "claim": "planted-claim-8808-abcdefghijklmnopqr",
    "garbage": "planted-garbage-8809-abcdefghijklmnop",
}
KEY = {"x-portkey-api-key": WORDS["api-key"], "Authorization": f"Bearer {WORDS['authorization']}"}
JSON = {"Content-Type": "application/json"}
TOKEN = "a-token-for-tests"


def a_jwt():
    def part(what):
        return base64.urlsafe_b64encode(json.dumps(what).encode()).decode().rstrip("=")
    return f"{part({'alg': 'none'})}.{part({'sub': WORDS['claim'], 'exp': 4_000_000_000})}.c2lnbmVk"


def the_record(slug):
    """Some 40 KiB, so that it comes in several reads and its copies grow."""
    return hostile.record(slug, key=WORDS["provider-key"], description=[WORDS["record"]] * 1000)


def chunked(body):
    pieces = [body[at:at + 1000] for at in range(0, len(body), 1000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def framed(slug, **fields):
    """A record by its length, in chunks or packed."""
    def answer(connection, _head):
        body = the_record(slug)
        if fields.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        how = {"Content-Length": len(body)} if fields.get("Transfer-Encoding") is None else {}
        connection.sendall(hostile.head_of(200, {**JSON, **fields, **how}) + (chunked(body) if not how else body))
        return True
    return answer


def behaviours():
    denial = json.dumps({"success": False, "data": {"message": WORDS["denial"]}}).encode()
    return {
        "counted": framed("counted"),
        "chunked": framed("chunked", **{"Transfer-Encoding": "chunked"}),
        "packed": framed("packed", **{"Content-Encoding": "gzip"}),
        "denied": hostile.whole(403, "application/json", denial),
        "garbled": hostile.says(WORDS["garbage"].encode() * 20 + b"\r\n\r\n"),
        "cut": hostile.says(hostile.head_of(200, {**JSON, "Content-Length": 1500}) + WORDS["garbage"].encode() * 20),
        "reset": hostile.resets,
    }


class Watched(Program):
    def __init__(self, words, **settings):
        self._looks = 0
        super().__init__(words, *(f"{key.replace('__', '.')}={value}" for key, value in settings.items()),
                         program=WATCHED)

    def look(self):
        """Which words stand where in its memory: {} if none does."""
        self._looks += 1
        self.signal(signal.SIGUSR1)
        found = self.line_matching(rf"^look {self._looks}:(.*)$").group(1).split()
        return dict(each.split("=", 1) for each in found)


class TlsControlPlane(egress_proxy.Listener):
    """The behaviours, by TLS."""

    def __init__(self, certificate, key, does):
        self._does = does
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        super().__init__()
        self.url = f"https://127.0.0.1:{self.port}"

    def serve(self, connection):
        with self._context.wrap_socket(connection, server_side=True) as client:
            rest, goes_on = b"", True
            while goes_on:
                head, rest = egress_proxy.read_head(client, rest)
                slug = head.split(b" ")[1].decode().rsplit("/", 1)[-1] if head else ""
                goes_on = bool(head) and self._does[slug](client, head)


class WipedMemory(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.words = self.folder / "words"
        self.words.write_text("".join(f"{name} {bytes(b ^ MASK for b in word.encode()).hex()}\n"
                                      for name, word in WORDS.items()), encoding="ascii")
        self.token = self.folder / "token"
        self.token.write_text(TOKEN, encoding="ascii")
        self.token.chmod(0o600)
        self.origin = self.enterContext(hostile.HostileControlPlane())
        for slug, what in behaviours().items():
            self.origin.behave(slug, what)

    @contextlib.contextmanager
    def watched(self, **settings):
        self.admin = f"127.0.0.1:{free_port()}"
        settings = {"listen": "127.0.0.1:0", "metrics__listen": "127.0.0.1:0", "admin__listen": self.admin,
                    "admin__token_file": self.token, "upstream__url": self.origin.url, "log__level": "trace",
                    "log__access": "all", "breaker__least_requests": 100_000, **settings}
        with Watched(str(self.words), **settings) as program:
            wait_until(lambda: request(program.url("metrics"), "/readyz").status == 200, "ready")
            yield program

    def purge(self):
        answer = request(f"http://{self.admin}", "/api/purge", "POST",
                         {**JSON, "Authorization": f"Bearer {TOKEN}"}, b'{"all": true}')
        self.assertEqual(answer.status, 200, answer)

    def assert_wiped(self, program):
        """Soon, for connections end when their last bytes are written."""
        left = {}

        def nothing_left():
            left.clear()
            left.update(program.look())
            return not left
        try:
            wait_until(nothing_left, "wiped", DEADLINE / 2)
        except AssertionError:
            self.fail(f"still in memory: {left}")

    def connect(self, program, context=None):
        at = urllib.parse.urlsplit(program.url("proxy"))
        made = (http.client.HTTPSConnection(at.hostname, at.port, timeout=DEADLINE, context=context) if context else
                http.client.HTTPConnection(at.hostname, at.port, timeout=DEADLINE))
        self.addCleanup(made.close)
        return made

    def ask(self, connection, target, method="GET", headers=KEY, body=None):
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def look_up_all(self, connection):
        for slug in ("counted", "chunked", "packed"):
            for _ in range(2):
                status, body = self.ask(connection, f"/v1/integrations/{slug}")
                self.assertEqual((status, body), (200, the_record(slug)))

    def test_a_dropped_record_and_the_credential_of_a_client_that_left(self):
        with self.watched() as program:
            client = self.connect(program)
            for _ in range(4):  # long enough to be answered with others, in memory of the worker's own
                self.look_up_all(client)
            held = program.look()
            for word in ("api-key", "authorization", "provider-key", "record"):
                self.assertIn(word, held, "in use, so it has to be found")
            client.close()
            wait_until(lambda: "api-key" not in program.look(), "the client's key went with the client")
            self.assertIn("provider-key", program.look(), "the records are held")
            self.purge()
            self.assert_wiped(program)

    def test_records_that_leave_one_by_one(self):
        with self.watched(cache__ttl="0s", cache__stale_while_revalidate="0s") as program:
            client = self.connect(program)
            for _ in range(20):
                self.look_up_all(client)
            client.close()
            self.purge()
            self.assert_wiped(program)

    def test_packed_records_alone(self):
        with self.watched() as program:
            client = self.connect(program)
            for _ in range(2):
                self.assertEqual(self.ask(client, "/v1/integrations/packed"), (200, the_record("packed")))
            self.assertIn("provider-key", program.look())
            client.close()
            self.purge()
            self.assert_wiped(program)

    def test_what_was_passed_through(self):
        passed = json.dumps({"data": [WORDS["passed"]] * 1000}).encode()
        upload = json.dumps({"key": [WORDS["upload"]] * 3000}).encode()
        plane = self.enterContext(scripted.ControlPlane())
        plane.on("/v1/configs", scripted.answers(ok(passed)))
        with self.watched(upstream__url=plane.url) as program:
            client = self.connect(program)
            # The last ones have a header block that is known.
            for method, body in (("GET", None), ("POST", upload), ("PUT", upload), ("GET", None), ("GET", None)):
                self.assertEqual(self.ask(client, "/v1/configs", method, {**KEY, **JSON}, body), (200, passed))
            self.assertIn("api-key", program.look(), "the client is still there")
            client.close()
            self.assert_wiped(program)

    def test_errors_of_every_kind(self):
        with self.watched(upstream__retries=0, limits__record_bytes="2KiB") as program:
            client = self.connect(program)
            self.assertEqual(self.ask(client, "/v1/integrations/denied")[0], 403)
            self.assertIn("denial", program.look(), "it is remembered")
            self.assertEqual(self.ask(client, "/v1/integrations/counted")[0], 200, "too large to store, streamed")
            for slug in ("garbled", "cut", "reset"):
                self.assertEqual(self.ask(client, f"/v1/integrations/{slug}")[0], 502)
            client.close()
            refused = self.connect(program)
            self.assertEqual(self.ask(refused, "/v1/integrations/x", headers={**KEY, "Connection": "authorization"})[0], 400)
            refused.close()
            self.purge()
            self.assert_wiped(program)

    def test_what_gateways_ask(self):
        enveloped = json.dumps({"success": True, "data": {"slug": "vk", "key": WORDS["provider-key"], "status": "active",
                                                          "note": [WORDS["record"]] * 1000}}).encode()
        plane = self.enterContext(scripted.ControlPlane())
        asked = ("/v2/virtual-keys/vk", "/v2/api-keys/self/details", "/v2/configs/c", "/v2/integrations/",
                 "/v1/organisation/o/sync/1")
        for path in asked:
            plane.on(path, scripted.answers(ok(enveloped)))
        with self.watched(plane="data", upstream__url=plane.url) as program:
            client = self.connect(program)
            for path in asked + asked[:-1]:
                self.assertEqual(self.ask(client, path), (200, enveloped))
            self.assertIn("api-key", program.look())
            client.close()
            self.purge()
            self.assert_wiped(program)

    def test_a_token_with_claims(self):
        with self.watched() as program:
            client = self.connect(program)
            for _ in range(2):
                self.assertEqual(self.ask(client, "/v1/integrations/counted",
                                          headers={"Authorization": f"Bearer {a_jwt()}"})[0], 200)
            client.close()
            self.purge()
            self.assert_wiped(program)

    def test_both_sides_by_tls(self):
        authority = Authority(self.folder, "authority")
        certificate, key = authority.issue("server")
        plane = self.enterContext(TlsControlPlane(certificate, key, behaviours()))
        with self.watched(listen="https://127.0.0.1:0", tls__certificate_file=certificate, tls__key_file=key,
                          upstream__url=plane.url, upstream__ca_file=authority.certificate) as program:
            client = self.connect(program, ssl.create_default_context(cafile=authority.certificate))
            self.look_up_all(client)
            self.assertRegex(str(program.look()), "provider-key")
            client.close()
            self.purge()
            self.assert_wiped(program)


if __name__ == "__main__":
    unittest.main(verbosity=2)
