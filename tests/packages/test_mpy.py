"""Which compiled files fit which board."""

from iot_kernel.packages.mpy import fits, problem_of, version_of
from tests.each import each
from tests.packages.index import MPY_VERSION, compile_module

UNIX = 2822  # what MicroPython 1.25 for 64-bit Linux says: version 6.3, x64
WASM = 774  # version 6.3, no machine code
X64, ARMV6M, ARMV7M, ARMV7EMSP, XTENSAWIN, RV32 = 2, 4, 5, 7, 10, 11


def number(architecture, *, version=6, sub=3, extensions=0):
    return version | sub << 8 | architecture << 10 | extensions << 16


def test_numbers_of_real_boards():
    assert number(X64) == UNIX
    assert number(0) == WASM
    assert version_of(UNIX) == MPY_VERSION


@each(
    ("file", "board", "answer"),
    [
        (number(0), UNIX, True),
        (number(0, sub=0), UNIX, True),  # bytecode: the sub-version does not matter
        (number(0, version=5), UNIX, False),
        (number(X64), UNIX, True),
        (number(X64, sub=2), UNIX, False),
        (number(X64), WASM, False),
        (number(ARMV6M), number(ARMV7EMSP), True),
        (number(ARMV7M), number(ARMV7EMSP), True),
        (number(ARMV7EMSP), number(ARMV7M), False),
        (number(ARMV6M), number(XTENSAWIN), False),
        (number(3), number(ARMV7M), False),  # armv6 is no Thumb
        (number(RV32), number(RV32, extensions=1), True),
        (number(RV32, extensions=1), number(RV32), False),
        (number(RV32, extensions=1), number(RV32, extensions=3), True),
    ],
)
def test_fits(file, board, answer):
    assert fits(file, board) is answer


def test_what_mpy_cross_makes_fits():
    assert problem_of(compile_module("x = 1"), UNIX) == ""
    assert problem_of(compile_module("x = 1"), WASM) == ""


@each(
    ("data", "board", "problem"),
    [
        (b"M\x06\x00\x1f", None, "imports no compiled files"),
        (b"C\x06\x00\x1f", UNIX, "compiled for CircuitPython"),
        (b"M\x05\x00\x1f", UNIX, "compiled for .mpy version 5; this board imports version 6"),
        (bytes([77, 6, 3 | ARMV7M << 2, 31]), UNIX, "another architecture"),
        (b"import x\n", UNIX, "no compiled MicroPython module"),
        (b"M\x06", UNIX, "no compiled MicroPython module"),
        (b"", UNIX, "no compiled MicroPython module"),
    ],
)
def test_what_a_board_cannot_import(data, board, problem):
    assert problem in problem_of(data, board)
