"""What README.md says of its two commands is what they do: the lines that are printed, the curl line and its answer."""

import pathlib
import re
import subprocess
import unittest

from harness import Program, clean_environment, request, run, wait_until

SOURCE = pathlib.Path(__file__).resolve().parents[2]
README = (SOURCE / "README.md").read_text(encoding="utf-8")
SECTION = README.split("\n## Quick start: two commands\n", 1)[1].split("\n## ", 1)[0]
BLOCKS = re.findall(r"```(?:sh)?\n(.*?)```", SECTION, re.S)


def block(beginning):
    return next(b for b in BLOCKS if b.startswith(beginning))


class Readme(unittest.TestCase):
    def test_every_dev_command_it_names_exists(self):
        known = subprocess.run([SOURCE / "dev", "help"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               check=True).stdout
        named = set(re.findall(r"\./dev ([a-z]+)", README))
        self.assertLessEqual({"run", "test"}, named)
        for command in named:
            self.assertRegex(known, rf"(?m)^  {command}\b")

    def test_the_demo_prints_and_answers_what_it_shows(self):
        shown = dict(re.findall(r"^listening: (\S+) http://(\S+)$", block("listening: "), re.M))
        self.assertEqual(list(shown), ["mock", "proxy", "gateways", "metrics", "admin"])
        # The ports it shows are the defaults; here the system chooses, so that the test disturbs nobody.
        self.assert_defaults(shown)
        anywhere = ["--listen", "--metrics-listen", "--admin-listen", "--mock-listen"]
        with Program("demo", *(a for flag in anywhere for a in (flag, "127.0.0.1:0"))) as demo:
            demo.line_matching("Ctrl-C")
            names = re.findall(r"^listening: (\S+) ", demo.stdout(), re.M)
            self.assertEqual(names, list(shown))
            wait_until(lambda: request(demo.url("metrics"), "/readyz").status == 200, "ready")

            command = block("curl ").strip().replace(shown["proxy"], demo.url("proxy").removeprefix("http://"))
            self.assertIn(command.replace("curl -i ", "", 1), demo.stdout())
            for _ in range(2):
                answer = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                        env=clean_environment(), timeout=30, check=True).stdout
            for line in block("HTTP/1.1 ").splitlines():
                # Seconds that pass differ from run to run; all else is as shown.
                pattern = re.sub(r"(ttl=|Age: )\d+", r"\1\\d+", re.escape(line).replace("\\ ", " "))
                if line != "...":
                    self.assertRegex(answer, rf"(?m)^{pattern}\r?$")

    def assert_defaults(self, shown):
        help_text = run("demo", "--help")[1]
        self.assertIn(shown["mock"], help_text)
        for name in ("listen", "metrics.listen", "admin.listen"):
            where = shown["proxy" if name == "listen" else name.removesuffix(".listen")]
            self.assertRegex(README, rf"(?m)^\| `{re.escape(name)}` \| `{re.escape(where)}` \|")


if __name__ == "__main__":
    unittest.main(verbosity=2)
