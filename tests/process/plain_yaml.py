"""As much YAML as deploy/ is written in, and no more: what is anything else is an error, so that nothing is misread.

Maps and lists in blocks, scalars plain or quoted, folded text (`>-`), comments on lines of their own, documents parted by
`---`. Every scalar is text. Python brings no YAML, and the packages that tests may need have none.
"""

import re

KEY = re.compile(r"([A-Za-z0-9_./-]+):(?: (.*))?$")


class Lines:
    def __init__(self, text):
        self._lines = []
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line or line != line.rstrip():
                raise ValueError(f"line {number}: a tab, or blanks at the end")
            if line.strip() and not line.lstrip().startswith("#"):
                self._lines.append((len(line) - len(line.lstrip()), line.strip(), number))
        self._at = 0

    def peek(self):
        return self._lines[self._at] if self._at < len(self._lines) else (-1, "", 0)

    def take(self):
        self._at += 1
        return self._lines[self._at - 1]

    def replace(self, indent, text):
        """The rest of a line of which the beginning was understood."""
        self._lines[self._at] = (indent, text, self._lines[self._at][2])


def scalar(text, number):
    if text[0] in "\"'":
        if len(text) < 2 or text[-1] != text[0] or text[0] in text[1:-1] or "\\" in text:
            raise ValueError(f"line {number}: a quoted text that needs more than this reads")
        return text[1:-1]
    if text[0] in "[]{}&*!|>%@`" or ": " in text or " #" in text:
        raise ValueError(f"line {number}: {text!r} is more than this reads")
    return text


def folded(lines, above):
    words = []
    while lines.peek()[0] > above:
        words.append(lines.take()[1])
    return " ".join(words)


def value(lines, text, indent, number, of_map):
    if text == ">-":
        return folded(lines, indent)
    if text:
        return scalar(text, number)
    deeper = lines.peek()
    # A list that is a map's value may stand as far left as its key.
    if deeper[0] > indent or (of_map and deeper[0] == indent and deeper[1].startswith("- ")):
        return block(lines, deeper[0])
    raise ValueError(f"line {number}: nothing stands there")


def block(lines, indent):
    return a_list(lines, indent) if lines.peek()[1].startswith("- ") else a_map(lines, indent)


def a_list(lines, indent):
    out = []
    while lines.peek()[0] == indent and lines.peek()[1].startswith("- "):
        _, text, number = lines.peek()
        rest = text[2:]
        if KEY.match(rest):
            lines.replace(indent + 2, rest)
            out.append(a_map(lines, indent + 2))
        else:
            lines.take()
            out.append(scalar(rest, number))
    return out


def a_map(lines, indent):
    out = {}
    while lines.peek()[0] == indent and not lines.peek()[1].startswith("- "):
        _, text, number = lines.take()
        key = KEY.match(text)
        if not key or key[1] in out:
            raise ValueError(f"line {number}: {text!r} is no key, or one that is there already")
        out[key[1]] = value(lines, key[2] or "", indent, number, of_map=True)
    return out


def load_all(text):
    documents = []
    for part in re.split(r"(?m)^---$", text):
        lines = Lines(part)
        documents.append(a_map(lines, 0))
        if lines.peek()[2]:
            raise ValueError(f"line {lines.peek()[2]}: {lines.peek()[1]!r} belongs to nothing above it")
    return documents
