"""The mock control plane at the wire: its faults, by flag and while it runs, and what gateways ask of it."""

import http.client
import json
import socket
import unittest
import urllib.parse

from harness import mock_control_plane, request, run, sidecache

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
GATEWAY = {"Authorization": "demo-acme-client-auth"}
SYNC = "/v1/organisation/acme/sync/0?version=1.0.0&identifier=gateway-1"
TARGET = "/v1/integrations/openai-prod"


def changed(base, slug):
    """Edits a config behind everybody's back."""
    edit = {"kind": "configs", "slug": slug, "organisation": "acme", "workspace": "acme-prod", "patch": {"name": "x"}}
    return request(base, "/__mock/edit", "POST", body=json.dumps(edit)).status


def configs_told(base):
    """The configs that sync names to this gateway now."""
    return [entry["slug"] for entry in request(base, SYNC, headers=GATEWAY).json()["data"]["configsV2"]]


def bytes_answered(url):
    """All that comes back for one request on a plain socket."""
    where = urllib.parse.urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as wire:
        wire.sendall(f"GET {TARGET} HTTP/1.1\r\nHost: mock\r\nx-portkey-api-key: demo-acme-prod-key\r\n\r\n".encode())
        got = b""
        while piece := wire.recv(65536):
            got += piece
            if b"\r\n\r\n" in got:
                break
        return got


class Mock(unittest.TestCase):
    def test_a_reset_closes_without_a_byte(self):
        with mock_control_plane("--reset-rate", "1") as mock:
            self.assertEqual(bytes_answered(mock.url("mock")), b"")

    def test_errors_by_flag(self):
        with mock_control_plane("--error-rate", "1", "--error-status", "503") as mock:
            self.assertEqual(request(mock.url("mock"), TARGET, headers=KEY).status, 503)

    def test_faults_come_and_go_while_it_runs(self):
        with mock_control_plane() as mock:
            base = mock.url("mock")
            fault = json.dumps({"kind": "reset", "times": 1})
            self.assertEqual(request(base, "/__mock/faults", "POST", body=fault).status, 200)
            self.assertEqual(bytes_answered(base), b"")
            self.assertEqual(request(base, TARGET, headers=KEY).status, 200)
            counted = request(base, "/__mock/requests").json()
            self.assertEqual(counted["by_status"], {"0": 1, "200": 1})

    def test_a_broken_off_answer_is_a_502_through_sidecache(self):
        with mock_control_plane("--reset-rate", "1") as mock, sidecache(mock.url("mock")) as proxy:
            answer = request(proxy.url("proxy"), TARGET, headers=KEY)
            self.assertEqual(answer.status, 502)
            self.assertEqual(answer.json()["error"]["code"], "upstream_failed")

    def test_help_says_what_it_speaks_and_holds(self):
        code, out, _ = run("mock", "--help")
        self.assertEqual(code, 0)
        for word in ("/v2/api-keys/self/details", "/__mock/edit", "demo-acme-client-auth", "pc-router"):
            self.assertIn(word, out)


class DataPlane(unittest.TestCase):
    def setUp(self):
        self.base = self.enterContext(mock_control_plane()).url("mock")

    def test_a_callers_key_is_told_from_another_by_its_header_alone(self):
        target = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true"
        names = [request(self.base, target, headers={**GATEWAY, "x-portkey-api-key": key}).json()["data"]["name"]
                 for key in ("demo-acme-prod-key", "demo-acme-staging-key")]
        self.assertEqual(names, ["acme-prod", "acme-staging"])
        self.assertEqual(request(self.base, target, headers=KEY).status, 401)
        self.assertEqual(request(self.base, target, headers=GATEWAY).status, 401)

    def test_a_virtual_key_has_its_providers_key_and_is_written_by_its_uuid(self):
        both = {**GATEWAY, **KEY}
        record = request(self.base, "/albus/v2/virtual-keys/openai-vk", headers=both).json()["data"]
        self.assertIn("planted-not-a-real-", record["key"])
        by_id = f"/v2/virtual-keys/{record['id']}?organisation_id={record['organisation_id']}"
        self.assertEqual(request(self.base, by_id, "PUT", both, '{"status":"exhausted"}').status, 200)
        self.assertEqual(request(self.base, by_id, headers=both).json()["data"]["status"], "exhausted")
        self.assertEqual(request(self.base, "/__mock/requests").json()["by_caller"], {"acme-prod": 3})

    def test_sync_is_handed_out_once_whether_it_arrives_or_not(self):
        self.assertEqual(configs_told(self.base), [])
        self.assertEqual(changed(self.base, "pc-router"), 200)
        self.assertEqual(configs_told(self.base), ["pc-router"])
        self.assertEqual(configs_told(self.base), [])

        self.assertEqual(changed(self.base, "pc-batch"), 200)
        lost = json.dumps({"kind": "reset", "when": "after", "path": "/sync/", "times": 1})
        self.assertEqual(request(self.base, "/__mock/faults", "POST", body=lost).status, 200)
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            request(self.base, SYNC, headers=GATEWAY)
        self.assertEqual(configs_told(self.base), [], "it was handed out, to nobody")

    def test_a_sync_that_was_refused_is_still_to_be_told(self):
        self.assertEqual(configs_told(self.base), [])
        self.assertEqual(changed(self.base, "pc-router"), 200)
        down = json.dumps({"kind": "error", "status": 503, "times": 1})
        self.assertEqual(request(self.base, "/__mock/faults", "POST", body=down).status, 200)
        self.assertEqual(request(self.base, SYNC, headers=GATEWAY).status, 503)
        self.assertEqual(configs_told(self.base), ["pc-router"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
