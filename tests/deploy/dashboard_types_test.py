"""Every member of the dashboard is one that Grafana knows, at its place and of its type: tsc holds it, as a literal, to the
types of @grafana/schema. Literals may have no member that the type has not.
"""

import copy
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from dashboard_test import DASHBOARD
from harness import clean_environment

PLACE = pathlib.Path(os.environ["GRAFANA_TYPES"])
RAW = "@grafana/schema/dist/esm/raw"
KINDS = {"stat": "Stat", "timeseries": "TimeSeries", "state-timeline": "StateTimeline", "table": "Table"}
COMPILER = ("--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution",
            "bundler", "--pretty", "false")
# Enumerations are words in JSON; what a panel does not say has a default.
PRELUDE = """
type json<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? json<U>[] : T extends object ? {[K in keyof T]: json<T[K]>} : T;
type part<T> = T extends Array<infer U> ? part<U>[] : T extends object ? {[K in keyof T]?: part<T[K]>} : T;
"""


def imports():
    yield f'import type {{Dashboard, Panel, RowPanel}} from "{RAW}/dashboard/x/dashboard_types.gen.d.ts";'
    for kind in KINDS.values():
        yield f'import type * as {kind} from "{RAW}/composable/{kind.lower()}/panelcfg/x/{kind}PanelCfg_types.gen.d.ts";'


def constants(dashboard):
    def constant(name, kind, value):
        return f"export const {name}: {kind} = {json.dumps(value, indent=1)};"
    yield constant("dashboard", "json<Dashboard>", dashboard)
    for panel in dashboard["panels"]:
        number = panel["id"]
        if panel["type"] == "row":
            yield constant(f"row_{number}", "json<RowPanel>", panel)
            continue
        kind, drawn = KINDS[panel["type"]], panel["fieldConfig"]["defaults"].get("custom")
        yield constant(f"panel_{number}", "json<Panel>", panel)
        yield constant(f"options_{number}", f"part<json<{kind}.Options>>", panel["options"])
        if drawn:
            yield constant(f"drawn_{number}", f"part<json<{kind}.FieldConfig>>", drawn)


def compiled(dashboard):
    """What tsc says; "" is nothing."""
    # Packages are looked for above the file.
    with tempfile.NamedTemporaryFile("w", suffix=".ts", dir=PLACE, encoding="utf-8") as source:
        source.write("\n".join([*imports(), PRELUDE, *constants(dashboard)]))
        source.flush()
        done = subprocess.run(["node", PLACE / "node_modules" / "typescript" / "bin" / "tsc", *COMPILER, source.name],
                              cwd=PLACE, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env=clean_environment(), check=False)
    return done.stdout + done.stderr


class Types(unittest.TestCase):
    def test_every_member_is_one_that_grafana_knows(self):
        self.assertEqual(compiled(DASHBOARD), "")

    def wrong(self, kind, change):
        """What is said of the dashboard when its first panel of that kind, and the whole, were changed."""
        whole = copy.deepcopy(DASHBOARD)
        change(whole, next(panel for panel in whole["panels"] if panel["type"] == kind))
        return compiled(whole)

    def test_what_is_misspelt_is_found(self):
        def misspell(whole, panel):
            whole["refreshEvery"] = "30s"
            panel["fieldConfig"]["defaults"]["custom"]["fillOpacities"] = 1
        said = self.wrong("timeseries", misspell)
        self.assertIn("\"refreshEvery\"' does not exist", said)
        self.assertIn("\"fillOpacities\"' does not exist", said)

    def test_what_is_of_another_type_is_found(self):
        def mistake(_, panel):
            panel["options"]["colorMode"] = "loud"
            panel["gridPos"]["h"] = "4"
        said = self.wrong("stat", mistake)
        self.assertIn("'\"loud\"' is not assignable", said)
        self.assertIn("'string' is not assignable to type 'number'", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
