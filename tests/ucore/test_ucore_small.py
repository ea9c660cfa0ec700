"""The board's side of pipes on a micro:bit: 9 KB of memory, no threads, no table of modules, no CRC-32."""

import random
import struct

import pytest

from iot_kernel.displays.bundle import bundle_of
from iot_kernel.displays.message import DisplayKind
from iot_kernel.errors import DeviceError
from iot_kernel.snippets import snippet
from iot_kernel.ucore import ModuleMemoryError
from tests.opened import opened
from tests.ucore.conftest import Reader
from tests.ucore.test_displays import Screen

pytestmark = pytest.mark.board


@pytest.fixture
def reader(microbit):
    with opened(microbit) as device:
        yield Reader(device)


def free(reader):
    return int(reader.run("import gc\ngc.collect()\ngc.mem_free()")[0])


def test_it_leaves_most_of_the_memory_and_no_file(reader):
    before = free(reader)
    reader.run("import ucore")
    assert free(reader) > 5300
    assert before - free(reader) < 3200
    assert reader.run("import os\nos.listdir()")[0] == "[]"
    assert reader.run("'ucore' in dir(), '__iot_file__' in dir()")[0] == "(True, False)"


def test_it_is_there_again_after_a_reset(reader):
    for _ in range(3):
        reader.run("with ucore.open_pipe('adc') as pipe:\n pipe.write(b'x')")
        reader.device.soft_reset()
    reader.device.hard_reset(quiet=0.2)
    reader.run("import ucore\nucore.open_pipe('adc').write(b'x')")
    assert reader.of("adc", 4) == [b"x"] * 4
    assert reader.run("import os\nos.listdir()")[0] == "[]"


def test_a_module_of_the_board_comes_first(reader):
    reader.device.files.write("/ucore.py", b"def open_pipe(name):\n    return 'mine'\n")
    assert reader.run("import ucore\nucore.open_pipe('adc')")[0] == "'mine'"
    reader.device.files.remove("/ucore.py")


def test_where_there_is_no_memory_nothing_stays_behind(reader):
    reader.run("import gc\ngc.collect()\nhold = []\nfor i in range(50): hold.append(bytes(84))")
    with pytest.raises(ModuleMemoryError):
        reader.run("import ucore")
    reader.run("del hold")
    assert reader.run("import os\nos.listdir()")[0] == "[]"
    assert reader.run("ucore.open_pipe('adc').write(b'x')")[0] == "True"


def test_messages(reader):
    contents = [
        b"",
        b"a",
        bytes(range(256)),
        b"\x01\x04>\xfd\xfe" * 60,
        b"\n\r\n",
        random.Random(1).randbytes(200),
    ]
    reader.check_messages(contents)


def test_as_long_as_memory_allows(reader):
    sizes = [127, 128, 129, 1500]
    for size in sizes:
        reader.run("import gc, ucore\ngc.collect()")
        reader.run(f"ucore.open_pipe('adc').write(bytes({size}))")
    assert reader.of("adc", len(sizes)) == [bytes(size) for size in sizes]
    reader.run("pipe = ucore.open_pipe('adc')\ngc.collect()\ndata = bytearray(1500)")
    assert reader.run("pipe.write(data)")[0] == "True"
    assert reader.of("adc", len(sizes) + 1)[-1] == bytes(1500)


def test_what_has_bytes(reader):
    reader.run("import array\npipe = ucore.open_pipe('adc')")
    reader.run("pipe.write(bytearray(b'ab'))\npipe.write(array.array('h', [1, -2]))")
    assert reader.of("adc", 2) == [b"ab", struct.pack("<hh", 1, -2)]


def test_what_is_refused(reader):
    wrong = dict.fromkeys(("''", "'a' * 65", "'ä' * 33", "'a\\nb'", "'\\x7f'"), "ValueError")
    wrong |= dict.fromkeys(("5", "None", "b'adc'"), "TypeError")
    codes = {f"ucore.open_pipe({name})": error for name, error in wrong.items()}
    codes |= {f"pipe.write({data})": "TypeError" for data in ("'text'", "5", "None", "[1]", "1.5")}
    reader.run("pipe = ucore.open_pipe('adc')")
    for code, error in codes.items():
        with pytest.raises(DeviceError) as caught:
            reader.run(code)
        assert (code, caught.value.ename) == (code, error)
    assert reader.messages == {}
    assert len(reader.hub.pipes()) == 1


def test_closing_and_opening_again(reader):
    reader.run("old = ucore.open_pipe('ä' * 32)\nsame = ucore.open_pipe('ä' * 32)\nsame.write(b'last')")
    assert reader.run("ucore.is_pipe_open('ä' * 32)")[0] == "True"
    reader.run("ucore.close_pipe('ä' * 32)\nold.close()\nucore.close_pipe('never open')")
    reader.wait(lambda: reader.ends == ["ä" * 32])
    assert reader.run("ucore.is_pipe_open('ä' * 32), old.write(b'too late')")[0] == "(False, False)"
    reader.run("new = ucore.open_pipe('ä' * 32)")
    assert reader.run("old.write(b'old'), new.write(b'new')")[0] == "(False, True)"
    assert reader.of("ä" * 32, 2) == [b"last", b"new"]


def test_a_with_block_in_nested_functions(reader):
    """Of the stack there is little."""
    body = "with ucore.open_pipe('adc') as pipe:\n  for i in range(100): pipe.write(bytes((i,)))"
    reader.run(f"def inner():\n {body}\ndef outer():\n inner()\nouter()")
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages["adc"] == [bytes((number,)) for number in range(100)]


def test_the_boards_time(reader):
    reader.run("pipe = ucore.open_pipe('adc', timestamps=True)\npipe.write(b'abcd')\npipe.write(bytes(130))")
    assert reader.of("adc", 2) == [b"abcd", bytes(130)]


def test_announcing_again(reader):
    reader.run("pipe = ucore.open_pipe('adc')\npipe.write(b'1')")
    reader.hub.end_all()
    reader.device.exec(snippet("announce"))
    reader.run("pipe.write(b'2')")
    assert reader.of("adc", 2) == [b"1", b"2"]


def test_text_and_samples_side_by_side(reader):
    code = "for i in range(200):\n  print(i)\n  p.write(bytes((i, 10, 4, 62)))"
    assert reader.run(f"with ucore.open_pipe('adc') as p:\n {code}")[1] == "".join(
        f"{number}\n" for number in range(200)
    )
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages["adc"] == [bytes((number, 10, 4, 62)) for number in range(200)]


def test_an_interrupt_in_the_middle(reader):
    """The pipe stays open, and lost is at most the message that was just written."""
    reader.run("n = 0\npipe = ucore.open_pipe('adc')")
    printed = []
    reader.device.callbacks.on_frame = lambda frame: (
        reader.hub.take(frame),
        len(reader.messages.get("adc", ())) == 99 and reader.device.interrupt(),
    )
    with pytest.raises(DeviceError) as caught:
        reader.device.run_cell("while True:\n n += 1\n pipe.write(bytes(100))", printed.append)
    assert caught.value.ename == "KeyboardInterrupt"
    assert (printed, reader.hub.damaged, reader.ends) == ([], 0, [])
    assert reader.run("pipe.write(b'after')")[0] == "True"
    reader.wait(lambda: reader.messages["adc"][-1] == b"after")
    assert reader.hub.pipe("adc").lost <= 1


SHOW = """
class A:
    def __repr__(self): return "<a>"
    def _repr_html_(self): return "<b>é</b>"
ucore.display(A())
ucore.display("<i>", "text/html", "x")
ucore.update_display(5, "x")
ucore.clear_output(True)
"""


def test_displays_come_when_they_are_needed(microbit):
    with opened(microbit) as device:
        screen = Screen(device)
        screen.run("import ucore")
        assert screen.run("hasattr(ucore, 'disp' + 'lay')")[0] == "False"
        assert screen.run(SHOW) == (None, "")
        kinds = [(display.kind, display.display_id) for display in screen.shown]
        show, update = DisplayKind.SHOW, DisplayKind.UPDATE
        assert kinds == [(show, ""), (show, "x"), (update, "x"), (DisplayKind.CLEAR_LATER, "")]
        datas = [bundle_of(display.items).data for display in screen.shown]
        assert datas == [
            {"text/plain": "<a>", "text/html": "<b>é</b>"},
            {"text/html": "<i>"},
            {"text/plain": "5"},
            {},
        ]
        assert (
            screen.run("import os, gc\ngc.collect()\nos.listdir(), gc.mem_free() > 3000")[0] == "([], True)"
        )
        assert screen.run("A()") == ("<a>", "")
        assert (screen.rest(), screen.notes) == (None, [])
