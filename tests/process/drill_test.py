"""Coverage and drills, by their commands and by the admin listener of a running sidecache."""

import pathlib
import tempfile
import unittest

import hostile_control_plane as hostile
from harness import Program, request, run, sidecache, wait_until
from limits_case import metric

KEY = {"x-portkey-api-key": "alice"}


class Drill(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.token = folder / "token"
        self.token.write_text("a-token-for-tests", encoding="utf-8")
        self.token.chmod(0o600)
        self.origin = self.enterContext(hostile.HostileControlPlane())
        for slug in ("known", "other", "new"):
            self.origin.behave(slug, hostile.good(slug))
        self.proxy = self.enterContext(sidecache(
            self.origin.url, "--admin-token-file", str(self.token), "--cache-ttl", "0s", "--cache-stale-while-revalidate", "0s"))
        self.options = ("--admin-listen", self.proxy.url("admin").removeprefix("http://"), "--admin-token-file", str(self.token))
        for slug in ("known", "other"):
            self.assertEqual(self.lookup(slug).status, 200)

    def lookup(self, slug):
        return request(self.proxy.url("proxy"), f"/v1/integrations/{slug}", headers=KEY)

    def test_coverage_says_what_could_be_served_and_until_when(self):
        code, said, errors = run("coverage", *self.options)
        self.assertEqual((code, errors), (0, ""))
        self.assertTrue(said.startswith("If the control plane went now, 2 of the 2 keys asked for within the last hour (100.0 %) "
                                        "could be served.\nThe first of them is lost after "), said)
        self.assertIn("\n  after   2d: 2\n  after   3d: 0\n", said)
        self.assertEqual(metric(self.proxy, "sidecache_coverage_keys", state="covered"), 2)
        self.assertGreater(metric(self.proxy, "sidecache_coverage_seconds"), 71 * 3600)

        self.origin.behave("never", hostile.resets)
        self.assertEqual(self.lookup("never").status, 502)
        self.assertIn("2 of the 3 keys", run("coverage", *self.options)[1])
        self.assertEqual(metric(self.proxy, "sidecache_coverage_keys", state="missing"), 1)

    def test_a_drill_leaves_the_control_plane_alone_and_reports_what_failed(self):
        with Program("drill", "--for", "10m", *self.options) as drill:
            wait_until(lambda: metric(self.proxy, "sidecache_drill_active") == 1, "the drill is on")
            asked = self.origin.asked("known")
            stale = self.lookup("known")
            self.assertEqual((stale.status, stale.body), (200, hostile.record("known")))
            self.assertIn("detail=stale-error", stale.cache_status())
            self.assertEqual(self.origin.asked("known"), asked)
            failed = self.lookup("new")
            self.assertEqual((failed.status, failed.json()["error"]["code"]), (503, "upstream_avoided"))
            self.assertEqual(self.origin.asked("new"), 0)
            self.assertEqual(request(self.proxy.url("proxy"), "/v1/integrations/other", method="PUT", body=b"{}", headers=KEY).status,
                             200, "writes pass")
            self.assertEqual(drill.stop(), 1, "a signal ends the drill, and its report follows")
            self.assertIn("1 lookups got a stale record, 1 failed.\n  integrations new: 1", drill.stdout())
        self.assertEqual(metric(self.proxy, "sidecache_drill_active"), 0)
        self.assertEqual(self.lookup("new").status, 200)

    def test_a_drill_ends_by_itself(self):
        code, said, errors = run("drill", "--for", "1s", *self.options)
        self.assertEqual((code, errors), (0, ""), said)
        self.assertTrue(said.endswith("0 lookups got a stale record, 0 failed.\n"), said)
        self.assertEqual(metric(self.proxy, "sidecache_drill_active"), 0)

    def test_what_can_not_be_done_ends_with_a_reason(self):
        for length in ("5", "2h", "-1s"):
            code, _, said = run("drill", f"--for={length}", *self.options)
            self.assertEqual(code, 64, said)
            self.assertIn('{"for": "5m"}', said)
        code, _, said = run("drill", "--for", "1s", *self.options[:2])
        self.assertEqual(code, 64)
        self.assertIn("admin.token_file", said)
        for command in ("coverage", "drill --for 1s"):
            code, _, said = run(*command.split(), "--admin-listen", "127.0.0.1:1", *self.options[2:])
            self.assertEqual(code, 1, said)
            self.assertIn("127.0.0.1:1", said)
        self.assertEqual(metric(self.proxy, "sidecache_drill_active"), 0)


if __name__ == "__main__":
    unittest.main()
