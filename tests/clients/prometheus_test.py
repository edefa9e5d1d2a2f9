"""A real Prometheus server scrapes /metrics and answers queries over it; promtool finds nothing to say about the page."""

import json
import subprocess
import unittest

from harness import mock_control_plane, request, sidecache, wait_until
from prometheus_server import prometheus, query

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}


def scraping(target):
    """The configuration of a server that scrapes `target` five times a second. JSON is YAML."""
    return {"prometheus.yaml": json.dumps({
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
        "scrape_configs": [{"job_name": "sidecache", "static_configs": [{"targets": [target]}]}]})}


class Prometheus(unittest.TestCase):
    def setUp(self):
        mock = self.enterContext(mock_control_plane())
        self.proxy = self.enterContext(sidecache(mock.url("mock")))
        base = self.proxy.url("proxy")
        slug = request(base, "/v1/integrations", headers=KEY).json()["data"][0]["slug"]
        for _ in range(10):
            self.assertEqual(request(base, f"/v1/integrations/{slug}", headers=KEY).status, 200)
        self.assertEqual(request(base, "/v1/integrations/nobody", headers=KEY).status, 404)

    def test_it_is_scraped_and_can_be_queried(self):
        with prometheus(scraping(self.proxy.url("metrics").removeprefix("http://"))) as server:
            wait_until(lambda: query(server, 'up{job="sidecache"}') == 1.0, "scraped without an error")
            self.assertEqual(wait_until(lambda: query(server, 'sum(sidecache_requests_total{outcome="hit"})'), "hits"), 9)
            self.assertEqual(query(server, "sum(sidecache_request_duration_seconds_count)"),
                             query(server, "sum(sidecache_requests_total)"))
            self.assertGreater(query(server, "histogram_quantile(0.99, sum by (le) (sidecache_request_duration_seconds_bucket))"), 0)
            self.assertEqual(query(server, 'sum(sidecache_upstream_requests_total{code="404"})'), 1)
            self.assertGreater(query(server, "sidecache_cache_bytes"), 0)
            self.assertEqual(query(server, "count(sidecache_build_info)"), 1)
            self.assertGreater(query(server, "process_resident_memory_bytes"), 1_000_000)

    def test_promtool_finds_nothing(self):
        page = request(self.proxy.url("metrics"), "/metrics")
        self.assertRegex(page.headers["Content-Type"], r"^text/plain; version=0\.0\.4")
        checked = subprocess.run(["promtool", "check", "metrics"], input=page.body, capture_output=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
