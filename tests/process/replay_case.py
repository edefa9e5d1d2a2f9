"""What tests of `sidecache replay` share: a folder, targets that end with the test, a run and its report."""

import json
import pathlib
import tempfile
import unittest

from harness import run
from replay_target import Target


class ReplayCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def replay(self, url, *flags, code=0):
        """The report as JSON, and all that was said."""
        out = self.folder / "report.json"
        got, said, errors = run("replay", "--url", url, "--warm-up", "0s", "--json", str(out), *flags)
        self.assertEqual(got, code, said + errors)
        return json.loads(out.read_text(encoding="utf-8")), said + errors

    def target(self, *arguments, **options):
        return self.enterContext(Target(*arguments, **options))
