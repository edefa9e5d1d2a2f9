"""The data plane as gateways use it, at the wire: whose answer it is, sync that is handed out once, and what gateways
are given while the control plane is gone."""

import contextlib
import json
import pathlib
import socket
import struct
import tempfile
import unittest

from harness import DEADLINE, BREAKER_OFF, Program, mock_control_plane, request, wait_until
from scripted_control_plane import ControlPlane, answers
from wire import message, ok

AUTH = "demo-acme-client-auth"
PROD = {"Authorization": AUTH, "x-portkey-api-key": "demo-acme-prod-key"}
STAGING = {"Authorization": AUTH, "x-portkey-api-key": "demo-acme-staging-key"}
SELF = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true"
ONLY_AUTH = {"Authorization": AUTH}
SYNC = "/v1/organisation/org/sync/1?version=1.0.0&identifier=gateway"
CONFIG = "/v2/configs/c?organisation_id=org&workspace_id=ws"


def enveloped(data):
    return json.dumps({"success": True, "data": data}).encode()


@contextlib.contextmanager
def data_plane(upstream, *flags, admin="127.0.0.1:0"):
    with Program("serve", "--plane", "data", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
                 "--admin-listen", admin, "--upstream", upstream, *flags) as proxy:
        wait_until(lambda: request(proxy.url("metrics"), "/readyz").status == 200, "ready")
        yield proxy


def metric(proxy, name):
    page = request(proxy.url("metrics"), "/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith(name))


class OfTheMock(unittest.TestCase):
    """The mock control plane, which checks both credentials and hands sync out once."""

    def setUp(self):
        self.mock = self.enterContext(mock_control_plane())
        self.proxy = self.enterContext(data_plane(self.mock.url("mock"), "--sync-heal", "true"))
        self.base = self.proxy.url("proxy")
        self.key = self.get(SELF).json()["data"]
        self.org = self.key["organisation_id"]
        self.sync()  # from here on its identifier is told of changes

    def get(self, target, headers=PROD):
        return request(self.base, target, headers=headers)

    def sync(self, identifier="gateway"):
        return self.get(f"/v1/organisation/{self.org}/sync/1?version=1.0.0&identifier={identifier}", ONLY_AUTH)

    def path(self, family, slug):
        return f"/v2/{family}/{slug}?organisation_id={self.org}&workspace_id={self.key['workspace_id']}"

    def edit(self, **what):
        done = request(self.mock.url("mock"), "/__mock/edit", "POST", {"content-type": "application/json"},
                       json.dumps(what))
        self.assertEqual(done.status, 200, done)

    def fault(self, **what):
        done = request(self.mock.url("mock"), "/__mock/faults", "POST", {"content-type": "application/json"},
                       json.dumps(what))
        self.assertEqual(done.status, 200, done)

    def test_who_is_asking_stands_in_both_headers(self):
        mine = self.get(SELF).json()["data"]
        theirs = self.get(SELF, STAGING).json()["data"]
        self.assertNotEqual(mine["id"], theirs["id"])
        for _ in range(2):
            self.assertEqual(self.get(SELF).json()["data"]["id"], mine["id"])
            self.assertEqual(self.get(SELF, STAGING).json()["data"]["id"], theirs["id"])
        for wrong in ({**PROD, "Authorization": "another"}, {**PROD, "x-portkey-api-key": "another"}):
            self.assertEqual(self.get(SELF, wrong).status, 401)

    def test_a_workspace_sees_its_own_record(self):
        here = self.get(self.path("virtual-keys", "openai-vk")).json()["data"]
        there = self.get(SELF, STAGING).json()["data"]["workspace_id"]
        path = f"/v2/virtual-keys/openai-vk?organisation_id={self.org}&workspace_id={there}"
        other = self.get(path, STAGING).json()["data"]
        self.assertNotEqual(here["id"], other["id"])
        for _ in range(2):
            self.assertEqual(self.get(self.path("virtual-keys", "openai-vk")).json()["data"]["id"], here["id"])
            self.assertEqual(self.get(path, STAGING).json()["data"]["id"], other["id"])

    def test_every_family_is_answered_from_memory_and_dropped_when_sync_names_it(self):
        families = {"virtual-keys": "openai-vk", "configs": "pc-router", "prompts": "pp-support-reply",
                    "prompts/partials": "pl-tone", "guardrails": "pg-pii"}
        for family, slug in families.items():
            path = self.path(family, slug)
            self.assertEqual(self.get(path).status, 200, family)
            self.assertIn("hit", self.get(path).cache_status(), family)
            self.edit(kind=family, slug=slug, workspace="acme-prod", patch={"name": "Edited"})
            self.assertNotIn("Edited", self.get(path).body.decode(), "nobody has said so yet")
            self.sync()
            self.assertIn("Edited", self.get(path).body.decode(), family)

    def test_a_put_by_uuid_drops_the_record_under_its_slug(self):
        path = self.path("virtual-keys", "openai-vk")
        record = self.get(path).json()["data"]
        self.assertIn("hit", self.get(path).cache_status())
        done = request(self.base, f"/v2/virtual-keys/{record['id']}", "PUT",
                       {**PROD, "content-type": "application/json"}, json.dumps({"status": "exhausted"}))
        self.assertEqual(done.status, 200, done)
        self.assertEqual(self.get(path).json()["data"]["status"], "exhausted")

    def test_a_resync_drops_what_it_exhausts(self):
        path = self.path("virtual-keys", "openai-vk")
        record = self.get(path).json()["data"]
        done = request(self.base, f"/v1/organisation/{self.org}/resync", "POST",
                       {**ONLY_AUTH, "content-type": "application/json"},
                       json.dumps({"virtualKeyIdsToExhaust": [record["id"]]}))
        self.assertEqual(done.status, 200, done)
        self.assertEqual(self.get(path).json()["data"]["status"], "exhausted")

    def test_a_sync_that_was_handed_out_and_lost_leaves_nothing_fresh(self):
        path = self.path("configs", "pc-router")
        self.get(path)
        self.edit(kind="configs", slug="pc-router", workspace="acme-prod", patch={"name": "Edited"})
        self.fault(kind="reset", when="after", path="/sync/", times=1)
        self.assertEqual(self.sync().status, 502)
        self.assertIn("Edited", self.get(path).body.decode(), "revalidated before use")
        self.assertEqual(self.sync().json()["data"].get("configsV2", []), [], "the mock has handed it out")
        self.assertEqual(metric(self.proxy, 'sidecache_syncs_total{plane="data",result="lost"}'), 1)

    def test_a_garbled_sync_goes_on_as_it_came_and_leaves_nothing_fresh(self):
        path = self.path("configs", "pc-router")
        self.get(path)
        self.edit(kind="configs", slug="pc-router", workspace="acme-prod", patch={"name": "Edited"})
        self.fault(kind="html", status=200, path="/sync/", times=1)
        self.assertIn(b"<html>", self.sync().body)
        self.assertIn("Edited", self.get(path).body.decode())

    def test_after_an_outage_gateways_are_told_what_they_were_given(self):
        path = self.path("virtual-keys", "openai-vk")
        self.get(path)
        self.edit(kind="virtual-keys", slug="openai-vk", workspace="acme-prod", patch={"note": "Edited"})
        self.fault(kind="error", status=503)
        stale = self.get(path)
        self.assertEqual(stale.status, 200)
        self.assertEqual(self.sync().status, 503)
        after = self.get(path)
        self.assertIn("detail=stale-error", after.cache_status())
        self.assertIn(self.get(self.path("configs", "never-asked")).status, (502, 503), "the breaker's answer, or its own")
        listed = request(self.proxy.url("admin"), "/api/stale-served").json()
        self.assertEqual([(each["family"], each["ident"]) for each in listed["records"]],
                         [("virtual-keys", "openai-vk")])
        request(self.mock.url("mock"), "/__mock/faults", "DELETE")
        named = self.sync().json()["data"]["virtualKeysV2"]
        self.assertIn({"slug": "openai-vk", "workspace_id": self.key["workspace_id"]}, named)
        wait_until(lambda: "Edited" in self.get(path).body.decode(), "the breaker to close")
        self.assertEqual(request(self.proxy.url("admin"), "/api/stale-served").json()["total"], 0)
        self.assertEqual(metric(self.proxy, "sidecache_stale_served_healed_total"), 1)

    def test_a_sidecache_may_ask_for_sync_itself(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "auth").write_text(AUTH + "\n", encoding="ascii")
            flags = ("--sync-poll-path", f"/v1/organisation/{self.org}/sync/1?version=1.0.0", "--sync-identifier-file",
                     str(folder / "identifier"), "--sync-credential-file", str(folder / "auth"), "--sync-interval", "1s",
                     "--sync-unheard-ttl", "10m", "--cache-ttl", "10m", "--cache-cool-down", "0s")
            for run in range(2):  # the second finds the first one's identifier
                with data_plane(self.mock.url("mock"), *flags) as proxy:
                    read = 'sidecache_syncs_total{plane="data",result="read"}'
                    wait_until(lambda: metric(proxy, read) >= 1, "a first poll")
                    path = self.path("guardrails", "pg-pii")
                    request(proxy.url("proxy"), path, headers=PROD)
                    self.assertIn("hit", request(proxy.url("proxy"), path, headers=PROD).cache_status())
                    self.edit(kind="guardrails", slug="pg-pii", workspace="acme-prod", patch={"name": f"Edited {run}"})
                    wait_until(lambda: f"Edited {run}" in request(proxy.url("proxy"), path, headers=PROD).body.decode(),
                               "the change to be heard of")
            self.assertRegex((folder / "identifier").read_text(encoding="ascii"), r"\Asidecache-[0-9a-f]{16}\n\Z")
            self.assertEqual((folder / "identifier").stat().st_mode & 0o777, 0o600)


class OfAScript(unittest.TestCase):
    """A control plane that misbehaves in the middle of sync."""

    def setUp(self):
        self.cp = self.enterContext(ControlPlane())
        self.cp.on("/v2/configs/c", answers(ok(enveloped({"slug": "c", "version": 1}))))
        self.cp.on("/v1/organisation/org/sync/1", answers(ok(enveloped({}))))
        self.proxy = self.enterContext(data_plane(self.cp.url, *BREAKER_OFF))
        self.base = self.proxy.url("proxy")

    def get(self, target, headers=PROD):
        return request(self.base, target, headers=headers)

    def syncs(self):
        return self.cp.requests("/v1/organisation/org/sync/1")

    def fill(self):
        self.get(SYNC, ONLY_AUTH)
        self.get(CONFIG)
        self.assertIn("hit", self.get(CONFIG).cache_status())

    def test_without_sync_nothing_is_fresh_and_with_it_for_ten_seconds(self):
        for _ in range(3):
            self.assertNotIn("hit", self.get(CONFIG).cache_status())
        self.fill()
        self.assertRegex(self.get(CONFIG).cache_status(), r"sidecache; hit; ttl=(9|10)$")

    def test_one_that_breaks_at_any_byte_is_not_asked_again_and_leaves_nothing_fresh(self):
        whole = ok(enveloped({"configsV2": [{"slug": "c"}]}))
        for cut in (0, 5, len(whole) // 2, len(whole) - 1):
            self.fill()

            def breaks(talk, cut=cut):
                talk.send(whole[:cut])
                talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            self.cp.on("/v1/organisation/org/sync/1", breaks)
            before = len(self.syncs())
            self.assertEqual(self.get(SYNC, ONLY_AUTH).status, 502, cut)
            self.assertEqual(len(self.syncs()), before + 1, "asked once")
            self.assertNotIn("hit", self.get(CONFIG).cache_status())
            self.cp.on("/v1/organisation/org/sync/1", answers(ok(enveloped({}))))

    def test_each_is_asked_on_a_connection_of_its_own(self):
        self.fill()
        self.get(SYNC, ONLY_AUTH)
        self.get(SYNC, ONLY_AUTH)
        used = [each.connection for each in self.syncs()]
        self.assertEqual(len(set(used)), len(used))

    def test_one_whose_gateway_left_is_read_to_its_end(self):
        self.fill()
        held = []

        def answers_late(talk):
            held.append(talk)
            wait_until(lambda: held[0] is None, "the gateway to leave")
            talk.send(ok(enveloped({"configsV2": [{"slug": "c"}]})))
        self.cp.on("/v1/organisation/org/sync/1", answers_late)
        port = int(self.base.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as gateway:
            gateway.sendall(message(f"GET {SYNC} HTTP/1.1", [("Host", "x"), ("Authorization", AUTH)]))
            wait_until(lambda: held, "the sync to arrive")
            gateway.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        held[0] = None
        wait_until(lambda: metric(self.proxy, 'sidecache_syncs_total{plane="data",result="read"}') == 2, "it to be read")
        self.assertNotIn("hit", self.get(CONFIG).cache_status())

    def test_a_gateway_that_reads_slowly_gets_it_all(self):
        many = enveloped({"configsV2": [{"slug": f"config-{i}", "workspace_id": "w" * 200} for i in range(4_000)]})
        self.fill()
        self.cp.on("/v1/organisation/org/sync/1", answers(ok(many)))
        port = int(self.base.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as gateway:
            gateway.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            gateway.sendall(message(f"GET {SYNC} HTTP/1.1", [("Host", "x"), ("Authorization", AUTH)]))
            wait_until(lambda: metric(self.proxy, 'sidecache_syncs_total{plane="data",result="read"}') == 2, "read")
            self.assertIn("hit", self.get(CONFIG).cache_status(), "it was not named, and is answered meanwhile")
            got = b""
            while many not in got:
                piece = gateway.recv(65536)
                self.assertTrue(piece, "it ended early")
                got += piece

    def test_one_over_the_limit_is_an_error_that_leaves_nothing_fresh(self):
        with data_plane(self.cp.url, "--limits-sync-bytes", "64KiB", "--limits-buffered-bytes", "1MiB",
                        "--limits-record-bytes", "64KiB") as proxy:
            request(proxy.url("proxy"), SYNC, headers=ONLY_AUTH)
            request(proxy.url("proxy"), CONFIG, headers=PROD)
            self.assertIn("hit", request(proxy.url("proxy"), CONFIG, headers=PROD).cache_status())
            self.cp.on("/v1/organisation/org/sync/1", answers(ok(enveloped({"configsV2": ["c" * 100_000]}))))
            self.assertEqual(request(proxy.url("proxy"), SYNC, headers=ONLY_AUTH).status, 502)
            self.assertNotIn("hit", request(proxy.url("proxy"), CONFIG, headers=PROD).cache_status())

    def test_sync_is_asked_for_while_the_breaker_is_open(self):
        with data_plane(self.cp.url, "--breaker-open-for", "10m") as proxy:
            self.cp.on("/v2/configs/c", answers(message("HTTP/1.1 503 Unavailable", [("Content-Length", 0)])))
            wait_until(lambda: "avoided" in request(proxy.url("proxy"), CONFIG, headers=PROD).cache_status(),
                       "the breaker to open")
            self.assertEqual(request(proxy.url("proxy"), SYNC, headers=ONLY_AUTH).status, 200)

    def test_an_unknown_record_in_an_outage_is_no_401(self):
        with data_plane("http://127.0.0.1:1") as proxy:
            for _ in range(8):  # past the breaker's opening
                got = request(proxy.url("proxy"), CONFIG, headers=PROD)
                self.assertEqual(got.status, 502)
                self.assertFalse(got.json()["success"])
                self.assertIn("message", got.json()["data"])


if __name__ == "__main__":
    unittest.main()
