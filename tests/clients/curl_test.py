"""curl, with the options people use, and a few requests that only a bare socket sends."""

import json
import pathlib
import socket
import subprocess
import tempfile
import unittest
import urllib.parse

from harness import DEADLINE, clean_environment, mock_control_plane, request, sidecache

KEY = "x-portkey-api-key: demo-acme-prod-key"
WRITE = {"x-portkey-api-key": "demo-acme-prod-key", "Content-Type": "application/json"}


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mock = cls.enterClassContext(mock_control_plane())
        cls.proxy = cls.enterClassContext(sidecache(cls.mock.url("mock")))
        cls.base = cls.proxy.url("proxy")
        cls.slug = request(cls.base, "/v1/integrations", headers=WRITE).json()["data"][0]["slug"]
        cls.path = f"/v1/integrations/{cls.slug}"
        cls.record = request(cls.mock.url("mock"), cls.path, headers=WRITE).body

    def curl(self, *arguments, path=None, key=KEY):
        """Head and body of curl's last answer, and what -w printed."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "20", "--dump-header", folder / "head", "--output",
             folder / "body", "-H", key, *arguments, self.base + (path or self.path)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        head = (folder / "head").read_text(encoding="utf-8")
        body = (folder / "body").read_bytes() if (folder / "body").exists() else b""
        return head, body, done.stdout

    def test_twice_is_a_hit(self):
        self.curl()
        head, body, _ = self.curl()
        self.assertTrue(head.startswith("HTTP/1.1 200"), head)
        self.assertRegex(head, r"(?im)^cache-status: sidecache; hit; ttl=\d+")
        self.assertRegex(head, r"(?im)^age: \d+")
        self.assertNotRegex(head, r"(?im)^(cf-ray|x-request-id|set-cookie|x-portkey-trace-id):")
        self.assertEqual(body, self.record)

    def test_bearer_is_a_credential_too(self):
        head, body, _ = self.curl(key="Authorization: Bearer demo-acme-prod-key")
        self.assertTrue(head.startswith("HTTP/1.1 200"), head)
        self.assertEqual(body, self.record)

    def test_head_has_the_length_and_no_body(self):
        for _ in range(2):
            head, _, _ = self.curl("--head")
            self.assertTrue(head.startswith("HTTP/1.1 200"), head)
            self.assertRegex(head, rf"(?im)^content-length: {len(self.record)}\r?$")
        # And what comes next on the connection is the next answer, not a body.
        got = self.raw(self.get(self.path).replace(b"GET", b"HEAD") + self.get(self.path, b"Connection: close\r\n"),
                       lambda _: False)
        first, second = got.split(b"\r\n\r\n", 1)
        self.assertTrue(first.startswith(b"HTTP/1.1 200"), got)
        self.assertTrue(second.startswith(b"HTTP/1.1 200"), got)
        self.assertTrue(second.endswith(b"\r\n\r\n" + self.record), got)

    def test_http_1_0_gets_what_it_understands(self):
        _, listed, _ = self.curl(path="/v1/integrations")
        for path, wanted in ((self.path, self.record), ("/v1/integrations", listed)):
            head, body, _ = self.curl("--http1.0", path=path)
            self.assertRegex(head, r"^HTTP/1\.[01] 200")
            self.assertNotRegex(head, r"(?i)transfer-encoding")
            self.assertEqual(body, wanted)

    def test_expect_100_continue_is_answered(self):
        slug = "from-curl-expect"
        self.addCleanup(request, self.base, f"/v1/integrations/{slug}", "DELETE", WRITE)
        body = json.dumps({"name": "x" * 5000, "slug": slug, "ai_provider_id": "openai", "key": "sk", "configurations": {}})
        head, _, took = self.curl(
            "--expect100-timeout", "15", "-H", "Expect: 100-continue", "-H", "Content-Type: application/json", "--data",
            body, "-w", "%{time_total}", path="/v1/integrations")
        self.assertRegex(head, r"HTTP/1\.1 200")
        self.assertLess(float(took), 10, "curl waited in vain to be told to go on")

    def test_a_big_body_is_uploaded_whole(self):
        # The mock refuses it, having read it; what matters is that it came through at all.
        big = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "big"
        big.write_text(json.dumps({"name": "y" * 3_000_000, "ai_provider_id": "openai"}), encoding="utf-8")
        direct = subprocess.run(
            ["curl", "--silent", "--max-time", "20", "-H", KEY, "-H", "Content-Type: application/json", "--data-binary",
             f"@{big}", "-o", "/dev/null", "-w", "%{http_code}", self.mock.url("mock") + "/v1/virtual-keys"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=clean_environment(), check=True).stdout
        for framing in ([], ["-H", "Transfer-Encoding: chunked"]):
            _, _, through = self.curl("-H", "Content-Type: application/json", *framing, "--data-binary", f"@{big}",
                                      "-w", "%{http_code}", path="/v1/virtual-keys")
            self.assertEqual(through, direct, framing)

    def test_compressed_is_the_same_record(self):
        _, body, _ = self.curl("--compressed")
        self.assertEqual(body, self.record)

    def test_a_connection_is_kept(self):
        _, _, connects = self.curl("-w", "%{num_connects} ", self.base + self.path, "-o", "/dev/null")
        self.assertEqual(connects.split(), ["1", "0"])

    def test_slashes_as_clients_send_them(self):
        for path in (f"/v1//integrations/{self.slug}", f"/v1/integrations/{self.slug}/", f"/integrations/{self.slug}"):
            _, body, _ = self.curl("--path-as-is", path=path)
            self.assertEqual(body, self.record, path)

    def test_a_delete_with_a_body(self):
        slug = "from-curl-delete"
        made = request(self.base, "/v1/integrations", "POST", WRITE, json.dumps(
            {"name": "To go", "slug": slug, "ai_provider_id": "openai", "key": "sk", "configurations": {}}))
        self.assertEqual(made.status, 200, made)
        head, _, _ = self.curl("-X", "DELETE", "-H", "Content-Type: application/json", "--data", '{"workspace_id":null}',
                               path=f"/v1/integrations/{slug}")
        self.assertTrue(head.startswith("HTTP/1.1 200"), head)
        self.assertEqual(request(self.base, f"/v1/integrations/{slug}", headers=WRITE).status, 404)

    def test_a_wrong_key_is_told_so_in_the_control_planes_words(self):
        head, body, _ = self.curl(key="x-portkey-api-key: wrong")
        self.assertTrue(head.startswith("HTTP/1.1 401"), head)
        self.assertEqual(json.loads(body), {"success": False, "data": {"message": "Unauthorised Request"}})

    # --- what only a bare socket sends

    def raw(self, sent, until):
        """What comes back for these bytes, until `until` of it is true."""
        where = urllib.parse.urlsplit(self.base)
        with socket.create_connection((where.hostname, where.port), timeout=DEADLINE) as connection:
            connection.sendall(sent)
            got = b""
            while not until(got):
                more = connection.recv(65536)
                if not more:
                    break
                got += more
            return got

    def get(self, target, more=b""):
        return b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n" % (target.encode(), KEY.encode(), more)

    def test_pipelined_lookups_are_answered_in_order(self):
        second = request(self.mock.url("mock"), "/v1/virtual-keys", headers=WRITE)  # a list: passes through
        wanted = [self.record, second.body, self.record]
        sent = self.get(self.path) + self.get("/v1/virtual-keys") + self.get(self.path, b"Connection: close\r\n")
        got = self.raw(sent, lambda _: False)
        places = [got.find(wanted[0]), got.find(wanted[1]), got.rfind(wanted[2])]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))
        self.assertEqual(got.count(b"HTTP/1.1 200"), 3, got)

    def test_a_request_that_two_readers_could_take_differently_is_refused(self):
        smuggled = b"GET /v1/integrations/x HTTP/1.1\r\nHost: x\r\n\r\n"
        head = b"POST /v1/integrations HTTP/1.1\r\nHost: x\r\n" + KEY.encode() + b"\r\n"
        for what in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                     b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                     b"Host: y\r\nContent-Length: 0\r\n\r\n"):
            got = self.raw(head + what + smuggled, lambda _: False)
            self.assertTrue(got.startswith(b"HTTP/1.1 400"), got[:200])
            self.assertEqual(got.count(b"HTTP/1.1 "), 1, got)


if __name__ == "__main__":
    unittest.main(verbosity=2)
