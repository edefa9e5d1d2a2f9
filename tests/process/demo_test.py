"""`sidecache demo` prints commands to try: every one of them, pasted as it stands, does what the line above it says."""

import re
import shlex
import subprocess
import unittest

from harness import Program, clean_environment, request, run, wait_until

ANYWHERE = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
            "--mock-listen", "127.0.0.1:0"]


class Demo(unittest.TestCase):
    def setUp(self):
        self.demo = self.enterContext(Program("demo", *ANYWHERE))
        self.demo.line_matching("Ctrl-C")
        wait_until(lambda: request(self.demo.url("metrics"), "/readyz").status == 200, "ready")

    def commands(self):
        return [line.strip() for line in self.demo.stdout().splitlines() if line.strip().startswith("curl ")]

    def paste(self, command):
        done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=clean_environment(), timeout=30, check=False)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        return done.stdout

    def test_every_printed_command_works_as_shown(self):
        commands = self.commands()
        self.assertGreater(len(commands), 8, self.demo.stdout())
        seen = {}
        in_outage = False
        for command in commands:
            with self.subTest(command):
                said = self.paste(command)
                if "/__mock/faults" in command:
                    in_outage = "POST" in command
                if "curl -i" in command:
                    self.assertTrue(said.startswith("HTTP/1.1 200"), said)
                if "/v1/" in command and "PUT" not in command:
                    self.assertIn("Cache-Status: sidecache; ", said)
                    if in_outage:
                        self.assertRegex(said, r"Cache-Status: sidecache; hit")
                    if "virtual-keys/openai-vk" in command:
                        seen.setdefault(shlex.split(command)[3], []).append(said.split("\n\n")[-1])
                if command.endswith("/metrics"):
                    self.assertIn("sidecache_requests_total{", said)
        self.assertEqual(len(seen), 2, "two credentials ask for the same slug")
        first, other = seen.values()
        self.assertNotIn(other[0], first)
        self.assertIn('"name":"Renamed"', first[-1])

    def test_the_same_command_twice_is_a_hit(self):
        command = next(c for c in self.commands() if "/v1/integrations/openai-prod" in c)
        self.assertIn("fwd=uri-miss", self.paste(command))
        self.assertRegex(self.paste(command), r"Cache-Status: sidecache; hit; ttl=\d+")

    def test_keys_and_slugs_are_listed(self):
        said = self.demo.stdout()
        for word in ("demo-acme-prod-key", "demo-globex-key", "openai-prod", "acme-staging"):
            self.assertIn(word, said)

    def test_the_status_page_is_there(self):
        page = request(self.demo.url("admin"), "/")
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["Content-Type"])


class SmallCommands(unittest.TestCase):
    def test_version(self):
        code, out, err = run("version")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(re.fullmatch(r"sidecache \d+\.\d+\.\d+\n", out), out)

    def test_help_is_no_error(self):
        for arguments in (["--help"], ["serve", "--help"], ["demo", "--help"], ["mock", "--help"], ["check", "--help"]):
            code, out, err = run(*arguments)
            self.assertEqual((code, err), (0, ""), arguments)
            self.assertIn("--help", out)
        self.assertIn("--cache-ttl", run("serve", "--help")[1])

    def test_health_asks_a_running_sidecache(self):
        with Program("demo", *ANYWHERE) as demo:
            where = demo.url("metrics").removeprefix("http://")
            wait_until(lambda: request(demo.url("metrics"), "/readyz").status == 200, "ready")
            self.assertEqual(run("health", "--metrics-listen", where)[0], 0)
        code, _, err = run("health", "--metrics-listen", where)
        self.assertEqual(code, 1)
        self.assertIn(where, err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
