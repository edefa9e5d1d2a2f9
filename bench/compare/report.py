"""What a run leaves: results.json, TABLE.md, plots, and for a whole one bench/results and the README's section."""

import datetime
import json
import os
import pathlib
import platform
import re
import shutil

from . import plots
from .peers import KINDS, version
from .processes import Trouble, run
from .stage import number

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LABELS = {kind.name: kind.label for kind in KINDS.values()}
QUIET_PERCENT = 5  # of the machine that others may take before a run says so
STEADY = 1.15  # times as fast as at its slowest that it may be before a run says so
BEGIN, END = "<!-- bench: written by ./dev bench -->\n", "<!-- end of bench -->\n"


def machine():
    """Its shape and nothing that names it."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as text:
        model = re.search(r"(?m)^model name\s*: (.*)$", text.read())
    with open("/proc/meminfo", encoding="ascii") as text:
        kib = int(re.search(r"MemTotal:\s+(\d+)", text.read()).group(1))
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "memory_gib": round(kib / 2**20), "kernel": "Linux " + ".".join(platform.release().split(".")[:2])}


def commit():
    try:
        return run(["git", "-C", SOURCE, "describe", "--always", "--dirty", "--exclude=*"]).strip()
    except (Trouble, OSError):
        return "unknown"


def described(row, outcome, trouble):
    plain = {"name": row.name, "work": row.work, "goal": row.goal, "limit": row.limit}
    if outcome is None:
        return {**plain, "verdict": "not measured", "trouble": trouble}
    def told(checks):
        return [{"what": check.text, "value": check.value, "bound": check.bound, "at_least": check.at_least,
                 "met": check.met} for check in checks]
    return {**plain, "verdict": row.verdict(outcome), "figures": outcome.figures, "unit": outcome.unit,
            "checks": told(outcome.checks), "proof": told(outcome.proof),
            "said": [str(check) for check in outcome.checks], "shown": [str(check) for check in outcome.proof],
            "note": outcome.note, "series": outcome.series}


def results(bench, finished, asked, unrest):
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "commit": commit(),
            **unrest, "mode": "smoke" if asked.smoke else "quick" if asked.quick else "full",
            "rounds": bench.rounds, "seconds": bench.seconds, "machine": machine(),
            "versions": {name: said for name in bench.names if (said := version(name, bench))},
            "rows": [described(*one) for one in finished]}


def disturbed(found):
    """What disturbed a run, in words; nothing if little did."""
    said = []
    if found["others_percent"] > QUIET_PERCENT:
        said.append(f"other work taking {found['others_percent']} % of it")
    if found["speed_varied"] > STEADY:
        said.append(f"its speed varying by a factor of {found['speed_varied']:.1f}")
    return " and ".join(said)


def summary(found):
    shape = found["machine"]
    unrest = f", {said}" if (said := disturbed(found)) else ""
    return (f"{found['date']}, {shape['cores']} cores of {shape['cpu']}, {shape['memory_gib']} GiB, {shape['kernel']}"
            f"{'' if found['mode'] == 'full' else ', a ' + found['mode'] + ' run'}{unrest}")


def verdict(row):
    if row["verdict"] == "not measured":
        return "not measured: " + " ".join(row["trouble"].split())[-160:]
    checks = "; ".join(said.removesuffix(" MISSED") for said in row["said"])
    words = {"met": "met", "missed": "**missed**", "limit": "**missed**, proven limit"}[row["verdict"]]
    limit = ""
    if row["verdict"] != "met" and row["limit"]:
        limit = f"{row['limit']}: {'; '.join(said.replace(' MISSED', ', not shown') for said in row['shown'])}"
    more = "".join(f". {text}" for text in (limit, row["note"]) if text)
    return f"{words}: {checks}{more}"


def table(found):
    shown = [name for name in LABELS if any(name in row.get("figures", {}) for row in found["rows"])]
    lines = ["| work | goal | unit | " + " | ".join(LABELS[name] for name in shown) + " | result |",
             "|---|---|---|" + "--:|" * len(shown) + "---|"]
    for row in found["rows"]:
        figures = row.get("figures", {})
        cells = [number(figures[name]) if name in figures else "" for name in shown]
        unit = row.get("unit", "").replace("us", "µs")
        result = verdict(row).replace(" us", " µs").replace("|", "\\|")
        lines.append(f"| {row['work']} | {row['goal']} | {unit} | {' | '.join(cells)} | {result} |")
    return "\n".join(lines) + "\n"


def readme_section(found):
    pictures = "\n".join(f"![{words}](bench/results/{name}.svg)\n" for name, words in (
        ("cpu", "CPU of a request by peer"), ("latency", "latency percentiles under rising constant rate"),
        ("records", "CPU of a hit against the number of records"), ("memory", "memory by peer"))
        if (SOURCE / "bench" / "results" / f"{name}.svg").exists())
    peers = ", ".join(text.removeprefix("nginx version: ").split(" 20")[0]
                      for name, text in found["versions"].items() if name != "sidecache")
    how = f"Commit {found['commit']}; {peers}; {found['rounds']} rounds of {found['seconds']} s, {2 * found['rounds']} for CPU"
    return (f"{summary(found)}. {how}.\n\n"
            f"{pictures}\n{table(found)}")


def write(bench, finished, asked, unrest):
    found = results(bench, finished, asked, unrest)
    (bench.out / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (bench.out / "TABLE.md").write_text(f"{summary(found)}\n\n{table(found)}", encoding="utf-8")
    made = ["results.json", "TABLE.md"]
    for name, draw in plots.ALL.items():
        drawing = draw(json.loads(json.dumps(found["rows"])), summary(found))  # as it will be read from the file
        if drawing:
            (bench.out / f"{name}.svg").write_text(str(drawing), encoding="utf-8")
            made.append(f"{name}.svg")
    whole = found["mode"] == "full" and not asked.rows
    if whole or asked.publish:
        publish(bench.out, made, found)


def publish(out, made, found):
    place = SOURCE / "bench" / "results"
    place.mkdir(exist_ok=True)
    for name in made:
        shutil.copyfile(out / name, place / name)
    readme = SOURCE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, mark, rest = text.partition(BEGIN)
    if mark:
        readme.write_text(before + BEGIN + readme_section(found) + END + rest.partition(END)[2], encoding="utf-8")
