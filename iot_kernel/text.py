"""Makes text from outside (boards, network, environment) fit for a terminal, a log and a notebook.

Pure, but for a lock around Python's parser.
"""

from __future__ import annotations

import ast
import codecs
import contextlib
import threading
import warnings
from collections.abc import Iterator, Mapping

from iot_kernel.errors import RemoteProtocolError

NAME_LIMIT = 80  # characters; uids, platforms and product names seen in the wild stay below 60
SHOWN_PATH = 240  # characters of a path in an error; names of files end at 255 bytes, and few come near
_PATH_START = 60  # of them in front of what is left out; the end says more

#: characters of a literal: real ones have some hundreds, and a few thousand with pieces of files in them.
#: Reading takes up to 500 bytes of this computer's memory for each.
LONGEST_LITERAL = 100_000

#: What no number in an answer reaches: counts, sizes and times have 64 bits. Python cannot write or convert
#: much larger ones.
LARGEST_NUMBER = 1 << 64

#: where errors keep the names of what they are about: those of Python, and ours
_PATHS = ("filename", "filename2", "path", "package")

_MINUTE = 60  # s

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def byte_order_notes(contents: Mapping[str, bytes]) -> list[str]:
    """What to tell of Python files that boards will not understand: those that begin with a byte order mark.

    Args:
        contents: of files by path; they go to the board as they are.
    """
    return [
        f"{printable(path, SHOWN_PATH)} begins with a byte order mark, which a board takes for a part of the "
        "first name: save it as UTF-8 without one"
        for path, content in contents.items()
        if path.endswith(".py") and content.startswith(codecs.BOM_UTF8)
    ]


def byte_count(count: float) -> str:
    """Writes a number of bytes with about three digits; a KB is 1024 bytes."""
    if count == 1:
        return "1 byte"
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count /= 1024
        unit += 1
    digits = 0 if unit == 0 or count >= 99.95 else 1
    return f"{count:.{digits}f} {_UNITS[unit]}"


def duration(seconds: float, digits: int = 3) -> str:
    """Writes a time as IPython's ``%timeit`` does: ``1.23 ms``; from a minute on ``2min 5s``.

    Args:
        seconds: the time; not negative.
        digits: that count, below a minute.
    """
    if seconds >= _MINUTE:
        parts, left = [], int(seconds)
        for unit, length in (("d", 86_400), ("h", 3600), ("min", _MINUTE), ("s", 1)):
            count, left = divmod(left, length)
            parts += [f"{count}{unit}"] if count else []
        return " ".join(parts)
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if float(f"{seconds * scale:.{digits}g}") >= 1:
            return f"{seconds * scale:.{digits}g} {unit}"
    return f"{seconds * 1e9:.{digits}g} ns"


def printable(text: str, limit: int = NAME_LIMIT) -> str:
    """Replaces what is not printable by ``?``; text beyond ``limit`` characters is cut and ends in ``…``."""
    kept = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def message(error: BaseException) -> str:
    """Returns what an error says; of a very long path the middle is left out."""
    text = str(error)
    for path in (getattr(error, name, None) for name in _PATHS):
        if isinstance(path, str) and len(path) > SHOWN_PATH:
            text = text.replace(repr(path)[1:-1], _shortened(repr(path)[1:-1]))
            text = text.replace(path, _shortened(path))
    return text


def _shortened(path: str) -> str:
    return f"{path[:_PATH_START]}…{path[_PATH_START + 1 - SHOWN_PATH :]}"


#: see `parsing`
_parser_lock = threading.RLock()


@contextlib.contextmanager
def parsing() -> Iterator[None]:
    """Lets one thread at a time use Python's parser, by `ast.parse` for one, and it warns of nothing.

    CPython counts how deep it is in a tree for all threads together (SystemError: AST constructor recursion
    depth mismatch), and what is warned of is set for the whole process.
    """
    with _parser_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in somebody's code is no business of ours
        yield


def literal(text: str, *, longest: int = LONGEST_LITERAL) -> object:
    """Reads a Python literal that a board printed; nothing is evaluated.

    Args:
        text: with blanks around it or not.
        longest: characters it may have.

    Raises:
        RemoteProtocolError: it is none, or too long, or has a number that is none of a board.
    """
    text = text.strip()
    if len(text) <= longest:
        with contextlib.suppress(SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
            with parsing():
                value: object = ast.literal_eval(text)
            if _has_plain_numbers(value):
                return value
    raise RemoteProtocolError("reading a value", text[-100:].encode(errors="replace"))


def _has_plain_numbers(value: object) -> bool:
    """Whether all numbers in a value are of a size that can be shown and counted with."""
    match value:
        case int() | float():
            return -LARGEST_NUMBER < value < LARGEST_NUMBER
        case complex():
            return _has_plain_numbers(value.real) and _has_plain_numbers(value.imag)
        case list() | tuple() | set():
            return all(map(_has_plain_numbers, value))
        case dict():
            return all(map(_has_plain_numbers, (*value, *value.values())))
    return True
