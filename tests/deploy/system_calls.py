"""Which system calls a unit allows, by its SystemCallFilter= and systemd's own lists of what the groups in it mean."""

import re


def members(listing):
    """{group: what stands below it}, from `systemd-analyze syscall-filter`."""
    groups, current = {}, None
    for line in listing.splitlines():
        if line.startswith("@"):
            current = groups.setdefault(line.strip(), [])
        elif current is not None and re.fullmatch(r"\s+@?[a-z0-9_-]+", line):
            current.append(line.strip())
    return groups


def expanded(name, groups):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expanded(each, groups) for each in groups[name]))


def allowed(filters, listing):
    """Of the values of SystemCallFilter= in their order: the first allows, those with ~ take away again (systemd.exec(5)).

    @default is always allowed."""
    groups = members(listing)
    calls = expanded("@default", groups)
    for value in filters:
        named = set().union(*(expanded(each, groups) for each in value.removeprefix("~").split()))
        calls = calls - named if value.startswith("~") else calls | named
    return calls


def made(summary):
    """Those of strace -c -U name."""
    return set(re.findall(r"(?m)^ *([a-z][a-z0-9_]+) *$", summary)) - {"syscall", "total"}
