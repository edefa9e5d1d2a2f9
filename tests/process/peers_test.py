"""Sidecaches that ask each other: what one served stale, the sync that passes another names."""

import json
import pathlib
import tempfile
import threading
import unittest

from harness import BREAKER_OFF, free_port, mock_control_plane, request, wait_until
from gateway_test import AUTH, ONLY_AUTH, PROD, SELF, SYNC, CONFIG, data_plane, enveloped, metric
from scripted_control_plane import ControlPlane, answers
from wire import ok

PEER = "/api/stale-served/peer"


def counted(proxy, result):
    return metric(proxy, f'sidecache_sync_peer_requests_total{{plane="data",result="{result}"}}')


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.secret = self.folder / "secret"
        self.secret.write_text("0123456789abcdef0123456789abcdef\n", encoding="ascii")

    def flags(self, *peers):
        return ("--sync-heal", "true", "--sync-peer-secret-file", str(self.secret),
                *(("--sync-peers", ",".join(peers)) if peers else ()))


class OfTheMock(Peers):
    """Two sidecaches before the same gateways; every sync passes the first."""

    def setUp(self):
        super().setUp()
        self.mock = self.enterContext(mock_control_plane())
        self.other = self.enterContext(data_plane(self.mock.url("mock"), *self.flags()))
        self.passed = self.enterContext(data_plane(self.mock.url("mock"), *self.flags(self.other.url("admin"))))
        self.key = request(self.other.url("proxy"), SELF, headers=PROD).json()["data"]
        self.target = (f"/v2/virtual-keys/openai-vk?organisation_id={self.key['organisation_id']}"
                       f"&workspace_id={self.key['workspace_id']}")

    def sync(self):
        return request(self.passed.url("proxy"), f"/v1/organisation/{self.key['organisation_id']}/sync/1?version=1.0.0"
                       "&identifier=gateway", headers=ONLY_AUTH)

    def mock_says(self, path, method="POST", **what):
        done = request(self.mock.url("mock"), path, method, {"content-type": "application/json"}, json.dumps(what))
        self.assertLess(done.status, 300, done)

    def look_up(self):
        return request(self.other.url("proxy"), self.target, headers=PROD)

    def test_a_stale_answer_of_one_is_named_by_the_sync_through_the_other(self):
        self.sync()
        self.look_up()
        self.mock_says("/__mock/edit", kind="virtual-keys", slug="openai-vk", workspace="acme-prod",
                       patch={"note": "Edited"})
        self.assertIn("openai-vk", self.sync().body.decode(), "named before the outage")
        self.mock_says("/__mock/faults", kind="error", status=503)
        self.assertIn("detail=stale-error", self.look_up().cache_status())
        self.mock_says("/__mock/faults", "DELETE")
        named = {"slug": "openai-vk", "workspace_id": self.key["workspace_id"]}
        self.assertIn(named, self.sync().json()["data"]["virtualKeysV2"])
        self.assertEqual(counted(self.passed, "answered"), 3)

        listed = request(self.other.url("admin"), "/api/stale-served")
        self.assertEqual(listed.json()["total"], 1, "it has not heard yet that gateways were told")
        self.sync()
        self.assertEqual(request(self.other.url("admin"), "/api/stale-served").json()["total"], 0)
        self.assertEqual(metric(self.other, "sidecache_stale_served_healed_total"), 1)


class OfAScript(Peers):
    def setUp(self):
        super().setUp()
        self.cp = self.enterContext(ControlPlane())
        self.cp.on("/v2/configs/c", answers(ok(enveloped({"slug": "c", "workspace_id": "ws"}))))
        self.cp.on("/v1/organisation/org/sync/1", answers(ok(enveloped({}))))

    def sync(self, proxy):
        return request(proxy.url("proxy"), SYNC, headers=ONLY_AUTH)

    def proxy(self, *peers, more=()):
        return self.enterContext(data_plane(self.cp.url, *BREAKER_OFF, *self.flags(*peers), *more))

    def serve_stale(self, proxy):
        self.cp.on("/v2/configs/c", answers(ok(enveloped({"slug": "c", "workspace_id": "ws"}))))
        request(proxy.url("proxy"), CONFIG, headers=PROD)
        self.cp.on("/v2/configs/c", answers(b"HTTP/1.1 503 Out\r\nContent-Length: 0\r\n\r\n"))
        self.assertIn("stale-error", request(proxy.url("proxy"), CONFIG, headers=PROD).cache_status())

    def test_one_that_is_down_speaks_garbage_or_is_silent_costs_half_a_second_and_a_count(self):
        silent = self.enterContext(ControlPlane())
        let_go = threading.Event()
        self.addCleanup(let_go.set)
        silent.on(PEER, lambda talk: let_go.wait() and False)
        garbage = self.enterContext(ControlPlane())
        garbage.on(PEER, answers(ok(b"<html>")))
        other = self.proxy()
        proxy = self.proxy(f"http://127.0.0.1:{free_port()}", silent.url, garbage.url, other.url("admin"))
        self.serve_stale(other)
        self.assertEqual(self.sync(proxy).json()["data"]["configsV2"], [{"slug": "c", "workspace_id": "ws"}])
        wait_until(lambda: counted(proxy, "unreachable") == 2, "the silent one to be given up")
        self.assertEqual((counted(proxy, "answered"), counted(proxy, "garbled")), (1, 1))

    def test_one_that_was_started_anew_is_asked_for_everything(self):
        where = f"127.0.0.1:{free_port()}"
        proxy = self.proxy(f"http://{where}")
        for life in range(2):
            with data_plane(self.cp.url, *BREAKER_OFF, *self.flags(), admin=where) as other:
                for _ in range(life + 1):  # the second life's numbers pass those of the first
                    self.serve_stale(other)
                    self.assertIn("configsV2", self.sync(proxy).json()["data"], life)
                    self.assertNotIn("configsV2", self.sync(proxy).json()["data"], life)

    def test_another_secret_is_refused_and_strangers_are(self):
        other = self.proxy()
        self.secret = self.folder / "another"
        self.secret.write_text("f" * 32, encoding="ascii")
        proxy = self.proxy(other.url("admin"))
        self.serve_stale(other)
        self.assertNotIn("configsV2", self.sync(proxy).json()["data"])
        self.assertEqual(counted(proxy, "refused"), 1)
        for headers in ({}, {"Sidecache-Peer-Question": "0" * 32}, {"Authorization": AUTH}):
            answer = request(other.url("admin"), PEER + "?organisation=org&client=0&epoch=&told=0", headers=headers)
            self.assertEqual(answer.status, 403)
            self.assertNotIn(b'"c"', answer.body)

    def test_neither_credential_nor_secret_is_sent_or_logged(self):
        listener = self.enterContext(ControlPlane())
        proxy = self.proxy(listener.url, more=("--log-level", "debug"))
        self.sync(proxy)
        asked = listener.requests(PEER)
        self.assertEqual(len(asked), 1)
        for text in (asked[0].raw.decode("latin-1"), proxy.output()):
            self.assertNotIn(AUTH, text)
            self.assertNotIn(self.secret.read_text(encoding="ascii").strip(), text)


if __name__ == "__main__":
    unittest.main()
