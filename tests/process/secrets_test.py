"""No key, record or query value in what sidecache says of itself: logs at every level, its own errors, metrics, admin
answers, the output of its commands, /proc. What a crash would leave is private_memory_test.py's.
"""

import base64
import contextlib
import http.client
import json
import pathlib
import socket
import tempfile
import unittest
import urllib.parse

import hostile_control_plane as hostile
from egress_proxy import EgressProxy
from harness import BREAKER_OFF, free_port, request, run, sidecache
from strictness_test import BODIES, CASES
from wire import Client

# Every place a secret can come in by gets a word of its own, so that a leak names its way.
PLANTED = {
    "api key": "planted-api-key-7781",
    "authorization": "planted-bearer-7782",
    "query": "planted-query-7783",
    "provider key": "planted-provider-key-7784",
    "record": "planted-record-name-7785",
    "request body": "planted-request-body-7786",
    "cookie": "planted-cookie-7787",
    "client auth": "planted-client-auth-7788",
    "refused header": "planted-refused-7789",
    "error body": "planted-error-body-7790",
    "admin token": "planted-admin-token-7791",
    "wrong token": "planted-wrong-token-7792",
    "token's claim": "planted-claim-7793",
    "answer's header": "planted-set-cookie-7794",
    "proxy password": "planted-proxy-password-7795",
    "purged credential": "planted-purged-7796",
    "admin query": "planted-admin-query-7797",
}
PROXY_LOGIN = base64.b64encode(f"someone:{PLANTED['proxy password']}".encode()).decode()
CLAIMS = base64.urlsafe_b64encode(json.dumps({"sub": PLANTED["token's claim"], "exp": 4_000_000_000}).encode()).decode().rstrip("=")
NEVER = {**PLANTED, "proxy login": PROXY_LOGIN, "claims as they are sent": CLAIMS}

ASK = f"?workspace_id={PLANTED['query']}"
BY_KEY = {"x-portkey-api-key": PLANTED["api key"], "Authorization": f"Bearer {PLANTED['authorization']}"}
BY_GATEWAY = {"x-portkey-api-key": PLANTED["api key"], "Authorization": PLANTED["client auth"]}
BY_TOKEN = {"Authorization": f"Bearer e30.{CLAIMS}.c2lnbmVk"}
JSON = {"Content-Type": "application/json"}
ERROR = PLANTED["error body"].encode()


def for_gateways():
    """What the data plane says, by the last part of the path: with keys in it, and sync once whole, once garbled."""
    record = {"slug": "vk", "key": PLANTED["provider key"], "name": PLANTED["record"], "status": "active"}
    sync = {"virtualKeysV2": [{"slug": "vk", "workspace_id": "w"}], "of a new kind": PLANTED["record"]}

    def says(data):
        return hostile.whole(200, "application/json", json.dumps({"success": True, "data": data}).encode())
    return {"vk": says(record), "details": says(record), "integrations": says([record]), "1": says(sync),
            "2": hostile.whole(200, "application/json", b'{"success":true,"data":{"virtualKeysV2":[{"slug":"%s' % ERROR)}


def control_plane_that_errs():
    """Slugs, and what becomes of who asks for them: each way to fail with a secret in it. The last one pauses the
    credential's lookups."""
    marked = {"Content-Type": "application/json", "Set-Cookie": PLANTED["answer's header"]}
    long = hostile.record("long", description=PLANTED["record"] * 1000)

    def head(status, length, **more):
        return hostile.head_of(status, {**marked, "Content-Length": length, **more})
    return {
        "held": hostile.good("held", key=PLANTED["provider key"], description=PLANTED["record"]),
        "reset": hostile.resets,
        "html": hostile.whole(200, "text/html", ERROR),
        "denied": hostile.whole(401, "application/json", b'{"success":false,"data":{"message":"%s"}}' % ERROR),
        "broken": hostile.whole(500, "application/json", b'{"message":"%s"}' % ERROR),
        "moved": hostile.says(head(302, 0, Location=f"http://elsewhere/?key={PLANTED['provider key']}")),
        "silent": hostile.stalls_after(),
        "stalled": hostile.stalls_after(head(200, 1000), ERROR),
        "cut": hostile.says(head(200, 1000), ERROR),
        "long": hostile.says(head(200, len(long)), long),
        "no-http": hostile.says(ERROR + b"\r\n\r\n"),
        "no-status": hostile.says(b"HTTP/1.1 %s\r\n\r\n" % ERROR),
        "bad-field": hostile.says(head(200, 2)[:-2] + ERROR + b" : x\r\n\r\n{}"),
        "bad-chunk": hostile.says(hostile.head_of(200, {**marked, "Transfer-Encoding": "chunked"}), ERROR + b"\r\n"),
        "bad-gzip": hostile.says(head(200, len(ERROR), **{"Content-Encoding": "gzip"}), ERROR),
        "bad-json": hostile.whole(200, "application/json", b'{"object":"integration","slug":"bad-json","key":"%s' % ERROR),
        "throttled": hostile.says(head(429, len(ERROR), **{"Retry-After": PLANTED["answer's header"]}), ERROR),
    }


class Secrets(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())
        for slug, what in {**for_gateways(), **control_plane_that_errs()}.items():
            self.origin.behave(slug, what)
        self.slugs = list(control_plane_that_errs())
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.token = self.file("token", PLANTED["admin token"])

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def no_secret_in(self, where, text):
        for what, word in NEVER.items():
            self.assertNotIn(word, text, f"the {what} stands in {where}")

    def ask(self, base, target, method="GET", headers=None, body=None):
        """What sidecache itself says to a client holds nothing of what was sent; what the control plane said passes."""
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            answer = request(base, target, method, headers, body)
            if b"sidecache_error" in answer.body:
                self.no_secret_in(f"the answer to {method} {target.split('?')[0]}", answer.body.decode())

    def traffic(self, base):
        """Hits, misses, writes and failures, by SDKs and gateways, every one with secrets in it."""
        for slug in ("held", "held", *self.slugs, "none"):
            self.ask(base, f"/v1/integrations/{slug}{ASK}", headers=BY_KEY)
            if slug != "stalled":  # what is passed through may take its time
                self.ask(base, f"/v1/integrations/{slug}{ASK}", "PUT", BY_KEY, PLANTED["request body"].encode())
        for by in (BY_KEY, BY_GATEWAY, BY_TOKEN):
            for target in ("/v2/virtual-keys/vk", "/v2/configs/reset", "/v2/prompts/html", "/v2/api-keys/self/details",
                           "/v2/integrations/", "/v1/organisation/o/sync/1", "/v1/organisation/o/sync/2", "/v1/integrations",
                           "/v1/configs/pc-1", "/v1/integrations/held"):
                for _ in range(2):
                    self.ask(base, target + ASK, headers=by)
            self.ask(base, "/v2/virtual-keys/vk" + ASK, "PUT", by, PLANTED["request body"].encode())
            self.ask(base, "/v1/organisation/o/resync" + ASK, "POST", by, PLANTED["request body"].encode())
        self.ask(base, f"/v1/integrations/held{ASK}", headers={**BY_KEY, "Cookie": PLANTED["cookie"]})
        self.ask(base, f"/v1/integrations/held{ASK}", headers={**BY_KEY, "Cache-Control": "only-if-cached, no-cache"})
        self.ask(base, f"/v1/integrations/held{ASK}", "DELETE", BY_KEY)
        self.ask(base, f"/v1/integrations/held{ASK}", headers={**BY_KEY, "x-long": PLANTED["refused header"] * 10_000})
        self.ask(base, f"/v1/integrations/held?long={PLANTED['query'] * 1000}", headers=BY_KEY)

    def few(self, base):
        """For control planes that make each of them wait."""
        for by in (BY_KEY, BY_GATEWAY, BY_TOKEN):
            self.ask(base, f"/v1/integrations/held{ASK}", headers=by)
            self.ask(base, f"/v1/integrations/held{ASK}", "PUT", by, PLANTED["request body"].encode())

    def refusals(self, base):
        """Every head and body that is refused, with a planted key in it."""
        bodies = [b"POST /v1/completions HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: a-key\r\nTransfer-Encoding: chunked\r\n\r\n" + body
                  for cases in BODIES.values() for body in cases]
        for data in [*(each for cases in CASES.values() for each in cases), *bodies]:
            data = data.replace(b"a-key", PLANTED["api key"].encode()).replace(b"hello", PLANTED["request body"].encode())
            with contextlib.suppress(OSError, EOFError), Client(base) as client:
                client.send(data)
                client.socket.shutdown(socket.SHUT_WR)
                self.no_secret_in("a refusal", client.rest().decode("latin-1"))

    def pages(self, proxy):
        """Everything that can be asked of it, and be refused."""
        admin, bearer = proxy.url("admin"), {"Authorization": f"Bearer {PLANTED['admin token']}", **JSON}
        wrong = {"Authorization": f"Bearer {PLANTED['wrong token']}", **JSON}
        credential = {"x-portkey-api-key": PLANTED["purged credential"]}
        asked = [(proxy.url("metrics"), page, "GET", {}, None) for page in ("/metrics", "/livez", "/readyz", "/other")]
        for page in ("/", "/api/entries", "/api/stats", "/api/settings", "/api/coverage", "/api/drill", "/api/shadow",
                     "/api/none"):
            asked.append((admin, f"{page}", "GET", {}, None))
            asked.append((admin, f"{page}?limit={PLANTED['admin query']}", "GET", wrong, None))
        for page in ("/api/purge", "/api/drill"):
            for body in ({"credential": credential}, {"slug": PLANTED["admin query"]}, {"for": PLANTED["admin query"]},
                         {PLANTED["admin query"]: 1}, {"credential": {PLANTED["admin query"]: 1}}, PLANTED["admin query"]):
                asked += [(admin, page, "POST", who, json.dumps(body).encode()) for who in (bearer, wrong)]
            asked.append((admin, page, "POST", bearer, PLANTED["admin query"].encode()))
        for base, page, method, headers, body in asked:
            answer = request(base, page, method, headers, body)
            self.no_secret_in(f"{method} {page.split('?')[0]}", str(dict(answer.headers)) + answer.body.decode())

    def commands(self, proxy):
        options = ("--admin-listen", proxy.url("admin").removeprefix("http://"), "--admin-token-file", self.token)
        credential = self.file("credential", f"Authorization: Bearer {PLANTED['purged credential']}\n")
        for arguments in (("purge", "--credential-file", credential), ("purge", "--all"), ("coverage",), ("drill", "--for", "0s"),
                          ("shadow-report",), ("shadow-report", "--format", "json"),
                          ("purge", "--credential-file", self.file("bad", PLANTED["purged credential"] + "\n\n:x"))):
            self.no_secret_in(arguments[0], "".join(map(str, run(*arguments, *options))))
        self.no_secret_in("purge with a wrong token", "".join(map(str, run(
            "purge", "--all", *options[:2], "--admin-token-file", self.file("wrong", PLANTED["wrong token"])))))

    def shown_by_the_kernel(self, pid):
        for file in ("cmdline", "environ"):
            with contextlib.suppress(PermissionError):  # nobody but root gets to see it: as good
                self.no_secret_in(file, pathlib.Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8"))

    def everything_said(self, *flags, upstream=None, asking=None):
        with sidecache(upstream or self.origin.url, "--log-access", "all", "--admin-token-file", self.token,
                       "--upstream-timeout", "200ms", "--limits-record-bytes", "16KiB", *BREAKER_OFF, *flags) as proxy:
            (asking or self.traffic)(proxy.url("proxy"))
            self.refusals(proxy.url("proxy"))
            self.pages(proxy)
            self.commands(proxy)
            self.shown_by_the_kernel(proxy.pid)
        return proxy.output()

    def test_at_every_log_level_in_both_formats(self):
        for level, form in (("trace", "text"), ("trace", "json"), ("debug", "text"), ("info", "json"), ("warn", "text"),
                            ("error", "text")):
            with self.subTest(level, format=form):
                if level != "trace":  # what is said of these was looked at by then
                    self.slugs = [slug for slug in self.slugs if slug not in ("silent", "stalled")]
                said = self.everything_said("--log-level", level, "--log-format", form)
                # That nothing stands there is worth something only where much does.
                self.assertGreaterEqual(said.count("integrations"), 30, said)
                self.no_secret_in("the log", said)

    def test_in_front_of_the_data_plane(self):
        self.slugs = [slug for slug in self.slugs if slug not in ("silent", "stalled")]
        for level in ("debug", "info"):
            with self.subTest(level):
                said = self.everything_said("--log-level", level, "--plane", "data", "--sync-heal", "true")
                self.assertIn("virtual-keys/vk", said)
                self.no_secret_in("the log", said)

    def test_in_shadow_where_a_record_has_changed(self):
        for plane, target, who, names in (("admin", "/v1/integrations/held", BY_KEY, '"fields":["description","key"]'),
                                          ("data", "/v2/virtual-keys/vk", BY_GATEWAY, '"fields":["data.key","data.name"]')):
            with self.subTest(plane), sidecache(
                    self.origin.url, "--mode", "shadow", "--plane", plane, "--admin-token-file", self.token, "--log-level",
                    "trace", *(("--sync-unheard-ttl", "1m") if plane == "data" else ())) as proxy:
                for change in ("", "-changed"):
                    record = {"slug": "vk", "key": PLANTED["provider key"] + change, "name": PLANTED["record"] + change}
                    self.origin.behave("vk", hostile.whole(200, "application/json", json.dumps({"success": True, "data": record}).encode()))
                    self.origin.behave("held", hostile.good("held", key=PLANTED["provider key"] + change,
                                                            description=PLANTED["record"] + change))
                    self.ask(proxy.url("proxy"), target + ASK, headers=who)
                self.assertIn(names, request(proxy.url("admin"), "/api/shadow").body.decode())
                self.pages(proxy)
                self.commands(proxy)
            self.no_secret_in("the log", proxy.output())

    def test_a_control_plane_that_can_not_be_reached(self):
        plain = urllib.parse.urlsplit(self.origin.url)
        for upstream in (f"http://127.0.0.1:{free_port()}", f"https://{plain.netloc}"):
            with self.subTest(upstream):
                self.no_secret_in("the log", self.everything_said("--log-level", "trace", upstream=upstream, asking=self.few))

    def test_an_egress_proxy_that_lets_through_and_one_that_does_not(self):
        login = self.file("login", f"someone:{PLANTED['proxy password']}\n")
        port = urllib.parse.urlsplit(self.origin.url).port
        for status, upstream in ((None, "http://cp.test"), (407, "http://cp.test"), (407, "https://cp.test")):
            with self.subTest(status=status, upstream=upstream), \
                    EgressProxy({"cp.test:80": port}, credentials=PROXY_LOGIN, status=status) as egress:
                said = self.everything_said("--log-level", "trace", "--upstream-proxy", egress.url,
                                            "--upstream-proxy-credentials-file", login, upstream=upstream,
                                            asking=self.few)
                self.assertTrue(any(PROXY_LOGIN in head for head in egress.heads), "the login was used")
                self.no_secret_in("the log", said)

    def test_a_start_that_fails_over_them(self):
        for flags, env in ((("--upstream", f"http://x:{PLANTED['proxy password']}@127.0.0.1:1"), {}),
                           (("--upstream-proxy", f"http://x:{PLANTED['proxy password']}@127.0.0.1:1"), {}),
                           ((), {"https_proxy": f"http://x:{PLANTED['proxy password']}@127.0.0.1:1"}),
                           ((), {"SIDECACHE_PLANES": f"[{{upstream: {{url: 'http://x:{PLANTED['proxy password']}@a'}}}}]"}),
                           ((), {"SIDECACHE_PLANES": f"[{{upstream: {{proxy: 'http://x:{PLANTED['proxy password']}@a'}}}}]"}),
                           ((), {"SIDECACHE_PLANES": f"[{{upstream: {{urls: ['http://x:{PLANTED['proxy password']}@a']}}}}]"}),
                           (("--admin-token-file", self.file("empty", "")), {}),
                           (("--upstream-proxy-credentials-file", self.file("odd", PLANTED["proxy password"])), {})):
            code, out, err = run("serve", "--listen", "127.0.0.1:0", *flags, env=env)
            self.assertEqual(code, 64, out + err)
            self.no_secret_in("what it says", out + err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
