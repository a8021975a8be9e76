"""The drawing of programs and the pairs between them: programs on a circle, an arrow for each pair, thicker where more
points go. Pure geometry, rounded to whole drawing units; colours and words are the template's."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

NODE = 30
THIN, THICK = 2, 9
BEND = 26
HEAD = 11
SHORT = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A program, at its place. Its name stands outside of the circle of all."""

    key: Hashable
    code: str
    x: int
    y: int
    radius: int = NODE

    @property
    def short(self) -> str:
        """The code, as much of it as has room."""
        return self.code if len(self.code) <= SHORT else f"{self.code[: SHORT - 1]}…"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A pair: a curve that bends to the right of its way, its head, and where its rate is written."""

    start: Hashable
    end: Hashable
    label: str
    path: str
    head: str
    x: int
    y: int
    width: int
    is_open: bool = True

    @property
    def half(self) -> int:
        """Half the width of the label's ground."""
        return 5 + 4 * len(self.label)

    @property
    def width_of_label(self) -> int:
        return 2 * self.half


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    nodes: list[Node]
    arrows: list[Arrow]


@dataclass(frozen=True, slots=True)
class Edge:
    """What is drawn of a pair: its ends, its rate in words, and how many points went that way."""

    start: Hashable
    end: Hashable
    label: str
    points: int = 0
    is_open: bool = True


def drawing_of(programs: Sequence[tuple[Hashable, str]], edges: Sequence[Edge], *, width: int, height: int) -> Drawing:
    """The drawing of programs, as (key, code), and of the pairs between them."""
    nodes = _placed(programs, width, height)
    by_key = {node.key: node for node in nodes}
    most = max((edge.points for edge in edges), default=0)
    arrows = [_arrow(by_key[edge.start], by_key[edge.end], edge, most) for edge in edges]
    return Drawing(width, height, nodes, arrows)


def _placed(programs: Sequence[tuple[Hashable, str]], width: int, height: int) -> list[Node]:
    """On an ellipse, the first at the left, where there are two beside each other."""
    across, down = width // 2 - NODE - 8, height // 2 - NODE - 8
    found = []
    for n, (key, code) in enumerate(programs):
        turn = 2 * math.pi * n / len(programs) + (math.pi if len(programs) == 2 else -math.pi * 3 / 4)
        x = width // 2 + round(across * math.cos(turn))
        found.append(Node(key, code, x, height // 2 + round(down * math.sin(turn))))
    return found


def _arrow(start: Node, end: Node, edge: Edge, most: int) -> Arrow:
    """A curve from rim to rim. Its label is a third of the way along, where those of others do not lie."""
    away = math.hypot(end.x - start.x, end.y - start.y) or 1
    along = ((end.x - start.x) / away, (end.y - start.y) / away)
    aside = (-along[1], along[0])
    bend = max(BEND, away / 9)
    middle = ((start.x + end.x) / 2 + aside[0] * bend, (start.y + end.y) / 2 + aside[1] * bend)
    leaving = _towards((start.x, start.y), middle, NODE + 2)
    base = _towards((end.x, end.y), middle, NODE + 4 + HEAD)
    tip = _towards((end.x, end.y), middle, NODE + 3)
    width = _width(edge.points, most)
    path = f"M{_told(leaving)} Q{_told(middle)} {_told(base)}"
    x, y = _on_curve(leaving, middle, base, 2, 5)
    return Arrow(edge.start, edge.end, edge.label, path, _head(base, tip, width), x, y, width, edge.is_open)


def _width(points: int, most: int) -> int:
    """As thick as the square root of its share of the most, so that little is still seen beside much."""
    return THIN + (THICK - THIN) * math.isqrt(points * 10_000 // most) // 100 if most else THIN


def _towards(start: tuple, to: tuple, far: int) -> tuple:
    """The point that lies so far from the start on the way there."""
    away = math.hypot(to[0] - start[0], to[1] - start[1]) or 1
    return start[0] + (to[0] - start[0]) * far / away, start[1] + (to[1] - start[1]) * far / away


def _head(base: tuple, tip: tuple, width: int) -> str:
    """The three corners of an arrow's head, as wide as its line asks."""
    away = math.hypot(tip[0] - base[0], tip[1] - base[1]) or 1
    half = 4 + width / 2
    aside = (-(tip[1] - base[1]) / away * half, (tip[0] - base[0]) / away * half)
    corners = (tip, (base[0] + aside[0], base[1] + aside[1]), (base[0] - aside[0], base[1] - aside[1]))
    return " ".join(_told(corner).replace(" ", ",") for corner in corners)


def _on_curve(start: tuple, middle: tuple, end: tuple, part: int, whole: int) -> tuple[int, int]:
    """The point of the curve after so many parts of the whole."""
    t = part / whole
    weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
    x, y = (sum(w * one[n] for w, one in zip(weights, (start, middle, end), strict=True)) for n in (0, 1))
    return round(x), round(y)


def _told(point: tuple) -> str:
    return f"{round(point[0])} {round(point[1])}"
