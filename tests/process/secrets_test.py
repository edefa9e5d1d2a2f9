"""No key, record or query value in what sidecache says of itself: logs at their loudest, metrics, admin pages, /proc."""

import pathlib
import tempfile
import unittest

import hostile_control_plane as hostile
from harness import request, sidecache, wait_until

# Every place a secret can come in by gets a word of its own, so that a leak names its way.
PLANTED = {
    "api key": "planted-api-key-7781",
    "authorization": "planted-bearer-7782",
    "query": "planted-query-7783",
    "provider key": "planted-provider-key-7784",
    "record": "planted-record-name-7785",
    "request body": "planted-request-body-7786",
    "cookie": "planted-cookie-7787",
    "refused header": "planted-refused-7789",
    "error body": "planted-error-body-7790",
    "admin token": "planted-admin-token-7791",
}


class Secrets(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("held", hostile.good("held", key=PLANTED["provider key"], description=PLANTED["record"]))
        self.origin.behave("reset", hostile.resets)
        self.origin.behave("html", hostile.whole(200, "text/html", PLANTED["error body"].encode()))
        self.origin.behave("denied", hostile.whole(
            401, "application/json", b'{"success":false,"data":{"message":"%s"}}' % PLANTED["error body"].encode()))
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def traffic(self, base):
        """Hits, misses, writes, refusals and failures, every one with secrets in it."""
        key = {"x-portkey-api-key": PLANTED["api key"], "Authorization": f"Bearer {PLANTED['authorization']}"}
        ask = f"?workspace_id={PLANTED['query']}"
        for slug in ("held", "held", "reset", "html", "denied", "none"):
            request(base, f"/v1/integrations/{slug}{ask}", headers=key)
        request(base, f"/v1/integrations/held{ask}", headers={**key, "Cookie": PLANTED["cookie"]})
        request(base, f"/v1/integrations{ask}", headers=key)
        request(base, f"/v1/configs/pc-1{ask}", headers=key)
        for slug in ("held", "reset"):
            request(base, f"/v1/integrations/{slug}{ask}", "PUT", key, PLANTED["request body"].encode())
        request(base, f"/v1/integrations/held{ask}", headers={**key, "x-long": PLANTED["refused header"] * 10_000})
        request(base, f"/v1/integrations/held?long={PLANTED['query'] * 1000}", headers=key)

    def no_secret_in(self, where, text, besides=()):
        for what, word in PLANTED.items():
            if what not in besides:
                self.assertNotIn(word, text, f"the {what} stands in {where}")

    def everything_said(self, *flags):
        with sidecache(self.origin.url, "--log-level", "trace", "--log-access", "all", *flags) as proxy:
            self.traffic(proxy.url("proxy"))
            for page in ("/metrics", "/livez", "/readyz"):
                self.no_secret_in(page, request(proxy.url("metrics"), page).body.decode())
            for page in ("/", "/api/entries", "/api/stats", "/api/settings"):
                answer = request(proxy.url("admin"), page)
                self.assertEqual(answer.status, 200, page)
                self.no_secret_in(page, answer.body.decode())
            for file in ("cmdline", "environ"):
                self.no_secret_in(file, pathlib.Path(f"/proc/{proxy.pid}/{file}").read_text(encoding="utf-8"))
            # That nothing stands there is worth something only once the access lines are out.
            wait_until(lambda: "integrations" in proxy.output(), "an access line")
        return proxy.output()

    def test_logs_metrics_and_pages_keep_them(self):
        for log_format in ("text", "json"):
            with self.subTest(log_format):
                said = self.everything_said("--log-format", log_format)
                self.assertGreaterEqual(said.count("integrations"), 10, said)
                self.no_secret_in("the log", said)

    def test_the_admin_token_stays_in_its_file(self):
        token = self.folder / "token"
        token.write_text(PLANTED["admin token"], encoding="utf-8")
        token.chmod(0o600)
        said = self.everything_said("--admin-token-file", str(token))
        self.no_secret_in("the log", said)

    def test_no_core_dump_can_hold_them(self):
        with sidecache(self.origin.url) as proxy:
            limits = pathlib.Path(f"/proc/{proxy.pid}/limits").read_text(encoding="utf-8")
            core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"], core)


if __name__ == "__main__":
    unittest.main(verbosity=2)
