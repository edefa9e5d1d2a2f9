"""The lines of the log: access lines by format, trace ids on their way up, audit lines. Read from the program's own
standard error."""

import http.client
import json
import pathlib
import re
import tempfile
import unittest

import hostile_control_plane as hostile
from harness import request, sidecache, wait_until
from wire import Client

KEY = "a-client-key"
TOKEN = "a-token-for-tests"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
TRACED = {"x-portkey-api-key": KEY, "traceparent": PARENT, "x-request-id": "order 7"}


def logfmt(line):
    """A line's fields in order. Values in quotes have theirs escaped by a backslash."""
    return dict((name, json.loads(value) if value.startswith('"') else value)
                for name, value in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line))


class LogLines(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("one", hostile.good("one"))

    def start(self, *flags):
        self.proxy = self.enterContext(sidecache(self.origin.url, "--log-access", "all", *flags))

    def get(self, headers):
        answer = request(self.proxy.url("proxy"), "/v1/integrations/one?secret=query", headers=headers)
        self.assertEqual(answer.status, 200)

    def lines(self, how_many, pattern):
        """Once there are so many of them."""
        def found():
            all_lines = [line for line in self.proxy.stderr().splitlines() if re.search(pattern, line)]
            return all_lines if len(all_lines) >= how_many else None
        return wait_until(found, f"{how_many} lines with {pattern}")

    def test_json_lines_have_the_documented_fields_and_the_credential_as_the_admin_shows_it(self):
        self.start("--log-format", "json")
        self.get(TRACED)
        self.get(TRACED)
        miss, hit = map(json.loads, self.lines(2, '"message":"request"'))
        always = ["time", "level", "message", "method", "path", "route", "outcome", "status", "bytes", "duration_us", "plane"]
        self.assertEqual(list(miss), [*always, "credential", "request_id", "trace_id"])
        self.assertEqual((miss["outcome"], hit["outcome"]), ("miss", "hit"))
        entries = request(self.proxy.url("admin"), "/api/entries").json()["entries"]
        for line in (miss, hit):
            self.assertEqual((line["path"], line["plane"]), ("/v1/integrations/one", "admin"))
            self.assertEqual((line["request_id"], line["trace_id"]), ("order 7", TRACE))
            self.assertEqual(line["credential"], entries[0]["credential"])
            self.assertRegex(line["credential"], "^[0-9a-f]{8}$")
        self.assertNotIn(KEY, self.proxy.stderr())
        self.assertNotIn("secret=query", self.proxy.stderr())

    def test_hits_by_a_known_header_block_have_their_own_ids(self):
        self.start("--log-format", "logfmt")
        base = self.proxy.url("proxy").removeprefix("http://")
        connection = http.client.HTTPConnection(base)
        self.addCleanup(connection.close)
        for number in range(6):
            connection.request("GET", "/v1/integrations/one", headers={**TRACED, "x-request-id": f"r{number}"})
            self.assertEqual(connection.getresponse().read(), hostile.record("one"))
        said = [logfmt(line) for line in self.lines(6, "message=request ")]
        self.assertEqual([line["request_id"] for line in said], [f"r{number}" for number in range(6)])
        self.assertEqual([line["outcome"] for line in said], ["miss"] + ["hit"] * 5)
        self.assertEqual({(line["trace_id"], line["level"]) for line in said}, {(TRACE, "info")})
        self.assertEqual(len({line["credential"] for line in said}), 1)

    def test_text_is_for_people(self):
        self.start()
        self.get({"x-portkey-api-key": KEY})
        line, = self.lines(1, " info request ")
        self.assertRegex(line, r'^\S+Z info request method="GET" path="/v1/integrations/one" route=integrations outcome=miss '
                               r'status=200 bytes=\d+ duration_us=\d+ plane="admin" credential=[0-9a-f]{8} '
                               r'request_id="[0-9a-f-]{36}" trace_id=[0-9a-f]{32}$')

    def heads_of(self, slug):
        """Of the requests that reach the control plane for it, as they are sent."""
        heads = []

        def answer(connection, head):
            heads.append({name.lower(): value.strip() for name, _, value in
                          (line.partition(":") for line in head.decode().split("\r\n")[1:])})
            return hostile.good(slug)(connection, head)
        self.origin.behave(slug, answer)
        return heads

    def test_ids_go_upstream_as_they_came_and_are_made_where_none_came(self):
        self.start("--log-format", "json")
        heads = self.heads_of("one")
        self.get(TRACED)
        self.assertEqual((heads[0]["traceparent"], heads[0]["x-request-id"]), (PARENT, "order 7"))
        for number in range(2):
            request(self.proxy.url("proxy"), "/v1/integrations/one", method="PUT", body=b"{}",
                    headers={"x-portkey-api-key": KEY})
            self.assertRegex(heads[1 + number]["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")
            self.assertRegex(heads[1 + number]["x-request-id"], "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertNotEqual(heads[1]["traceparent"], heads[2]["traceparent"])
        self.assertNotEqual(heads[1]["x-request-id"], heads[2]["x-request-id"])

    def test_ids_that_were_made_are_in_the_line_of_whom_they_were_made_for(self):
        self.start("--log-format", "json")
        heads = self.heads_of("one")
        ask = f"GET /v1/integrations/one HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: {KEY}\r\n".encode()
        with Client(self.proxy.url("proxy")) as client:
            # In one piece: the second finds what belongs to the connection as the first has left it.
            client.send(ask + b"\r\n" + ask + b"Connection: close\r\n\r\n")
            self.assertEqual(client.rest().count(hostile.record("one")), 2)
        request(self.proxy.url("proxy"), "/v1/integrations/one", method="PUT", body=b"{}",
                headers={"x-portkey-api-key": KEY, "traceparent": PARENT})
        miss, hit, write = map(json.loads, self.lines(3, '"message":"request"'))
        for line, head in ((miss, heads[0]), (write, heads[1])):
            self.assertEqual(line["request_id"], head["x-request-id"])
            self.assertEqual(line["trace_id"], head["traceparent"].split("-")[1])
        self.assertEqual(write["trace_id"], TRACE, "its own stays")
        self.assertFalse({"request_id", "trace_id"} & set(hit), "nothing went upstream")

    def change(self, path, body, token=TOKEN):
        return request(self.proxy.url("admin"), path, method="POST", body=json.dumps(body),
                       headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}).status

    def test_each_change_leaves_an_audit_line_and_so_does_each_that_was_refused(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "token").write_text(TOKEN, encoding="utf-8")
        (folder / "token").chmod(0o600)
        self.start("--admin-token-file", str(folder / "token"), "--log-format", "json")
        self.get({"x-portkey-api-key": KEY})
        held, = request(self.proxy.url("admin"), "/api/entries").json()["entries"]
        self.assertEqual(self.change("/api/purge", {"slug": "one"}), 200)
        self.assertEqual(self.change("/api/purge", {"slug": KEY}), 200)
        self.assertEqual(self.change("/api/purge", {"credential": {"x-portkey-api-key": KEY}, "soft": True}), 200)
        self.assertEqual(self.change("/api/purge", {"all": True}, "a-wrong-token"), 401)
        self.assertEqual(self.change("/api/purge", {}), 400)
        self.assertEqual(self.change("/api/purge", {"slug": "x" * 70_000}), 413)
        self.assertEqual(request(self.proxy.url("admin"), "/api/drill", method="POST", body=b"{}",
                                 headers={"Origin": "https://attacker.example"}).status, 403)
        self.assertEqual(self.change("/api/drill", {"for": "10m"}), 200)
        self.assertEqual(self.change("/api/drill", {"for": "1s"}), 200)
        said = [json.loads(line)["message"] for line in self.lines(11, '"audit ')]
        held, here = held["credential"], 'from="127.0.0.1"'
        self.assertEqual(said, [
            f'audit action=purge by=admin outcome=done {here} mode=hard slug="one" dropped=1',
            f"audit action=purge by=admin outcome=done {here} mode=hard slug_unknown={held} dropped=0",
            f"audit action=purge by=admin outcome=done {here} mode=soft credential={held} dropped=0",
            f"audit action=purge by=admin outcome=refused status=401 why=bad_token {here}",
            f"audit action=purge by=admin outcome=refused status=400 why=bad_purge {here}",
            f"audit action=purge by=admin outcome=refused status=413 why=body_too_large {here}",
            f"audit action=drill by=admin outcome=refused status=403 why=cross_site {here}",
            f"audit action=drill_start by=admin outcome=done {here} length_s=600",
            f"audit action=drill_end by=admin outcome=replaced {here} stood_in=0 failed=0",
            f"audit action=drill_start by=admin outcome=done {here} length_s=1",
            "audit action=drill_end by=sidecache outcome=done stood_in=0 failed=0"])
        for secret in (KEY, TOKEN, "a-wrong-token"):
            self.assertNotIn(secret, self.proxy.output())


if __name__ == "__main__":
    unittest.main()
