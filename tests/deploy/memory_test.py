"""What the chart asks for is what sidecache takes: with a cache that is full, and in which all comes and goes, it stays
within the memory that is requested, to which the limit adds what limits.connections and limits.buffered_bytes allow.
"""

import pathlib
import re
import tempfile
import unittest

import chart
from harness import mock_control_plane, request, run, sidecache, wait_until

RECORDS = 30_000  # of 1.9 KiB and what each costs: many times the cache
MAX_BYTES = 16 << 20


def figure(proxy, name):
    text = request(proxy.url("metrics"), "/metrics").body.decode()
    return sum(float(value) for value in re.findall(rf"(?m)^{name}{{[^}}]*}} (\S+)$", text))


class Memory(unittest.TestCase):
    def test_a_full_cache_fits_into_what_is_requested(self):
        deployment = chart.of_kind(chart.rendered("--set", "config.cache.max_bytes=16MiB"), "Deployment")[0]
        requested = int(chart.container_of(deployment)["resources"]["requests"]["memory"].removesuffix("Mi")) << 10
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "key").write_text("demo-acme-prod-key\n", encoding="ascii")
        with mock_control_plane("--records", str(RECORDS)) as mock, \
                sidecache(mock.url("mock"), "--cache-max-bytes", "16MiB", "--cache-ttl", "1h") as proxy:
            for seed in ("1", "2"):
                code, said, errors = run("replay", "--url", proxy.url("proxy"), "--rate", "8000", "--duration", "2s", "--warm-up",
                                         "0s", "--zipf", "0", "--records", str(RECORDS), "--slug-format", "load-%d",
                                         "--credential-file", str(folder / "key"), "--seed", seed)
                self.assertEqual(code, 0, said + errors)
            wait_until(lambda: figure(proxy, "sidecache_cache_evictions_total") > 1000, "what was held has gone, and come")
            self.assertGreater(figure(proxy, "sidecache_cache_bytes"), 0.99 * MAX_BYTES)
            self.assertLess(proxy.memory_kib(), requested)
            self.assertGreater(3 * proxy.memory_kib(), requested, "what is asked for is far from what is taken")


if __name__ == "__main__":
    unittest.main(verbosity=2)
