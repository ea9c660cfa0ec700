"""Functions that are sent to a board: what goes, what cannot go and why, and how errors are told."""

import functools

import pytest

import iot_kernel
from iot_kernel.api.functions import function_code

THERE = __file__
OFFSET = 5


def fibonacci(n: int, first: "anything" = 0, *, more: list[int] = ()) -> int:  # noqa: F821
    """Calls itself."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def text(count):
    lines = """first
  second"""

    def inner(times):
        return lines * times

    return inner(count)


def gets_nothing():
    print("printed")  # noqa: T201


def counts():
    global count
    count = count + 1
    return count


def uses_a_global():
    return OFFSET + 1


def fails(x):
    def inner():
        return 1 // x

    return inner()


def calls_the_board(f):
    return helper(f)  # noqa: F821


@pytest.mark.board
class TestSent:
    def test_arguments_and_results_are_values(self, board):
        assert board.run(fibonacci, 10) == 55
        assert board.run(text, 2) == text(2)
        assert board.run(max_of, [1, 7, 3], 5) == 7
        assert board.run(max_of, list(range(1000)), 0) == 999

    def test_what_it_prints(self, board, capsys):
        assert board.run(gets_nothing) is None
        assert capsys.readouterr().out == "printed\n"
        taken = []
        board.run(gets_nothing, on_output=taken.append)
        assert "".join(taken) == "printed\n"

    def test_globals_are_the_boards(self, board):
        board.set("count", 1)
        assert board.run(counts) == 2
        assert board.get("count") == 2

    def test_nothing_is_left_behind(self, board):
        board.exec("fibonacci = 'mine'")
        before = board.eval("sorted(globals())")
        board.run(fibonacci, 3)
        with pytest.raises(iot_kernel.DeviceError):
            board.run(fails, 0)
        assert board.eval("sorted(globals())") == before
        assert board.get("fibonacci") == "mine"

    def test_lines_of_errors_are_those_of_the_file(self, board):
        with pytest.raises(iot_kernel.DeviceError, match="ZeroDivisionError") as caught:
            board.run(fails, 0)
        first = fails.__code__.co_firstlineno
        assert caught.value.traceback.splitlines()[:-1] == [
            "Traceback (most recent call last):",
            f'  File "{THERE}", line {first + 4}, in fails',
            f'  File "{THERE}", line {first + 2}, in inner',
        ]

    def test_lines_of_code_that_is_there_already_stay(self, board):
        board.exec("def helper(f):\n return f + ''")
        with pytest.raises(iot_kernel.DeviceError) as caught:
            board.run(calls_the_board, 1)
        assert '  File "<stdin>", line 2, in helper' in caught.value.traceback

    def test_a_name_that_the_board_does_not_know(self, board):
        with pytest.raises(iot_kernel.DeviceError, match="OFFSET") as caught:
            board.run(uses_a_global)
        traceback, note = caught.value.__notes__
        assert traceback == f"on the board:\n{caught.value.traceback}"
        assert note.startswith("OFFSET is a name of this program, which the board does not know: import it")

    def test_what_cannot_be_moved(self, board):
        with pytest.raises(iot_kernel.UnmovableValueError, match=r"args\[1\]\[0\]: an object object"):
            board.run(max_of, 1, [object()])
        with pytest.raises(iot_kernel.UnmovableValueError, match=r"the result of gives_a_module: a .*module"):
            board.run(gives_a_module)

    @pytest.mark.parametrize("kind", ["microbit", "wasm"])
    def test_other_firmware(self, kind, request):
        there = request.getfixturevalue(kind)
        with iot_kernel.connect(there.url) as device:
            assert device.run(fibonacci, 3) == 2
            assert device.run(max_of, [1, 7.5, "x"][:2], 5) == 7.5
            device.set("a", [1, 2.5, "x"])
            assert device.get("a") == device.eval("a") == [1, 2.5, "x"]
            device.files.write_bytes("a.py", b"x = 1")
            assert device.files.read_bytes("a.py") == b"x = 1"
            assert "a.py" in device.files.listdir()
            device.files.remove("a.py")


def max_of(values, least=None):
    return max(values + [least])  # noqa: RUF005  the micro:bit knows no other way


def gives_a_module():
    import sys

    return sys


def around():
    inside, more = 1, 2

    def closure():
        return inside + more

    return closure


@functools.lru_cache
def cached():
    return 1


def decorator(function):
    @functools.wraps(function)
    def wrapper():
        return function()

    return wrapper


@decorator
def wrapped():
    return 1


def same(function):
    return function


@same
def decorated():
    return 1


def with_a_default(a, b=OFFSET):
    return a


def with_a_keyword_default(a, *, b=OFFSET):
    return a


def positional(a, /):
    return a


async def waits():
    return 1


async def waits_and_yields():
    yield 1


def yields():
    yield 1


class Thing:
    def method(self):
        return 1

    def __call__(self):
        return 1


SPACE = {}
exec(compile("def no_source(): return 1", "<nowhere>", "exec"), SPACE)  # Python 3.13 knows the text of -c


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (around(), "closure: it uses inside, more from outside of it, which the board does not get; pass"),
        (cached, "cached: this is no function that is written in Python"),
        (wrapped, "wrapped: a decorator has wrapped it"),
        (decorated, "decorated: its decorator @same belongs to this program"),
        (with_a_default, r"with_a_default: the default of b is no plain value \(OFFSET\)"),
        (with_a_keyword_default, r"the default of b is no plain value \(OFFSET\)"),
        (positional, "positional: boards know no arguments that are positional only"),
        (waits, "waits: an async function has to be awaited"),
        (waits_and_yields, "waits_and_yields: an async function"),
        (yields, "yields: a generator stays on the board"),
        (lambda: 1, "a lambda: its source cannot be found"),
        (Thing().method, "method: a method belongs to an object"),
        (Thing, "Thing: a class is no function"),
        (Thing(), "Thing: this is no function that is written in Python"),
        (len, "len: this is no function that is written in Python"),
        (SPACE["no_source"], "no_source: its source cannot be found"),
        (5, "int: this is no function"),
    ],
)
def test_what_cannot_go_says_why(function, problem):
    with pytest.raises(iot_kernel.UnsendableFunctionError, match=problem):
        function_code(function)


def test_a_file_that_has_changed_since(tmp_path):
    file = tmp_path / "script.py"
    file.write_text("def first():\n    return 1\n")
    space = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    file.write_text("def other():\n    return 1\n")
    with pytest.raises(iot_kernel.UnsendableFunctionError, match="first: its file was changed"):
        function_code(space["first"])
