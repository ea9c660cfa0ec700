"""One thing on several boards at the same time, with virtual boards: the way in for every magic."""

import secrets
import threading

import pytest

from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Row
from iot_kernel.errors import IoTKernelError, UsageError
from iot_kernel.magics.on_boards import TargetsFailedError, on_boards, one_row_a_board
from tests.end_to_end.notebook import virtual

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("quiet_search")]


@pytest.fixture
def names(notebook, tmp_path):
    """Three virtual boards that nothing has connected yet."""
    return [f"{virtual(name + secrets.token_hex(4))}&dir={tmp_path / name}" for name in "abc"]


def test_a_board_with_two_addresses_is_one():
    rows = [
        Row(Entry(url, uid), url)
        for url, uid in (("ws://x", "30:ae"), ("sim://a", ""), ("serial:///y", "30:ae"))
    ]
    assert [row.name for row in one_row_a_board(rows)] == ["ws://x", "sim://a"]


def evaluate(expression):
    return lambda own: own.session.device().run_cell(expression, own.out)


def test_the_values_come_in_order_and_the_boards_stay_connected(notebook, names):
    [first, *_] = names
    assert [end.value for end in on_boards(notebook, names, evaluate("6*7"))] == ["42"] * 3
    on_boards(notebook, [first], evaluate("kept = 1"))
    before = notebook.group.sessions
    [end, *_] = on_boards(notebook, names, evaluate("'kept' in globals()"))
    assert (end.name, end.value) == (first, "True")
    assert notebook.group.sessions == before
    assert notebook.session.current is None


def fails_on(name):
    def run(own):
        url = own.session.device().url
        return own.session.device().run_cell(f"print(1)\n{url == name} and no", own.out)

    return run


def test_a_table_with_all_that_became_of_them(notebook, names):
    with pytest.raises(TargetsFailedError, match=r"the cell failed on 2 of 4: .*, nosuch"):
        on_boards(notebook, [*names, "nosuch"], fails_on(names[1]))
    *_, (bundle, _, _) = notebook.displays
    head, *rows = bundle["text/plain"].splitlines()
    assert head.split() == ["board", "result", "s", "error"]
    assert [row.split()[0] for row in rows] == [*names, "nosuch"]
    assert "NameError" in rows[1]
    assert "No such device: nosuch" in rows[3]
    assert notebook.blocks[names[1]].stderr.startswith("Traceback")
    assert notebook.blocks[names[0]].stdout == "1\n"


def test_of_what_has_several_lines_the_table_has_the_first(notebook, names):
    def run(own):
        if own.session.device().url == names[0]:
            return "array([1,\n       2])"
        raise IoTKernelError("no file describes it. Write one:\n\nlamp:\n  uid: 1")

    with pytest.raises(TargetsFailedError):
        on_boards(notebook, names[:2], run)
    *_, (bundle, _, _) = notebook.displays
    _, first, second = bundle["text/plain"].splitlines()
    assert first.split()[1:-1] == ["array([1,", "…"]
    assert second.endswith("IoTKernelError: no file describes it. Write one: …")


def test_one_board_is_named_once(notebook, names):
    [first, *_] = names
    for known in (False, True):
        with pytest.raises(UsageError, match="this is one board"):
            on_boards(notebook, [first, first], evaluate("1"))
        if not known:
            on_boards(notebook, [first], evaluate("1"))
    uid = notebook.group.sessions[0].current.info.uid
    with pytest.raises(UsageError, match=f"and {uid}: this is one board"):
        on_boards(notebook, [first, uid], evaluate("1"))


def test_the_current_board_is_one_of_them(notebook, names):
    [first, second, _] = names
    device = notebook.session.connect(first)
    device.exec("kept = 1")
    assert [end.value for end in on_boards(notebook, [first, second], evaluate("'kept' in globals()"))] == [
        "True",
        "False",
    ]
    assert notebook.session.current is device
    assert len(notebook.group.sessions) == 1


def test_a_board_that_becomes_the_current_one_keeps_its_variables(notebook, names):
    [first, *_] = names
    on_boards(notebook, names, evaluate("kept = 1"))
    notebook.session.connect(first)
    assert notebook.session.device().eval("kept") == 1
    assert len(notebook.group.sessions) == 2


def test_a_stop_is_one_interrupt_for_each_and_nothing_goes_on(notebook, names):
    running = threading.Semaphore(0)

    def loop(own):
        def take(text):
            running.release()
            own.out(text)

        own.session.device().run_cell("print('on')\nwhile True: pass", take, on_begin=own.check)

    def stop():
        for _ in names:
            running.acquire(timeout=60)
        notebook.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        on_boards(notebook, names, loop)
    thread.join()
    *_, (bundle, _, _) = notebook.displays
    assert bundle["text/plain"].count("KeyboardInterrupt") == 3
    notebook.interrupted.clear()
    assert [end.value for end in on_boards(notebook, names, evaluate("1"))] == ["1"] * 3
