"""Clean Debian 12 roots, and programs run inside of them: what `./dev deploy` installs a package or builds an image into.

A root is made once by debootstrap (variant minbase) below the build folder, from the mirror that this machine's apt uses,
and copied for whoever wants one to spoil. What is run inside gets a mount and a PID namespace of its own, so that whatever
it mounts or starts is gone with it, also if the test is killed. Needs root.

`alone()` cuts this process off from every network but a loopback of its own: the fixed ports of a default configuration
are then free, and nothing can be asked elsewhere.
"""

import ctypes
import fcntl
import os
import pathlib
import shlex
import shutil
import socket
import struct
import subprocess

import harness

SUITE = "bookworm"
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def call(*command, seconds=300, **more):
    """What it said on stdout; an error has everything it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
                          check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def mirror():
    """Where this machine's apt has the suite from."""
    offered = call("apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages")
    for line in offered.splitlines():
        codename, component, where = line.split()
        if (codename, component) == (SUITE, "main"):
            return where
    raise AssertionError(f"no apt source of this machine offers {SUITE} main")


def take_over_sources(root):
    """apt inside asks whom apt outside asks, through the same proxies."""
    here, there = pathlib.Path("/etc/apt"), root / "etc/apt"
    (there / "sources.list").unlink(missing_ok=True)
    kept = [here / "sources.list", *here.glob("sources.list.d/*.list"), *here.glob("sources.list.d/*.sources")]
    for file in kept:
        if file.exists() and SUITE in file.read_text(encoding="utf-8"):
            shutil.copy(file, there / file.relative_to(here))
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
    lines = [line for line in call("apt-config", "dump").splitlines() if line.startswith(wanted)]
    (there / "apt.conf.d/80outside").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def made_once(place):
    """The clean root at `place`. A half-made one is not taken for one."""
    if not (place / "MADE").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        call("debootstrap", "--variant=minbase", SUITE, str(place), mirror(), seconds=600)
        take_over_sources(place)
        root = Root.at(place)
        root.prepare()
        root.run("apt-get", "update", "-q")
        (place / "MADE").touch()
    return place


def alone():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


class Root:
    """A root to be spoilt, removed by `close()`; what was started inside must have ended by then."""

    def __init__(self, origin, place):
        self.place = pathlib.Path(place)
        shutil.rmtree(self.place, ignore_errors=True)
        call("cp", "-a", "--reflink=auto", str(origin), str(self.place))
        self.prepare()

    @classmethod
    def at(cls, place):
        """What is there already, as it is."""
        root = cls.__new__(cls)
        root.place = place
        return root

    def prepare(self):
        (self.place / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        shutil.copy("/etc/resolv.conf", self.place / "etc/resolv.conf")

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def path(self, inside):
        return self.place / inside.lstrip("/")

    def text(self, inside):
        return self.path(inside).read_text(encoding="utf-8")

    def launcher(self, user=None, read_only=None, env=None):
        """A command that runs inside what it gets as further arguments, and ends as it does.

        `user` is UID:GID, without capabilities then and never to have any. With `read_only` nothing may be written but
        below what it names, and there is no /proc."""
        command = ["unshare", "--mount", "--propagation=private"]
        if read_only is not None:
            here = shlex.quote(str(self.place))
            lines = [f"mount --bind {here} {here}"]
            lines += [f"mount --bind {here}{each} {here}{each}" for each in read_only]
            command += ["sh", "-c", " && ".join([*lines, f"mount -o remount,bind,ro {here}", 'exec "$@"']), "sh", "unshare"]
        command += ["--pid", "--fork", "--kill-child", f"--root={self.place}", "--wd=/"]
        if read_only is None:
            command.append("--mount-proc")
        command += ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                    *(f"{name}={value}" for name, value in (env or {}).items())]
        if user:
            uid, gid = user.split(":")
            command += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs",
                        "--bounding-set=-all", "--inh-caps=-all"]
        return command

    def run(self, *command, seconds=300, **how):
        return call(*self.launcher(**how), *command, seconds=seconds)

    def tried(self, *command, **how):
        """Exit code and all it said."""
        done = subprocess.run([*self.launcher(**how), *command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr


class Inside(harness.Program):
    """The program, running in a root: signals are for it, not for those who launched it."""

    def __init__(self, root, *command, **how):
        super().__init__(*command[1:], launcher=root.launcher(**how), program=command[0], env={})

    def signal(self, number):
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")
        for child in children.read_text(encoding="ascii").split():
            os.kill(int(child), number)


def need_root():
    if os.geteuid() != 0:
        raise AssertionError("this makes Debian roots and mounts: run it as root, by `./dev deploy`")
