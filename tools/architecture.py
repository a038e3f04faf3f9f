"""Draw ``docs/architecture.svg``: the rooms of ``viz/`` and what is built on what.

``python -m tools.architecture`` writes it from the imports as they are and from the first sentence
of each room's docstring. A test compares the committed picture with what this script draws.

A room stands below everything that it imports. An arrow leads from a room to one that imports it;
an import that follows from others (``passes`` imports ``model``, through ``ir``) gets none.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tools.rooms import MODULES, ROOMS, ROOT, imported, room_of

FILE = ROOT / "docs" / "architecture.svg"
MODULES_ALONE = "viz/"
"""The room that stands for the modules beside the folders, such as ``text`` and ``errors``."""

API = "__init__"
TITLES = {API: "import viz", MODULES_ALONE: "viz/*.py"}
STARTERS = ("__main__",)
"""Rooms that only start another one are not drawn."""

WIDTH = 860
"""Lengths are in pixels."""

MARGIN = 24
GAP = 34
"""Space between rows, in which lines run."""

PADDING = 14
TITLE_HEIGHT = 34
LINE_HEIGHT = 16
LANE = 14
"""Space between the vertical lines at the right, which pass rows by."""

CHARACTER = 6.9
"""Width of a character of the descriptions, at most on average."""

STYLE = """
  .ground { fill: #ffffff; stroke: #dfe4ec; }
  .room { fill: #f4f6fa; stroke: #aab4c4; }
  .tvm { fill: #e8eefc; stroke: #2f5bd0; }
  .streamlit { fill: #fdf0e3; stroke: #b3610c; }
  .name { fill: #1c2433; font: 600 14px ui-monospace, 'DejaVu Sans Mono', monospace; }
  .parts { fill: #5a6579; font: 12px ui-monospace, 'DejaVu Sans Mono', monospace; }
  .words { fill: #3c475a; font: 12.5px system-ui, 'Noto Sans', sans-serif; }
  .arrow { fill: none; stroke: #6b768a; stroke-width: 1.5; }
  .head { fill: #6b768a; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #12161d; stroke: #2c3542; }
    .room { fill: #1b212b; stroke: #4a5568; }
    .tvm { fill: #1b2a4a; stroke: #7aa2ff; }
    .streamlit { fill: #3a2a17; stroke: #f0b36a; }
    .name { fill: #e4e9f2; }
    .parts { fill: #9aa5b8; }
    .words { fill: #c3cbd9; }
    .arrow { stroke: #8b97ab; }
    .head { fill: #8b97ab; }
  }
"""


@dataclass(frozen=True)
class RoomBox:
    """A room as it is drawn: its row, its corner at the upper left, its size and its words."""

    room: str
    row: int
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height


def _names() -> list[str]:
    """Return the folders and modules of ``viz/`` in the order of the table."""
    names = dict.fromkeys(room.partition("/")[0] for rooms in ROOMS for room in rooms)
    return [name for name in names if name not in STARTERS]


def _is_folder(name: str) -> bool:
    return (ROOT / "viz" / name).is_dir()


def top_room(module: str) -> str:
    """Return the room of a module as it is drawn: ``passes`` for one in ``passes/origins``.

    A module beside the folders belongs to the first box or, below the folders, to the API.
    """
    name = room_of(module).partition("/")[0]
    if name in STARTERS or _is_folder(name):
        return name
    names = _names()
    folders = filter(_is_folder, names)
    return MODULES_ALONE if names.index(name) < names.index(next(folders)) else API


def imported_rooms() -> dict[str, set[str]]:
    """Return the rooms that each room imports, in the order of the table."""
    boxes = [name for name in _names() if name == API or _is_folder(name)]
    result: dict[str, set[str]] = {room: set() for room in (MODULES_ALONE, *boxes)}
    for module, imports in imported().items():
        room = top_room(module)
        if room in result:
            rooms = {top_room(name) for name in imports if name in MODULES}
            result[room] |= rooms - {room}
    return result


def direct(graph: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return the graph without arrows that follow from others, in the order of the table."""
    everything = {room: _reachable(graph, room) for room in graph}
    return {
        room: [
            name
            for name in graph
            if name in graph[room]
            and not any(name in everything[other] for other in graph[room] if other != name)
        ]
        for room in graph
    }


def _reachable(graph: dict[str, set[str]], room: str) -> set[str]:
    reached: set[str] = set()
    pending = list(graph[room])
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += graph[name]
    return reached


def rows(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the rooms by row: each one below the last of those that it imports."""
    depth: dict[str, int] = {}
    for room in graph:  # the table names what is imported first
        depth[room] = 1 + max((depth[name] for name in graph[room]), default=-1)
    return [
        [room for room in graph if depth[room] == row] for row in range(1 + max(depth.values()))
    ]


def place(rows_of_rooms: list[list[str]], width: float) -> dict[str, RoomBox]:
    """Return the boxes by room; the boxes of a row share the width and have one height."""
    boxes = {}
    y = float(MARGIN)
    for row, rooms in enumerate(rows_of_rooms):
        share = (width - GAP * (len(rooms) - 1)) / len(rooms)
        words = [_lines(room, share - 2 * PADDING) for room in rooms]
        height = TITLE_HEIGHT + LINE_HEIGHT * max(map(len, words))
        for column, (room, lines) in enumerate(zip(rooms, words, strict=True)):
            x = MARGIN + column * (share + GAP)
            boxes[room] = RoomBox(room, row, x, y, share, height, lines)
        y += height + GAP
    return boxes


def _lines(room: str, width: float) -> tuple[str, ...]:
    """Return what is written in a box, in lines that fit."""
    characters = int(width / CHARACTER)
    if room != MODULES_ALONE:
        return tuple(textwrap.wrap(description(f"viz.{room}"), characters)[:2])
    modules = [name for name in MODULES if name != "viz" and top_room(name) == room]
    texts = [f"{name.removeprefix('viz.')}: {description(name)}" for name in modules]
    return tuple(textwrap.shorten(text, characters, placeholder=" …") for text in texts)


def description(module: str) -> str:
    """Return the first sentence of a module's docstring, without marks of its markup."""
    path = MODULES[module.removesuffix(".__init__")]
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentence = " ".join(docstring.partition("\n\n")[0].split()).partition(". ")[0]
    return sentence.replace("``", "").rstrip(".") + "."


def folders_of(room: str) -> str:
    """Return the folders in a room in a line."""
    folders = [path.parent.name for path in sorted((ROOT / "viz" / room).glob("*/__init__.py"))]
    return " ".join(f"{name}/" for name in folders) if room not in TITLES else ""


def colour(room: str) -> str:
    """Return the class of a room: what it imports that others do not."""
    roots = {
        name.partition(".")[0]
        for module, imports in imported().items()
        if top_room(module) == room
        for name in imports
    }
    if roots & {"tvm", "tvm_ffi"}:
        return "tvm"
    return "streamlit" if "streamlit" in roots else "room"


def box_svg(box: RoomBox) -> str:
    """Return the picture of a room: its name, its folders and what it is for."""
    x, y = box.x + PADDING, box.y + 22
    name = TITLES.get(box.room, f"{box.room}/")
    end, folders = box.right - PADDING, folders_of(box.room)
    pieces = [
        f'<rect class="{colour(box.room)}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="8"/>',
        f'<text class="name" x="{x:g}" y="{y:g}">{escape(name)}</text>',
        f'<text class="parts" x="{end:g}" y="{y:g}" text-anchor="end">{folders}</text>',
    ]
    for number, line in enumerate(box.lines, 1):
        below = y + 2 + LINE_HEIGHT * number
        pieces.append(f'<text class="words" x="{x:g}" y="{below:g}">{escape(line)}</text>')
    return "\n".join(pieces)


def arrows(graph: dict[str, list[str]], boxes: dict[str, RoomBox], right: float) -> list[str]:
    """Return the pictures of the arrows.

    Between neighbouring rows they run straight through the gap. Those that pass a row by leave at
    the side into a lane at the right of all boxes, from ``right`` on: one lane for each room.
    """
    users = {
        name: [boxes[room] for room in graph if name in graph[room]] for name in graph
    }  # the boxes of the rooms that import each room
    busy: list[float] = []  # the y down to which each lane is taken
    pieces = []
    for name, targets in users.items():
        source = boxes[name]
        near = [box for box in targets if box.row == source.row + 1]
        far = [box for box in targets if box not in near]
        for index, target in enumerate(near):
            pieces.append(_short(source, target, (index + 1) / (len(near) + 1)))
        if far:
            lane = next((i for i, y in enumerate(busy) if y < source.y), len(busy))
            busy[lane : lane + 1] = [max(box.bottom for box in far)]
            pieces += [_long(source, box, right + LANE * (lane + 1), right) for box in far]
    return pieces


def _short(source: RoomBox, target: RoomBox, share: float) -> str:
    """Return the arrow to a box in the next row, which leaves at a share of the source's width."""
    x = target.x + target.width / 2
    start = x if source.x < x < source.right else source.x + share * source.width
    middle = target.y - GAP / 2
    return _line(f"M{start:g} {source.bottom:g}V{middle:g}H{x:g}V{target.y - 7:g}", x, target.y)


def _long(source: RoomBox, target: RoomBox, lane: float, right: float) -> str:
    """Return the arrow to a box further down, by way of a lane."""
    start = f"M{source.right:g} {source.y + source.height / 2:g}H{lane:g}"
    if source.right < right:  # another box stands in the way: through the gap below
        start = f"M{source.right - 20:g} {source.bottom:g}v8H{lane:g}"
    # From above: at the side, another box may stand in the way.
    x, above = target.right - 40, target.y - GAP / 2 + 6
    return _line(f"{start}V{above:g}H{x:g}V{target.y - 7:g}", x, target.y)


def _line(path: str, x: float, y: float) -> str:
    """Return a line with the head of an arrow that points down at a place."""
    head = f"M{x:g} {y:g}L{x - 4.5:g} {y - 8:g}H{x + 4.5:g}Z"
    return f'<path class="arrow" d="{path}"/>\n<path class="head" d="{head}"/>'


def draw() -> str:
    """Return the picture as SVG."""
    graph = imported_rooms()
    right = WIDTH - MARGIN - 3 * LANE
    boxes = place(rows(graph), right - MARGIN)
    legend = max(box.bottom for box in boxes.values()) + GAP / 2
    height = legend + 30
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
            f'width="{WIDTH}" height="{height:g}" role="img" aria-labelledby="title">',
            '<title id="title">The rooms of TIRscope: text flows down, '
            "each room imports only rooms above it</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" '
            f'height="{height - 1:g}" rx="10"/>',
            *arrows(direct(graph), boxes, right),
            *map(box_svg, boxes.values()),
            *_legend(legend),
            "</svg>",
            "",
        ]
    )


def _legend(y: float) -> list[str]:
    x = float(MARGIN)
    pieces = []
    keys = {"room": "plain Python", "tvm": "imports TVM", "streamlit": "imports Streamlit"}
    for name, words in keys.items():
        pieces.append(f'<rect class="{name}" x="{x:g}" y="{y:g}" width="22" height="14" rx="4"/>')
        pieces.append(f'<text class="words" x="{x + 30:g}" y="{y + 12:g}">{words}</text>')
        x += 30 + CHARACTER * len(words) + 20
    words = "An arrow leads from a room to one that is built on it."
    pieces.append(f'<text class="words" x="{x:g}" y="{y + 12:g}">{words}</text>')
    return pieces


def main(file: Path = FILE) -> None:
    """Write the picture."""
    file.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
