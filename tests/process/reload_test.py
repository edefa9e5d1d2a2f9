"""Settings that change while it runs: by SIGHUP, a file written anew, a ConfigMap's links; taken whole or not at all, and
never at the cost of a request, a connection or the cache."""

import http.client
import os
import pathlib
import re
import signal
import tempfile
import unittest
import urllib.parse

from harness import mock_control_plane, request, run, sidecache, wait_until
from steady_load import Load

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
RECORD = "/v1/virtual-keys/openai-vk"


class Running:
    """sidecache with a config file of its own."""

    def __init__(self, test, text, *flags, path=None):
        self.folder = pathlib.Path(test.enterContext(tempfile.TemporaryDirectory()))
        self.path = path(self.folder) if path else self.folder / "sidecache.yaml"
        if not path:
            self.path.write_text(text, encoding="utf-8")
        control_plane = test.enterContext(mock_control_plane())
        self.proxy = test.enterContext(
            sidecache(control_plane.url("mock"), "--config", str(self.path), *flags))

    def write(self, text):
        self.path.write_text(text, encoding="utf-8")

    def hang_up(self):
        """SIGHUP, and what came of it."""
        before = self.reloads("SIGHUP")
        self.proxy.signal(signal.SIGHUP)
        return wait_until(lambda: self.reloads("SIGHUP")[len(before):], "it reads its settings anew")[0]

    def reloads(self, cause):
        return re.findall(rf"reload by {cause}: (.*)", self.proxy.stderr())

    def file_was_read(self, what):
        return wait_until(lambda: [line for line in self.reloads("a changed file") if line.startswith(what)], what)[-1]

    def settings(self):
        return request(self.proxy.url("admin"), "/api/settings").json()

    def value(self, key):
        return next(row["value"] for row in self.settings()["settings"] if row["key"] == key)

    def metric(self, name):
        page = request(self.proxy.url("metrics"), "/metrics").body.decode()
        return float(re.search(rf"(?m)^{re.escape(name)} (\S+)$", page).group(1))

    def counted(self, result):
        return self.metric(f'sidecache_config_reloads_total{{result="{result}"}}')

    def lookup(self, target=RECORD, headers=KEY):
        return request(self.proxy.url("proxy"), target, headers=headers)


class Taken(unittest.TestCase):
    def test_by_sighup_a_ttl_counts_for_what_is_stored_from_then_on_and_hits_stay_hits(self):
        it = Running(self, "cache: {ttl: 300s}\n")
        it.lookup()
        started = it.metric("sidecache_config_last_reload_success_timestamp_seconds")
        it.write("cache: {ttl: 600s}\n")
        self.assertEqual(it.hang_up(), 'applied: cache.ttl "300s" -> "600s"')
        wait_until(lambda: "audit action=reload by=signal outcome=applied changes=1" in it.proxy.stderr(), "the audit")
        self.assertRegex(it.lookup().cache_status(), r"hit; ttl=(300|29\d)\b")
        it.lookup(f"{RECORD}?again")
        self.assertRegex(it.lookup(f"{RECORD}?again").cache_status(), r"hit; ttl=(600|59\d)\b")
        self.assertEqual(it.value("cache.ttl"), "600s")
        self.assertEqual(it.counted("applied"), 1)
        self.assertEqual(it.metric("sidecache_config_last_reload_successful"), 1)
        self.assertGreater(it.metric("sidecache_config_last_reload_success_timestamp_seconds"), started)
        report = it.settings()["reload"]
        self.assertEqual((report["result"], report["cause"]), ("applied", "SIGHUP"))
        self.assertEqual(it.hang_up(), "unchanged: nothing differs")
        self.assertEqual(it.counted("unchanged"), 1)

    def test_a_file_that_is_written_over_or_replaced_is_seen(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        it.write("cache: {ttl: 20s}\n")
        it.file_was_read('applied: cache.ttl "10s" -> "20s"')
        beside = it.folder / "next.yaml"
        beside.write_text("cache: {ttl: 40s}\n", encoding="utf-8")
        os.replace(beside, it.path)
        it.file_was_read('applied: cache.ttl "20s" -> "40s"')
        os.utime(it.path)
        it.write("cache: {ttl: 40s}\n")  # the same again
        it.write("cache: {ttl: 50s}\n")
        it.file_was_read('applied: cache.ttl "40s" -> "50s"')
        self.assertEqual(it.counted("unchanged"), 0)

    def test_a_config_map_is_swapped_by_a_link_above_the_file(self):
        def mounted(folder):
            for name, ttl in (("..2026_01", "10s"), ("..2026_02", "20s")):
                (folder / name).mkdir()
                (folder / name / "sidecache.yaml").write_text(f"cache: {{ttl: {ttl}}}\n", encoding="utf-8")
            (folder / "..data").symlink_to("..2026_01")
            (folder / "sidecache.yaml").symlink_to("..data/sidecache.yaml")
            return folder / "sidecache.yaml"

        it = Running(self, "", path=mounted)
        self.assertEqual(it.value("cache.ttl"), "10s")
        (it.folder / "..data_tmp").symlink_to("..2026_02")
        os.replace(it.folder / "..data_tmp", it.folder / "..data")
        it.file_was_read('applied: cache.ttl "10s" -> "20s"')
        self.assertEqual(it.value("cache.ttl"), "20s")

    def test_the_log_level(self):
        it = Running(self, "log: {level: warn}\n")
        it.write("log: {level: info}\n")
        self.assertEqual(it.hang_up(), 'applied: log.level "warn" -> "info"')
        it.write("log: {level: error}\n")
        self.assertEqual(it.hang_up(), 'applied: log.level "info" -> "error"', "said before it is silent")

    def test_access_lines(self):
        it = Running(self, "log: {access: off}\n", "--threads", "2")
        it.lookup()
        it.write("log: {access: all}\n")
        it.hang_up()
        self.assertNotIn(RECORD, it.proxy.stderr())
        it.lookup()
        wait_until(lambda: RECORD in it.proxy.stderr(), "a line of its own")

    def test_how_long_the_end_takes(self):
        it = Running(self, "shutdown: {delay: 10m}\n")
        it.write("shutdown: {delay: 0s}\n")
        self.assertIn("applied", it.hang_up())
        it.proxy.signal(signal.SIGTERM)
        self.assertEqual(it.proxy.wait(), 0)

    def test_a_smaller_cache_evicts_at_once(self):
        it = Running(self, "")
        for key in range(400):
            it.lookup(headers={"x-portkey-api-key": f"key-{key}", **({} if key % 2 else KEY)})
        for n in range(300):
            it.lookup(f"{RECORD}?n={n}")
        self.assertGreater(it.metric('sidecache_cache_bytes{plane="admin"}'), 70_000)
        it.write("cache: {max_bytes: 64KiB}\nlimits: {record_bytes: 1MiB}\n")
        self.assertIn("limits.record_bytes", it.hang_up(), "both are looked at together")
        it.write("cache: {max_bytes: 64KiB}\n")
        self.assertIn("applied", it.hang_up())
        self.assertLessEqual(it.metric('sidecache_cache_bytes{plane="admin"}'), 65_536)


class Refused(unittest.TestCase):
    def assert_refused(self, it, told, result):
        self.assertIn(told, it.hang_up())
        self.assertEqual(it.counted(result), 1)
        self.assertEqual(it.metric("sidecache_config_last_reload_successful"), 0)
        self.assertEqual(it.settings()["reload"]["result"], result)
        self.assertIn("What was read then is not in force", request(it.proxy.url("admin"), "/").body.decode())
        self.assertEqual(it.value("cache.ttl"), "10s", "nothing of it was taken")

    def test_what_takes_a_restart_is_named_and_nothing_else_is_taken(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        it.write("cache: {ttl: 20s}\nthreads: 2\n")
        self.assert_refused(it, 'restart_required: threads "1" -> "2" (takes a restart); cache.ttl "10s" -> "20s"',
                            "restart_required")
        it.write("cache: {ttl: 20s}\n")
        self.assertIn("applied", it.hang_up())
        self.assertEqual(it.metric("sidecache_config_last_reload_successful"), 1)

    def test_a_file_that_is_wrong_is_told_as_check_tells_it(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        it.write("cache: {ttl: 20s}\nlog: {levle: debug}\n")
        said = run("check", str(it.path))[2].strip()
        self.assert_refused(it, f"invalid: {said}; nothing was changed", "invalid")

    def test_what_two_settings_say_together_is_checked_as_at_the_start(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        it.write("cache: {ttl: 20s, inactive_ttl: 30s}\n")
        self.assert_refused(it, "cache.inactive_ttl", "invalid")

    def test_a_file_that_is_gone_changes_nothing(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        it.path.unlink()
        it.file_was_read("invalid: ")
        self.assertEqual(it.value("cache.ttl"), "10s")
        it.write("cache: {ttl: 10s}\n")
        it.file_was_read("unchanged")
        self.assertEqual(it.metric("sidecache_config_last_reload_successful"), 1)

    def test_a_secrets_place_and_content_stay_unsaid(self):
        it = Running(self, "cache: {ttl: 10s}\n")
        token = it.folder / "t0ken-file"
        token.write_text("s3cret-t0ken", encoding="utf-8")
        it.write(f"admin: {{token_file: {token}}}\n")
        self.assertIn('admin.token_file "" -> "(set)" (takes a restart)', it.hang_up())
        for said in (it.proxy.output(), str(it.settings()), request(it.proxy.url("admin"), "/").body.decode()):
            self.assertNotIn("t0ken-file", said)
            self.assertNotIn("s3cret-t0ken", said)


# What a file may say of a live setting, other than its default; so that a setting that is added needs a line here.
OTHER = {
    "cache.ttl": "31s", "cache.inactive_ttl": "4s", "cache.negative_ttl": "1s", "cache.stale_while_revalidate": "11s",
    "cache.stale_if_error": "71h", "cache.key_stale_if_error": "23h", "cache.stale_after": "400ms",
    "cache.cool_down": "9s", "cache.client_directives": "ignore", "cache.cdn_cache_control": "honour",
    "cache.refresh_ahead": "11", "cache.refresh_rate": "51", "cache.revalidation_interval": "2s",
    "cache.max_bytes": "32MiB", "cache.negative_share": "11", "cache.freshness": "origin", "log.level": "debug",
    "log.access": "all", "log.access_sample": "99", "shutdown.delay": "1s", "shutdown.linger": "1s",
    "shutdown.grace": "24s", "mode": "bypass", "routes": "[{path: /integrations/*, ttl: 1m}]",
}


class Every(unittest.TestCase):
    def test_setting_that_is_live_is_shown_as_it_is_now(self):
        control_plane = self.enterContext(mock_control_plane())
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "sidecache.yaml"
        path.write_text("", encoding="utf-8")
        it = Running.__new__(Running)
        it.path = path
        it.proxy = self.enterContext(sidecache(control_plane.url("mock"), "--config", str(path)))
        rows = it.settings()["settings"]
        self.assertEqual({row["key"] for row in rows if row["live"]}, set(OTHER))
        for key, value in OTHER.items():
            section, _, name = key.rpartition(".")
            it.write(f"{section}: {{{name}: {value}}}\n" if section else f"{name}: {value}\n")
            self.assertIn("applied", it.hang_up(), key)
            row = next(row for row in it.settings()["settings"] if row["key"] == key)
            self.assertNotEqual(row["value"], row["default"], key)
            self.assertIn("sidecache.yaml", row["source"], key)


class UnderLoad(unittest.TestCase):
    def test_no_request_is_dropped_and_no_connection_closed(self):
        it = Running(self, "cache: {ttl: 600s}\n", "--threads", "2")
        it.lookup()
        where = urllib.parse.urlsplit(it.proxy.url("proxy"))
        kept = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
        self.addCleanup(kept.close)

        def over_kept():
            kept.request("GET", RECORD, headers=KEY)
            answer = kept.getresponse()
            return answer.read() and answer.headers["Cache-Status"]

        self.assertIn("; hit", over_kept())
        socket = kept.sock
        with Load(it.proxy.url("proxy"), RECORD, KEY, seconds=60) as load:
            for n in range(1, 1001):
                if n > 20 and load.answered >= 2500:
                    break
                it.write(f"cache: {{ttl: {600 + n % 7}s, max_bytes: {64 + n % 3}MiB}}\n"
                         f"routes: [{{path: /providers/*, ttl: {1 + n % 5}m}}]\nlog: {{access: {'all' if n % 2 else 'off'}}}\n")
                self.assertRegex(it.hang_up(), "^(applied|unchanged)")
        load.wait()
        self.assertGreaterEqual(load.answered, 2000)
        self.assertEqual((load.cut, load.refused, load.lost), (0, 0, 0), load.troubles[:3])
        self.assertIn("; hit", over_kept(), "what was in memory is still there")
        self.assertIs(kept.sock, socket, "on the same connection")
        self.assertEqual(it.metric('sidecache_requests_total{plane="admin",route="virtual_keys",outcome="miss"}'), 1)


if __name__ == "__main__":
    unittest.main()
