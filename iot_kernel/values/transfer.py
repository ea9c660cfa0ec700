"""Moves values between a board and this computer, in the form of `wire_format`, and chooses the way.

- Boards with little memory (`LITTLE_MEMORY`): the repr of a value, and statements that build one.
- Otherwise programs of ours that know the form. Short values they print, or get in the text of a program.
- Longer values go by `iot_kernel.files.stream_transfer` where the board has it, else in pieces of text.

Blocking.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, DeviceMemoryError, IoTKernelError
from iot_kernel.files import stream_transfer
from iot_kernel.files.blocks import FileToSend
from iot_kernel.files.errors import TransferError
from iot_kernel.files.progress import Total
from iot_kernel.files.remote_reply import TRIES, DamagedError, run
from iot_kernel.snippets import snippet
from iot_kernel.values import pull, push
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.decoding import place_of
from iot_kernel.values.encoding import Encoded
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from iot_kernel.values.push import NO_MEMORY, WHOLE, RefusedError
from iot_kernel.values.reprs import PACK
from iot_kernel.values.statements import BUILTINS, MODULE, PARTS, STRUCT

#: bytes of free memory; our programs need 5000 while they are compiled, and variables are to have some too.
LITTLE_MEMORY = 20_000

#: bytes of a value; a few statements build it before our programs would be there.
SHORTEST = 256

#: bytes of a value; the fast way is not worth its programs.
SHORT = 2048

#: bytes of a value; more than boards have memory for, and less than would hurt the host.
LONGEST = 1 << 26

#: characters of statements that are compiled at once, on boards with little memory and on others.
SHORT_PROGRAM, LONG_PROGRAM = 256, 2048

#: What may be among the board's variables while a value is on its way.
_HELPERS = (
    ("__iot_answer__", "__iot_piece__", "__iot_pack__", "__iot_stream__", WHOLE),
    (PARTS, BUILTINS, MODULE, PACK, STRUCT),
)

#: What is there of a value may take nearly all of the memory, so that the board compiles only short programs.
_TIDY = [
    f"{PARTS}=0",
    *("".join(f"try:del {name}\nexcept:pass\n" for name in names) for names in _HELPERS),
]

_TOO_LARGE = "the board's memory is too small for it"

#: What a board has not, by the letter of the head that it refused.
_LACKS = {
    "i": "integers of this size",
    "c": "complex numbers",
    "z": "frozenset",
    "o": "collections.OrderedDict",
    "a": "arrays of this type",
    "u": "arrays of this kind in its ulab",
}

#: What a board imports for values, by the letter of their head; a user's file may have its name.
_MODULES = {"a": "array", "o": "collections"}

#: What firmware raises that has not such a module, or not all kinds of arrays.
_LACKING = ("ImportError", "ValueError")

_HIDDEN = (
    "the board's own module {module} cannot be reached ({ename}): is there a file {module}.py on the board? "
    "Give it another name"
)

#: Takes how many bytes are dealt with. On any thread; must not block.
OnProgress = Callable[[int], None]

T = TypeVar("T")


class _NoMemoryError(Exception):
    """The board's memory is too small for this way."""


class Values:
    """The variables of one board. The constructor touches nothing; methods raise what `Device.exec` does.

    Args:
        board: the board.
    """

    def __init__(self, board: Device) -> None:
        self._board = board

    def pull(self, name: str, on_progress: OnProgress = lambda _: None) -> bytes:
        """Returns a variable's value, in the form of `wire_format`; what cannot be moved may stand in it.

        Args:
            name: of the variable.
            on_progress: takes how many bytes have come.

        Raises:
            VariableNotFoundError: there is no such variable.
            UnmovableValueError: it does not fit into the board's memory together with our programs, or is
                longer than `LONGEST`.
            RemoteProtocolError: the board's answers make no sense.
        """
        with self._tidying(name):
            if not self._has_little_memory:
                with contextlib.suppress(_NoMemoryError):
                    return self._pull_by_program(name, on_progress)
            return pull.by_repr(self._board, name)

    def fitting(self, get: Callable[[Ulab | None], Encoded]) -> Encoded:
        """Returns a value in the form that suits the board.

        Args:
            get: returns it in a form for a board's ulab; without one, arrays are ``array.array`` there.
        """
        encoded = get(None)
        if encoded.has_numpy_arrays and (ulab := self.ulab()) is not None:
            return get(ulab)
        return encoded

    def push(self, name: str, data: bytes, on_progress: OnProgress = lambda _: None) -> None:
        """Sets a variable; if that fails, it is as it was.

        Args:
            name: of the variable.
            data: the value in the form of `wire_format`.
            on_progress: takes how many bytes are dealt with.

        Raises:
            UnmovableValueError: the board's firmware or memory cannot hold it.
            RemoteProtocolError: the board's answers make no sense.
        """
        with self._tidying(name, data):
            longest = SHORT_PROGRAM if self._has_little_memory else LONG_PROGRAM
            if not self._has_little_memory and len(data) > SHORTEST:
                with contextlib.suppress(_NoMemoryError):
                    self._push_by_program(name, data, on_progress)
                    return
                longest = SHORT_PROGRAM
            collects = longest == SHORT_PROGRAM
            push.by_statements(self._board, name, data, longest, on_progress, collects=collects)

    def ulab(self) -> Ulab | None:
        """Returns what the board's ulab knows; None without one, or without the memory to ask.

        Raises:
            RemoteProtocolError: the board's answer makes no sense.
        """
        if self._has_little_memory:
            return None
        with contextlib.suppress(_NoMemoryError):  # then arrays go in a form that every board knows
            return self._again(lambda: pull.ulab(self._board))
        return None

    # The choice of the way for values, which is made nowhere else

    @property
    def _has_little_memory(self) -> bool:
        info = self._board.info
        return info is not None and info.free is not None and info.free < LITTLE_MEMORY

    def _pull_by_program(self, name: str, on_progress: OnProgress) -> bytes:
        on_progress = partial(Total(on_progress), 0)  # one way may begin behind the place the other came to
        data = self._again(lambda: pull.printed(self._board, name, SHORT, on_progress))
        if data is None:
            with contextlib.suppress(stream_transfer.NotPossibleError, TransferError):
                return self._again(lambda: self._pull_fast(name, on_progress))
            data = self._again(lambda: pull.printed(self._board, name, LONGEST, on_progress))
        if data is None:
            raise UnmovableValueError(
                name, f"more than {LONGEST >> 20} MB cannot be moved at once; move it in parts"
            )
        return data

    def _pull_fast(self, name: str, on_progress: OnProgress) -> bytes:
        try:
            run(self._board, snippet("pack_value") + snippet("stream_value"))
            [data] = stream_transfer.receive(
                self._board,
                [stream_transfer.Source(name, f"__iot_stream__({name})")],
                limit=LONGEST,
                on_progress=lambda _, done: on_progress(done),
            )
        finally:
            self._tidy()
        return data

    def _push_by_program(self, name: str, data: bytes, on_progress: OnProgress) -> None:
        if len(data) > SHORT:
            with contextlib.suppress(stream_transfer.NotPossibleError, TransferError, _NoMemoryError):
                self._again(lambda: self._push_fast(name, data, on_progress))
                return
            self._tidy()
        self._again(lambda: push.in_pieces(self._board, name, data, on_progress))

    def _push_fast(self, name: str, data: bytes, on_progress: OnProgress) -> None:
        stream_transfer.send(self._board, [FileToSend(WHOLE, "", data)], lambda _, done: on_progress(done))
        push.from_variable(self._board, name)

    # Helpers

    def _again(self, attempt: Callable[[], T]) -> T:
        """Tries up to `TRIES` times.

        Raises:
            _NoMemoryError: the board's memory is too small.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                return attempt()
            except (DeviceMemoryError, stream_transfer.BoardFailureError):
                raise _NoMemoryError from None
            except DamagedError as error:
                if getattr(error.cause, "ename", "") == NO_MEMORY:
                    raise _NoMemoryError from None
                if not tries_left:
                    raise error.cause from None
            self._tidy()
        raise AssertionError("unreachable")

    @contextmanager
    def _tidying(self, name: str, data: bytes = b"") -> Iterator[None]:
        """Leaves nothing of ours on the board when something fails, and says what failed in words."""
        try:
            yield
        except VariableNotFoundError:
            raise
        except BaseException as error:
            self._tidy()
            if (problem := _in_words(error, name, data)) is not None:
                raise problem from None
            raise

    def _tidy(self) -> None:
        with contextlib.suppress(IoTKernelError):  # what it tidies up after is what the user should hear of
            for code in _TIDY:
                self._board.exec(code)


def _in_words(error: BaseException, name: str, data: bytes) -> UnmovableValueError | None:
    """Returns what an error means for a value; None where it says that itself."""
    match error:
        case RefusedError():
            place, letter = place_of(error.number, data, name)
            if (module := _MODULES.get(letter)) and error.ename not in _LACKING:
                return UnmovableValueError(place, _HIDDEN.format(module=module, ename=error.ename))
            what = _LACKS.get(letter, "values of this kind")
            return UnmovableValueError(place, f"the board's firmware has no {what} ({error.ename})")
        case DeviceMemoryError() | DeviceError(ename="MemoryError"):
            return UnmovableValueError(name, _TOO_LARGE)
    return None
