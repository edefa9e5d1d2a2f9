"""Where sidecache listens: TCP, Unix sockets, several at once, and sockets that a supervisor hands down."""

import contextlib
import fcntl
import http.client
import os
import pathlib
import signal
import socket
import stat
import sys
import tempfile
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import DEADLINE, Program, request, run, wait_until
from supervisor import ELSEWHERE, SUPERVISOR, handed_down, listening_tcp, port_of

USAGE, CANT_BIND = 64, 71


class OverUnix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self._path)


def ask(where, target):
    """Status and body, asked at one of the addresses that sidecache announces."""
    if not where.startswith("unix:"):
        answer = request(where, target)
        return answer.status, answer.body
    with contextlib.closing(OverUnix(where.removeprefix("unix:"))) as connection:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read()


class ListenTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = str(self.folder / "s")
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("good", hostile.good("good"))
        self.common = ("--upstream", self.origin.url)

    def serve(self, *arguments, **how):
        return Program("serve", *self.common, *arguments, **how)

    def where(self, program, name="proxy"):
        return program.line_matching(rf"^listening: {name} (\S+)$").group(1)

    def all_of(self, program, name="proxy"):
        program.line_matching(r"^listening: admin ")  # the last one
        lines = [line.split() for line in program.stdout().splitlines()]
        return [words[2] for words in lines if words[0] == "listening:" and words[1] == name]

    def assert_served(self, where, target="/v1/integrations/good"):
        status, body = ask(where, target)
        self.assertEqual((status, body), (200, hostile.record("good")), where)


class Listening(ListenTest):
    def test_several_addresses_at_once(self):
        with self.serve("--listen", f"127.0.0.1:0,[::1]:0,unix:{self.path}", *ELSEWHERE) as proxy:
            places = self.all_of(proxy)
            self.assertEqual(len(places), 3)
            self.assertRegex(places[0], r"^http://127\.0\.0\.1:[1-9]")
            self.assertRegex(places[1], r"^http://\[::1\]:[1-9]")
            self.assertEqual(places[2], f"unix:{self.path}")
            for place in places:
                self.assert_served(place)

    def test_all_interfaces_take_both_families(self):
        with self.serve("--listen", ":0", *ELSEWHERE) as proxy:
            port = urllib.parse.urlsplit(self.where(proxy)).port
            self.assert_served(f"http://127.0.0.1:{port}")
            self.assert_served(f"http://[::1]:{port}")

    def test_metrics_admin_and_health_over_unix(self):
        metrics, admin = f"unix:{self.folder}/m", f"unix:{self.folder}/a"
        with self.serve("--listen", "127.0.0.1:0", "--metrics-listen", metrics, "--admin-listen", admin) as proxy:
            self.assertEqual(self.where(proxy, "metrics"), metrics)
            wait_until(lambda: ask(metrics, "/readyz")[0] == 200, "ready")
            self.assertEqual(ask(admin, "/api/stats")[0], 200)
            self.assertEqual(run("health", "--metrics-listen", metrics)[0], 0)
        self.assertEqual(run("health", "--metrics-listen", metrics)[0], 1)

    def test_mode_and_owner_of_a_unix_socket(self):
        with self.serve("--listen", f"unix:{self.path}", *ELSEWHERE) as proxy:
            self.where(proxy)
            self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o660)
        owner = f"{os.getuid()}:{os.getgid()}" if os.getuid() else "12345:54321"
        wanted = (os.getuid(), os.getgid()) if os.getuid() else (12345, 54321)
        with self.serve("--listen", f"unix:{self.path}", "--unix-mode", "0602", "--unix-owner", owner,
                        *ELSEWHERE) as proxy:
            self.where(proxy)
            found = os.stat(self.path)
            self.assertEqual(stat.S_IMODE(found.st_mode), 0o602)
            self.assertEqual((found.st_uid, found.st_gid), wanted)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_can_not_be_a_mode_or_an_owner(self):
        for flags, says in ((("--unix-mode", "1777"), "permissions in octal"), (("--unix-mode", "rw"), "in octal"),
                            (("--unix-owner", "no-such-user-here"), "no user 'no-such-user-here'")):
            code, out, err = run("serve", "--listen", f"unix:{self.path}", *flags, *ELSEWHERE)
            self.assertEqual((code, out), (USAGE, ""), err)
            self.assertIn(says, err)

    def test_a_second_process_at_the_same_place_can_not_bind(self):
        with self.serve("--listen", f"127.0.0.1:0,unix:{self.path}", *ELSEWHERE) as first:
            for place in self.all_of(first):
                code, out, err = run("serve", "--listen", place, *ELSEWHERE)
                self.assertEqual((code, out), (CANT_BIND, ""), err)
                self.assertIn(place.removeprefix("http://"), err)
                self.assert_served(place)

    def test_nor_can_it_where_another_program_listens(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as other, contextlib.closing(listening_tcp()) as tcp:
            other.bind(self.path)
            other.listen(0)
            waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]  # its queue is full: it is there all the same
            for each in waiting:
                self.addCleanup(each.close)
                each.setblocking(False)
                each.connect_ex(self.path)
            for place in (f"unix:{self.path}", f"127.0.0.1:{port_of(tcp)}"):
                code, out, err = run("serve", "--listen", place, *ELSEWHERE)
                self.assertEqual((code, out), (CANT_BIND, ""), err)
            self.assertTrue(stat.S_ISSOCK(os.stat(self.path).st_mode))

    def test_a_killed_process_leaves_a_stale_file_that_the_next_one_replaces(self):
        first = Program("serve", *self.common, "--listen", f"unix:{self.path}", *ELSEWHERE)
        self.where(first)
        first.signal(signal.SIGKILL)
        self.assertEqual(first.wait(), -signal.SIGKILL)
        self.assertTrue(os.path.exists(self.path))
        with self.serve("--listen", f"unix:{self.path}", *ELSEWHERE) as second:
            self.assert_served(self.where(second))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_file_that_somebody_is_about_to_listen_behind_is_not_stale(self):
        """Between another's bind() and listen() connecting is refused too: only its lock tells."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as starting, \
                open(f"{self.path}.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            starting.bind(self.path)
            file = os.stat(self.path)
            code, _, err = run("serve", "--listen", f"unix:{self.path}", *ELSEWHERE)
            self.assertEqual(code, CANT_BIND, err)
            self.assertIn("about to", err)
            self.assertEqual(os.stat(self.path).st_ino, file.st_ino)
        with self.serve("--listen", f"unix:{self.path}", *ELSEWHERE) as next_one:  # a lock nobody holds is none
            self.assert_served(self.where(next_one))

    def test_of_many_that_start_at_once_over_a_stale_file_one_listens(self):
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(self.path)
        stale.close()
        with contextlib.ExitStack() as stack:
            several = [Program("serve", *self.common, "--listen", f"unix:{self.path}", *ELSEWHERE) for _ in range(6)]
            for each in several:  # whatever happens, each is ended by its own id
                stack.callback(lambda each=each: each.running() and each.stop())
            wait_until(lambda: sum(each.running() for each in several) == 1, "all but one have ended")
            winner = next(each for each in several if each.running())
            self.assert_served(self.where(winner))
            for each in several:
                if each is not winner:
                    self.assertEqual(each.wait(), CANT_BIND, each.output())

    def test_a_file_that_is_no_socket_is_kept(self):
        pathlib.Path(self.path).write_text("precious", encoding="ascii")
        code, _, err = run("serve", "--listen", f"unix:{self.path}", *ELSEWHERE)
        self.assertEqual(code, CANT_BIND)
        self.assertIn("no socket", err)
        self.assertEqual(pathlib.Path(self.path).read_text(encoding="ascii"), "precious")

    def test_a_socket_file_that_is_somebody_elses_by_now_is_kept(self):
        with self.serve("--listen", f"unix:{self.path}", *ELSEWHERE) as proxy:
            self.where(proxy)
            os.unlink(self.path)
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as other:
                other.bind(self.path)
                self.assertEqual(proxy.stop(), 0)
                self.assertTrue(os.path.exists(self.path))


class HandedDown(ListenTest):
    """LISTEN_FDS: what is inherited serves, and the supervisor keeps it."""

    def test_names_choose_the_servers(self):
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(self.path)
        unix.listen()
        sockets = [listening_tcp(), unix, listening_tcp("::1", socket.AF_INET6)]
        for each in sockets:
            self.addCleanup(each.close)
        with handed_down(sockets, *self.common, names="metrics:proxy:admin") as program:
            self.assertEqual(self.all_of(program), [f"unix:{self.path}"])
            metrics = f"http://127.0.0.1:{port_of(sockets[0])}"
            self.assertEqual(self.where(program, "metrics"), metrics)
            self.assertEqual(self.where(program, "admin"), f"http://[::1]:{port_of(sockets[2])}")
            self.assert_served(f"unix:{self.path}")
            wait_until(lambda: ask(metrics, "/readyz")[0] == 200, "ready")
        self.assertTrue(os.path.exists(self.path), "its file is the supervisor's")
        for each in sockets:
            self.assertEqual(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), 1)

    def test_without_names_the_configured_address_or_else_the_proxy(self):
        admin, other = listening_tcp(), listening_tcp()
        for each in (admin, other):
            self.addCleanup(each.close)
        with handed_down([other, admin], *self.common, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
                         "--admin-listen", f"127.0.0.1:{port_of(admin)}") as program:
            self.assertEqual(self.all_of(program), [f"http://127.0.0.1:{port_of(other)}"])
            self.assertEqual(self.where(program, "admin"), f"http://127.0.0.1:{port_of(admin)}")
            self.assert_served(self.where(program))
            self.assertEqual(ask(self.where(program, "admin"), "/api/stats")[0], 200)

    def test_two_processes_may_share_what_a_supervisor_bound(self):
        with contextlib.closing(listening_tcp()) as shared:
            with handed_down([shared], *self.common, *ELSEWHERE, names="proxy") as one, \
                    handed_down([shared], *self.common, *ELSEWHERE, names="proxy") as two:
                self.assertEqual(self.where(one), self.where(two))
                self.assertEqual(one.stop(), 0)
                self.assert_served(self.where(two))

    def test_what_was_meant_for_another_process_is_ignored(self):
        with contextlib.closing(listening_tcp()) as other:
            with handed_down([other], *self.common, "--listen", "127.0.0.1:0", *ELSEWHERE, pid="1") as program:
                self.assertNotEqual(self.where(program), f"http://127.0.0.1:{port_of(other)}")
                self.assert_served(self.where(program))

    def test_what_does_not_listen_is_a_mistake_in_words(self):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagram, \
                contextlib.closing(socket.socket()) as idle, contextlib.closing(listening_tcp()) as right:
            for wrong in (datagram, idle):
                with Program("serve", *self.common, *ELSEWHERE, pass_fds=[right.fileno(), wrong.fileno()],
                             launcher=[sys.executable, "-c", SUPERVISOR, f"{right.fileno()},{wrong.fileno()}", "",
                                       ""]) as program:
                    self.assertEqual(program.wait(), USAGE)
                    self.assertIn("LISTEN_FDS: descriptor 4 is no listening stream socket", program.stderr())
                    self.assertEqual(program.stdout(), "")


if __name__ == "__main__":
    unittest.main()
