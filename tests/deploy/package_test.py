"""The .deb in a clean Debian: installed, started as its unit says, upgraded with a changed configuration, purged.

systemd is no process 1 here: its unit is checked by its own tools, and what it would start is started as its user, with
nothing but its state and runtime folders to write to. Nothing but a loopback of the test's own can be reached then.
"""

import contextlib
import os
import pathlib
import re
import shlex
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

import debian_root
import system_calls
from debian_root import Inside, Root, call
from harness import DEADLINE, PROGRAM, Program, mock_control_plane, request, wait_until

PLACE = pathlib.Path(os.environ["DEPLOY_PLACE"])
SOURCE = pathlib.Path(__file__).resolve().parents[2]
CONFIG = "/etc/sidecache/sidecache.yaml"
KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
RECORD = "/v1/integrations/openai-prod"
MOCK = "http://127.0.0.1:9480"


def packaged():
    """As `./dev package` makes it."""
    build = pathlib.Path(PROGRAM).parent
    call("cmake", "--build", str(build), "--target", "packaged")
    said = call("cpack", "--config", str(build / "CPackConfig.cmake"))
    return pathlib.Path(re.search(r"package: (\S+\.deb) generated", said)[1])


def successor(deb, work):
    """The same as the next version, which brings a line more in its configuration."""
    call("rm", "-rf", str(work))
    call("dpkg-deb", "-R", str(deb), str(work))
    control = work / "DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    control.write_text(re.sub(r"(?m)^Version: .*$", r"\g<0>+next", text), encoding="utf-8")
    with open(work / CONFIG[1:], "a", encoding="utf-8") as config:
        config.write("# new in this version\n")
    call("dpkg-deb", "--root-owner-group", "-b", str(work), f"{work}.deb")
    return f"{work}.deb"


def directives(unit):
    """{name: [value, ...]}, of all sections."""
    found = {}
    for name, value in re.findall(r"(?m)^(\w+)=(.*)$", unit):
        found.setdefault(name, []).append(value)
    return found


def setUpModule():
    global DEB, ROOT
    debian_root.need_root()
    DEB = packaged()
    ROOT = Root(debian_root.made_once(PLACE / "debian"), PLACE / "package")
    unittest.addModuleCleanup(ROOT.close)
    call("cp", str(DEB), str(ROOT.path("/sidecache.deb")))
    ROOT.run("apt-get", "install", "-y", "-q", "--no-install-recommends", "/sidecache.deb")
    debian_root.alone()


class Package(unittest.TestCase):
    def test_lintian_finds_nothing(self):
        done = subprocess.run(["lintian", "--allow-root", "--display-info", "--fail-on", "error,warning,info", str(DEB)],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_man_pages_are_clean(self):
        for page in (SOURCE / "deploy/terminal").glob("*.[15]"):
            with self.subTest(page.name):
                done = subprocess.run(["man", "--warnings", "-l", str(page)], capture_output=True, text=True, check=False,
                                      env={**os.environ, "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(call("mandoc", "-T", "lint", "-W", "warning", str(page)), "")

    def test_systemd_finds_nothing_wrong_with_the_units(self):
        units = ["/lib/systemd/system/sidecache.service", "/lib/systemd/system/sidecache.socket"]
        self.assertEqual(ROOT.tried("systemd-analyze", "verify", "--man=no", *units), (0, ""))
        code, said = ROOT.tried("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", units[0])
        self.assertEqual(code, 0, said)

    def test_the_unit_allows_every_system_call_that_serving_makes(self):
        unit = directives(ROOT.text("/lib/systemd/system/sidecache.service"))
        listing = ROOT.run("systemd-analyze", "syscall-filter", "--no-pager")
        allowed = system_calls.allowed(unit["SystemCallFilter"], listing)
        self.assertNotIn("mount", allowed)
        with tempfile.NamedTemporaryFile("r", encoding="ascii") as summary, mock_control_plane() as mock:
            traced = ["strace", "--follow-forks", "-qq", "--summary-only", "--summary-columns=name", "--signal=none",
                      f"--output={summary.name}"]
            anywhere = [f"--{each}=127.0.0.1:0" for each in ("listen", "metrics-listen", "admin-listen")]
            with Program("serve", *anywhere, "--threads=2", "--upstream", mock.url("mock"), launcher=traced) as proxy:
                self.assertEqual(request(proxy.url("proxy"), RECORD, headers=KEY).status, 200)
                self.assertEqual(request(proxy.url("proxy"), RECORD, headers=KEY).status, 200)
                self.assertEqual(request(proxy.url("metrics"), "/metrics").status, 200)
                # strace stays; the program is its child.
                [program] = pathlib.Path(f"/proc/{proxy.pid}/task/{proxy.pid}/children").read_text("ascii").split()
                os.kill(int(program), signal.SIGTERM)
                self.assertEqual(proxy.wait(), 0)
            made = system_calls.made(summary.read())
        self.assertIn("epoll_ctl", made)
        self.assertEqual(made - allowed, set())

    def test_it_depends_on_the_libraries_that_the_program_needs(self):
        self.assertNotIn("not found", ROOT.run("ldd", "/usr/bin/sidecache"))
        self.assertEqual(ROOT.run("dpkg", "--verify", "sidecache"), "")


class Installed(unittest.TestCase):
    def test_the_user_is_there_and_owns_nothing_of_the_package(self):
        line = re.search(r"(?m)^sidecache:.*$", ROOT.text("/etc/passwd"))[0].split(":")
        self.assertLess(int(line[2]), 1000)
        self.assertEqual(line[6], "/usr/sbin/nologin")
        for file in ROOT.run("dpkg", "-L", "sidecache").split():
            found = ROOT.path(file).lstat()
            if stat.S_ISLNK(found.st_mode):  # /lib
                continue
            self.assertEqual((found.st_uid, found.st_gid, found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)), (0, 0, 0), file)

    def test_it_starts_with_the_machine(self):
        self.assertTrue(ROOT.path("/etc/systemd/system/multi-user.target.wants/sidecache.service").is_symlink())
        self.assertFalse(ROOT.path("/etc/systemd/system/sockets.target.wants/sidecache.socket").is_symlink())

    def test_the_configuration_is_in_order(self):
        self.assertEqual(ROOT.tried("sidecache", "check", CONFIG), (0, f"{CONFIG}: ok\n"))

    def test_the_configuration_tells_editors_where_the_schema_is(self):
        line = re.match(r"# yaml-language-server: \$schema=(/\S+)\n", ROOT.text(CONFIG))
        self.assertEqual(ROOT.text(line[1]), (SOURCE / "deploy/sidecache.schema.json").read_text(encoding="utf-8"))

    def test_shells_complete_it(self):
        for file in ("bash-completion/completions/sidecache", "zsh/vendor-completions/_sidecache",
                     "fish/vendor_completions.d/sidecache.fish"):
            self.assertTrue(ROOT.path(f"/usr/share/{file}").stat().st_size, file)
        fish = f"source {SOURCE}/deploy/terminal/sidecache.fish; complete -C 'sidecache serve --log-format '"
        self.assertEqual([line.split("\t")[0] for line in call("fish", "-c", fish).splitlines()], ["json", "logfmt", "text"])
        call("zsh", "-n", str(SOURCE / "deploy/terminal/_sidecache"))


class Life(unittest.TestCase):
    """In a copy, which each test may spoil."""

    def setUp(self):
        self.root = Root(ROOT.place, PLACE / "life")
        self.addCleanup(self.root.close)

    def as_its_unit_says(self):
        """The program's command, and how it is run: its user, and the folders it may write to."""
        unit = directives(self.root.text("/lib/systemd/system/sidecache.service"))
        self.assertEqual((unit["User"], unit["Type"]), (["sidecache"], ["notify"]))
        folders = [f"/run/{unit['RuntimeDirectory'][0]}", f"/var/lib/{unit['StateDirectory'][0]}"]
        self.root.run("install", "-d", "-o", "sidecache", "-m", "0700", *folders)
        user = ":".join(self.root.run("sh", "-c", "id -u sidecache; id -g sidecache").split())
        return shlex.split(unit["ExecStart"][0]), {"user": user, "read_only": folders}

    def with_mock(self):
        mock = self.enterContext(Inside(self.root, "/usr/bin/sidecache", "mock", "--listen", "127.0.0.1:9480"))
        mock.url("mock")

    def assert_answers(self, address="http://127.0.0.1:9400"):
        for status in ("fwd=uri-miss", "hit"):
            answer = request(address, RECORD, headers=KEY)
            self.assertEqual((answer.status, answer.json()["slug"]), (200, "openai-prod"))
            self.assertIn(status, answer.cache_status())

    def assert_serves(self):
        """A record is asked for, and it ends well."""
        command, how = self.as_its_unit_says()
        manager = self.enterContext(contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
        manager.bind("")  # the kernel finds an abstract name, which is the same in every root
        manager.settimeout(DEADLINE)
        told = {"NOTIFY_SOCKET": "@" + manager.getsockname()[1:].decode()}
        with Inside(self.root, *command, env=told, **how) as proxy:
            self.assertTrue(manager.recv(4096).startswith(b"READY=1\n"), "as its unit's type wants it")
            self.assertEqual(self.root.tried("sidecache", "health", "--config", CONFIG)[0], 0)
            self.assert_answers(proxy.url("proxy"))
            proxy.signal(signal.SIGTERM)
            self.assertEqual(proxy.wait(), 0, proxy.output())

    def administer(self):
        """What an administrator changes: the control plane is elsewhere."""
        text = self.root.text(CONFIG)
        self.assertIn("url: https://api.portkey.ai\n", text)
        changed = text.replace("url: https://api.portkey.ai\n", f"url: {MOCK}\n", 1)
        self.root.path(CONFIG).write_text(changed, encoding="utf-8")
        return changed

    def install_next(self):
        deb = successor(DEB, PLACE / "next")
        self.addCleanup(lambda: call("rm", "-rf", str(PLACE / "next"), deb))
        call("cp", deb, str(self.root.path("/next.deb")))
        self.root.run("dpkg", "--force-confdef", "--force-confold", "-i", "/next.deb")
        self.assertTrue(self.root.run("dpkg-query", "-W", "-f", "${Version}", "sidecache").endswith("+next"))

    def test_it_takes_the_socket_that_systemd_holds_for_it(self):
        self.administer()
        self.with_mock()
        command, how = self.as_its_unit_says()
        held = directives(self.root.text("/lib/systemd/system/sidecache.socket"))
        holder = ["/usr/bin/systemd-socket-activate", "-l", held["ListenStream"][0],
                  f"--fdname={held['FileDescriptorName'][0]}"]
        with Inside(self.root, *holder, *command, **how) as proxy:
            wait_until(lambda: "Listening on" in proxy.stderr(), "the socket is there")
            self.assert_answers()
            self.assertEqual(proxy.url("proxy"), f"http://{held['ListenStream'][0]}")

    def test_it_serves_and_still_does_after_an_upgrade_that_keeps_the_configuration(self):
        changed = self.administer()
        self.with_mock()
        self.assert_serves()
        self.root.run("systemctl", "disable", "sidecache.service")
        self.install_next()
        self.assertEqual(self.root.text(CONFIG), changed)
        self.assertTrue(self.root.text(CONFIG + ".dpkg-dist").endswith("# new in this version\n"))
        self.assertFalse(self.root.path("/etc/systemd/system/multi-user.target.wants/sidecache.service").is_symlink(),
                         "what its administrator disabled stays disabled")
        self.assert_serves()

    def test_an_unchanged_configuration_is_brought_up_to_date(self):
        self.install_next()
        self.assertTrue(self.root.text(CONFIG).endswith("# new in this version\n"))

    def test_nothing_but_its_user_is_left_when_it_is_purged(self):
        self.administer()
        self.root.run("install", "-d", "-o", "sidecache", "/var/lib/sidecache")
        self.root.run("dpkg", "--remove", "sidecache")
        self.assertIn(MOCK, self.root.text(CONFIG), "a removal keeps it")
        self.root.run("dpkg", "--purge", "sidecache")
        left = call("find", str(self.root.place), "-xdev", "-name", "*sidecache*").split()
        self.assertEqual([each for each in left if not each.endswith("/sidecache.deb")], [])
        self.assertIn("sidecache:", self.root.text("/etc/passwd"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
