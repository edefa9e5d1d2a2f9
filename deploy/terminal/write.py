"""write.py PROGRAM: writes the man pages and completions beside it from what PROGRAM and config/sidecache.yaml say.

tests/process/terminal_test.py holds the files to that.
"""

import datetime
import email.utils
import pathlib
import re
import sys

import completions
import man_pages
import program_help
import settings_document

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]


def released():
    """Version and day of the newest entry of the package's changelog: the pages change only with what they say."""
    text = (SOURCE / "deploy/debian/changelog").read_text(encoding="utf-8")
    version = re.match(r"sidecache \(([^)]+)\)", text)[1]
    signed = re.search(r"(?m)^ -- .*?>  (.*)$", text)[1]
    return version, datetime.date.fromtimestamp(email.utils.parsedate_to_datetime(signed).timestamp()).isoformat()


def documents(program):
    """All files by name."""
    summary, commands = program_help.read(program)
    introduction, settings, examples = settings_document.read((SOURCE / "config/sidecache.yaml").read_text(encoding="utf-8"))
    choices = {setting.flag: setting.choices for setting in settings if setting.choices}
    version, day = released()
    return {"sidecache.1": man_pages.sidecache_1(summary, commands, day, version),
            "sidecache.yaml.5": man_pages.sidecache_yaml_5(introduction, settings, examples, day, version),
            "sidecache.bash": completions.bash(commands, choices),
            "_sidecache": completions.zsh(commands, choices),
            "sidecache.fish": completions.fish(commands, choices)}


if __name__ == "__main__":
    for name, text in documents(sys.argv[1]).items():
        (HERE / name).write_text(text, encoding="utf-8")
