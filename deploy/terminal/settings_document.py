"""config/sidecache.yaml as data. The file is written from the settings table, and a unit test holds it to that."""

import dataclasses
import re


@dataclasses.dataclass
class Setting:
    key: str
    help: str
    values: str
    default: str  # "" for none

    @property
    def flag(self):
        return "--" + re.sub(r"[._]", "-", self.key)

    @property
    def variable(self):
        return "SIDECACHE_" + self.key.replace(".", "_").upper()

    @property
    def choices(self):
        """Where one of a few words is wanted."""
        words = self.values.split(", ")
        whole = len(words) > 1 and all(re.fullmatch(r"[a-z0-9][a-z0-9.]*", word) for word in words)
        return words if whole else []


def read(text):
    """The introduction, the settings in order, and the examples of lists of maps at the end."""
    text = text.removeprefix(re.match(r"(# yaml-language-server: .*\n#\n)?", text)[0])  # for editors, not for readers
    head, _, rest = text.partition("\n\n")
    body, marker, examples = rest.partition("# Other lifetimes for some records")
    settings, said, section = [], [], ""
    for line in body.split("\n"):
        entry = re.fullmatch(r"( *)(# )?([a-z_]+):(?: (.*))?", line)
        if entry and not entry[2] and not entry[4]:
            section = f"{entry[3]}."
        elif entry and said and said[-1].startswith("Values: "):
            key = f"{section}{entry[3]}" if entry[1] else entry[3]
            settings.append(Setting(key, " ".join(said[:-1]), said[-1].removeprefix("Values: "), entry[4] or ""))
            said = []
        elif line.strip().startswith("# "):
            said.append(line.strip()[2:])
    comment = [line.removeprefix("#").removeprefix(" ") for line in head.split("\n")]
    return "\n".join(comment), settings, (marker + examples).strip()
