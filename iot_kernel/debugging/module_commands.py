"""What the host says to a board that shall import modules with checkpoints. Pure: values in, text out.

The commands are for ``debug_modules.py`` of `iot_kernel.snippets`, and go as those of
`iot_kernel.debugging.commands` do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from iot_kernel.errors import RemoteProtocolError

#: The builtin in which the programs of the board's side have their names.
NAMES = "__iot_p__"

#: Bytes of text in one command: a board has to hold it in memory, in which a byte may take four characters.
PIECE = 1200

#: Bytes of free memory that compiling takes for each byte of a text with checkpoints, and of the text itself.
MEMORY_FACTOR = 7


def told(names: Sequence[str]) -> str:
    """Asks which of some modules are imported, and which text they have."""
    return _call("told", tuple(names))


def provide(file: str, key: str, name: str, digest: bytes, text: str) -> Iterator[str]:
    """Yields commands by which a board gets the text of a module.

    Args:
        file: of the module, on the board.
        key: of the text; `told` answers with it once the text was imported.
        name: of the module.
        digest: of the file on the board, by SHA-256; another file is imported as it is.
        text: with checkpoints.
    """
    data = text.encode()
    yield _call("begin", file, key, name, digest, MEMORY_FACTOR * len(data))
    for count, start in enumerate(range(0, len(data), PIECE)):
        yield _call("add", file, count, data[start : start + PIECE])


def forget(files: Collection[str]) -> str:
    """Forgets texts that were not imported, but those of some files; asks for the keys of these."""
    return _call("forget", tuple(files))


STAND = f"{NAMES}['__iot_m__']['stand']()"
LEAVE = f"{NAMES}['__iot_m__']['leave']()"


def read_told(answer: object, count: int) -> list[str | bool | None]:
    """Reads the answer to `told`: for each module the key of its text.

    Returns:
        True for one that was imported from its file as it is, None for one that was not.

    Raises:
        RemoteProtocolError: the answer makes no sense.
    """
    match answer:
        case list(keys) if len(keys) == count and all(map(_is_key, keys)):
            return keys
    raise RemoteProtocolError("asking which modules are imported", repr(answer)[:200].encode())


def read_keys(answer: object) -> frozenset[str]:
    """Reads the answer to `forget`; keys that make no sense are of no text."""
    return (
        frozenset(each for each in answer if isinstance(each, str))
        if isinstance(answer, list)
        else frozenset()
    )


def _is_key(value: object) -> bool:
    return value is None or value is True or isinstance(value, str)


def _call(function: str, *given: object) -> str:
    return f"{NAMES}['__iot_m__'][{function!r}]({','.join(map(ascii, given))})"
