"""Which compiled files a board can import. Pure.

A board states in ``sys.implementation._mpy`` what it imports: version of the format in bits 0 to 7, its
sub-version in bits 8 and 9, architecture of machine code in bits 10 to 13, its extensions from bit 16. A file
begins with ``M``, its version, and a byte with the file's sub-version in bits 0 and 1 and architecture above.
"""

from __future__ import annotations

SUFFIX = ".mpy"

_ARMV6M, _ARMV7EMDP = 4, 8  # each of these architectures also runs the code of those before it


def version_of(mpy: int) -> int:
    """The version of the format."""
    return mpy & 0xFF


def fits(file: int, board: int) -> bool:
    """Whether a board imports a file; both are numbers as in ``sys.implementation._mpy``."""
    if version_of(file) != version_of(board):
        return False
    architecture = _architecture(file)
    if architecture == 0:  # bytecode only: any sub-version will do
        return True
    same_sub_version = (file ^ board) >> 8 & 3 == 0
    missing_extensions = file >> 16 & ~(board >> 16)
    return same_sub_version and not missing_extensions and _runs(architecture, _architecture(board))


def problem_of(data: bytes, board: int | None) -> str:
    """Why a board cannot import a compiled file; empty where nothing speaks against it.

    Args:
        data: the file.
        board: its ``sys.implementation._mpy``; None for firmware that imports sources only.
    """
    if board is None:
        return "this board's firmware imports no compiled files; install sources (--no-mpy, or a .py file)"
    if data[:1] == b"C":
        return "compiled for CircuitPython; this board runs MicroPython"
    if data[:1] != b"M" or len(data) < 4:
        return "no compiled MicroPython module, whatever its name says"
    if data[1] != version_of(board):
        return f"compiled for .mpy version {data[1]}; this board imports version {version_of(board)}"
    if not fits(data[1] | (data[2] & 0x3F) << 8, board):
        return "compiled to machine code for another architecture"
    return ""


def _architecture(mpy: int) -> int:
    return mpy >> 10 & 0xF


def _runs(code: int, board: int) -> bool:
    return code == board or (_ARMV6M <= code <= board <= _ARMV7EMDP)
