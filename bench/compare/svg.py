"""Charts as SVG, written by hand: bars and lines with labelled axes, legible on light and on dark ground.

Every colour is a class, so that the dark ones replace them all by one rule; lines are told apart by the shape of their
marks and bars by the name beside them as well, never by colour alone.
"""

import html
import math

COLOURS = {  # light, dark
    "ground": ("#ffffff", "#0d1117"), "ink": ("#1f2328", "#e6edf3"), "dim": ("#59636e", "#9198a1"),
    "grid": ("#d8dee4", "#2d333b"), "sidecache": ("#0969da", "#4493f8"), "bare": ("#6e7781", "#8b949e"),
    "haproxy": ("#bc4c00", "#f0883e"), "nginx": ("#1a7f37", "#3fb950"), "varnish": ("#8250df", "#bc8cff")}
MARKS = {"sidecache": "circle", "haproxy": "square", "nginx": "triangle", "varnish": "diamond", "bare": "circle"}
WIDTH = 900


def _style(which):
    rules = []
    for name, both in COLOURS.items():
        rules.append(f".f-{name}{{fill:{both[which]}}}.s-{name}{{stroke:{both[which]}}}")
    return "".join(rules)


class Drawing:
    def __init__(self, height, title, caption):
        self.height, self._title, self._parts = height, title, []
        self.text(24, 32, title, size=18, weight=600)
        self.text(24, height - 14, caption, size=12, tone="dim")

    def text(self, x, y, words, size=13, anchor="start", tone="ink", weight=400, turn=None):
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
                           f'font-weight="{weight}" class="f-{tone}"{turned}>{html.escape(words)}</text>')

    def line(self, x1, y1, x2, y2, tone="grid", width=1.0):
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke-width="{width}" '
                           f'class="s-{tone}"/>')

    def rectangle(self, x, y, width, height, tone):
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2" '
                           f'class="f-{tone}"/>')

    def path(self, points, tone):
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{joined}" fill="none" stroke-width="2" class="s-{tone}"/>')

    def mark(self, x, y, name, size=4.5):
        shape = MARKS[name]
        if shape == "circle":
            self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" class="f-{name}"/>')
            return
        corners = {"square": ((-1, -1), (1, -1), (1, 1), (-1, 1)), "triangle": ((0, -1.3), (1.2, 0.9), (-1.2, 0.9)),
                   "diamond": ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0))}[shape]
        joined = " ".join(f"{x + dx * size:.1f},{y + dy * size:.1f}" for dx, dy in corners)
        self._parts.append(f'<polygon points="{joined}" class="f-{name}"/>')

    def legend(self, y, names):
        x = 24
        for name, label in names.items():
            self.mark(x + 6, y - 4, name)
            self.text(x + 18, y, label)
            x += 40 + 8 * len(label)

    def __str__(self):
        font = "-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
                f'height="{self.height}" font-family="{font}" role="img" aria-label="{html.escape(self._title)}">\n'
                f"<style>{_style(0)}@media(prefers-color-scheme:dark){{{_style(1)}}}</style>\n"
                f'<rect width="100%" height="100%" class="f-ground"/>\n' + "\n".join(self._parts) + "\n</svg>\n")


def short(value):
    """As an axis says it: 1,500 and 20k, 0.5 and 12."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    if value >= 10_000:
        return f"{value / 1e3:g}k"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:g}"


def ticks(most, about=5):
    """From 0 on in steps of 1, 2 or 5 times a power of ten."""
    raw = most / about
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    return [step * n for n in range(int(most / step) + 1)]


def powers(least, most):
    return [10 ** n for n in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]


def bars(drawing, top, left, right, groups, unit, labels):
    """Groups of horizontal bars over one axis from 0: [(title, {name: value})]. Returns where it ends."""
    most = max(value for _, values in groups for value in values.values())
    inner_left, inner_right = left + 110, right - 70
    scale = (inner_right - inner_left) / most
    bottom = top + sum(30 + 22 * len(values) for _, values in groups)
    y = top
    for title, values in groups:
        drawing.text(left, y + 17, title, weight=600)
        y += 26
        for tick in ticks(most):
            x = inner_left + tick * scale
            drawing.line(x, y - 3, x, y + 22 * len(values), tone="dim" if tick == 0 else "grid")
        for name, value in values.items():
            drawing.text(inner_left - 10, y + 13, labels[name], size=12, anchor="end")
            drawing.rectangle(inner_left, y, value * scale, 17, name)
            figure = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
            drawing.text(inner_left + value * scale + 6, y + 13, figure, size=12)
            y += 22
        y += 4
    for tick in ticks(most):
        drawing.text(inner_left + tick * scale, bottom + 16, short(tick), size=12, anchor="middle", tone="dim")
    drawing.text((inner_left + inner_right) / 2, bottom + 35, unit, size=12, anchor="middle", tone="dim")
    return bottom + 48


def lines(drawing, box, series, titles, log_x=False, y_powers=()):
    """{name: [(x, y)]} in box (left, top, right, bottom); titles (panel, x axis, y axis).

    With `y_powers`, powers of ten, the y axis is logarithmic."""
    left, top, right, bottom = box
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    x_ticks = sorted(set(xs)) if log_x else ticks(max(xs))
    log_y, y_ticks = bool(y_powers), y_powers or ticks(max(ys) * 1.1)
    x_range = (math.log10(min(xs)), math.log10(max(xs))) if log_x else (0, max(xs) * 1.03)
    y_range = (math.log10(y_ticks[0]), math.log10(y_ticks[-1])) if log_y else (0, max(ys) * 1.1)

    def place(value, limits, log, begin, end):
        at = math.log10(value) if log and value > 0 else value
        return begin + (at - limits[0]) / ((limits[1] - limits[0]) or 1) * (end - begin)
    drawing.text(left, top - 12, titles[0], weight=600)
    for tick in y_ticks:
        y = place(tick, y_range, log_y, bottom, top)
        drawing.line(left, y, right, y)
        drawing.text(left - 7, y + 4, short(tick), size=12, anchor="end", tone="dim")
    for tick in x_ticks:
        x = place(tick, x_range, log_x, left, right)
        drawing.line(x, bottom, x, bottom + 4, tone="dim")
        drawing.text(x, bottom + 18, short(tick), size=12, anchor="middle", tone="dim")
    drawing.line(left, bottom, right, bottom, tone="dim")
    drawing.text((left + right) / 2, bottom + 38, titles[1], size=12, anchor="middle", tone="dim")
    if titles[2]:
        drawing.text(left - 44, (top + bottom) / 2, titles[2], size=12, anchor="middle", tone="dim", turn=-90)
    for name, points in series.items():
        placed = [(place(x, x_range, log_x, left, right), place(y, y_range, log_y, bottom, top)) for x, y in points]
        drawing.path(placed, name)
        for x, y in placed:
            drawing.mark(x, y, name)
