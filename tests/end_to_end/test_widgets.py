"""Widgets of the host: their messages pass in both directions, also while a board cell runs."""

import uuid

import pytest

SLIDER = """%%host
import ipywidgets as widgets
slider, label = widgets.IntSlider(), widgets.Label()
def moved(change):
    label.value = f"now {change.new}"
slider.observe(moved, "value")
print(slider.comm.comm_id, label.comm.comm_id)
"""


@pytest.fixture(scope="module")
def slider(board):
    """The comm ids of a slider and of the label that follows it."""
    return board.run(SLIDER).text().split()


def move(board, slider, value):
    """Does what a browser does when a slider is dragged; returns the message's id."""
    content = {
        "comm_id": slider[0],
        "data": {"method": "update", "state": {"value": value}, "buffer_paths": []},
    }
    message = board.client.session.msg("comm_msg", content)
    board.client.shell_channel.send(message)
    return message["header"]["msg_id"]


def label_updates(board, slider, request):
    """What is published for a comm message until it is done: a browser sends no other before."""
    for message in board.published(request):
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["comm_id"] == slider[1]:
            yield content["data"]["state"]["value"]


def test_a_slider_moves_a_label(board, slider):
    for value in (5, 6, 7):
        assert list(label_updates(board, slider, move(board, slider, value))) == [f"now {value}"]


def test_also_while_a_board_cell_runs(board, slider):
    request = board.send("print('on')\nwhile True: pass")
    board.wait_for("on", request)
    for value in (15, 16, 17):
        assert list(label_updates(board, slider, move(board, slider, value))) == [f"now {value}"]
    board.manager.interrupt_kernel()
    assert board.reply(request)["content"]["ename"] == "KeyboardInterrupt"
    list(board.published(request))


def test_a_running_cell_keeps_the_kernel_busy(board, slider):
    """A widget's message ends with an idle; the cell that still runs makes the kernel busy again."""
    request = board.send("print('on')\nwhile True: pass")
    board.wait_for("on", request)
    board.late.clear()
    list(label_updates(board, slider, move(board, slider, 30)))
    busy = board.client.get_iopub_msg(timeout=60)
    assert (busy["msg_type"], busy["parent_header"]["msg_id"]) == ("status", request)
    assert busy["content"]["execution_state"] == "busy"
    board.manager.interrupt_kernel()
    assert board.finish(request).kinds[-1] == "idle"


def test_also_while_a_host_cell_awaits(board, slider):
    request = board.send("%%host\nprint('on', flush=True)\nimport asyncio\nawait asyncio.sleep(60)")
    board.wait_for("on", request)
    for value in (25, 26):
        assert list(label_updates(board, slider, move(board, slider, value))) == [f"now {value}"]
    board.manager.interrupt_kernel()
    assert board.reply(request)["content"]["status"] == "error"
    list(board.published(request))


def test_every_message_is_done_under_its_own_name(board):
    """Widgets that take their time overlap with each other and with a cell; each gets its own idle."""
    code = "slow = widgets.IntSlider()\nslow.observe(lambda _: __import__('time').sleep(0.2), 'value')"
    comm = board.run(f"%%host\nimport ipywidgets as widgets\n{code}\nprint(slow.comm.comm_id)").text().strip()
    moves = [move(board, [comm], value) for value in (1, 2, 3)]
    cell = board.send("import time\ntime.sleep(1)")
    waiting = {*moves, cell}
    while waiting:
        message = board.client.get_iopub_msg(timeout=60)
        if message["content"].get("execution_state") == "idle":
            waiting.discard(message["parent_header"]["msg_id"])
    assert board.reply(cell)["content"]["status"] == "ok"


def test_open_comms_are_known(board, slider):
    comms = board.reply(board.client.comm_info())["content"]["comms"]
    assert set(slider) <= set(comms)


def test_widgets_of_a_dead_host_are_closed(board, slider):
    cell = board.run("%%host\nimport os; os._exit(1)")
    assert cell.ename == "HostDiedError"
    closed = {
        message["content"]["comm_id"]
        for message in [*cell.messages, *board.late]
        if message["msg_type"] == "comm_close"
    }
    assert set(slider) <= closed


def test_a_comm_that_nobody_takes_is_closed_at_once(board):
    board.run("%%host\nimport os; os._exit(1)")
    comm_id = uuid.uuid4().hex
    content = {"comm_id": comm_id, "target_name": "jupyter.widget.control", "data": {}}
    message = board.client.session.msg("comm_open", content)
    board.client.shell_channel.send(message)
    published = list(board.published(message["header"]["msg_id"]))
    assert [m["content"]["comm_id"] for m in published if m["msg_type"] == "comm_close"] == [comm_id]
