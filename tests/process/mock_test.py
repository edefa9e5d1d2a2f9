"""The mock control plane's faults at the wire, by flag and while it runs."""

import json
import socket
import unittest
import urllib.parse

from harness import mock_control_plane, request, sidecache

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
TARGET = "/v1/integrations/openai-prod"


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
