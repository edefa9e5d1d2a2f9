"""Nobody gets to see the memory: no crash writes it down, and no other process of the same user can read it.

What a process shows in /proc depends on who asks, and root may read everything. So the program is run as somebody who
is not root here, whoever runs the test.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import hostile_control_plane as hostile
from harness import PROGRAM, Program, request, run, wait_until
from supervisor import ELSEWHERE

KEY = {"x-portkey-api-key": "planted-key-9901"}
NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
# As generous as the machine allows: then it is the program that says no.
WITH_CORES = ["sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$0" "$@"']
# A sanitizer would turn the one signal into a report and an exit code.
CRASHES_AS_SUCH = {name: f"{os.environ.get(name, '')}:handle_segv=0" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}
SECRET_FILES = ("mem", "environ", "maps", "fd")


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


class PrivateMemory(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("held", hostile.good("held"))
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o777)  # a core would be written here
        self.program = str(self.folder / "sidecache")
        shutil.copy(PROGRAM, self.program)

    @contextlib.contextmanager
    def serving(self, *flags, launcher=()):
        with Program("serve", "--listen", "127.0.0.1:0", *ELSEWHERE, "--upstream", self.origin.url, *flags,
                     program=self.program, cwd=str(self.folder), launcher=launcher,
                     env=CRASHES_AS_SUCH) as proxy:
            for _ in range(2):
                self.assertEqual(self.lookup(proxy).status, 200)
            yield proxy

    def lookup(self, proxy):
        return request(proxy.url("proxy"), "/v1/integrations/held", headers=KEY)

    def no_core(self):
        self.assertEqual(os.listdir(self.folder), ["sidecache"])

    def test_a_crash_leaves_no_core(self):
        for number in (signal.SIGABRT, signal.SIGSEGV):
            with self.subTest(number), self.serving(launcher=WITH_CORES) as proxy:
                proxy.signal(number)
                end = os.waitid(os.P_PID, proxy.pid, os.WEXITED | os.WNOWAIT)
                # Not CLD_DUMPED: neither into a file nor to a program that collects cores.
                self.assertEqual((end.si_code, end.si_status), (os.CLD_KILLED, number))
                self.assertEqual(proxy.wait(), -number)
                self.no_core()
                self.assertNotIn(KEY["x-portkey-api-key"], proxy.output())

    def test_a_worker_that_crashes_leaves_none_either(self):
        with self.serving("--supervise", launcher=WITH_CORES) as proxy:
            for number in (signal.SIGABRT, signal.SIGSEGV):
                worker = wait_until(lambda: children(proxy.pid), "a worker")[0]
                os.kill(worker, number)
                wait_until(lambda: worker not in children(proxy.pid) and children(proxy.pid), "another worker")
                self.assertEqual(self.lookup(proxy).status, 200)
                self.no_core()
                self.assertIn(f"signal {int(number)}", proxy.stderr())
                self.assertNotIn("dumped", proxy.stderr())
            self.assertNotIn(KEY["x-portkey-api-key"], proxy.output())

    def test_others_of_the_same_user_can_not_read_it(self):
        for flags in ((), ("--supervise",)):
            with self.subTest(flags), self.serving(*flags, launcher=AS_NOBODY) as proxy:
                for pid in (proxy.pid, *children(proxy.pid)):
                    limits = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
                    self.assertRegex(limits, r"(?m)^Max core file size +0 +0 ")
                    for name in SECRET_FILES:
                        self.assertEqual(os.stat(f"/proc/{pid}/{name}").st_uid, 0, f"{name}: root's alone")
                    asked = subprocess.run([*AS_NOBODY, "cat", f"/proc/{pid}/environ"], capture_output=True, check=False)
                    self.assertEqual((asked.returncode, asked.stdout), (1, b""), asked)

    def test_it_goes_on_reading_its_own_figures(self):
        with self.serving(launcher=AS_NOBODY) as proxy:
            page = request(proxy.url("metrics"), "/metrics").body.decode()
            for name in ("cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "max_fds",
                         "threads", "start_time_seconds"):
                self.assertRegex(page, rf"(?m)^process_{name} [0-9.e+]+$")
            self.assertGreater(int(re.search(r"(?m)^process_open_fds (\d+)", page).group(1)), 8)
            metrics = proxy.url("metrics").removeprefix("http://")
            self.assertEqual(run("health", "--metrics-listen", metrics)[0], 0)

    def test_a_supervisor_without_rights_replaces_its_worker(self):
        with self.serving("--supervise", launcher=AS_NOBODY) as proxy:
            old = children(proxy.pid)
            proxy.signal(signal.SIGUSR2)
            wait_until(lambda: children(proxy.pid) and not set(old) & set(children(proxy.pid)), "a new worker")
            self.assertEqual(self.lookup(proxy).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
