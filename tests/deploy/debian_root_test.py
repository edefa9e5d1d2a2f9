"""The root that the others copy is there, clean, and knows what its apt sources offer."""

import os
import pathlib
import unittest

import debian_root

PLACE = pathlib.Path(os.environ["DEPLOY_PLACE"])


class Made(unittest.TestCase):
    def test_it_is_a_clean_debian_with_package_lists(self):
        debian_root.need_root()
        root = debian_root.Root.at(debian_root.made_once(PLACE / "debian"))
        self.assertIn("VERSION_CODENAME=bookworm", root.text("/etc/os-release"))
        self.assertNotIn("Candidate: (none)", root.run("apt-cache", "policy", "libssl3", "systemd"))
        self.assertNotEqual(root.tried("sh", "-c", "command -v systemctl || command -v sidecache")[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
