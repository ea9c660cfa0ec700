"""What several boards say at the same time, shown so that nothing is mixed.

In notebooks each board has a block of its own: displays that are updated in place, in the order of the
boards, with the board's name above them. A board that says nothing has none. Where lines can only be added
(a console) each line begins with the board's name, and lines are shown whole.

What is said is collected, and shown in bursts: many boards that print send no more than one.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from iot_kernel.kernel.named_lines import NamedLines
from iot_kernel.kernel.output import CellOutput
from iot_kernel.magics.colours import banner
from iot_kernel.magics.on_boards import LONGEST_RESULT

#: characters of text of one board that are shown, the last ones: an update sends all of them again
LONGEST_BLOCK = 100_000

#: displays of one board that are shown, the last ones
MOST_DISPLAYS = 100

#: s between updates, at least: ten a second look smooth
INTERVAL = 0.1

#: characters a second that updates send, about: a browser draws them and still answers
RATE = 1_000_000

#: updates a second, about: a fifth of what a Jupyter server lets through
MOST_UPDATES = 200

_PLAIN = "text/plain"
_NOTHING = {_PLAIN: ""}

Bundle = Mapping[str, Any]

_versions = itertools.count()


@dataclass(slots=True)
class _Piece:
    """A part of a block: text, or a display.

    Attributes:
        text: what was printed; empty for a display.
        data: of a display.
        metadata: likewise.
        display_id: by which the board updates it.
        version: another one after each change, and none that another piece has.
    """

    text: str = ""
    data: Bundle | None = None
    metadata: Bundle = field(default_factory=dict)
    display_id: str = ""
    version: int = field(default_factory=lambda: next(_versions))

    @property
    def is_empty(self) -> bool:
        """Whether it is a display that shows nothing by now, such as the line of a progress that is over."""
        return self.data is not None and not any(self.data.values())


class _Block:
    """What one board has said so far."""

    def __init__(self, name: str) -> None:
        self.pieces: list[_Piece] = []
        self._name = name
        self._left_out = 0  # characters
        self._displays_left_out = 0
        self._clears = False

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """Takes a message, as a `CellOutput` sends it."""
        match kind:
            case "stream":
                self._clear_if_due()
                self._add_text(content["text"])
            case "clear_output":
                self._clears = True
                if not content.get("wait"):
                    self._clear_if_due()
            case "update_display_data":
                self._update(content)
            case "display_data":
                self._clear_if_due()
                self._add_display(content)
            case "execute_result" if not _is_short(content["data"]):
                self._clear_if_due()
                self._add_value(content)

    def bundles(self) -> Iterator[tuple[object, Bundle, Bundle]]:
        """Yields the displays that make up the block: what stands for this state of it, data, metadata."""
        for index, piece in enumerate(each for each in self.pieces if not each.is_empty):
            head = self._head() if index == 0 else ""
            key = (self._name, piece.version, head)
            if piece.data is None:
                yield key, {_PLAIN: head + piece.text.removesuffix("\n")}, {}
                continue
            if head:
                yield (self._name, head), {_PLAIN: head.removesuffix("\n")}, {}
            yield key, piece.data, piece.metadata

    def _head(self) -> str:
        note = f"[{self._left_out:,} characters before this are left out]\n" if self._left_out else ""
        if count := self._displays_left_out:
            note += f"[the last {MOST_DISPLAYS} displays are shown; left out: {count:,}]\n"
        return f"{banner(f'----- {self._name}')}\n{note}"

    def _add_text(self, text: str) -> None:
        if not self.pieces or self.pieces[-1].data is not None:
            self.pieces.append(_Piece())
        last = self.pieces[-1]
        last.text += text
        last.version = next(_versions)
        self._shorten()

    def _shorten(self) -> None:
        """Leaves out the first text where all is too long; a quarter more, so that this is seldom done."""
        texts = [piece for piece in self.pieces if piece.data is None]
        size = sum(len(piece.text) for piece in texts)
        if size <= LONGEST_BLOCK:
            return
        surplus = size - LONGEST_BLOCK * 3 // 4
        for piece in texts:
            cut = min(surplus, len(piece.text))
            piece.text = piece.text[cut:]
            piece.version = next(_versions)
            surplus -= cut
            self._left_out += cut
        self.pieces = [piece for piece in self.pieces if piece.text or piece.data is not None]

    def _add_display(self, content: Mapping[str, Any]) -> None:
        display_id = content.get("transient", {}).get("display_id", "")
        self.pieces.append(_Piece("", content["data"], content.get("metadata", {}), display_id))
        shown = [piece for piece in self.pieces if piece.data is not None]
        if len(shown) > MOST_DISPLAYS:
            self.pieces.remove(shown[0])
            self._displays_left_out += not shown[0].is_empty

    def _add_value(self, content: Mapping[str, Any]) -> None:
        if set(content["data"]) <= {_PLAIN}:
            self._add_text(f"{content['data'].get(_PLAIN, '')}\n")
        else:
            self._add_display(content)

    def _update(self, content: Mapping[str, Any]) -> None:
        wanted = content.get("transient", {}).get("display_id", "")
        for piece in self.pieces:
            if wanted and piece.display_id == wanted:
                piece.data, piece.metadata = content["data"], content.get("metadata", {})
                piece.version = next(_versions)

    def _clear_if_due(self) -> None:
        if self._clears:
            self._clears = False
            self.pieces.clear()
            self._left_out = self._displays_left_out = 0


class BoardBlocks:
    """The blocks of one cell. Thread-safe.

    Args:
        output: the cell's.
        names: of the boards, in the order of their blocks.
    """

    def __init__(self, output: CellOutput, names: Sequence[str]) -> None:
        self._output = output
        self._bursts = output.bursts
        self._blocks = [_Block(name) for name in names]
        self._blocks_lock = threading.Lock()
        self._is_due = False
        self._next_at = 0.0
        self._sending = threading.RLock()
        self._shown: list[object] = []
        self._id = f"iot-kernel-{secrets.token_hex(8)}"

    def output_of(self, index: int) -> CellOutput:
        """Where one of the boards shows things."""
        return self._output.redirected(partial(self._take, index))

    def finish(self) -> None:
        """Shows all that was said."""
        with self._sending:
            self._show()

    def flush(self) -> None:
        """Shows what was said, unless that was done just now; called by `Bursts`."""
        if time.monotonic() < self._next_at:
            self._bursts.add(self)
            return
        with self._sending:
            self._show()

    def _take(self, index: int, kind: str, content: Mapping[str, Any], *_: object) -> None:
        with self._blocks_lock:
            self._blocks[index].take(kind, content)
            first, self._is_due = not self._is_due, True
        if first:
            self._bursts.add(self)

    def _show(self) -> None:
        with self._blocks_lock:
            self._is_due = False
            wanted = [display for block in self._blocks for display in block.bundles()]
        wanted += [("", _NOTHING, {})] * (len(self._shown) - len(wanted))
        updates = size = 0
        for index, (key, data, metadata) in enumerate(wanted):
            is_new = index == len(self._shown)
            if is_new:
                self._shown.append(key)
            elif self._shown[index] == key:
                continue
            self._shown[index] = key
            updates += 1
            size += len(data.get(_PLAIN, ""))
            display_id = f"{self._id}-{index}"
            self._output.display(data, metadata=metadata, display_id=display_id, update=not is_new)
        self._next_at = time.monotonic() + max(INTERVAL, size / RATE, updates / MOST_UPDATES)


class BoardLines:
    """What several boards say as lines, each with the board's name before it. Thread-safe.

    Updates of what was displayed are left out, as a console leaves them out.

    Args:
        output: the cell's.
        names: of the boards.
    """

    def __init__(self, output: CellOutput, names: Sequence[str]) -> None:
        width = max(map(len, names), default=0)
        heads = [f"{name:{width}} | " for name in names]
        self._output = output
        self._lines = [
            {"stdout": NamedLines(head, output.stdout), "stderr": NamedLines(head, output.stderr)}
            for head in heads
        ]

    def output_of(self, index: int) -> CellOutput:
        """Where one of the boards shows things."""
        return self._output.redirected(partial(self._take, index))

    def finish(self) -> None:
        """Shows the lines that have no end."""
        for streams in self._lines:
            for lines in streams.values():
                lines.finish()

    def _take(self, index: int, kind: str, content: Mapping[str, Any], *_: object) -> None:
        lines = self._lines[index]
        if kind == "stream":
            lines[content["name"]].take(content["text"])
        elif kind == "display_data" or (kind == "execute_result" and not _is_short(content["data"])):
            text = str(content["data"].get(_PLAIN, ""))
            lines["stdout"].take(f"{text}\n" if text and not text.endswith("\n") else text)


def _is_short(data: Bundle) -> bool:
    """Whether a value is one short line of text: a table of results has room for it."""
    text = str(data.get(_PLAIN, ""))
    return set(data) <= {_PLAIN} and len(text) <= LONGEST_RESULT and "\n" not in text
