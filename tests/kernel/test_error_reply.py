"""How each family of errors looks in a cell."""

import re

import pytest

from iot_kernel.errors import (
    ConnectionLostError,
    DeviceError,
    HostError,
    NotConnectedError,
    UsageError,
)
from iot_kernel.kernel.error_reply import report
from iot_kernel.kernel.output import Bursts, CellOutput, Pace

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
    """A second one says how to learn more, where there is more."""
    reply = report(error, cell)
    ((kind, content),) = shown
    assert kind == "error"
    assert content["ename"] == type(error).__name__
    assert content["evalue"] == str(error)
    line, *more = content["traceback"]
    assert str(error) in line
    assert 'File "' not in line
    assert all(re.fullmatch(r"\(%explain [a-z-]+ tells more\)", text) for text in more)
    assert reply == {"status": "error", **content}


def test_the_section_about_an_error_is_named(cell, shown):
    report(NotConnectedError(), cell)
    assert shown[0][1]["traceback"][1:] == ["(%explain no-board-connected tells more)"]


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
