"""`serve --supervise`: whatever becomes of the worker, nobody is refused; a replacement takes over without a lost request."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import time
import unittest
import urllib.parse

from harness import PROGRAM, SANITIZER, Program, mock_control_plane, request, run, wait_until
from steady_load import CONNECTIONS, Load

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
RECORD = "/v1/virtual-keys/openai-vk"
ANYWHERE = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]


@contextlib.contextmanager
def supervised(upstream, *flags, program=PROGRAM):
    with Program("serve", "--supervise", *ANYWHERE, "--upstream", upstream, *flags, program=program) as proxy:
        proxy.url("admin")  # said when the first worker answers
        yield proxy


def workers(proxy):
    with open(f"/proc/{proxy.pid}/task/{proxy.pid}/children", encoding="ascii") as children:
        return [int(pid) for pid in children.read().split()]


def the_worker(proxy):
    return wait_until(lambda: workers(proxy) if len(workers(proxy)) == 1 else None, "one worker")[0]


def soon():
    """How long after a kill the next answer may come: 100 ms, or what a machine that is busy otherwise, or a sanitizer,
    makes of it, by the time that the same program takes to say its version."""
    began = time.monotonic()
    run("version")
    return max(0.1, 10 * (time.monotonic() - began)) * (5 if SANITIZER else 1)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class HalfAsked:
    """A connection on which a request has begun and not ended: its worker can't take it for idle."""

    def __init__(self, base, method, target, body=b""):
        where = urllib.parse.urlsplit(base)
        self.connection = socket.create_connection((where.hostname, where.port), timeout=20)
        head = f"{method} {target} HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: {KEY['x-portkey-api-key']}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.connection.sendall(head.encode())
        self._rest = b"\r\n" + body

    def answer(self):
        """Ends the request; the answer as text, which is the last on this connection."""
        self.connection.sendall(self._rest)
        got = b""
        while more := self.connection.recv(65536):
            got += more
        self.connection.close()
        return got.decode()


class Restart(unittest.TestCase):
    def setUp(self):
        self.control_plane = self.enterContext(mock_control_plane())

    def test_kill_under_load_refuses_nobody_and_is_over_soon(self):
        with supervised(self.control_plane.url("mock")) as proxy:
            silences, allowed = [], soon()
            with Load(proxy.url("proxy"), RECORD, KEY) as load:
                wait_until(lambda: load.answered > 1000, "under load")
                for _ in range(3):
                    worker = the_worker(proxy)
                    before = load.answered
                    os.kill(worker, signal.SIGKILL)
                    killed = time.monotonic()
                    wait_until(lambda: load.answered > before + 2500, "under load again")
                    silences.append(load.back_after(killed + 0.001))
                    allowed = max(allowed, soon())
                load.stop()
            print(f"kill -9, three times: {load}; answered again after {[f'{s * 1000:.0f} ms' for s in silences]}, "
                  f"allowed {allowed * 1000:.0f} ms")
            self.assertEqual(load.refused, 0, load)
            self.assertLessEqual(load.cut + load.lost, 3 * sum(CONNECTIONS.values()), load)
            self.assertLess(max(silences), allowed)

    def test_a_worker_is_restarted_however_it_ends(self):
        with supervised(self.control_plane.url("mock")) as proxy:
            for number in (signal.SIGKILL, signal.SIGABRT):
                worker = the_worker(proxy)
                os.kill(worker, number)
                wait_until(lambda: workers(proxy) and worker not in workers(proxy), "another worker")
                self.assertEqual(request(proxy.url("proxy"), RECORD, headers=KEY).status, 200)

    def test_signals_count_once_though_terminals_and_systemd_send_them_to_all(self):
        with supervised(self.control_plane.url("mock"), "--shutdown-delay", "10m") as proxy:
            worker = the_worker(proxy)
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(worker, number)
                wait_until(lambda: f"signal {number}: it is the supervisor's" in proxy.stderr(), "it says so")
            self.assertEqual(request(proxy.url("metrics"), "/readyz").status, 200)
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: request(proxy.url("metrics"), "/readyz").status == 503, "not ready any more")
            os.kill(worker, signal.SIGTERM)
            self.assertEqual(request(proxy.url("proxy"), RECORD, headers=KEY).status, 200)
            proxy.signal(signal.SIGTERM)
            self.assertEqual(proxy.wait(), 0)

    def test_workers_that_keep_dying_are_started_ever_more_slowly(self):
        with supervised(self.control_plane.url("mock")) as proxy:
            killed = set()

            def kill_what_is_there():
                for worker in workers(proxy):
                    with contextlib.suppress(ProcessLookupError):  # it may just have been waited for
                        os.kill(worker, signal.SIGKILL)
                        killed.add(worker)
                return "keep ending" in proxy.stderr()
            wait_until(kill_what_is_there, "it says so")
            self.assertLess(len(killed), 100)
            self.assertEqual(request(proxy.url("proxy"), RECORD, headers=KEY).status, 200)

    def test_if_the_supervisor_is_killed_its_worker_ends(self):
        with supervised(self.control_plane.url("mock")) as proxy:
            worker = the_worker(proxy)
            proxy.signal(signal.SIGKILL)
            self.assertEqual(proxy.wait(), -signal.SIGKILL)
            wait_until(lambda: not alive(worker), "the worker has ended too")

    def test_hangup_has_the_worker_read_its_settings_anew(self):
        config = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "sidecache.yaml"
        config.write_text("cache: {ttl: 30s}\n", encoding="utf-8")
        with supervised(self.control_plane.url("mock"), "--config", str(config)) as proxy:
            worker = the_worker(proxy)
            os.kill(worker, signal.SIGHUP)
            wait_until(lambda: "it is the supervisor's to act on" in proxy.stderr(), "one that is not its parent's")
            config.write_text("cache: {ttl: 45s}\n", encoding="utf-8")
            proxy.signal(signal.SIGHUP)
            wait_until(lambda: 'reload by SIGHUP: applied: cache.ttl "30s" -> "45s"' in proxy.stderr(), "it reads it")
            self.assertEqual(workers(proxy), [worker])
            self.assertEqual(proxy.stderr().count("reload by SIGHUP"), 1)


class Start(unittest.TestCase):
    def test_a_wrong_setting_is_told_as_without_a_supervisor(self):
        code, _, err = run("serve", "--supervise", "--cache-ttl", "soon")
        self.assertEqual(code, 64)
        self.assertIn("--cache-ttl", err)

    def test_an_address_that_is_taken_is_told_as_without_a_supervisor(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assertEqual(run("serve", "--supervise", *ANYWHERE[2:], "--listen", address)[0], 71)

    def test_the_workers_own_flag_is_not_for_people(self):
        self.assertNotIn("--worker", run("serve", "--help")[1])
        self.assertEqual(run("serve", "--worker", "0,0,900,901")[0], 64)

    def test_a_unix_socket_is_there_until_the_end(self):
        with tempfile.TemporaryDirectory() as folder, mock_control_plane() as control_plane:
            path = f"{folder}/s"
            with Program("serve", "--supervise", "--listen", f"unix:{path}", *ANYWHERE[2:], "--upstream",
                         control_plane.url("mock"), "--shutdown-delay", "10m") as proxy:
                proxy.url("admin")
                os.kill(the_worker(proxy), signal.SIGKILL)
                self.ask(path)
                proxy.signal(signal.SIGTERM)
                wait_until(lambda: "shutdown.delay" in proxy.stderr(), "the worker waits")
                self.ask(path)
                proxy.signal(signal.SIGTERM)
                self.assertEqual(proxy.wait(), 0)
            self.assertFalse(os.path.exists(path))

    def ask(self, path):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(path)
            client.sendall(b"GET /v1/virtual-keys/openai-vk HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: "
                           b"demo-acme-prod-key\r\nConnection: close\r\n\r\n")
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200"))


class Replace(unittest.TestCase):
    """SIGUSR2, with the program's file replaced before."""

    def setUp(self):
        self.control_plane = self.enterContext(mock_control_plane())
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.program = f"{self.folder}/sidecache"
        shutil.copy(PROGRAM, self.program)

    def upgrade(self, content=None):
        """Another file in the place of the program's; the one that runs is not touched."""
        if content is None:
            shutil.copy(PROGRAM, f"{self.program}.new")
        else:
            with open(f"{self.program}.new", "w", encoding="ascii") as new:
                new.write(content)
            os.chmod(f"{self.program}.new", 0o755)
        os.replace(f"{self.program}.new", self.program)

    def hand_over(self, proxy):
        signs = ("a new worker serves", "accepting no more")  # of the supervisor, and then of the old worker
        said = [proxy.stderr().count(sign) for sign in signs]
        proxy.signal(signal.SIGUSR2)
        for sign, before in zip(signs, said):
            wait_until(lambda sign=sign, before=before: proxy.stderr().count(sign) > before, sign)

    def test_under_load_nothing_is_lost(self):
        with supervised(self.control_plane.url("mock"), program=self.program) as proxy:
            old = the_worker(proxy)
            with Load(proxy.url("proxy"), RECORD, KEY) as load:
                wait_until(lambda: load.answered > 1000, "under load")
                self.upgrade(f'#!/bin/sh\n: >"{self.folder}/ran"\nexec "{PROGRAM}" "$@"\n')
                self.hand_over(proxy)
                wait_until(lambda: not alive(old), "the old worker has ended")
                before = load.answered
                wait_until(lambda: load.answered > before + 1000, "still under load")
                load.stop()
            print(f"SIGUSR2: {load}")
            self.assertEqual((load.lost, load.cut, load.refused), (0, 0, 0), load)
            self.assertTrue(os.path.exists(f"{self.folder}/ran"), "the new file was run")
            self.assertIn("exit code 0", proxy.stderr())

    def test_a_write_through_the_new_worker_is_seen_on_a_connection_to_the_old_one(self):
        with supervised(self.control_plane.url("mock"), program=self.program) as proxy:
            base = proxy.url("proxy")
            request(base, RECORD, headers=KEY)
            self.assertRegex(request(base, RECORD, headers=KEY).cache_status(), "hit")
            idle = http.client.HTTPConnection(base.removeprefix("http://"), timeout=20)
            idle.request("GET", RECORD, headers=KEY)
            idle.getresponse().read()
            at_the_old_one = [HalfAsked(base, "GET", RECORD) for _ in range(3)]
            self.hand_over(proxy)
            self.assertEqual(idle.sock.recv(1), b"", "its last call is over, so all of it knows that it ends")
            idle.close()
            written = request(base, RECORD, "PUT", {**KEY, "content-type": "application/json"}, b'{"name":"Anew"}')
            self.assertEqual(written.status, 200)
            for each in at_the_old_one:
                answer = each.answer()
                self.assertIn('"name":"Anew"', answer)
                self.assertRegex(answer, "Cache-Status: sidecache; fwd=bypass.*succeeded")
                self.assertIn("Connection: close", answer)

    def test_a_write_on_a_connection_to_the_old_worker_is_seen_by_the_new_one(self):
        with supervised(self.control_plane.url("mock"), program=self.program) as proxy:
            base = proxy.url("proxy")
            at_the_old_one = HalfAsked(base, "PUT", RECORD, b'{"name":"Late"}')
            # so that it is accepted by the old one for sure: one behind it in the queue is answered
            request(base, RECORD, headers=KEY)
            self.hand_over(proxy)
            request(base, RECORD, headers=KEY)
            self.assertRegex(request(base, RECORD, headers=KEY).cache_status(), "hit")
            self.assertIn("HTTP/1.1 200", at_the_old_one.answer())
            seen = request(base, RECORD, headers=KEY)
            self.assertIn(b'"name":"Late"', seen.body)
            self.assertIn("fwd=", seen.cache_status())

    def test_a_new_program_that_does_not_start_leaves_the_old_worker_as_it_was(self):
        with supervised(self.control_plane.url("mock"), program=self.program) as proxy:
            base = proxy.url("proxy")
            old = the_worker(proxy)
            request(base, RECORD, headers=KEY)
            self.upgrade("#!/bin/sh\nexit 3\n")
            proxy.signal(signal.SIGUSR2)
            wait_until(lambda: "exit code 3; the one before it goes on" in proxy.stderr(), "it says so")
            self.assertEqual(the_worker(proxy), old)
            self.assertRegex(request(base, RECORD, headers=KEY).cache_status(), "hit")
            self.upgrade()
            self.hand_over(proxy)
            wait_until(lambda: not alive(old), "replaced after all")
            self.assertEqual(request(base, RECORD, headers=KEY).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
