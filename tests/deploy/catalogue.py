"""What may be asked of Prometheus: the metrics of sidecache by the README's table, which is made from the code's, and what
rules.yaml records from them."""

import pathlib
import re

import plain_yaml
import promql

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = SOURCE / "deploy"
RULES = plain_yaml.load_all((DEPLOY / "prometheus" / "rules.yaml").read_text(encoding="utf-8"))[0]


def metrics():
    """{metric: its labels}, a histogram by the names of its series."""
    table = re.search(r"<!-- metrics:.*?-->\n(.*?)<!-- end of metrics -->", (SOURCE / "README.md").read_text(encoding="utf-8"),
                      re.S)
    out = {"up": set()}  # Prometheus' own, of each target
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", table.group(1), re.M):
        own = set(re.findall(r"`(\w+)`", labels))
        if kind == "histogram":
            out.update({f"{name}_bucket": own | {"le"}, f"{name}_count": own, f"{name}_sum": own})
        else:
            out[name] = own
    return out


def rules(kind):
    """{name: rule} of kind `record` or `alert`, in order."""
    return {rule[kind]: rule for group in RULES["groups"] for rule in group["rules"] if kind in rule}


def with_recorded():
    """metrics(), and what is recorded from them; a rule may use the ones before it."""
    known = metrics()
    for name, rule in rules("record").items():
        known[name] = promql.parse(rule["expr"], known).labels
    return known
