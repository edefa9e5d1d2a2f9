"""What `sidecache --help` and `sidecache COMMAND --help` say, as data: CLI11's layout, read back.

Flags stand two blanks in, their help at column 30 or on the next line; groups are headed `NAME:`; what follows the last
group is prose. Settings' flags, which many commands take, are in groups `Settings: ...`.
"""

import dataclasses
import re
import subprocess

HELP_COLUMN = 30
TYPES = {"UINT", "INT", "FLOAT", "POSITIVE", "NONNEGATIVE", "NUMBER", "TEXT"}


@dataclasses.dataclass
class Option:
    flags: list
    argument: str  # "" for a switch
    default: str
    choices: list
    required: bool
    help: str
    group: str

    @property
    def is_setting(self):
        return self.group.startswith("Settings:")

    @property
    def takes_file(self):
        return self.argument.startswith(("FILE", "OUT.")) or self.flags[-1].endswith("-file")


@dataclasses.dataclass
class Command:
    name: str
    summary: str
    usage: str
    positionals: list  # (name, help)
    options: list
    prose: str

    def own(self):
        return [option for option in self.options if not option.is_setting and "--help" not in option.flags]

    def takes_settings(self):
        return any(option.is_setting for option in self.options)


def option_from(spec, text, group):
    flags, _, rest = spec.partition(" ")
    found = re.match(r"'[^']*'|[^\s:=]+(?::[A-Z]+\b)?", rest)
    argument = found[0] if found else ""
    if argument in ("REQUIRED", "Excludes", "Needs"):
        argument = ""
    name, _, of_type = argument.partition(":")
    if of_type in TYPES:
        argument = name
    default = re.search(r"=([^\s=]+)", rest)
    choices = re.search(r":\{([^}]*)\}", rest)
    return Option(flags=flags.split(","), argument=argument,
                  default=default[1] if default and default[1] != "[]" else "",
                  choices=choices[1].split(",") if choices else [],
                  required=" REQUIRED" in f" {rest}", help=text, group=group)


def entries(lines):
    """(group, what stands left, its help) of every indented entry, and the prose after them."""
    found, group = [], ""
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if line and not line.startswith(" "):
            if not (line.endswith(":") and re.match(r"  \S", following) and (found == [] or "  -" in following[:3])):
                return found, "\n".join(lines[at:]).strip()
            group = line[:-1]
        elif line.startswith(" " * HELP_COLUMN):
            found[-1][2] = f"{found[-1][2]} {line.strip()}".strip()
        elif line.strip():
            # One blank may be all that is left between the two; it parts them unless the help stands on the next line.
            before = line[HELP_COLUMN - 2:HELP_COLUMN]
            apart = before == "  " or (before.endswith(" ") and not following.startswith(" " * HELP_COLUMN))
            split = len(line) > HELP_COLUMN and apart
            left, text = (line[:HELP_COLUMN], line[HELP_COLUMN:]) if split else (line, "")
            found.append([group, left.strip(), text.strip()])
    return found, ""


def said_by(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


def command_from(name, text):
    lines = text.rstrip("\n").split("\n")
    usage = next(line for line in lines if line.startswith("Usage: "))
    found, prose = entries(lines[lines.index(usage) + 1:])
    return Command(name=name, summary=lines[0], usage=usage.removeprefix("Usage: "),
                   positionals=[(left, help_) for group, left, help_ in found if group == "Positionals"],
                   options=[option_from(left, help_, group) for group, left, help_ in found if left.startswith("-")],
                   prose=prose)


def read(program):
    """The summary of the program, and its commands in its own order."""
    overview = said_by(program, "--help")
    names = re.findall(r"(?m)^  ([a-z][a-z-]*)", overview.split("Subcommands:")[1])
    return overview.split("\n")[0], [command_from(name, said_by(program, name, "--help")) for name in names]
