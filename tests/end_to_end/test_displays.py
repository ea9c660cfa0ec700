"""What board cells show, as a frontend gets it."""

import base64

import pytest

from tests.end_to_end.notebook import Notebook, virtual

MODULE = """
with open('shower.py', 'w') as file:
    file.write('import ucore\\ndef show(thing): ucore.display(thing)\\n')
"""

RICH = """
class Rich:
    def __repr__(self): return '<rich>'
    def _repr_html_(self): return '<script>alert(1)</script>', {'isolated': True}
    def _repr_png_(self): return b'no picture'
Rich()
"""


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("displays")
        yield notebook


def shown(cell):
    """The messages that show something, by kind and content."""
    silent = {"status", "execute_input"}
    return [(m["msg_type"], m["content"]) for m in cell.messages if m["msg_type"] not in silent]


def test_a_value_with_several_types(notebook):
    cell = notebook.run(RICH)
    [result] = cell.of("execute_result")
    assert result["data"] == {"text/plain": "<rich>", "text/html": "<script>alert(1)</script>"}
    assert result["metadata"] == {"text/html": {"isolated": True}}
    assert result["execution_count"] == cell.reply["execution_count"]
    assert cell.text("stderr") == "the board's image/png is left out: its bytes are no such picture\n"


def test_shown_replaced_and_cleared_between_what_is_printed(notebook):
    cell = notebook.run(
        "print('a')\nhandle = ucore.display('one', display_id='mine')\nprint('b')\n"
        "handle.update('<i>two</i>', mime='text/html')\nucore.clear_output(wait=True)\nprint('c')"
    )
    assert cell.status == "ok"
    transient = {"display_id": "mine"}
    html = {"text/plain": "<text/html>", "text/html": "<i>two</i>"}
    assert shown(cell) == [
        ("stream", {"name": "stdout", "text": "a\n"}),
        ("display_data", {"data": {"text/plain": "'one'"}, "metadata": {}, "transient": transient}),
        ("stream", {"name": "stdout", "text": "b\n"}),
        ("update_display_data", {"data": html, "metadata": {}, "transient": transient}),
        ("clear_output", {"wait": True}),
        ("stream", {"name": "stdout", "text": "c\n"}),
    ]
    later = notebook.run("handle.update(3)")
    assert later.of("update_display_data")[0]["transient"] == transient


def test_from_a_module_and_from_a_thread(notebook):
    notebook.run(MODULE)
    cell = notebook.run("import ucore\nimport shower\nshower.show([1])")
    assert cell.of("display_data")[0]["data"] == {"text/plain": "[1]"}
    cell = notebook.run(
        "import _thread, time\ndone = []\n"
        "def show():\n ucore.display('in a thread')\n done.append(1)\n"
        "_thread.start_new_thread(show, ())\nwhile not done: time.sleep(0.01)"
    )
    assert cell.of("display_data")[0]["data"] == {"text/plain": "'in a thread'"}


def test_a_picture(notebook):
    cell = notebook.run(
        "import framebuf\nfb = framebuf.FrameBuffer(bytearray(320 * 240 * 2), 320, 240, framebuf.RGB565)\n"
        "fb.fill(0xf800)\nfb"
    )
    [result] = cell.of("execute_result")
    assert result["data"]["text/plain"] == "<FrameBuffer>"
    assert base64.b64decode(result["data"]["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")


def test_one_of_50_megabytes_is_one_line(notebook):
    notebook.run(f"%connect {virtual('large')}&heap=200M")
    cell = notebook.run("import ucore\nucore.display(bytes(50000000), mime='image/png')")
    assert (cell.status, cell.ename) == ("error", "ValueError")
    assert cell.reply["evalue"] == "a display has at most 10000000 bytes, not 50000000"
    cell = notebook.run("class Huge:\n def _repr_html_(self): return 'x' * 50000000\nHuge()")
    assert (cell.status, cell.result[:5]) == ("ok", "<Huge")
    assert cell.text("stderr") == (
        "of the value only its repr is shown "
        "(ValueError: a display has at most 10000000 bytes, not 50000000)\n"
    )
    cell = notebook.run("ucore.display(bytes(4000000), width=2000, height=1000)")
    assert len(cell.of("display_data")) == 1
    notebook.connect("displays")


def test_frames_that_make_no_sense_are_one_line(notebook):
    cell = notebook.run(
        "pieces, channel = ucore._names['_piece'], ucore._names['_displays']\n"
        "for data in (b'', b'?', b'd', b'd\\xff', b'd\\0t\\1\\0\\0'): pieces(channel, 0, data)\n"
        "pieces(channel, 0x8000, b'd'); channel.sequence += 1; pieces(channel, 0x4000, b'\\0')\n"
        "pieces(channel, 0, b'd\\0t\\3\\1\\0\\0\\0x/yz')\n7"
    )
    assert (cell.status, cell.result) == ("ok", "7")
    assert cell.of("display_data")[0]["data"]["x/y"] == "z"
    assert cell.text("stderr").count("\n") == 1


def test_stopped_in_the_middle_of_many(notebook):
    code = (
        "import time\nprint('on')\nn = 0\nwhile True:\n"
        " ucore.display(bytes(20000), width=100, height=100, display_id='film')\n"
        " ucore.update_display(n, 'film')\n n += 1"
    )
    request = notebook.send(code)
    notebook.wait_for("on", request)
    notebook.manager.interrupt_kernel()
    cell = notebook.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert notebook.run("ucore.display(5)").of("display_data")[0]["data"] == {"text/plain": "5"}


def test_stopped_while_a_value_is_asked(notebook):
    request = notebook.send(
        "class Slow:\n def _repr_html_(self):\n  print('asked')\n  while True: pass\nSlow()"
    )
    notebook.wait_for("asked", request)
    notebook.manager.interrupt_kernel()
    cell = notebook.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert notebook.run("1 + 1").result == "2"
