"""How each family of errors looks in a cell."""

import pytest

from iot_kernel.errors import (
    ConnectionLostError,
    DeviceError,
    HostError,
    NotConnectedError,
    UsageError,
)
from iot_kernel.kernel.error_reply import explain, report
from iot_kernel.kernel.output import Bursts, CellOutput, Pace
from tests.each import each

BOARD_TRACEBACK = (
    'Traceback (most recent call last):\n  File "<stdin>", line 2, in <module>\n'
    "NameError: name 'a' isn't defined"
)


@pytest.fixture
def shown():
    return []


@pytest.fixture
def cell(shown):
    def publish(kind, content, parent, metadata):
        shown.append((kind, content))

    bursts = Bursts()
    yield CellOutput(publish, {}, 1, bursts, Pace())
    bursts.close()


def test_a_board_s_exception_is_shown_as_the_board_printed_it(cell, shown):
    error = DeviceError("NameError", "name 'a' isn't defined", BOARD_TRACEBACK)
    reply = report(error, cell)
    content = {
        "ename": "NameError",
        "evalue": "name 'a' isn't defined",
        "traceback": BOARD_TRACEBACK.split("\n"),
    }
    assert shown == [("error", content)]
    assert reply == {"status": "error", **content}


def test_wrong_usage_shows_the_usage_and_no_traceback(cell, shown):
    reply = report(UsageError("%x: error: no", "usage: %x [-h]"), cell)
    cell.flush()
    assert shown == [("stream", {"name": "stderr", "text": "usage: %x [-h]\n%x: error: no\n"})]
    assert reply == {"status": "error", "ename": "UsageError", "evalue": "%x: error: no", "traceback": []}


def test_what_the_sub_kernel_has_shown_is_not_shown_again(cell, shown):
    fields = {"ename": "E", "evalue": "v", "traceback": ["t"]}
    assert report(HostError({"status": "error", **fields}), cell) == {"status": "error", **fields}
    assert shown == []


@pytest.mark.parametrize(
    "error",
    [
        NotConnectedError(),
        ConnectionLostError("serial:///dev/ttyACM0"),
        FileNotFoundError(2, "No such file or directory", ":main.py"),
        TimeoutError("nothing came"),
        KeyboardInterrupt("stopped"),
    ],
)
def test_user_errors_are_one_clear_line(cell, shown, error):
    reply = report(error, cell)
    ((kind, content),) = shown
    assert kind == "error"
    assert content["ename"] == type(error).__name__
    assert content["evalue"] == str(error)
    (line,) = content["traceback"]
    assert str(error) in line
    assert 'File "' not in line
    assert reply == {"status": "error", **content}


def test_a_very_long_path_is_not_shown_whole(cell, shown):
    reply = report(FileNotFoundError(2, "No such file or directory", ":" + "x" * 5000 + ".py"), cell)
    assert "…" in reply["evalue"]
    assert reply["evalue"].endswith("x.py'")
    assert len(shown[0][1]["traceback"][0]) < 400


def test_an_interrupt_without_words_is_one_word(cell, shown):
    report(KeyboardInterrupt(), cell)
    assert shown[0][1]["traceback"] == ["\x1b[31mKeyboardInterrupt\x1b[39m"]


def test_anything_else_is_shown_as_a_bug_with_its_traceback(cell, shown):
    try:
        raise RuntimeError("oops")
    except RuntimeError as error:
        reply = report(error, cell)
    lines = shown[0][1]["traceback"]
    assert any("test_error_reply.py" in line for line in lines)
    assert "bug" in lines[-1]
    assert reply["ename"] == "RuntimeError"


def test_the_line_of_the_cell_is_told_where_it_differs():
    error = DeviceError("NameError", "name 'a' isn't defined", BOARD_TRACEBACK, "before")
    assert explain(error, "x", 1).traceback == BOARD_TRACEBACK
    located = explain(error, "x\na", 4)
    assert located.traceback == f"{BOARD_TRACEBACK}\n(line 5 of the cell)"
    assert (located.ename, located.evalue, located.output) == (error.ename, error.evalue, error.output)


def test_the_line_is_not_that_of_a_function_from_an_earlier_cell():
    text = (
        'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
        '  File "<stdin>", line 9, in function_of_an_earlier_cell\nE: x'
    )
    assert explain(DeviceError("E", "x", text), "x", 3).traceback.endswith("(line 3 of the cell)")


def test_a_traceback_without_a_line_is_left_alone():
    error = DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: ")
    assert explain(error, "x", 4) is error


def syntax_error(line, name="SyntaxError"):
    text = f'Traceback (most recent call last):\n  File "<stdin>", line {line}\n{name}: invalid syntax'
    return DeviceError(name, "invalid syntax", text)


@each(
    ("code", "line", "magic"),
    [
        ("for i in x:\n    %info", 2, "%info"),
        (" %info -v", 1, "%info"),
        ("if x:\n\t%%bash", 2, "%%bash"),
        ("x\nif x:\n  !ls\nx", 3, "!"),
        ("if x:\n  ! ls", 2, "!"),
    ],
)
@each("name", ["SyntaxError", "IndentationError"])
def test_a_magic_that_is_not_in_the_first_column(name, code, line, magic):
    error = syntax_error(line, name)
    hint = f"({magic} has to start in the first column, and cannot stand inside a block)"
    assert explain(error, code, 1).traceback == f"{error.traceback}\n{hint}"
    assert explain(error, code, 3).traceback.endswith(f"\n(line {line + 2} of the cell)\n{hint}")


@pytest.mark.parametrize(
    ("code", "magic"),
    [("x = !ls", "!ls"), ("x=! ls", "!")],
)
def test_what_a_shell_shows_is_no_value_on_a_board(code, magic):
    hint = (
        f"(a board cannot take what {magic} shows; a cell that begins with %%host can, and %push copies it)"
    )
    assert explain(syntax_error(1), code, 1).traceback.endswith(f"\n{hint}")


@each(
    ("code", "hint"),
    [
        ("a, b = %ls lib", "%ls only shows something, and gives no value to a variable of a board"),
        ("  x.y = %cat a", "%cat only shows something, and gives no value to a variable of a board"),
        ("y = %pull x", "%pull gives no value; '%pull NAME as OTHER' copies to another name"),
        ("y = %push x", "%push gives no value; '%push NAME as OTHER' copies to another name"),
    ],
)
def test_a_magic_gives_no_value(code, hint):
    assert explain(syntax_error(1), code, 1).traceback.endswith(f"\n({hint})")


@each("code", ["a.b?", "a.b ??;", "?a.b", "??a.b", " a.b?", "?? a.b "])
def test_a_question_mark_asks_a_board_for_nothing(code):
    hint = "(a ? asks IPython for help; a board knows help(a.b) and dir(a.b))"
    assert explain(syntax_error(1), code, 1).traceback.endswith(f"\n{hint}")


@each("code", ["x == %info", "x = (5\n  % 0 0)", "(x\n  != 5 5)", "'a?", "f(a?", "? ?", "x = a?", ""])
@each("line", [1, 2, 3])
def test_other_syntax_errors_speak_for_themselves(code, line):
    assert explain(syntax_error(line), code, 1).traceback == syntax_error(line).traceback


@each("name", ["ImportError", "ModuleNotFoundError"])
@each("code", ["from ukernel.pipes import collect", "import ukernel"])
def test_what_is_for_the_host_is_told(name, code):
    told = explain(syntax_error(1, name), code, 1).traceback
    assert told.endswith("\n(ukernel is for cells on this computer: begin the cell with %%host)")
    assert explain(syntax_error(1, name), "import kernel", 1).traceback == syntax_error(1, name).traceback


@pytest.mark.parametrize("name", ["ucore", "core"])
def test_a_module_of_the_board_that_needs_ucore_is_told_how_to_get_it(name):
    evalue = f"no module named '{name}'"
    text = f'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\nImportError: {evalue}'
    told = explain(DeviceError("ImportError", evalue, text), "import producer", 1).traceback
    hint = "\n(a module of the board needs ucore, which cells bring along: import ucore before it)"
    assert told == text + (hint if name == "ucore" else "")


def test_only_what_the_board_refuses_gets_a_hint():
    assert explain(syntax_error(1, "NameError"), "a?", 1).traceback == syntax_error(1, "NameError").traceback
