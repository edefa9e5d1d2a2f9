"""Runs sdk.test.mjs, where npm put the SDK, against sidecache in front of the mock control plane."""

import os
import pathlib
import shutil
import subprocess
import unittest

from harness import clean_environment, mock_control_plane, request, sidecache

HERE = pathlib.Path(__file__).parent / "node"
INSTALLED = pathlib.Path(os.environ["NODE_PLACE"])


class NodeSdk(unittest.TestCase):
    def test_every_call_of_the_sdk(self):
        # Node looks for packages beside the script, and the source tree stays as it is.
        script = shutil.copy(HERE / "sdk.test.mjs", INSTALLED)
        with mock_control_plane() as mock, sidecache(mock.url("mock")) as proxy:
            done = subprocess.run(
                ["node", "--test", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                check=False, env=clean_environment({
                    "PROXY_URL": proxy.url("proxy"), "MOCK_URL": mock.url("mock"), "API_KEY": "demo-acme-prod-key"}))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            # What the script says it saw came through the cache: some of its reads were hits.
            metrics = request(proxy.url("metrics"), "/metrics").body.decode()
            hits = [line for line in metrics.splitlines()
                    if line.startswith("sidecache_requests_total{") and 'outcome="hit"' in line]
            self.assertGreater(sum(float(line.rsplit(" ", 1)[1]) for line in hits), 0, metrics)


if __name__ == "__main__":
    unittest.main(verbosity=2)
