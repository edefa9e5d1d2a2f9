"""mode: on, shadow and bypass, switched while it runs: what clients get, what the report says, and that memory is right
when it answers again."""

import json
import pathlib
import re
import signal
import tempfile
import unittest

from harness import BREAKER_OFF, mock_control_plane, request, run, sidecache, wait_until
from steady_load import Load

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
RECORD = "/v1/integrations/openai-prod"
OTHER = "/v1/virtual-keys/openai-vk"
JSON = {**KEY, "Content-Type": "application/json"}


class Modes(unittest.TestCase):
    def setUp(self):
        self.path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "sidecache.yaml"
        self.mock = self.enterContext(mock_control_plane())

    def start(self, mode, *flags):
        self.write(mode)
        self.proxy = self.enterContext(sidecache(self.mock.url("mock"), "--config", str(self.path), *BREAKER_OFF, *flags))

    def write(self, mode):
        self.path.write_text(f"mode: {mode}\ncache: {{ttl: 600s}}\n", encoding="utf-8")

    def switch(self, mode):
        """By SIGHUP; a change of the file alone would do, and may come first."""
        self.write(mode)
        self.proxy.signal(signal.SIGHUP)
        wait_until(lambda: self.metric(f'sidecache_mode{{plane="admin",mode="{mode}"}}') == 1, f"mode is {mode}")

    def metric(self, name):
        page = request(self.proxy.url("metrics"), "/metrics").body.decode()
        found = re.search(rf"(?m)^{re.escape(name)} (\S+)$", page)
        return float(found.group(1)) if found else None

    def counted(self, result, route="integrations"):
        return self.metric(f'sidecache_shadow_lookups_total{{plane="admin",route="{route}",result="{result}"}}')

    def ask(self, target=RECORD, method="GET", body=None, headers=None):
        return request(self.proxy.url("proxy"), target, method, headers or KEY, body)

    def of_mock(self, target=RECORD):
        return request(self.mock.url("mock"), target, headers=KEY)

    def rename(self, name, base=None):
        """By its own API: at the control plane itself, which is behind sidecache's back, or through sidecache."""
        answer = request(base or self.mock.url("mock"), RECORD, "PUT", JSON, json.dumps({"name": name}))
        self.assertEqual(answer.status, 200, answer)

    def report(self, *flags):
        return run("shadow-report", "--admin-listen", self.proxy.url("admin").removeprefix("http://"), *flags)


class Shadow(Modes):
    def test_the_client_gets_the_control_planes_bytes_and_the_report_says_what_memory_would_have_said(self):
        self.start("shadow")
        self.assertEqual(self.report()[0], 1)
        self.assertIn("Nothing can be said yet", self.report()[1])
        for _ in range(3):
            self.assertEqual(self.ask().body, self.of_mock().body)
            self.assertEqual(self.ask(OTHER).body, self.of_mock(OTHER).body)
        self.assertEqual((self.counted("missed"), self.counted("agreed"), self.counted("wrong")), (1, 2, 0))
        code, said, errors = self.report()
        self.assertEqual((code, errors), (0, ""), said)
        self.assertRegex(said, r"(?m)^admin: mode is shadow, put into shadow at 20\d\d-")
        self.assertRegex(said, r"(?m)^  integrations +3 +66\.7 % +2 +0 +0 +0 +0 +2 ")
        self.assertRegex(said, r"(?m)^  virtual_keys +3 +66\.7 %")
        self.assertIn("Nothing wrong so far, and little seen: 0 of 4 compared answers", said)

        self.rename("Changed behind its back")
        truth = self.ask()
        self.assertEqual(truth.body, self.of_mock().body)
        self.assertIn("Changed behind", truth.body.decode())
        self.assertEqual(self.counted("wrong"), 1)
        self.assertEqual(self.counted("wrong", "virtual_keys"), 0)
        code, said, _ = self.report()
        self.assertEqual(code, 65, said)
        self.assertRegex(said, r"integrations openai-prod: hit, \d\.\d s old, 200 where it is 200; differs in (\w+, )*name")
        self.assertIn("Not safe to switch on: 1 of 5 compared answers (20 %)", said)
        for secret in ("Changed behind", "demo-acme-prod-key"):
            self.assertNotIn(secret, said + self.report("--format", "json")[1], "values stay unsaid")

        code, said, _ = self.report("--format", "json")
        plane = json.loads(said)["planes"]["admin"]
        self.assertEqual((code, plane["mode"], plane["differences"][0]["ident"]), (65, "shadow", "openai-prod"))
        self.assertEqual(plane["routes"]["integrations"]["results"]["wrong"], 1)

    def test_what_it_stored_is_a_hit_once_it_is_on_and_the_report_stays(self):
        self.start("shadow")
        wait_until(lambda: "admin: mode is shadow: memory answers no lookup" in self.proxy.stderr(), "it is said at the start")
        self.ask()
        self.assertIn('class="state bad">shadow<', request(self.proxy.url("admin"), "/").body.decode())
        self.switch("on")
        self.assertRegex(self.ask().cache_status(), r"sidecache; hit; ttl=(600|59\d)")
        self.assertIn('class="state bad" hidden><', request(self.proxy.url("admin"), "/").body.decode())
        self.assertIn("mode is on, put into shadow at", self.report()[1])
        self.assertEqual(self.counted("missed"), 1)
        self.switch("shadow")
        self.assertEqual(self.report()[0], 1, "begun anew")
        self.ask()
        self.assertEqual((self.report()[0], self.counted("missed"), self.counted("agreed")), (0, 1, 1))

    def test_an_outage_reaches_the_client_and_counts_as_one_that_memory_would_have_stood_in_for(self):
        self.start("shadow")
        self.ask()
        self.mock.stop()
        self.assertEqual(self.ask().status, 502)
        self.assertEqual(self.counted("stood_in"), 1)
        self.switch("on")
        self.assertIn("; hit", self.ask().cache_status())

    def test_a_known_connection_s_hits_end_with_the_switch(self):
        self.start("on", "--threads", "2")
        for _ in range(3):
            self.ask()
        self.assertIn("; hit", self.ask().cache_status())
        for mode, detail in (("shadow", "shadow"), ("bypass", "mode")):
            self.switch(mode)
            self.assertEqual(self.ask().cache_status(), f"sidecache; fwd=bypass; fwd-status=200; detail={detail}")

    def test_what_was_never_in_shadow_has_no_report(self):
        self.start("on")
        code, said, _ = self.report()
        self.assertEqual((code, said), (1, "admin: mode is on, and was not shadow since the start.\n"))
        code, _, errors = run("shadow-report", "--admin-listen", "127.0.0.1:1")
        self.assertEqual(code, 1)
        self.assertIn("shadow-report", errors)
        self.assertEqual(self.report("--format", "xml")[0], 64)


class UnderLoad(Modes):
    def test_switching_drops_no_request_and_closes_no_connection(self):
        self.start("on", "--threads", "2")
        with Load(self.proxy.url("proxy"), RECORD, KEY, seconds=60) as load:
            for mode in ("shadow", "bypass", "on", "bypass", "shadow", "on"):
                before = load.answered
                self.switch(mode)
                wait_until(lambda: load.answered > before + 50, f"it is asked in {mode}")
        load.wait()
        self.assertEqual((load.cut, load.refused, load.lost), (0, 0, 0), load.troubles[:3])
        self.assertEqual(self.counted("wrong"), 0)
        self.assertGreater(self.counted("agreed"), 50)
        self.assertIn("; hit", self.ask().cache_status())


class Bypass(Modes):
    def test_what_was_overwritten_meanwhile_is_not_there_when_it_is_on_again(self):
        self.start("on")
        self.ask()
        self.ask(OTHER)
        self.switch("bypass")
        self.rename("Renamed in bypass", self.proxy.url("proxy"))
        passed = self.ask()
        self.assertEqual(passed.cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=mode")
        self.assertEqual(passed.body, self.of_mock().body)
        self.switch("on")
        self.assertIn("Renamed in bypass", self.ask().body.decode())

    def test_what_was_held_and_not_touched_is_a_hit_again(self):
        self.start("on")
        self.ask()
        self.switch("bypass")
        self.ask()
        shown = request(self.proxy.url("admin"), "/api/settings").json()["settings"]
        self.assertEqual([each["value"] for each in shown if each["key"] == "mode"], ["bypass"])
        self.switch("on")
        self.assertRegex(self.ask().cache_status(), r"; hit; ttl=(600|59\d)")


if __name__ == "__main__":
    unittest.main()
