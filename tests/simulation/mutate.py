#!/usr/bin/env python3
"""Breaks sidecache's code in one place at a time, and sees whether the simulation finds it within what CI plays.

usage: mutate.py BUILD_FOLDER [NAME...]

For each mutation: the source is changed, `simulation` built, the seeds of CMakeLists.txt played one after the other
until one finds something, the source put back. Prints a line of README.md's table for each. Exit code 1 if one was not
found. The tree must be clean where it mutates; it is put back in any case.
"""
import pathlib
import re
import subprocess
import sys

SEEDS = range(1, 6)
STEPS = 100_000
ROOT = pathlib.Path(__file__).resolve().parents[2]

CORE = "src/proxy/core.cpp"
HANDLER = "src/proxy/proxy_handler.cpp"
VERDICT = "src/proxy/verdict.cpp"
MAKER = "src/proxy/entry_maker.cpp"
DEPENDENCIES = "src/cache/dependencies.cpp"
STATES = "src/cache/credential_states.cpp"

# name, promise, file, what stands there, what is put there
MUTATIONS = [
    ("the key leaves the credential out", "P1", CORE,
     "out.key.assign(reinterpret_cast<const char*>(out.partition.data()), out.partition.size());", "out.key.clear();"),
    ("Authorization does not count as credential", "P1", CORE,
     "{credential.authorization, credential.api_key}", "{credential.api_key}"),
    ("the key leaves x-portkey-* out", "P1", CORE,
     "out.key.append(http::variant_key(request.fields)).append(1", "out.key.append(1"),
    ("a 2xx drops nothing", "P2", CORE,
     "settle(status >= 400 ? effect::none : effect::drop);", "settle(effect::none);"),
    ("reads that a write overtook are stored", "P2", CORE,
     "!by.flight.superseded() && generations_.intact(tags, asked)", "!by.flight.superseded() || asked > 0"),
    ("an unanswered write leaves no mark", "P2", CORE,
     "store_.mark_tagged(tag, cache::mark_suspect);", "continue;"),
    ("a write by slug misses keys whose integration is told by UUID", "P2", DEPENDENCIES,
     "out.push_back(tag(name::parent_slug_unknown, family::key));", ";"),
    ("a POST leaves remembered 404s", "P2", DEPENDENCIES,
     "out.push_back(tag(name::negative, family_of(target.kind)));", ";"),
    ("a write by UUID misses records that tell no id", "P2", DEPENDENCIES,
     "tag(http::is_uuid(ident) ? name::id_unknown : name::slug_unknown, f), tag(name::negative, f)});",
     "tag(name::slug_unknown, f), tag(name::negative, f)});"),
    ("a 401 does not lock", "P3", CORE, "store_.mark(in.of.key, cache::mark_locked);", ""),
    ("three 401s do not lock the partition", "P3", CORE, "if (denied.locks)", "if (false)"),
    ("a 404 leaves the entry", "P3", CORE, "if (effect == entry_effect::replace) store_.erase(in.of.key);", ""),
    ("a superseded flight is stored", "P3", CORE,
     "!by.flight.superseded() && generations_.intact(tags, asked)",
     "(!by.flight.superseded() || true) && generations_.intact(tags, asked)"),
    ("a JWT's end is ignored", "P4", VERDICT,
     "for (const auto& hard : {facts.expires_at, in.credential_expires})", "for (const auto& hard : {facts.expires_at})"),
    ("expires_at is ignored", "P4", VERDICT,
     "for (const auto& hard : {facts.expires_at, in.credential_expires})",
     "for (const auto& hard : {in.credential_expires})"),
    ("next_usage_reset_at is ignored", "P4", VERDICT, "life.soft_deadline = *facts.next_usage_reset_at;",
     "life.soft_deadline = wall_time::max();"),
    ("the cool-down counts from the answer", "P4", CORE, "generations_.cooling(tags, in.sent.mono)), facts)",
     "generations_.cooling(tags, in.now.mono)), facts)"),
    ("stale-error is not said", "P4", HANDLER, 'append_hit(ready.extra, *found.entry, now, "stale-error");',
     'append_hit(ready.extra, *found.entry, now, "");'),
    ("fresh a second too long", "P4", MAKER, "made.fresh_until = later(now.mono, life.fresh);",
     "made.fresh_until = later(now.mono, life.fresh + std::chrono::seconds{1});"),
    ("flights are not joined", "P5", CORE, "return flights_.board(of.key, dep",
     "static int n = 0;\n  return flights_.board(of.key + std::to_string(++n), dep"),
    ("who waited for a leader that died is forgotten", "P5", HANDLER, "if (!landed) continue;",
     "if (!landed) co_return;"),
    ("a 200 ends the pause", "P5", STATES, "if (at->second.paused_until > now) return was_locked;",
     "if (at->second.paused_until > now && false) return was_locked;"),
    ("bodies cost nothing", "P6", MAKER, ".cost = made.cost(),", ".cost = sizeof(cache::entry),"),
    ("negatives are kept as long as records", "P6", MAKER, "return cache_rank::minor;",
     "return cache_rank::regular;"),
    ("the last line's end is cut", "P7", MAKER,
     "made->body = std::make_shared<const std::string>(answer.body);\n  made->etag",
     "made->body = std::make_shared<const std::string>(answer.body.substr(0, answer.body.find_last_not_of('\\n') + 1));"
     "\n  made->etag"),
    ("a 304's body takes the place of the record's", "P7", MAKER, "auto made = std::make_shared<cache::entry>(confirmed);",
     "auto made = std::make_shared<cache::entry>(confirmed);\n"
     "  made->body = std::make_shared<const std::string>(answer.body);"),
    ("a 5xx is handed on", "P10", VERDICT, "/* unavailable    */ {keep, false, true, true}",
     "/* unavailable    */ {keep, false, false, true}"),
    ("a refused write drops", "P10", CORE, "settle(status >= 400 ? effect::none : effect::drop);",
     "settle(effect::drop);"),
    ("a failed fetch drops the entry", "P10", CORE, "out->why = came.error();",
     "out->why = came.error();\n    store_.erase(asked.of.key);"),
    ("stale-if-error ends with stale-while-revalidate", "P10", MAKER,
     "std::max(made.revalidate_until, later(now.mono, life.on_error))", "made.revalidate_until"),
]


def play(program):
    """Steps until something is found, and which promise; (0, "") if nothing is."""
    before = 0
    for seed in SEEDS:
        run = subprocess.run([program, "--seed", str(seed), "--steps", str(STEPS), "--no-story"], capture_output=True,
                             text=True, timeout=600, check=False)
        found = re.search(r"FOUND at step (\d+): (P\d+)", run.stdout)
        if found:
            return before + int(found[1]), found[2]
        if run.returncode != 0:
            return before, f"crash ({run.returncode})"
        before += STEPS
    return 0, ""


def try_one(build, name, promise, file, old, new):
    path = ROOT / file
    source = path.read_text()
    if source.count(old) != 1:
        return f"| {promise} | {name} | cannot be applied: stands there {source.count(old)} times |", False
    try:
        path.write_text(source.replace(old, new))
        built = subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return f"| {promise} | {name} | does not build: {built.stdout[-600:]} |", False
        steps, by = play(f"{build}/tests/simulation/simulation")
        return f"| {promise} | {name} | {f'{steps:,} ({by})' if by else 'NOT FOUND'} |", bool(by)
    finally:
        path.write_text(source)


def main():
    build = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:]
    all_found = True
    for name, promise, file, old, new in MUTATIONS:
        if wanted and name not in wanted and promise not in wanted:
            continue
        line, found = try_one(build, name, promise, file, old, new)
        print(line, flush=True)
        all_found = all_found and found
    subprocess.run(["ninja", "-C", build, "simulation"], capture_output=True, check=False)
    return 0 if all_found else 1


if __name__ == "__main__":
    sys.exit(main())
