"""sidecache starts with exactly the arguments, environment and configuration that each rendered container has. Control
planes, the files of Secrets and ports stand in for those of a cluster; nothing else is changed.
"""

import pathlib
import tempfile
import unittest

import chart
from certificates import Authority
from control_plane_of_records import ControlPlane
from harness import run
from mounted import Mounted, assert_answers


class Starts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.authority = Authority(self.folder, "authority")
        self.certificate = self.authority.issue("server")

    def secret_file(self, _secret, key):
        made = {"tls.crt": self.certificate[0], "tls.key": self.certificate[1], "ca.crt": self.authority.certificate}
        if key not in made:
            made[key] = str(self.folder / key)
            pathlib.Path(made[key]).write_text("0123456789abcdef" * 4, encoding="ascii")
        return made[key]

    def containers(self):
        for name, form, workload in chart.workloads():
            yield f"{name}, {form}", Mounted(self.folder, workload, chart.matrix()[name], self.secret_file)

    def test_nothing_is_wrong_with_its_configuration(self):
        for what, mounted in self.containers():
            with self.subTest(what):
                arguments, given = mounted.put_here()
                self.assertEqual(arguments[0], "serve")
                file = str(self.folder / "sidecache.yaml")
                self.assertEqual(run("check", file, env=given), (0, f"{file}: ok\n", ""))

    def test_it_is_ready_and_answers(self):
        for what, mounted in self.containers():
            with self.subTest(what), ControlPlane() as origin:
                assert_answers(self, mounted, origin, self.authority.certificate, self.certificate)


if __name__ == "__main__":
    unittest.main(verbosity=2)
