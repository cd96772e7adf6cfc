"""
A state machine as a picture: its states one below the other, and beside them a line for each verb.

It needs no program to lay it out, and no script to show it: the picture is part of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from fulfillment.kernel.machine import Machine

_ROW: Final = 56  # pixels from one state to the next
_BOX: Final = 30
_LETTER: Final = 7.4  # pixels of a letter in a box, about
_SMALL_LETTER: Final = 6.2  # of one of a verb
_GAP: Final = 16
_MOST_VERBS: Final = 14
_COLORS: Final = (
    "<style>.machine{max-width:100%;height:auto;font:13px sans-serif}.machine path{fill:none;stroke:currentColor;"
    "stroke-opacity:.6}.machine text{fill:currentColor}.machine rect{fill:none;stroke:currentColor;stroke-width:1.4}"
    ".machine .verb{font-size:11px}</style>"
)


def as_file(machine: Machine) -> str:
    """Draw it to be shown by itself, where no text gives a color: dark on white."""
    begin, rest = of_machine(machine).split(_COLORS)
    return f'{begin}<style>.machine{{color:#1f2933}}</style>{_COLORS}<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>{rest}\n'


@dataclass(frozen=True, slots=True)
class _Line:
    """A verb as it is drawn on one side: from these rows of the picture to that one."""

    verb: str
    sources: tuple[int, ...]
    target: int

    @property
    def top(self) -> int:
        return min(*self.sources, self.target)

    @property
    def bottom(self) -> int:
        return max(*self.sources, self.target)


def of_machine(machine: Machine) -> str:
    """Draw it as SVG that takes the color of the text around it; nothing where nearly all leads to nearly all."""
    states = [str(machine.initial), *(str(state) for state in machine.states if state != machine.initial)]
    onward, back = _lines(machine, {state: n for n, state in enumerate(states)})
    if len(onward) + len(back) > _MOST_VERBS:
        return ""
    box = max(map(len, states)) * _LETTER + 24
    left, right = _lanes(back), _lanes(onward)
    begin = _width(left) + 4
    width, height = begin + box + _width(right) + 4, len(states) * _ROW
    parts = [_box(state, begin, n, box) for n, state in enumerate(states)]
    parts += _drawn(left, begin, -1) + _drawn(right, begin + box, 1)
    return (
        f'<svg class="machine" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" role="img" '
        f'aria-label="states of a {escape(machine.name)}" xmlns="http://www.w3.org/2000/svg">'
        f"{_COLORS}{''.join(parts)}</svg>"
    )


def _lines(machine: Machine, rows: dict[str, int]) -> tuple[list[_Line], list[_Line]]:
    """What leads down the picture, and what leads up."""
    onward, back = [], []
    for row in machine.rows:
        target, verb = rows[row.target], row.verb.replace("_", " ")
        sources = sorted(rows[source] for source in row.sources)
        if down := tuple(source for source in sources if source < target):
            onward.append(_Line(verb, down, target))
        if up := tuple(source for source in sources if source > target):
            back.append(_Line(verb, up, target))
    return onward, back


def _lanes(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Short ones inside; lines that share no height share a lane."""
    lanes: list[list[_Line]] = []
    for line in sorted(lines, key=lambda each: each.bottom - each.top):
        free = (lane for lane in lanes if all(line.top >= other.bottom or line.bottom <= other.top for other in lane))
        lane = next(free, None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(line)
    return lanes


def _lane_width(lane: Sequence[_Line]) -> float:
    return max(len(line.verb) for line in lane) * _SMALL_LETTER + _GAP


def _width(lanes: Sequence[Sequence[_Line]]) -> float:
    return _GAP + sum(map(_lane_width, lanes)) if lanes else 0.0


def _drawn(lanes: Sequence[Sequence[_Line]], edge: float, side: int) -> list[str]:
    """The lanes from the boxes outward, to the right (1) or to the left (-1)."""
    parts, out = [], edge + side * _GAP
    for lane in lanes:
        for line in lane:
            parts += _line(line, edge, out, side)
        out += side * _lane_width(lane)
    return parts


def _line(line: _Line, edge: float, out: float, side: int) -> list[str]:
    """Out from each source, along the lane, and in at the target. The verb stands between two states, where no line is."""
    down = line.sources[0] < line.target
    starts = [_middle(source) + (6 if down else -6) for source in line.sources]
    end = _middle(line.target) - (6 if down else -6)
    far = min(starts) if down else max(starts)
    ways = [f"M{edge:.0f} {start:.0f}H{out:.0f}" for start in starts]
    head = f"M{edge + side * 7:.0f} {end - 4:.0f}L{edge:.0f} {end:.0f}L{edge + side * 7:.0f} {end + 4:.0f}"
    nearest = max(line.sources) if down else min(line.sources)
    height = (_middle(nearest) + _middle(nearest + (1 if down else -1))) / 2 + 4
    anchor = "start" if side > 0 else "end"
    return [
        f'<path d="{"".join(ways)}M{out:.0f} {far:.0f}V{end:.0f}H{edge:.0f}{head}"/>',
        f'<text class="verb" x="{out + side * 4:.0f}" y="{height:.0f}" text-anchor="{anchor}">{escape(line.verb)}</text>',
    ]


def _box(state: str, x: float, n: int, width: float) -> str:
    return (
        f'<rect x="{x:.0f}" y="{_middle(n) - _BOX / 2:.0f}" width="{width:.0f}" height="{_BOX}" rx="6"/>'
        f'<text x="{x + width / 2:.0f}" y="{_middle(n) + 4:.0f}" text-anchor="middle">{escape(state.replace("_", " "))}</text>'
    )


def _middle(n: int) -> float:
    return n * _ROW + _ROW / 2
