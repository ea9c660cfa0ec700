"""Files to a board as literals in the code it runs: the way that works with every firmware."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable, Iterator

from iot_kernel.errors import TransferError
from iot_kernel.files.abilities import Abilities
from iot_kernel.files.answers import TRIES, DamagedError, ask, literal, new_mark
from iot_kernel.files.asking import Asker
from iot_kernel.files.paths import temporary
from iot_kernel.files.tree import digest

#: The window of the deflated blocks, as a power of two: what the snippet ``begin_file`` inflates with.
WINDOW = 12

#: Of its size, what deflated data must come to: inflating costs a board time.
WORTHWHILE = 0.9

#: Ends a file that broke off, and removes it.
_TIDY = """\
try:
 try:__iot_piece__(None)
 finally:del __iot_piece__,__iot_answer__
except Exception:pass
try:__import__('os').remove({name})
except Exception:pass
"""

#: What stays among the board's variables while a file is on its way.
_KEPT = ("__iot_answer__", "__iot_piece__")

OnProgress = Callable[[int], None]


def write(asker: Asker, path: str, data: bytes, on_progress: OnProgress) -> None:
    """Writes a file into a directory that is there.

    Args:
        asker: of the board.
        path: normal.
        data: the content.
        on_progress: takes how many bytes are dealt with.

    Raises:
        TransferError: it arrived damaged three times.
        Exception: as `RemoteFiles.write` does.
    """
    on_the_way = asker.named(temporary(path))
    told = _Furthest(on_progress)
    for tries_left in reversed(range(TRIES)):
        try:
            if _write_once(asker, path, data, told):
                return
        except DamagedError as error:
            asker.check(error, path, tries_left)
        except BaseException:
            asker.tidy(_TIDY.format(name=literal(on_the_way)))
            raise
        asker.tidy(_TIDY.format(name=literal(on_the_way)))
    asker.forget()
    raise TransferError(path, f"did not arrive as it was sent, {TRIES} times")


class _Furthest:
    """Tells how far a file came at best: a second try does not count back."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._done = 0

    def __call__(self, done: int) -> None:
        self._done = max(done, self._done)
        self._on_progress(self._done)


def _write_once(asker: Asker, path: str, data: bytes, told: OnProgress) -> bool:
    """Returns whether the file is in its place."""
    abilities = asker.abilities
    name, on_the_way = asker.named(path), asker.named(temporary(path))
    inflates = abilities.inflates and _is_worthwhile(data)
    asker.once(["begin_file"], "__iot_begin__", path, on_the_way, abilities.has_base64, inflates, keep=_KEPT)
    for piece, done in _pieces(data, abilities, inflates=inflates):
        _send(asker, path, piece)
        told(done)
    _send(asker, path, "None")
    check = digest(data, abilities.algorithm)
    expected = int.from_bytes(check, "big") if len(check) == 4 else check
    last = "place_file" if abilities.has_rename else "place_flat"
    end = (name, on_the_way, expected, abilities.algorithm, abilities.unit)
    answers = asker.once([abilities.digest_snippet, last], "__iot_place__", path, *end)
    return answers == [(name.encode(),)]


def _send(asker: Asker, path: str, arguments: str) -> None:
    mark = new_mark()
    ask(asker.board, f"__iot_answer__({mark},__iot_piece__,{arguments})", mark, path)


def _pieces(data: bytes, abilities: Abilities, *, inflates: bool) -> Iterator[tuple[str, int]]:
    """Gives the arguments for the function on the board, and how much of the file is dealt with then."""
    unit = abilities.unit
    for start in range(0, len(data), unit):
        piece = data[start : start + unit]
        done = start + len(piece)
        small = _deflated(piece) if inflates else piece
        if len(small) < len(piece):
            yield f"{_coded(small, abilities)},True", done
        else:
            yield _coded(piece, abilities), done


def _coded(data: bytes, abilities: Abilities) -> str:
    return literal(binascii.b2a_base64(data, newline=False) if abilities.has_base64 else data)


def _deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -WINDOW, 9)
    return stream.compress(data) + stream.flush()


def _is_worthwhile(data: bytes) -> bool:
    return len(_deflated(data)) < WORTHWHILE * len(data)
