"""A start that can't succeed says what is wrong, where and what was expected, and ends with the right code."""

import pathlib
import socket
import tempfile
import unittest

from harness import mock_control_plane, request, run, sidecache

USAGE, CANT_BIND = 64, 71


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, text):
        path = self.folder / "sidecache.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def refused(self, code, *arguments, says, env=None, cwd=None):
        got, out, err = run(*arguments, env=env, cwd=cwd)
        self.assertEqual(got, code, out + err)
        self.assertEqual(out, "")
        for words in says:
            self.assertIn(words, err)
        return err

    def both(self, text, says):
        """serve and check say the same of a file."""
        path = self.file(text)
        served = self.refused(USAGE, "serve", "--config", path, says=[path, *says])
        checked = self.refused(USAGE, "check", path, says=[path, *says])
        self.assertEqual(served, checked)

    def test_an_unknown_key_names_the_closest(self):
        self.both("listen: 127.0.0.1:0\ncache:\n  tttl: 5s\n", [":3:", "cache.tttl", "cache.ttl"])

    def test_a_value_of_the_wrong_kind_names_what_was_expected(self):
        self.both("cache:\n  ttl: soon\n", [":2:", "cache.ttl", "soon", "30s"])

    def test_a_value_out_of_bounds(self):
        self.both("threads: 0\n", [":1:", "threads", "1"])

    def test_yaml_that_can_not_be_read(self):
        self.both("cache: {ttl: 5s\n", [":"])

    def test_every_error_at_once(self):
        self.both("cache:\n  tttl: 5s\n  negative_ttl: never\n", ["cache.tttl", "cache.negative_ttl"])

    def test_a_file_that_is_not_there(self):
        missing = str(self.folder / "missing.yaml")
        self.refused(USAGE, "serve", "--config", missing, says=[missing])
        self.refused(USAGE, "check", missing, says=[missing])

    def test_an_unknown_flag_names_the_closest(self):
        self.refused(USAGE, "serve", "--cache-tttl", "5s", says=["--cache-tttl", "--cache-ttl"])

    def test_a_bad_flag_value(self):
        self.refused(USAGE, "serve", "--cache-ttl", "soon", says=["--cache-ttl", "soon"])

    def test_a_flag_without_its_value(self):
        self.refused(USAGE, "serve", "--cache-ttl", says=["--cache-ttl"])

    def test_an_unknown_subcommand(self):
        self.refused(USAGE, "serv", says=["serv", "serve"])

    def test_no_subcommand(self):
        self.assertEqual(run()[0], USAGE)

    def test_a_bad_environment_value(self):
        self.refused(USAGE, "serve", env={"SIDECACHE_CACHE_TTL": "soon"}, says=["SIDECACHE_CACHE_TTL", "soon"])

    def test_an_unknown_environment_name_names_the_closest(self):
        self.refused(USAGE, "serve", env={"SIDECACHE_CACHE_TTTL": "5s"}, says=["SIDECACHE_CACHE_TTTL", "SIDECACHE_CACHE_TTL"])

    def test_a_secret_in_the_wrong_place_is_not_repeated(self):
        self.both("admin:\n  token: planted-secret-0451\n", ["admin.token"])
        for arguments, env in ((["serve", "--config", self.file("admin:\n  token: planted-secret-0451\n")], {}),
                               (["serve", "--admin-token", "planted-secret-0451"], {}),
                               (["serve"], {"SIDECACHE_ADMIN_TOKEN": "planted-secret-0451"})):
            code, out, err = run(*arguments, env=env)
            self.assertEqual(code, USAGE)
            self.assertNotIn("planted-secret-0451", out + err)

    def test_a_good_file_checks(self):
        code, out, err = run("check", self.file("listen: 127.0.0.1:0\nupstream: {url: http://127.0.0.1:9}\n"))
        self.assertEqual((code, err), (0, ""), out)

    def test_check_needs_nothing_running(self):
        # It reads and judges; it neither binds nor connects.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            code, out, err = run("check", self.file(f"listen: 127.0.0.1:{port}\nupstream: {{url: http://127.0.0.1:9}}\n"))
            self.assertEqual(code, 0, out + err)

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"127.0.0.1:{taken.getsockname()[1]}"
            for flag in ("--listen", "--metrics-listen", "--admin-listen"):
                others = [a for f in ("--listen", "--metrics-listen", "--admin-listen") if f != flag
                          for a in (f, "127.0.0.1:0")]
                code, _, err = run("serve", "--upstream", "http://127.0.0.1:9", *others, flag, where)
                self.assertEqual(code, CANT_BIND, err)
                self.assertIn(where, err)

    def test_names_that_kubernetes_injects_are_no_settings(self):
        injected = {"SIDECACHE_PORT": "tcp://10.0.0.1:9400", "SIDECACHE_SERVICE_HOST": "10.0.0.1",
                    "SIDECACHE_SERVICE_PORT": "9400", "SIDECACHE_SERVICE_PORT_HTTP": "9400",
                    "SIDECACHE_PORT_9400_TCP": "tcp://10.0.0.1:9400", "SIDECACHE_PORT_9400_TCP_PROTO": "tcp",
                    "SIDECACHE_PORT_9400_TCP_PORT": "9400", "SIDECACHE_PORT_9400_TCP_ADDR": "10.0.0.1"}
        with mock_control_plane() as mock, sidecache(mock.url("mock"), env=injected) as proxy:
            self.assertEqual(request(proxy.url("metrics"), "/livez").status, 200)

    def test_a_flag_beats_the_environment_beats_the_file(self):
        path = self.file("cache: {ttl: 11s}\n")

        def ttl(*flags, env=None):
            with mock_control_plane() as mock, sidecache(mock.url("mock"), "--config", path, *flags, env=env) as proxy:
                answer = request(proxy.url("admin"), "/api/settings")
                self.assertEqual(answer.status, 200)
                return answer.body.decode()
        self.assertIn("11s", ttl())
        self.assertIn("12s", ttl(env={"SIDECACHE_CACHE_TTL": "12s"}))
        self.assertIn("13s", ttl("--cache-ttl", "13s", env={"SIDECACHE_CACHE_TTL": "12s"}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
