"""Everything at once, for long: does memory stay where it is, and is every answer right?

usage: soak.py [--minutes N] [--out FOLDER]

One sidecache with TCP, Unix and TLS listeners before a control plane that changes its mood every few seconds (see
origin.FAULTS), and clients of every kind (see load.Load). Resident memory and descriptors are read once a second into
FOLDER/soak.csv. It fails if the memory of the last thirtieth of the time (a minute of thirty) is not within 5 % of that
a sixth into it (minute 5), if descriptors grew, if any answer was wrong, or if the process did not end well.
"""

import argparse
import asyncio
import csv
import itertools
import pathlib
import re
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "process"))

import load  # noqa: E402
import origin  # noqa: E402
from harness import Program, request  # noqa: E402

TOLERANCE = 0.05
MOOD_SECONDS = 7
FLAGS = ("--threads", "2", "--cache-max-bytes", "8MiB", "--cache-ttl", "3s", "--cache-stale-while-revalidate", "2s",
         "--limits-record-bytes", "256KiB", "--limits-header-timeout", "10s", "--limits-idle-timeout", "20s",
         "--upstream-timeout", "2s", "--log-access", "sampled", "--log-level", "info")


def certificate(folder):
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    files[1].chmod(0o600)
    return files


class Figures:
    """Resident memory and descriptors of a process, by the second."""

    def __init__(self, proxy, file):
        self.pid, self.metrics, self.rows, self.began = proxy.pid, proxy.url("metrics"), [], time.monotonic()
        self.out = csv.writer(file)
        self.out.writerow(["seconds", "resident_kib", "descriptors", "mood", "answers"])

    def take(self, mood, answers):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        resident = int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
        page = request(self.metrics, "/metrics").body.decode()  # the kernel tells it to nobody else
        descriptors = int(re.search(r"^process_open_fds (\d+)", page, re.M).group(1))
        row = [round(time.monotonic() - self.began, 1), resident, descriptors, mood, answers]
        self.rows.append(row)
        self.out.writerow(row)

    def median(self, column, first, last):
        return statistics.median(row[column] for row in self.rows if first <= row[0] < last)


async def set_mood(port, mood):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(load.request("POST", "/__fault", "soak", mood.encode()))
    await load.answer(reader)
    writer.close()


async def drive(clients, figures, origin_port, seconds):
    tasks = clients.start()
    end = time.monotonic() + seconds
    moods = itertools.cycle(mood for fault in origin.FAULTS if fault != "none" for mood in ("none", fault))
    mood, change, tell = "none", 0.0, time.monotonic() + 60
    while time.monotonic() < end:
        if time.monotonic() >= change:
            mood, change = next(moods), time.monotonic() + MOOD_SECONDS
            await set_mood(origin_port, mood)
        figures.take(mood, sum(clients.done.values()))
        if time.monotonic() >= tell:
            tell += 60
            print(f"{figures.rows[-1][0]:7.0f} s  {figures.rows[-1][1]} KiB  {figures.rows[-1][2]} descriptors  "
                  f"{figures.rows[-1][4]} done  {clients.done['WRONG']} wrong", flush=True)
        for task in tasks:
            if task.done():
                raise AssertionError("a client ended") from task.exception()
        await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def verdict(figures, clients, seconds):
    """What is wrong with this run, line by line."""
    problems = list(clients.faults)
    reference = figures.median(1, seconds / 6, seconds / 5)
    final = figures.median(1, seconds * 29 / 30, seconds + 60)
    print(f"resident: {reference:.0f} KiB after {seconds / 6:.0f} s, {final:.0f} KiB at the end: "
          f"{100 * (final / reference - 1):+.1f} %")
    if abs(final / reference - 1) > TOLERANCE:
        problems.append(f"memory is not within {TOLERANCE:.0%}")
    descriptors = [figures.median(2, seconds / 6, seconds / 3), figures.median(2, seconds * 5 / 6, seconds + 60)]
    print(f"descriptors: {descriptors[0]:.0f}, then {descriptors[1]:.0f}")
    if descriptors[1] > descriptors[0] * 1.2 + 20:
        problems.append("descriptors grew")
    for kind in ("lookup hit", "lookup fwd", "write 200", "upload 200", "download 200", "events 200", "refused", "scraped"):
        if not clients.done[kind]:
            problems.append(f"nothing was done of: {kind}")
    return problems


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    chosen = arguments.parse_args()
    seconds = chosen.minutes * 60
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, open(chosen.out / "soak.csv", "w", encoding="ascii") as file:
        folder = pathlib.Path(name)
        chain, key = certificate(folder)
        tls = ssl.create_default_context(cafile=chain)
        tls.check_hostname = False
        control_plane = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("origin.py")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            port = int(control_plane.stdout.readline())
            with Program("serve", "--listen", f"127.0.0.1:0,https://127.0.0.1:0,unix:{folder}/soak.sock",
                         "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--tls-certificate-file",
                         str(chain), "--tls-key-file", str(key), "--upstream", f"http://127.0.0.1:{port}", *FLAGS) as proxy:
                ports = [int(proxy.line_matching(rf"^listening: proxy {scheme}://\S+:(\d+)$").group(1))
                         for scheme in ("http", "https")]
                metrics, admin = (int(proxy.url(each).rsplit(":", 1)[1]) for each in ("metrics", "admin"))
                clients = load.Load(ports, str(folder / "soak.sock"), metrics, admin, tls)
                figures = Figures(proxy, file)
                asyncio.run(drive(clients, figures, port, seconds))
                proxy.signal(signal.SIGTERM)
                code = proxy.wait(60)
                said = proxy.stderr()
        finally:
            control_plane.stdin.close()
            control_plane.wait()
    for kind, count in sorted(clients.done.items()):
        print(f"{count:10d}  {kind}")
    problems = verdict(figures, clients, seconds)
    if code != 0:
        problems.append(f"exit {code}: {said[-2000:]}")
    if "exception" in said:
        problems.append(next(line for line in said.splitlines() if "exception" in line))
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
