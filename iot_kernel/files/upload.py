"""Sends files to a program on a board, through its standard input. Pure: frames in, bytes out.

The program is ``snippets/receive.py``. What goes to it are blocks: a byte that says what, two bytes for the
length (little-endian), a check (the sum of these, inverted, modulo 256), and so many bytes:

    1 BEGIN     window of deflated data as a power of two, 0 for plain (1 byte); size of the file (4);
                name of the temporary file, empty for a variable
    2 PLAIN     data
    3 DEFLATED  length when inflated (4 bytes); the next part of one raw deflate stream
    4 END       length of the digest (1 byte); digest of all data; name of the file or variable
    0 STOP      nothing, and the length is 0xA55A: the program ends

Each but STOP is answered by a frame, once it is dealt with: a number that tells this transfer from others
(1 byte), a status that stays once it is not 0 (1: an errno, or BAD_DIGEST), how many blocks were dealt with
and how many files are in place (2 and 2, modulo 65536), the longest block (2), the largest window (1, 0:
cannot inflate) and the kind of digest (1). The first frame answers no block: the program is ready. STOP gets
the last answer again, in case another thread's text tore it.

Credits: while a program waits for a block it reads as fast as bytes come; while it deals with one it does not
read. So the host may send all of the block that is waited for, and beyond it what the board's input buffer
takes. Where bytes come in faster than any program reads, all that was not answered has to fit into that.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from iot_kernel.files.blocks import FILLER, STOP, Block, FileToSend, Terms, blocks
from iot_kernel.protocol.frames import Frame
from iot_kernel.protocol.marks import LONGEST_INPUT

#: bytes sent beyond the block that is waited for, where the wire pushes back: enough that no wire idles, and
#: few enough that an interrupt is soon noticed.
AHEAD = 16384

#: blocks made without a pause, in which nobody can interrupt: enough small ones for `AHEAD`. A block of what
#: deflates to nothing takes a computer some ms.
BLOCKS_AT_ONCE = 80

#: bytes of a block that every board offers, if it is asked for as many; see snippets/receive.py.
LEAST_OFFER = 256

#: Sent behind a Ctrl-C that the program has taken for input. Together they are as long as the head of a block
#: and are none, so the program ends.
AFTER_CTRL_C = FILLER * 3

#: The status of a file that did not arrive as it was sent.
BAD_DIGEST = 255

_ANSWER = struct.Struct("<BBHHHBB")

#: Takes the index of a file and how many of its bytes are dealt with. Must not block.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Sent:
    item: int
    done: int
    begin: int  # offset in the stream of blocks
    end: int


class Upload:
    """Sends files; an `iot_kernel.repl.transfer.Transfer`.

    Args:
        items: the files.
        nonce: 0 to 255, tells this transfer from others.
        burst: bytes the board takes without reading them; None where the wire pushes back.
        is_paced: see `iot_kernel.transports.base.Transport.paced`.
        on_progress: is told how far it has come.
    """

    def __init__(
        self,
        items: Sequence[FileToSend],
        nonce: int,
        *,
        burst: int | None,
        is_paced: bool = True,
        on_progress: OnProgress = lambda *_: None,
    ) -> None:
        self._nonce = nonce
        self._least_unit = max((item.least_unit for item in items), default=0)
        self._ahead = AHEAD if burst is None else burst
        self._is_paced = is_paced
        self._on_progress = on_progress
        self._items = iter(enumerate(items))
        self._blocks: Iterator[tuple[int, Block]] = iter(())
        self._terms: Terms | None = None
        self._unanswered: deque[_Sent] = deque()
        self._unsent = b""
        self._offset = 0  # of the end of the blocks made
        self._taken = 0
        self._is_filled = False
        self._is_unwanted = False  # it was interrupted before the program was ready
        self._stop_at: int | None = None  # the offset of STOP, once it is made
        #: an errno, or `BAD_DIGEST`; 0 while all is well
        self.failed = 0
        #: files in their places
        self.placed = 0

    @property
    def longest_block(self) -> int:
        """bytes; what the board is to offer at most.

        Where all has to fit into its buffer, two blocks do, or one where the path of a file takes more.
        """
        longest = LONGEST_INPUT - len(STOP)
        if self._is_paced:
            return longest
        two, one = self._ahead // 2 - len(STOP), self._ahead - len(STOP)
        return min(longest, max(two, min(self._least_unit, one)))

    @property
    def is_possible(self) -> bool:
        """Whether the blocks with the paths of the files are surely not longer than the board takes."""
        return self._least_unit <= min(self.longest_block, LEAST_OFFER)

    @property
    def has_begun(self) -> bool:
        """Whether the program was ready at some time."""
        return self._terms is not None

    # As the link wants it

    def receive(self, frame: Frame) -> None:
        """Takes an answer. One that makes no sense is ignored; a time limit ends the transfer if need be."""
        if len(frame.data) != _ANSWER.size:
            return
        nonce, status, taken, placed, *terms = _ANSWER.unpack(frame.data)
        if nonce != self._nonce:
            return
        self.failed, self.placed = status, self.placed + (placed - self.placed & 0xFFFF)
        if self._terms is None:
            offered = Terms(*terms)
            self._terms = offered if offered.are_possible else None
            if self._is_unwanted:
                self._send_instead(AFTER_CTRL_C)
            return
        self._count((taken - self._taken) & 0xFFFF)
        if status:
            self._stop()

    def data_to_send(self) -> bytes:
        """Takes what the board can take now."""
        if self._terms is None:
            return b""
        for _ in range(BLOCKS_AT_ONCE):
            if self._offset >= self._limit() or not self._make(self._terms):
                break
        room = max(0, len(self._unsent) - (self._offset - self._limit()))
        data, self._unsent = self._unsent[:room], self._unsent[room:]
        return data

    def interrupt(self) -> bool:
        """Ends the transfer after the block under way."""
        if self._terms is None:
            self._is_unwanted = True
            return False
        self._stop()
        return True

    def unstick(self) -> bool:
        """Fills up what the board may still wait for, with what is no block: it lost its place."""
        if self._terms is None or self._is_filled:
            return False
        self._is_filled = True
        self._send_instead(FILLER * LONGEST_INPUT)
        return True

    # Helpers

    def _send_instead(self, data: bytes) -> None:
        """Sends what is no block, and no block after it."""
        self._stop_at, self._offset = -1, len(data)  # so that nothing of it is taken back
        self._unanswered.clear()
        self._unsent = data

    def _count(self, answered: int) -> None:
        """Takes note of blocks that are dealt with."""
        if answered > len(self._unanswered):
            return
        self._taken += answered
        for _ in range(answered):
            block = self._unanswered.popleft()
            self._on_progress(block.item, block.done)

    def _limit(self) -> int:
        """The offset up to which the host may send."""
        if not self._unanswered:
            return self._offset + self._ahead
        waited_for = self._unanswered[0]
        return (waited_for.end if self._is_paced else waited_for.begin) + self._ahead

    def _make(self, terms: Terms) -> bool:
        """Makes another block, if there is one to make."""
        if self._stop_at is not None:
            return False
        made = next(self._blocks, None)
        if made is not None:
            self._append(*made)
            return True
        upcoming = next(self._items, None)
        if upcoming is None:
            self._say_stop()
        else:
            index, item = upcoming
            self._blocks = ((index, block) for block in blocks(item, terms))
        return True

    def _append(self, item: int, block: Block) -> None:
        begin, self._offset = self._offset, self._offset + len(block.data)
        self._unsent += block.data
        self._unanswered.append(_Sent(item, block.done, begin, self._offset))

    def _say_stop(self) -> None:
        self._stop_at = self._offset
        self._unsent += STOP
        self._offset += len(STOP)

    def _stop(self) -> None:
        """Says STOP next: takes back the blocks of which nothing was sent."""
        sent = self._offset - len(self._unsent)
        if self._stop_at is not None and sent > self._stop_at:
            return
        self._unanswered = deque(block for block in self._unanswered if block.begin < sent)
        self._offset = max([sent, *(block.end for block in self._unanswered)])
        self._unsent = self._unsent[: self._offset - sent]
        self._say_stop()
