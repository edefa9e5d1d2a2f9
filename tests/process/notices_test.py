"""What is told to systemd, or another that sets NOTIFY_SOCKET: ready, reloading and ready again, stopping."""

import contextlib
import os
import pathlib
import signal
import socket
import tempfile
import time
import unittest

from harness import DEADLINE, Program, mock_control_plane, request, wait_until

ANYWHERE = ("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
REFUSED = "; the last reload was refused, the log says why"


class Manager:
    """Who started it: a datagram socket, and what came by it from whom."""

    def __init__(self, test, address):
        self.address = address
        self.socket = test.enterContext(contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(DEADLINE)

    def told(self, process):
        """The next notice, which has to be that process's."""
        data, more, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        sender = int.from_bytes(more[0][2][:4], "little")
        assert sender == process.pid, f"from {sender}, not {process.pid}: {data}"
        return dict(line.split("=", 1) for line in data.decode().split("\n"))

    def waiting(self):
        """A notice that nobody has taken yet; of a process that has ended, or said otherwise that it is done."""
        self.socket.setblocking(False)
        try:
            return self.socket.recv(4096)
        except BlockingIOError:
            return None
        finally:
            self.socket.settimeout(DEADLINE)


class Told(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.config = self.folder / "sidecache.yaml"
        self.config.write_text("cache: {ttl: 30s}\n", encoding="utf-8")
        self.upstream = self.enterContext(mock_control_plane()).url("mock")

    def serve(self, address, *flags):
        return self.enterContext(Program("serve", *flags, *ANYWHERE, "--config", str(self.config), "--upstream",
                                         self.upstream, env={"NOTIFY_SOCKET": address}))

    def assert_reload(self, manager, proxy, change, refused=""):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        change()
        notice = manager.told(proxy)
        self.assertEqual(notice["RELOADING"], "1")
        self.assertTrue(before <= int(notice["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.assertEqual(manager.told(proxy), {"READY": "1", "STATUS": f"serving {proxy.url('proxy')}{refused}"})

    def write(self, text):
        self.config.write_text(text, encoding="utf-8")

    def assert_life(self, manager, *flags):
        proxy = self.serve(manager.address, *flags)
        self.assertEqual(manager.told(proxy), {"READY": "1", "STATUS": f"serving {proxy.url('proxy')}"})
        self.assertEqual(request(proxy.url("metrics"), "/readyz").status, 200)

        def hang_up(text):
            self.write(text)
            proxy.signal(signal.SIGHUP)

        self.assert_reload(manager, proxy, lambda: hang_up("cache: {ttl: 31s}\n"))
        rows = request(proxy.url("admin"), "/api/settings").json()["settings"]
        self.assertEqual(next(row["value"] for row in rows if row["key"] == "cache.ttl"), "31s", "ready means done")
        self.assert_reload(manager, proxy, lambda: hang_up("cache: {ttl: soon}\n"), REFUSED)
        self.assert_reload(manager, proxy, lambda: hang_up("cache: {ttl: 31s}\n"))
        proxy.signal(signal.SIGTERM)
        self.assertEqual(manager.told(proxy)["STOPPING"], "1")
        self.assertEqual(proxy.wait(), 0)
        self.assertIsNone(manager.waiting(), "that was all")

    def test_by_a_path(self):
        self.assert_life(Manager(self, str(self.folder / "notify")))

    def test_by_an_abstract_name(self):
        self.assert_life(Manager(self, f"@sidecache-test-{os.getpid()}"))

    def test_by_a_supervisor_for_its_worker(self):
        self.assert_life(Manager(self, str(self.folder / "notify")), "--supervise")

    def test_a_supervisor_stays_the_one_while_workers_come_and_go(self):
        manager = Manager(self, str(self.folder / "notify"))
        proxy = self.serve(manager.address, "--supervise")
        manager.told(proxy)
        proxy.signal(signal.SIGUSR2)
        wait_until(lambda: "the worker that was replaced ended" in proxy.stderr(), "another worker")
        self.assertIsNone(manager.waiting())
        self.assert_reload(manager, proxy, lambda: proxy.signal(signal.SIGHUP))

    def test_a_changed_file_is_a_reload_too(self):
        manager = Manager(self, str(self.folder / "notify"))
        proxy = self.serve(manager.address)
        manager.told(proxy)
        self.assert_reload(manager, proxy, lambda: self.write("cache: {ttl: 32s}\n"))

    def test_the_end_is_told_before_its_delay(self):
        manager = Manager(self, str(self.folder / "notify"))
        proxy = self.serve(manager.address, "--shutdown-delay", "10m")
        manager.told(proxy)
        proxy.signal(signal.SIGTERM)
        self.assertEqual(manager.told(proxy)["STOPPING"], "1")
        self.assertEqual(request(proxy.url("metrics"), "/livez").status, 200)
        proxy.signal(signal.SIGINT)

    def test_nobody_is_told_where_nobody_asks(self):
        for address in ("", "nowhere", str(self.folder / "missing")):
            with self.subTest(address):
                proxy = self.serve(address)
                self.assertEqual(request(proxy.url("metrics"), "/readyz").status, 200)
                self.assertEqual(proxy.stop(), 0)
                self.assertEqual("NOTIFY_SOCKET" in proxy.stderr(), address != "")

    def test_a_start_that_fails_is_no_start(self):
        manager = Manager(self, str(self.folder / "notify"))
        self.write("cache: {ttl: soon}\n")
        for flags in ((), ("--supervise",)):
            proxy = Program("serve", *flags, *ANYWHERE, "--config", str(self.config),
                            env={"NOTIFY_SOCKET": manager.address})
            self.assertEqual(proxy.wait(), 64)
        self.assertIsNone(manager.waiting())


if __name__ == "__main__":
    unittest.main(verbosity=2)
