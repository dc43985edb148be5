#!/usr/bin/python3
"""Draws what `xtcp2 bench -json` measured: CPU time of a poll against the number of sockets or of namespaces, as SVG.

usage: cost.py sockets|namespaces OUT.svg RESULT.json ...

One line for each collector and format that the results hold; a point for each result. Solid: user and system time together; dashed:
user time alone. Scales are logarithmic; a load of no empty namespace stands at 1 (the one that has the sockets).
"""
import json
import math
import pathlib
import sys
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 80, 24, 48, 56
COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7d5ba6", "#8a6d1f", "#444444")
X_OF = {"sockets": ("sockets", lambda load: load["sockets"]),
        "namespaces": ("namespaces (the empty ones among them)", lambda load: load["namespaces"] + load["empty"])}


class Point(NamedTuple):
    x: float
    total_ms: float
    user_ms: float


def series(results, axis):
    """{"collector, format": points in order of x}."""
    found = {}
    for result in results:
        for row in result["rows"]:
            if "not_available" not in row and row["polls"]:
                point = Point(X_OF[axis][1](result["load"]), 1000 * row["cpu_seconds"] / row["polls"], 1000 * row["user_seconds"] / row["polls"])
                found.setdefault(f"{row['collector']}, {row['format']}", []).append(point)
    return {name: sorted(points) for name, points in found.items()}


class Scale:
    """Logarithmic, from the power of ten below the least value to the one above the greatest."""

    def __init__(self, values, begin, end):
        self.low = math.floor(math.log10(min(values)) + 1e-9)
        self.high = max(self.low + 1, math.ceil(math.log10(max(values)) - 1e-9))
        self._begin, self._step = begin, (end - begin) / (self.high - self.low)

    def __call__(self, value):
        return self._begin + (math.log10(value) - self.low) * self._step

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def text(x, y, words, **attributes):
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}>{escape(words)}</text>'


def line(points, colour, dashes=""):
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def grid(x_scale, y_scale, x_name):
    out = []
    for value in x_scale.ticks():
        x = x_scale(value)
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(text(x, HEIGHT - BOTTOM + 18, f"{value:,.0f}", text_anchor="middle"))
    for value in y_scale.ticks():
        y = y_scale(value)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(text(LEFT - 8, y + 4, f"{value:g} ms", text_anchor="end"))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_name, text_anchor="middle"))
    return out


def draw(found, axis):
    """The SVG's text."""
    points = [point for each in found.values() for point in each]
    x_scale = Scale([point.x for point in points], LEFT, WIDTH - RIGHT)
    y_scale = Scale([value for point in points for value in (point.total_ms, point.user_ms) if value > 0], HEIGHT - BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f"<title>CPU time of a poll by {axis}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(LEFT, 20, f"CPU time of one poll by {axis}; solid: user and system, dashed: user", font_size="14")]
    out += grid(x_scale, y_scale, X_OF[axis][0])
    for number, (name, each) in enumerate(found.items()):
        colour = COLOURS[number % len(COLOURS)]
        out.append(line([(x_scale(p.x), y_scale(p.total_ms)) for p in each], colour))
        out.append(line([(x_scale(p.x), y_scale(p.user_ms)) for p in each if p.user_ms > 0], colour, ' stroke-dasharray="5 4"'))
        out += [f'<circle cx="{x_scale(p.x):.1f}" cy="{y_scale(p.total_ms):.1f}" r="3" fill="{colour}"/>' for p in each]
        out.append(text(LEFT + 10, TOP + 16 * (number + 1), name, fill=colour))
    return "\n".join([*out, "</svg>", ""])


def main(arguments):
    if len(arguments) < 3 or arguments[0] not in X_OF:
        sys.exit(__doc__)
    results = [json.loads(pathlib.Path(name).read_text()) for name in arguments[2:]]
    found = series(results, arguments[0])
    if not found:
        sys.exit("cost.py: nothing was measured in these results")
    pathlib.Path(arguments[1]).write_text(draw(found, arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
