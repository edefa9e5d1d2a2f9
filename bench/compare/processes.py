"""The processes of a run: started on a core, measured from /proc, ended by their own ids.

Whatever is started here is ended here: on leaving, on Ctrl-C, and by the kernel if the runner itself is killed
(`setpriv --pdeathsig`). What a process costs is read of the whole family, so that a master with a worker counts as one.
"""

import atexit
import os
import re
import resource
import signal
import socket
import subprocess
import time

DEADLINE = 20.0  # seconds, for anything that takes milliseconds on an idle machine
_running = []


class Trouble(Exception):
    """A row can't be measured, and why."""


def wait_until(condition, what, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise Trouble(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.005)
    return value


def free_port():
    """A port that was free a moment ago, for programs that can't take 0 and say what they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(extra=None):
    """Ours without what would configure sidecache, or send requests through somebody's proxy."""
    names = {n: v for n, v in os.environ.items() if not n.startswith("SIDECACHE_") and not n.lower().endswith("_proxy")}
    return {**names, **(extra or {})}


def on_core(core):
    """What stands before a command so that it runs there; None: wherever the kernel puts it."""
    return ("taskset", "-c", str(core)) if core is not None else ()


class Process:
    """One program, until `stop`. What it says goes to a file, so that no pipe can fill."""

    def __init__(self, command, log, core=None, env=None, stdin=subprocess.DEVNULL,
                 launcher=("setpriv", "--pdeathsig", "KILL")):
        self.log = log
        with open(log, "wb") as said:
            self._process = subprocess.Popen(
                [*launcher, *on_core(core), *map(str, command)], stdin=stdin, stdout=said, stderr=subprocess.STDOUT,
                env=clean_environment(env), start_new_session=True)
        _running.append(self)

    @property
    def pid(self):
        return self._process.pid

    @property
    def stdin(self):
        return self._process.stdin

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return text.read()

    def line_matching(self, pattern):
        def look():
            if found := re.search(pattern, self.said(), re.M):
                return found
            if self._process.poll() is not None:
                raise Trouble(f"{self._process.args} ended with {self._process.returncode}:\n{self.said()[-2000:]}")
            return None
        return wait_until(look, f"{pattern} from {self._process.args}")

    def wait(self, seconds):
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Trouble(f"{self._process.args}: still running after {seconds:.0f} s") from None

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self, number=signal.SIGTERM):
        if self in _running:
            _running.remove(self)
        children = {pid: born(pid) for pid in self.family()[1:]}
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid, since in children.items():  # a master that was killed may have left its workers
            if since is not None and born(pid) == since:
                os.kill(pid, signal.SIGKILL)
        if self._process.stdin:
            self._process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # --- what it costs

    def family(self):
        """Its id and those of its children and theirs."""
        ids = [self.pid]
        for pid in ids:
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                        ids.extend(int(child) for child in children.read().split())
            except (FileNotFoundError, ProcessLookupError):
                pass
        return ids

    def cpu_us(self):
        """Microseconds that it has run, in user space and in the kernel."""
        return sum(map(cpu_us_of, self.family()))

    def worker(self):
        """The one of the family that does the work, going by what it has run."""
        return max(self.family(), key=cpu_us_of)

    def memory_kib(self):
        """Resident memory: Rss of one process; of a family the sum of Pss, or what they share would count twice."""
        return self._smaps_kib("Rss" if len(self.family()) == 1 else "Pss")

    def anonymous_kib(self):
        """Of it, what no file stands behind: heap and stacks. The rest is the program, its libraries and their data."""
        return self._smaps_kib("Anonymous")

    def _smaps_kib(self, field):
        total = 0
        for pid in self.family():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as text:
                total += int(re.search(rf"(?m)^{field}:\s+(\d+) kB", text.read()).group(1))
        return total

    def settled_memory_kib(self):
        """The same once it no longer changes: an answer is there before the last page was given back."""
        last = [None]

        def same_as_before():
            now, before = self.memory_kib(), last[0]
            last[0] = now
            time.sleep(0.2)
            return before is not None and abs(now - before) <= 16
        try:
            wait_until(same_as_before, "memory that stays where it is", 5)
        except Trouble:
            pass
        return last[0]

    def peak_kib_since(self):
        """Forgets the peak; the function it returns tells the one since then."""
        for pid in self.family():
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as reset:
                reset.write("5")

        def peak():
            total = 0
            for pid in self.family():
                with open(f"/proc/{pid}/status", encoding="ascii") as text:
                    total += int(re.search(r"VmHWM:\s+(\d+)", text.read()).group(1))
            return total
        return peak


def born(pid):
    """When it began, in ticks since the machine did: with its id that is one process and no other. None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
            fields = text.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def cpu_us_of(pid):
    """Of its threads that still run; schedstat has it to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as text:
                total += int(text.read().split()[0])
        except FileNotFoundError:  # a thread that ended meanwhile
            pass
    return total / 1000


class Machine:
    """How much of the machine's CPU others take, and how evenly fast it is, from its construction on: a run is worth less
    the more that is. What shares the hardware with a virtual machine shows in nothing but the speed."""

    def __init__(self):
        self._began = self._look()
        self._felt = []
        self.feel()

    def feel(self):
        """Now and then, while nothing else of ours runs: the CPU time of a fixed piece of work, at its best of three."""
        def once():
            before = time.process_time()
            sum(range(1_000_000))
            return time.process_time() - before
        self._felt.append(min(once() for _ in range(3)))

    def speed_varied(self):
        """How many times as fast it was at its quickest as at its slowest."""
        return round(max(self._felt) / min(self._felt), 2)

    @staticmethod
    def _look():
        with open("/proc/stat", encoding="ascii") as text:
            ticks = [int(word) for word in text.readline().split()[1:9]]
        all_of_it = sum(ticks) - ticks[3] - ticks[4]  # all but idle and waiting; what was stolen is others' too
        own = sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF,
                                                                                  resource.RUSAGE_CHILDREN)))
        return time.monotonic(), all_of_it / os.sysconf("SC_CLK_TCK"), own

    def others_percent(self):
        """Once all that was started here has ended: only then does the kernel count it as ours."""
        began, busy, own = (now - then for now, then in zip(self._look(), self._began))
        return round(max(0.0, busy - own) / (began * os.cpu_count()) * 100)


def end_all():
    for process in reversed(list(_running)):
        process.stop(signal.SIGKILL)


def end_all_in_the_end():
    atexit.register(end_all)
    signal.signal(signal.SIGTERM, lambda *_: exit(143))


def run(command, seconds=60, core=None, check=True):
    """A program that ends by itself: what it printed."""
    done = subprocess.run([*on_core(core), *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=clean_environment(), timeout=seconds, check=False)
    if check and done.returncode != 0:
        said = done.stdout[-1000:] + done.stderr[-1000:]
        raise Trouble(f"{' '.join(map(str, command))}: exit {done.returncode}\n{said}")
    return done.stdout + ("" if check else done.stderr)
