"""Reads values from a board by what it prints: needs nothing but printing. Blocking."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator, Sequence

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, RemoteProtocolError
from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.remote_reply import Answer, DamagedError, ask, new_mark, question
from iot_kernel.snippets import OWN, executing, minified
from iot_kernel.text import literal
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from iot_kernel.values.reprs import PACK, Repr
from iot_kernel.values.statements import BUILTINS
from iot_kernel.values.wire_format import TOO_DEEP

#: characters of code that asks for floats: a board without memory has to compile it.
LONGEST_QUESTION = 256

#: One bytes object as a board prints it.
_BYTES = re.compile(r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")

#: ulab tells by its version what it was made with.
_ULAB_VERSION = re.compile(r"-(?P<dimensions>\d)D(?P<complex>-c)?$")

#: characters of what comes with the text of a value: it is said in base64, and a piece more than was wanted.
BEYOND = 10_000

OnProgress = Callable[[int], None]


def printed(board: Device, name: str, most: int, on_progress: OnProgress) -> bytes | None:
    """Has a program on the board print a value.

    Args:
        board: the board.
        name: of the variable.
        most: bytes it may have.
        on_progress: takes how many have come.

    Returns:
        The value in the form of `wire_format`; None where it has more.

    Raises:
        VariableNotFoundError: there is no such variable.
        DamagedError: the answers are not whole.
        TooMuchError: they go on although there are enough.
    """
    mark = new_mark()
    pieces = _Pieces(most, on_progress)
    code = question(["pack_value", "get_value"], "__iot_get__", mark, (name, most))
    ask(board, code, mark, name, on_answer=pieces.take, most=None, timeout=None)
    if not pieces.has_begun:
        raise VariableNotFoundError(name, "on the board")
    return None if len(pieces.data) > most else pieces.checked()


class _Pieces:
    """Puts together what the program says.

    Args:
        most: bytes that are kept, and one piece more: what a board says may have no end.
        on_progress: takes how many bytes have come.
    """

    def __init__(self, most: int, on_progress: OnProgress) -> None:
        self._most = most
        self._on_progress = on_progress
        self._in_base64: bool | None = None
        self._check = 0
        self._last: Answer = ()
        self._left = 4 * most + BEYOND  # characters, also of pieces that are not kept
        self.data = bytearray()

    @property
    def has_begun(self) -> bool:
        """Whether there is a value."""
        return self._in_base64 is not None

    def take(self, answer: Answer) -> None:
        """Takes one answer.

        Raises:
            TooMuchError: the program was to have ended by itself before.
        """
        self._last = answer
        self._left -= len(repr(answer))
        if self._left < 0:
            raise TooMuchError("reading a value", f"more than {self._most} bytes")
        match answer:
            case (bool(in_base64),) if self._in_base64 is None:
                self._in_base64 = in_base64
            case (bytes(piece),) if len(self.data) <= self._most:
                self._append(_from_base64(piece) if self._in_base64 else piece)

    def checked(self) -> bytes:
        """Returns all of the value.

        Raises:
            DamagedError: it is not what the board said.
        """
        if self._last != (len(self.data), self._check):
            raise DamagedError(RemoteProtocolError("reading a value", repr(self._last).encode()))
        return bytes(self.data)

    def _append(self, piece: bytes) -> None:
        self.data += piece
        self._check = (self._check * 31 + sum(piece)) & 0xFFFFFF
        self._on_progress(len(self.data))


def _from_base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        return b""  # which the check will show


def ulab(board: Device) -> Ulab | None:
    """Asks a board about its ulab.

    Raises:
        DamagedError: the answers are not whole.
    """
    mark = new_mark()
    match ask(board, question(["ask_ulab"], "__iot_ulab__", mark, ()), mark, ""):
        case []:
            return None
        case [(str(version), 4 | 8 as float_size)]:
            found = _ULAB_VERSION.search(version)
            dimensions = int(found["dimensions"]) if found else 1
            return Ulab(dimensions, float_size, has_complex=bool(found and found["complex"]))
        case answers:
            raise DamagedError(RemoteProtocolError("asking for ulab", repr(answers).encode()))


def by_repr(board: Device, name: str) -> bytes:
    """Returns a value as its repr and further questions tell it: needs no memory on the board.

    Args:
        board: the board.
        name: of the variable.

    Returns:
        The value in the form of `wire_format`.

    Raises:
        VariableNotFoundError: there is no such variable.
        UnmovableValueError: something in it has no like on this computer.
        RemoteProtocolError: the board's answers make no sense.
    """
    try:
        text = _repr(board, name)
    except DeviceError as error:
        if error.ename == "NameError":
            raise VariableNotFoundError(name, "on the board") from None
        if error.ename == "RuntimeError":
            raise UnmovableValueError(name, TOO_DEEP) from None
        raise
    found = Repr(text.removeprefix("(").removesuffix(",)"), name)
    if not found.wanted:
        return found.data([])
    expressions = [wanted.expression for wanted in found.wanted]
    helpers = {BUILTINS: f"import builtins as {BUILTINS}\n", PACK: f"from struct import pack as {PACK}\n"}
    needed = [name for name in helpers if name in "".join(expressions)]
    board.exec(minified("".join(helpers[name] for name in needed), board.platform))
    answers = [data for batch in _batches(expressions) for data in _evaluated(board, batch)]
    board.exec(f"del {','.join(needed)}\n")
    return found.data(answers)


def _repr(board: Device, name: str) -> str:
    """Has it printed as one text where the board has the memory: then no thread prints into it."""
    mark = new_mark()
    try:
        text = board.exec(executing(f"{OWN}.print({mark},{OWN}.repr(({name},)))"))
    except DeviceError as error:
        if error.ename != "MemoryError":
            raise
        return board.run_cell(f"({name},)", lambda _: None) or ""
    found = re.search(rf"{mark}.*?(\(.*,\))", text, re.DOTALL)  # threads print between the two as well
    return found[1] if found is not None else ""


def _batches(expressions: Sequence[str]) -> Iterator[Sequence[str]]:
    start = length = 0
    for index, expression in enumerate(expressions):
        if index > start and length + len(expression) > LONGEST_QUESTION:
            yield expressions[start:index]
            start, length = index, 0
        length += len(expression) + 1
    if start < len(expressions):
        yield expressions[start:]


def _evaluated(board: Device, expressions: Sequence[str]) -> list[bytes]:
    text = board.run_cell(f"[{','.join(expressions)}]", lambda _: None) or ""
    found = _BYTES.findall(text)
    if len(found) == len(expressions) and text == f"[{', '.join(found)}]":
        answers = [
            literal(piece, longest=len(piece)) for piece in found
        ]  # one value each takes little memory
        return [answer for answer in answers if isinstance(answer, bytes)]
    raise RemoteProtocolError("reading a value", text.encode())
