"""Purging a running sidecache: by its command and by its admin listener, with the token and not without."""

import http.client
import json
import pathlib
import tempfile
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import request, run, sidecache

TOKEN = "a-token-for-tests"
ALICE = {"x-portkey-api-key": "alice"}
BOB = {"Authorization": "Bearer bob"}


class Purge(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.token = self.file("token", TOKEN)
        self.origin = self.enterContext(hostile.HostileControlPlane())
        for slug in ("one", "two"):
            self.origin.behave(slug, hostile.good(slug))
        self.proxy = self.enterContext(sidecache(self.origin.url, "--admin-token-file", self.token))
        for key in (ALICE, BOB):
            for slug in ("one", "two"):
                self.lookup(slug, key)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def lookup(self, slug, key=None):
        return request(self.proxy.url("proxy"), f"/v1/integrations/{slug}", headers=key or ALICE)

    def held(self):
        """Who has what in memory, without asking the control plane."""
        return {(name, slug) for name, key in (("alice", ALICE), ("bob", BOB)) for slug in ("one", "two")
                if self.lookup(slug, {**key, "Cache-Control": "only-if-cached"}).status == 200}

    def purge(self, *options):
        admin = self.proxy.url("admin").removeprefix("http://")
        return run("purge", "--admin-listen", admin, "--admin-token-file", self.token, *options)

    def test_the_command_drops_what_it_names_and_says_how_many(self):
        self.assertEqual(self.purge("--slug", "one"), (0, "dropped: 2\n", ""))
        self.assertEqual(self.held(), {("alice", "two"), ("bob", "two")})
        self.assertEqual(self.purge("--kind", "provider"), (0, "dropped: 0\n", ""))
        self.assertEqual(self.purge("--all"), (0, "dropped: 2\n", ""))
        self.assertEqual(self.held(), set())

    def test_a_credential_comes_from_a_file(self):
        self.assertEqual(self.purge("--credential-file", self.file("bob", "Authorization: Bearer bob\n"))[:2],
                         (0, "dropped: 2\n"))
        self.assertEqual(self.held(), {("alice", "one"), ("alice", "two")})
        self.assertEqual(self.purge("--credential-file", self.file("alice", "alice\n"))[:2], (0, "dropped: 2\n"))
        code, _, said = self.purge("--credential-file", self.file("wrong", "Cookie: session\n"))
        self.assertEqual(code, 64)
        self.assertNotIn("session", said)

    def test_a_soft_purge_keeps_what_an_outage_may_need(self):
        self.assertEqual(self.purge("--all", "--soft"), (0, "to be revalidated: 4\n", ""))
        self.assertEqual(self.held(), set())
        self.origin.behave("one", hostile.resets)
        self.assertIn("detail=stale-error", self.lookup("one").cache_status())

    def test_what_can_not_be_done_ends_with_a_reason(self):
        self.assertEqual(self.purge()[0], 64)
        code, _, said = self.purge("--uuid", "openai")
        self.assertEqual(code, 64)
        self.assertIn("uuid", said)
        admin = self.proxy.url("admin").removeprefix("http://")
        code, _, said = run("purge", "--admin-listen", admin, "--all")
        self.assertEqual(code, 64)
        self.assertIn("admin.token_file", said)
        code, _, said = run("purge", "--admin-listen", admin, "--admin-token-file", self.file("other", "guess"), "--all")
        self.assertEqual(code, 1)
        self.assertIn("token", said)
        self.assertEqual(self.purge("--admin-listen", "127.0.0.1:1", "--all")[0], 64)  # given twice
        self.assertEqual(len(self.held()), 4)

    def post(self, headers, body=b'{"all":true}'):
        where = urllib.parse.urlsplit(self.proxy.url("admin"))
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request("POST", "/api/purge", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_a_page_in_a_browser_can_neither_purge_nor_read(self):
        right = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        for more in ({"Origin": "http://attacker.example"}, {"Sec-Fetch-Site": "cross-site"},
                     {"Host": "attacker.example"}):
            self.assertEqual(self.post({**right, **more})[0], 403, more)
            self.assertEqual(request(self.proxy.url("admin"), "/api/entries", headers=more).status, 403, more)
        self.assertEqual(self.post({"Content-Type": "application/json"})[0], 401)
        self.assertEqual(self.post({**right, "Content-Type": "text/plain"})[0], 415)
        self.assertEqual(len(self.held()), 4)
        self.assertEqual(self.post(right), (200, {"dropped": 4}))


if __name__ == "__main__":
    unittest.main()
