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

#: Words of free memory for each byte of a text: its copy, and what compiling it takes. Measured were 0.8.
WORDS = 0.9


def told(files: Sequence[str]) -> str:
    """Asks by which names some files of modules are imported, and which text each has."""
    return _call("told", tuple(files))


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
    pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
    yield _call("begin", file, key, name, digest, int(WORDS * len(data)), len(pieces))
    for count, piece in enumerate(pieces):
        yield _call("add", file, count, piece)


def forget(files: Collection[str]) -> str:
    """Forgets texts that were not imported, but those of some files; asks for the keys of these."""
    return _call("forget", tuple(files))


MOUNT = f"{NAMES}['__iot_m__']['mount']()"
UNMOUNT = f"{NAMES}['__iot_m__']['unmount']()"


def read_told(answer: object, count: int) -> list[tuple[str, str | bool | None]]:
    """Reads the answer to `told`.

    Returns:
        For each file the name, and the key of the text that was imported: True where that was the file as it
        is, None where nothing was.

    Raises:
        RemoteProtocolError: the answer makes no sense.
    """
    match answer:
        case list(told) if len(told) == count and all(map(_is_told, told)):
            return told
    raise RemoteProtocolError("asking which modules are imported", repr(answer)[:200].encode())


def read_keys(answer: object) -> frozenset[str]:
    """Reads the answer to `forget`; keys that make no sense are of no text."""
    return (
        frozenset(each for each in answer if isinstance(each, str))
        if isinstance(answer, list)
        else frozenset()
    )


def _is_told(value: object) -> bool:
    match value:
        case (str(name), None | True | str()):
            return all(part.isidentifier() for part in name.split("."))
    return False


def _call(function: str, *given: object) -> str:
    return f"{NAMES}['__iot_m__'][{function!r}]({','.join(map(ascii, given))})"
