"""The pictures of a run, from its results: each only if its rows were measured."""

from . import svg
from .peers import KINDS

LABELS = {kind.name: kind.label for kind in KINDS.values()}


def _by_name(rows, name):
    return next((row for row in rows if row["name"] == name and row.get("figures")), None)


def _ordered(values):
    return {name: values[name] for name in LABELS if name in values}


def cpu(rows, caption):
    wanted = {"hit_sdk": "a hit, the Node SDK's headers", "hit_fresh": "the same, fresh trace headers each time",
              "not_modified": "If-None-Match → 304", "hit_tls": "a hit over TLS"}
    groups = [(title, _ordered(row["figures"])) for name, title in wanted.items() if (row := _by_name(rows, name))]
    if not groups:
        return None
    height = 140 + sum(30 + 22 * len(values) for _, values in groups)
    drawing = svg.Drawing(height, "CPU of a request, one core: less is better", caption)
    svg.bars(drawing, 50, 24, svg.WIDTH - 24, groups, "µs of CPU a request, user + system", LABELS)
    return drawing


def latency(rows, caption):
    row = _by_name(rows, "latency_constant")
    if not row:
        return None
    rates = row["series"]["rates"]
    drawing = svg.Drawing(460, "Latency at a constant rate, 256 connections", caption)
    drawing.legend(60, {name: LABELS[name] for name in _ordered(rates)})
    left = 84
    width = (svg.WIDTH - left - 24 - 2 * 56) / 3
    percentiles = ("p50", "p99", "p99.9")
    all_ms = [found[which] / 1000 for by_rate in rates.values() for found in by_rate.values() for which in percentiles]
    shared = svg.powers(min(all_ms), max(all_ms))  # one scale, or the three could not be compared
    for n, which in enumerate(percentiles):
        series = {name: sorted((float(rate), found[which] / 1000) for rate, found in by_rate.items())
                  for name, by_rate in _ordered(rates).items()}
        x = left + n * (width + 56)
        svg.lines(drawing, (x, 104, x + width, 380), series,
                  (which, "requests a second", "ms, from when each was due" if n == 0 else ""), y_powers=shared)
    return drawing


def records(rows, caption):
    row = _by_name(rows, "hit_records")
    if not row:
        return None
    series = {name: sorted((float(size), us) for size, us in by_size.items())
              for name, by_size in _ordered(row["series"]["records"]).items()}
    drawing = svg.Drawing(440, "CPU of a hit against how many records are held", caption)
    drawing.legend(60, {name: LABELS[name] for name in series})
    svg.lines(drawing, (84, 90, svg.WIDTH - 40, 360), series,
              ("", "records of 1.5 KB, asked for evenly", "µs of CPU a hit"), log_x=True)
    return drawing


def memory(rows, caption):
    idle, resident = _by_name(rows, "idle_connections"), _by_name(rows, "resident")
    panels = []
    if idle:
        panels.append(("an idle connection", "KiB, user space", {n: b / 1024 for n, b in idle["figures"].items()}))
    if resident:
        panels.append(("the whole process, empty", "MiB", resident["series"]["empty"]))
        panels.append(("the whole process, 10,000 records of 1.5 KB",
                       "MiB (HAProxy takes its 64 MiB of cache at once, nginx holds the bodies in files)",
                       resident["series"]["full"]))
    if not panels:
        return None
    height = 90 + sum(78 + 22 * len(values) for _, _, values in panels)
    drawing = svg.Drawing(height, "Memory: less is better", caption)
    y = 50
    for title, unit, values in panels:
        y = svg.bars(drawing, y, 24, svg.WIDTH - 24, [(title, _ordered(values))], unit, LABELS)
    return drawing


ALL = {"cpu": cpu, "latency": latency, "records": records, "memory": memory}
