"""Writes files as literals in the code that a board runs: slower than `stream_transfer`, for every firmware.

The functions go there once for all files. What is to be done with a file are steps (begin it, take data, end
it, give it its name), and so many of them go together as the board's memory allows.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from iot_kernel.files.batch import BATCH, prepare
from iot_kernel.files.capabilities import Capabilities
from iot_kernel.files.errors import TransferError
from iot_kernel.files.paths import temporary
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.files.remote_reply import TRIES, Answer, DamagedError, ask, literal, new_mark
from iot_kernel.files.tree import digest

#: The window of the deflated blocks, as a power of two: what the snippet ``write_file`` inflates with.
WINDOW = 12

#: Of its size, what deflated data must come to: inflating costs a board time.
WORTHWHILE = 0.9

#: Closes the file that was under way. A user may have a variable called Exception.
_CLOSE = """\
try:__iot_end__(None)
except:pass
"""

#: Takes the index of a file and how many of its bytes are dealt with.
OnProgress = Callable[[int, int], None]


def write_files(asker: RemoteCaller, items: Sequence[tuple[str, bytes]], on_progress: OnProgress) -> None:
    """Writes files in their order.

    Args:
        asker: of the board.
        items: normal paths with their contents.
        on_progress: takes how far it has come; a file that is tried again begins at 0 again.

    Raises:
        TransferError: one arrived damaged three times.
        Exception: as `RemoteFiles.write_files` does.
    """
    with _Writer(asker) as writer:
        for index, (path, data) in enumerate(items):
            if index % BATCH == 0:
                prepare(asker, [(path, len(data)) for path, data in items[index : index + BATCH]])
            writer.write(path, data, partial(on_progress, index))


class _Writer:
    """The functions on a board that write files; a context manager."""

    def __init__(self, asker: RemoteCaller) -> None:
        self._asker = asker
        self._is_there = False

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_there:
            self._undefine()

    def write(self, path: str, data: bytes, on_progress: Callable[[int], None]) -> None:
        """Writes a file, in up to `TRIES` tries."""
        on_the_way = self._asker.named(temporary(path))
        for tries_left in reversed(range(TRIES)):
            try:
                self._define()
                if self._write_once(path, data, on_progress):
                    return
            except DamagedError as error:
                self._clean_up(on_the_way)
                self._asker.check(error, path, tries_left)
            except BaseException:
                self._clean_up(on_the_way)
                raise
            else:
                self._clean_up(on_the_way)
        self._asker.forget()
        raise TransferError(path, f"did not arrive as it was sent, {TRIES} times")

    @property
    def _snippets(self) -> list[str]:
        capabilities = self._asker.capabilities
        steps = ["steps"] if capabilities.has_directories else []
        place = "place_file" if capabilities.has_rename else "place_flat"
        return [*capabilities.digest_snippets, *steps, "write_file", place]

    def _define(self) -> None:
        if not self._is_there:
            self._asker.define(self._snippets)
            self._is_there = True

    def _undefine(self) -> None:
        self._asker.undefine(self._snippets, "__iot_data__", "__iot_end__", before=_CLOSE)

    def _clean_up(self, on_the_way: str) -> None:
        """Removes what there is of a file; the next begins anew: the board may have restarted."""
        self._is_there = False
        self._undefine()
        self._asker.discard(on_the_way)

    def _write_once(self, path: str, data: bytes, on_progress: Callable[[int], None]) -> bool:
        """Returns whether the file is in its place."""
        name = self._asker.named(path)
        answers: list[Answer] = []
        done = 0
        for steps in _together(self._steps(path, data), self._asker.capabilities):
            mark = new_mark()
            answers = ask(self._asker.board, f"__iot_answer__({mark},{_call(steps)})", mark, path)
            done += sum(step.size for step in steps)
            on_progress(done)
        return answers == [(name.encode(),)]

    def _steps(self, path: str, data: bytes) -> Iterator[_WriteStep]:
        capabilities = self._asker.capabilities
        name, on_the_way = self._asker.named(path), self._asker.named(temporary(path))
        inflates = capabilities.inflates and _is_worthwhile(data)
        yield _step("begin", on_the_way, capabilities.has_base64, inflates)
        for start in range(0, len(data), capabilities.unit):
            yield _data_step(data[start : start + capabilities.unit], capabilities, inflates=inflates)
        yield _step("end")
        check = digest(data, capabilities.algorithm)
        expected = int.from_bytes(check, "big") if len(check) == 4 else check
        yield _step("place", name, on_the_way, expected, capabilities.algorithm, capabilities.unit)


@dataclass(frozen=True, slots=True)
class _WriteStep:
    name: str
    given: str  # arguments, a comma before each
    size: int  # bytes of the file


def _step(name: str, *arguments: object, size: int = 0) -> _WriteStep:
    return _WriteStep(name, "".join(f",{literal(argument)}" for argument in arguments), size)


def _data_step(data: bytes, capabilities: Capabilities, *, inflates: bool) -> _WriteStep:
    small = _deflated(data) if inflates else data
    is_small = len(small) < len(data)
    sent = small if is_small else data
    coded = binascii.b2a_base64(sent, newline=False) if capabilities.has_base64 else sent
    return _step("data", coded, *[True] * is_small, size=len(data))


def _together(steps: Iterator[_WriteStep], capabilities: Capabilities) -> Iterator[list[_WriteStep]]:
    """Gives the steps that go together: what fits into the memory, and one by one where the stack is tiny."""
    group: list[_WriteStep] = []
    for step in steps:
        is_full = step.size + sum(before.size for before in group) > capabilities.unit
        if group and (is_full or not capabilities.has_directories):
            yield group
            group = []
        group.append(step)
    yield group


def _call(steps: Sequence[_WriteStep]) -> str:
    """The function that does these steps, and its arguments."""
    if len(steps) == 1:
        return f"__iot_{steps[0].name}__{steps[0].given}"
    return "__iot_steps__" + "".join(f',("{step.name}"{step.given or ","})' for step in steps)


def _deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -WINDOW, 9)
    return stream.compress(data) + stream.flush()


def _is_worthwhile(data: bytes) -> bool:
    return len(_deflated(data)) < WORTHWHILE * len(data)
