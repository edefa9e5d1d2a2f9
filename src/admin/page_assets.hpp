// Style and script of the status page, as they are served.
#pragma once

#include <string_view>

namespace sidecache::admin {

constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --ink: #1b2330; --soft: #4d5869; --paper: #f6f7f9; --card: #ffffff; --line: #d4d9e1;
  --accent: #1d5fa8; --good: #1a6b3c; --bad: #a32020; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf1; --soft: #a9b4c4; --paper: #12161d; --card: #1a2029;
  --line: #333d4b; --accent: #7db4f0; --good: #6fd39b; --bad: #ff9a92; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
main > section:first-child h2 { margin-top: 0; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .25rem; background: var(--card); padding: .25rem .75rem; }
.note { color: var(--soft); }
header .note { flex: 1; }
.state { font-weight: 600; color: var(--good); }
.state.bad { color: var(--bad); }
button { font: inherit; color: var(--accent); background: var(--card); border: 1px solid var(--accent);
  border-radius: .4rem; padding: .2rem .8rem; cursor: pointer; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
dl.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .75rem; margin: 0; }
dl.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .9rem; }
dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: .85rem; color: var(--soft); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 2rem; }
@media (min-width: 54rem) { .columns { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); } }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; padding: .35rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .85rem; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
tbody th code { white-space: nowrap; overflow-wrap: normal; }
)css";

constexpr std::string_view page_script = R"js(
"use strict";
const minute = 60, hour = 3600, day = 86400;
const formats = {
  count: n => Math.trunc(n).toLocaleString("en"),
  ratio: n => n === null ? "none yet" : (100 * n).toFixed(1) + " %",
  bytes: n => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let i = 0;
    for (; n >= 1024 && i + 1 < units.length; ++i) n /= 1024;
    return n.toFixed(i === 0 ? 0 : 1) + " " + units[i];
  },
  seconds: n => {
    if (n < 0) return "-" + formats.seconds(-n);
    if (n < minute) return Math.trunc(n) + " s";
    if (n < hour) return Math.trunc(n / minute) + " min " + Math.trunc(n % minute) + " s";
    if (n < day) return Math.trunc(n / hour) + " h " + Math.trunc(n % hour / minute) + " min";
    return Math.trunc(n / day) + " d " + Math.trunc(n % day / hour) + " h";
  },
};
const follow = (from, path) => path.split(".").reduce((at, key) => at[key], from);
function cell(row, tag, text, kind) {
  const made = document.createElement(tag);
  if (tag === "th") made.scope = "row";
  if (kind === "number") made.className = kind;
  if (kind === "code") made.append(document.createElement("code"));
  (made.firstChild || made).textContent = text;
  row.append(made);
}
function showEntries(answer) {
  document.getElementById("entries").replaceChildren(...answer.entries.map(entry => {
    const row = document.createElement("tr");
    cell(row, "th", entry.ident, "code");
    cell(row, "td", entry.plane);
    cell(row, "td", entry.route);
    cell(row, "td", entry.credential, "code");
    cell(row, "td", entry.status, "number");
    cell(row, "td", formats.bytes(entry.bytes), "number");
    cell(row, "td", formats.seconds(entry.age_seconds), "number");
    cell(row, "td", formats.seconds(entry.ttl_seconds), "number");
    return row;
  }));
  document.getElementById("entries-shown").textContent = formats.count(answer.entries.length);
}
function showStats(stats) {
  for (const place of document.querySelectorAll("[data-path]")) {
    place.textContent = formats[place.dataset.format](follow(stats, place.dataset.path));
  }
  const ready = document.getElementById("ready");
  ready.textContent = stats.ready ? "ready" : "shutting down";
  ready.classList.toggle("bad", !stats.ready);
  const mode = document.getElementById("mode");
  mode.textContent = stats.mode;
  mode.hidden = !stats.mode;
}
const note = document.getElementById("note"), button = document.getElementById("pause");
let running = true, lost = false;
async function ask(path) {
  const answer = await fetch(path, {cache: "no-store", signal: AbortSignal.timeout(5000)});
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}
async function refresh() {
  if (running && !document.hidden) {
    try {
      showStats(await ask("/api/stats"));
      showEntries(await ask("/api/entries?limit=" + button.dataset.entries));
      if (lost) note.textContent = "";
      lost = false;
    } catch {
      if (!lost) note.textContent = "No answer from sidecache: the figures are old.";
      lost = true;
    }
  }
  setTimeout(refresh, 2000);
}
button.hidden = false;
button.addEventListener("click", () => {
  running = !running;
  button.textContent = running ? "Pause updates" : "Resume updates";
});
setTimeout(refresh, 2000);
)js";

}  // namespace sidecache::admin
