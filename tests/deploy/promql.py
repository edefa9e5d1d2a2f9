"""As much PromQL as deploy/ is written in, read strictly: every metric and every label must be known.

`parse(text, known)` gives a tree of nodes. Each knows where it stands in the text and which labels its result has, so
that `by (plan)`, a legend with a label that was summed away, or two sides that can never match are errors here instead of
an empty panel. `known` is {metric: its labels}.
"""

import dataclasses
import re

TOKEN = re.compile(r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<duration>(?:\d+[smhdwy])+)|(?P<number>\d+(?:\.\d+)?)
                       |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)|(?P<sign>=~|!~|!=|==|<=|>=|[-+*/%^<>={}()\[\],]))""", re.X)
COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
SETS = {"and", "or", "unless"}
STRENGTH = {"or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5}
AGGREGATES = {"sum", "min", "max", "avg", "count"}
OVER_TIME = {"rate", "increase", "min_over_time", "max_over_time", "avg_over_time"}


@dataclasses.dataclass
class Node:
    begin: int
    end: int
    labels: frozenset | None  # None: a scalar
    parts: list = dataclasses.field(default_factory=list)
    operator: str = ""
    metric: str = ""
    matchers: list = dataclasses.field(default_factory=list)  # [(label, operator, value)]
    sign_at: int = 0  # where a binary operator stands

    def all(self):
        yield self
        for part in self.parts:
            yield from part.all()

    def chooses(self):
        """Whether it is empty where a condition does not hold."""
        return any(node.operator in COMPARISONS | SETS for node in self.all())


class Parser:
    def __init__(self, text, known):
        self.text, self.known = text, known
        self.tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise ValueError(f"{text[at:at + 20]!r} is no PromQL that this reads")
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup), found.end()))
            at = found.end()
        self.at = 0

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at][1] if at < len(self.tokens) else ""

    def take(self, *wanted):
        kind, text, _, _ = self.tokens[self.at] if self.at < len(self.tokens) else ("", "the end", 0, 0)
        if wanted and text not in wanted and kind not in wanted:
            raise ValueError(f"{text!r} stands where {' or '.join(wanted)} should in {self.text!r}")
        self.at += 1
        return text

    def here(self):
        return self.tokens[self.at][2]

    def before(self):
        return self.tokens[self.at - 1][3]

    def names(self):
        self.take("(")
        out = []
        while self.peek() != ")":
            out.append(self.take("name"))
            if self.peek() == ",":
                self.take()
        self.take(")")
        return frozenset(out)

    def expression(self, least=0):
        left = self.operand()
        while STRENGTH.get(self.peek(), 0) > least:
            sign_at, operator = self.here(), self.take()
            on = None
            if self.peek() == "on":
                self.take()
                on = self.names()
            right = self.expression(STRENGTH[operator])
            left = Node(left.begin, right.end, self.joined(operator, left, right, on), [left, right], operator,
                        sign_at=sign_at)
        return left

    def joined(self, operator, left, right, on):
        if left.labels is None or right.labels is None:
            if operator in SETS or on is not None:
                raise ValueError(f"a scalar can't be matched: {self.text!r}")
            return right.labels if left.labels is None else left.labels
        if on is None and left.labels != right.labels:
            raise ValueError(f"{sorted(left.labels)} never match {sorted(right.labels)} in {self.text!r}")
        if on is not None and not on <= left.labels & right.labels:
            raise ValueError(f"on {sorted(on)}: not both sides have these in {self.text!r}")
        return left.labels if operator in SETS or on is None else on

    def operand(self):
        begin = self.here()
        kind, text = self.tokens[self.at][:2]
        if text == "(":
            self.take()
            inner = self.expression()
            self.take(")")
            return dataclasses.replace(inner, begin=begin, end=self.before())
        if kind == "number":
            self.take()
            return Node(begin, self.before(), None)
        name = self.take("name")
        if name in AGGREGATES and self.peek() in ("by", "("):
            return self.aggregate(begin)
        if self.peek() == "(":
            return self.call(begin, name)
        return self.selector(begin, name)

    def aggregate(self, begin):
        by = frozenset()
        if self.peek() == "by":
            self.take()
            by = self.names()
        self.take("(")
        inner = self.expression()
        self.take(")")
        if inner.labels is None or not by <= inner.labels:
            raise ValueError(f"by {sorted(by)}: only {sorted(inner.labels or ())} are there in {self.text!r}")
        return Node(begin, self.before(), by, [inner])

    def call(self, begin, name):
        self.take("(")
        parts = []
        while self.peek() != ")":
            parts.append(self.expression())
            if self.peek() == ",":
                self.take()
        self.take(")")
        if name == "time":
            labels = None
        elif name == "histogram_quantile":
            if "le" not in parts[1].labels:
                raise ValueError(f"a quantile without le: {self.text!r}")
            labels = parts[1].labels - {"le"}
        elif name in OVER_TIME:
            labels = parts[0].labels
        else:
            raise ValueError(f"{name} is no function that this reads")
        return Node(begin, self.before(), labels, parts)

    def selector(self, begin, name):
        if name not in self.known:
            raise ValueError(f"no metric is called {name}")
        labels = frozenset(self.known[name]) | {"job", "instance"} if ":" not in name else frozenset(self.known[name])
        matchers = []
        if self.peek() == "{":
            self.take()
            while self.peek() != "}":
                label, operator = self.take("name"), self.take("=", "!=", "=~", "!~")
                if label not in labels:
                    raise ValueError(f"{name} has no label {label}")
                matchers.append((label, operator, self.take("string")[1:-1]))
                if self.peek() == ",":
                    self.take()
            self.take("}")
        if self.peek() == "[":
            self.take()
            self.take("duration")
            self.take("]")
        if self.peek() == "offset":
            self.take()
            self.take("duration")
        return Node(begin, self.before(), labels, metric=name, matchers=matchers)


def parse(text, known):
    parser = Parser(text, known)
    tree = parser.expression()
    if parser.peek():
        raise ValueError(f"{parser.peek()!r} belongs to nothing before it in {text!r}")
    return tree


def questions(text, tree):
    """The parts of an expression that have an answer whether its conditions hold or not, as text."""
    if tree.labels is None:
        return []
    if not tree.chooses():
        return [text[tree.begin:tree.end]]
    return [one for part in tree.parts for one in questions(text, part)]


def literal_values(tree):
    """{(metric, label, value)} that matchers name; what is a pattern or a variable names none."""
    return {(node.metric, label, value) for node in tree.all() for label, operator, text in node.matchers
            for value in (text.split("|") if "~" in operator else [text]) if re.fullmatch(r"\w+", value)}
