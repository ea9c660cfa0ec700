r"""How the end of a cell is known to be its own, and how a board tells whether it has restarted. Pure.

The raw REPL ends output with bytes that any program can print. So code that people write ends with a call
of ``__iot__``, a function that `snippets/leave_mark.py` leaves among the board's variables. It knows the
board's *mark*, some hex digits that are new after each restart; ``M`` stands for the first of them.

=====================  ==============================================================
call                   what it prints
=====================  ==============================================================
``__iot__()``          the end: 0x1E ``M``
``__iot__(value)``     0x1F ``M``, `` (repr,)``, 0x1D ``M`` where the value is kept
                       as ``__iot_value__``, the end; only the end for None
``__iot__(value,-3)``  the same; the value is kept as the result of cell 3
``__iot__(0,1)``       0x1F and the whole mark, the end
=====================  ==============================================================
"""

from __future__ import annotations

import re

from iot_kernel.protocol.marks import ACCEPTED, ACKNOWLEDGEMENT, BANNER_PATTERN, CTRL_D, END

_END, _VALUE, _RICH = b"\x1e", b"\x1f", b"\x1d"

#: Asks whether the board has restarted; it raises NameError then. Fits into the smallest input buffer.
QUESTION = b"__iot__(0,1)"


class EndMark:
    """What one board prints where a cell ends.

    Args:
        mark: its mark; hex digits.

    Attributes:
        end: the last bytes of a cell that ends well.
        ends: what may end output: group ``over`` for `end`, ``banner`` for a banner, else 0x04.
        accepted: what may follow code that was sent: the same groups, else ``OK``.
        over: `end`, where it is no part of an answer to `QUESTION`.
        silence: all that a board says to code that prints nothing and ends well.
        answer: to `QUESTION`: group ``same`` where the board still has the mark, else it has restarted.
    """

    def __init__(self, mark: str) -> None:
        whole, first = re.escape(mark.encode()), re.escape(mark[:1].encode())
        self.end = _END + mark[:1].encode()
        self.silence = ACKNOWLEDGEMENT + self.end + CTRL_D + CTRL_D + b">"
        over = rb"|(?P<over>" + _END + first + rb")"
        self.ends = re.compile(END.pattern + over)
        self.accepted = re.compile(ACCEPTED.pattern + over)
        self.over = re.compile(rb"(?<!" + whole + rb")" + _END + first)
        same = _VALUE + rb"(?P<same>" + whole + rb")" + _END + first + rb"[^\x04]*\x04[^\x04]*"
        self.answer = re.compile(rb"OK(?:" + same + rb"|\x04[^\x04]*NameError[^\x04]*)\x04[^>]*>")
        ending = rb"(?:\x04[^\x04]*(?:\x04[^>]*)?)?"
        begun = _VALUE + rb"[0-9a-f]*(?:" + _END + rb"[^\x04]*" + ending + rb")?"
        self._answer_beginning = re.compile(rb"(?:O|OK(?:" + begun + rb"|" + ending + rb"))\Z")
        self._answer_end = re.compile(BANNER_PATTERN + rb"\s*\Z")

    def maybe_end(self, data: bytes) -> int:
        """Counts the bytes at the end of ``data`` that may be the beginning of `end`."""
        return 1 if data.endswith(_END) else 0

    def maybe_answer(self, data: bytes) -> int:
        """Counts the bytes at the end of ``data`` that may be banners and the beginning of an answer."""
        beginning = self._answer_beginning.search(data)
        end = len(data) if beginning is None else beginning.start()
        while banner := self._answer_end.search(data, 0, end):
            end = banner.start()
        return len(data) - end


def value_mark(mark: str) -> bytes:
    """Returns what a board with this mark prints before a value."""
    return _VALUE + mark[:1].encode()


def rich_mark(mark: str) -> bytes:
    """Returns what a board with this mark prints behind a value that has more to show than its repr."""
    return _RICH + mark[:1].encode()
