"""deploy/terminal: man pages and completions say what the program's --help and the settings' document say."""

import pathlib
import subprocess
import sys
import unittest

from harness import PROGRAM

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "terminal"
sys.path.insert(0, str(FOLDER))

import program_help  # noqa: E402
import write  # noqa: E402


class Terminal(unittest.TestCase):
    def test_files_are_as_the_program_would_have_them(self):
        for name, text in write.documents(PROGRAM).items():
            with self.subTest(name):
                self.assertEqual((FOLDER / name).read_text(encoding="utf-8"), text, "run ./dev docs")

    def test_every_flag_of_every_command_was_understood(self):
        _, commands = program_help.read(PROGRAM)
        for command in commands:
            for option in command.options:
                with self.subTest(f"{command.name} {option.flags}"):
                    self.assertTrue(all(flag.startswith("-") and "=" not in flag for flag in option.flags))
                    self.assertTrue(option.help)

    def test_both_pages_tell_of_every_setting(self):
        serve = next(command for command in program_help.read(PROGRAM)[1] if command.name == "serve")
        flags = [option.flags[0] for option in serve.options if option.is_setting and option.flags[0] not in
                 ("--routes", "--planes")]
        page = (FOLDER / "sidecache.yaml.5").read_text(encoding="utf-8").replace("\\-", "-")
        self.assertGreater(len(flags), 50)
        for flag in flags:
            self.assertIn(f"Flag {flag},", page)

    def completions(self, *words):
        script = (f"source {FOLDER}/sidecache.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                  "compopt() { :; }; _sidecache; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True,
                              cwd=FOLDER, timeout=60)
        return done.stdout.split()

    def test_bash_completes_commands_flags_words_and_files(self):
        self.assertEqual(self.completions("sidecache", "che"), ["check"])
        self.assertEqual(self.completions("sidecache", "serve", "--cache-tt"), ["--cache-ttl"])
        self.assertEqual(self.completions("sidecache", "mock", "--cache-tt"), [], "it takes no settings")
        self.assertEqual(self.completions("sidecache", "serve", "--log-format", ""), ["text", "json", "logfmt"])
        self.assertEqual(self.completions("sidecache", "serve", "--config", "sidecache.y"), ["sidecache.yaml.5"])
        self.assertEqual(self.completions("sidecache", "check", "sidecache.y"), ["sidecache.yaml.5"])
        self.assertEqual(self.completions("sidecache", "serve", "--cache-ttl", ""), [], "only its user knows")


if __name__ == "__main__":
    unittest.main(verbosity=2)
