"""Writes values to a board by programs that contain them: needs nothing but running code. Blocking."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, RemoteProtocolError
from iot_kernel.files.remote_reply import Answer, DamagedError, ask, definitions, literal, new_mark
from iot_kernel.values.statements import programs

#: bytes of the first piece; after it the board says how it wants the others.
FIRST_PIECE = 256

#: The variable that holds a value which came another way.
WHOLE = "__iot_whole__"

#: What firmware raises when it has no memory left.
NO_MEMORY = "MemoryError"

OnProgress = Callable[[int], None]


class RefusedError(Exception):
    """The board's firmware cannot hold something in a value.

    Args:
        number: of its head, among all heads.
        ename: of the exception.
    """

    def __init__(self, number: int, ename: str) -> None:
        super().__init__(ename)
        self.number = number
        self.ename = ename


def in_pieces(board: Device, name: str, data: bytes, on_progress: OnProgress) -> None:
    """Sends a value to a program, once.

    Args:
        board: the board.
        name: of the variable to set.
        data: the value in the form of `wire_format`.
        on_progress: takes how many bytes are dealt with.

    Raises:
        RefusedError: the firmware cannot hold something in it.
        DamagedError: it did not arrive as it was sent.
    """
    first = data[:FIRST_PIECE]
    answers = _begin(board, name, is_all=len(first) == len(data), piece=first)
    is_set = _check(answers[:1])
    if len(first) == len(data):
        _expect(answers, is_set)
        return
    in_base64, unit = _terms(answers[1:])
    starts = range(len(first), len(data), unit)
    for number, start in enumerate(starts, 1):
        piece = data[start : start + unit]
        coded = binascii.b2a_base64(piece, newline=False) if in_base64 else piece
        arguments = f"{number},{start == starts[-1]},{sum(piece)},{literal(coded)}"
        mark = new_mark()
        answers = ask(board, f"__iot_answer__({mark},__iot_piece__,{arguments})", mark, name)
        is_set = _check(answers)
        on_progress(start + len(piece))
    _expect(answers, is_set)


def from_variable(board: Device, name: str) -> None:
    """Sets a variable to the value that the variable `WHOLE` holds as bytes.

    Raises:
        Exception: as `in_pieces` does.
    """
    answers = _begin(board, name, is_all=True, piece=None)
    _expect(answers, _check(answers))


def by_statements(
    board: Device, name: str, data: bytes, longest: int, on_progress: OnProgress, *, collects: bool
) -> None:
    """Has a board execute statements that build a value: needs hardly any memory.

    Args:
        board: the board.
        name: of the variable to set.
        data: the value in the form of `wire_format`.
        longest: characters of one program.
        on_progress: takes how many bytes are dealt with.
        collects: its memory is little, so that holes in it count.

    Raises:
        RefusedError: the firmware cannot hold something in it.
    """
    all_programs = list(programs(data, name, longest, board.platform, collects=collects))
    for done, program in enumerate(all_programs, 1):
        try:
            board.exec(program.code, on_output=lambda _: None)
        except DeviceError as error:
            if error.ename in ("KeyboardInterrupt", NO_MEMORY):
                raise
            raise RefusedError(program.number, error.ename) from None
        on_progress(len(data) * done // len(all_programs))


def _begin(board: Device, name: str, *, is_all: bool, piece: bytes | None) -> Sequence[Answer]:
    """Sends the programs with a piece; without one they take what is in `WHOLE`."""
    mark = new_mark()
    parts = [definitions(name) for name in ("answer", "unpack_value", "put_value")]
    forget = [function for part in parts[0 if is_all else 1 :] for function in part.functions]
    given = literal((name, is_all, sum(piece or b""), piece))
    code = "".join(part.code for part in parts)
    call = f"try:__iot_answer__({mark},__iot_put__,*{given})\nfinally:del {','.join(forget)}\n"
    return ask(board, code + call, mark, name)


def _check(answers: Sequence[Answer]) -> bool:
    """Returns whether the variable is set."""
    match answers:
        case [(True, bool(is_set), int(), "")]:
            return is_set
        case [(True, False, int(number), str(ename))]:
            raise RefusedError(number, ename)
    raise _senseless(answers)


def _terms(answers: Sequence[Answer]) -> tuple[bool, int]:
    """Returns whether pieces go in base64, and how long they may be."""
    match answers:
        case [(bool(in_base64), int(free))]:
            return in_base64, max(64, min(4096, free // (32 if in_base64 else 64) & ~63))
    raise _senseless(answers)


def _expect(answers: Sequence[Answer], is_set: bool) -> None:
    if not is_set:
        raise _senseless(answers)


def _senseless(answers: Sequence[Answer]) -> DamagedError:
    return DamagedError(RemoteProtocolError("writing a value", repr(answers).encode()))
