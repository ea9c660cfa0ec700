"""Callbacks that come in the middle of a message: the board's output calls the test while it has its turn."""

from __future__ import annotations

import pytest

from iot_kernel import ucore
from iot_kernel.displays.bundle import bundle_of
from iot_kernel.displays.channel import LOST
from tests.ucore.test_displays import Screen

pytestmark = pytest.mark.board

#: In place of the line that takes the output: something that happens once, with the turn taken.
HOOKED = """
meanwhile = None


def _send(data):
    global meanwhile
    do, meanwhile = meanwhile, None
    if do:
        do()
    return sys.stdout.buffer.write(data)
"""

#: Has a callback run as a timer's would: between two steps of the code that sends.
CELL = """
import micropython, ucore
main = ucore.open_pipe("main")
other = ucore.open_pipe("other")
results = []

def during(callback, times=1):
    count = 0
    def run(_):
        nonlocal count
        count += 1
        try:
            results.append((ucore._owner is not None, callback()))
        except OSError as error:
            results.append(error.args[0])
    def happen():
        for number in range(times):
            micropython.schedule(run, None)
            while count <= number: pass
    ucore.meanwhile = happen
"""


@pytest.fixture
def hooked(threads, unix):
    """A board whose own module is ours, with that hook."""
    source = ucore.source("ucore")
    begin = source.index("_send = ")
    end = source.index("\n", begin)
    (unix.directory / "ucore.py").write_text(source[:begin] + HOOKED + source[end:])
    threads.run(CELL)
    return threads


def test_its_message_goes_behind_the_one_it_interrupts(hooked):
    hooked.run("during(lambda: other.write(b'callback'))\nmain.write(b'main')\nmain.write(b'next')")
    assert hooked.run("results")[0] == "[(True, True)]"
    assert hooked.of("main", 2) == [b"main", b"next"]
    assert hooked.of("other", 1) == [b"callback"]
    assert hooked.hub.damaged == 0


def test_its_message_comes_before_the_next_one_of_the_same_pipe(hooked):
    hooked.run("during(lambda: main.write(b'callback'))\nmain.write(b'first')\nmain.write(b'second')")
    assert hooked.of("main", 3) == [b"first", b"callback", b"second"]


def test_what_it_writes_is_what_it_was_then(hooked):
    hooked.run(
        "data = bytearray(b'then')\n"
        "def write():\n sent = main.write(data)\n data[:] = b'wrong'[:4]\n return sent\n"
        "during(write)\nmain.write(b'first')"
    )
    assert hooked.of("main", 2) == [b"first", b"then"]


def test_too_many_are_counted_as_lost(hooked):
    hooked.run("during(lambda: other.write(b'callback'), 20)\nmain.write(b'main')")
    assert hooked.run("[sent for _, sent in results]")[0] == repr([True] * 16 + [False] * 4)
    hooked.run("other.write(b'after')")
    assert hooked.of("other", 17) == [b"callback"] * 16 + [b"after"]
    assert hooked.hub.pipe("other").lost == 4


def test_it_cannot_open_a_pipe_then(hooked):
    hooked.run("during(lambda: ucore.open_pipe('new'))\nmain.write(b'main')")
    assert hooked.run("results, ucore.is_pipe_open('new')")[0] == "([16], False)"
    assert hooked.of("main", 1) == [b"main"]


def test_it_can_close_one(hooked):
    hooked.run("during(lambda: (ucore.close_pipe('other'), main.close()))\nmain.write(b'last')")
    hooked.wait(lambda: hooked.ends == ["other", "main"])
    assert hooked.messages == {"main": [b"last"]}
    assert hooked.run("main.write(b'more'), other.write(b'more')")[0] == "(False, False)"


def test_an_exception_in_a_turn_gives_it_back(hooked):
    code = "def fail(): raise ValueError('output')\nucore.meanwhile = fail\n"
    code += "try: main.write(b'1')\nexcept ValueError as error: print(error)\nmain.write(b'2')"
    assert hooked.run(code) == ("True", "output\n")
    assert hooked.of("main", 1) == [b"2"]
    assert hooked.hub.pipe("main").lost == 1


def test_a_thread_that_dies_in_a_turn_gives_it_back(hooked):
    code = (
        "import _thread, time\n"
        "def die(): raise ValueError('output')\n"
        "def produce(): ucore.meanwhile = die; other.write(b'1')\n"
        "_thread.start_new_thread(produce, ())\n"
        "time.sleep(0.1)\n"
        "main.write(b'2')"
    )
    assert hooked.run(code)[0] == "True"
    assert hooked.of("main", 1) == [b"2"]


@pytest.mark.parametrize(("action", "is_open"), [("open_pipe", True), ("close_pipe", False)])
def test_ctrl_c_while_it_tells_the_reader(hooked, action, is_open):
    """Board and reader agree afterwards on what is open."""
    if not is_open:
        hooked.run("ucore.open_pipe('new')")
    code = "def stop(): raise KeyboardInterrupt\nucore.meanwhile = stop\n"
    code += (
        f"try: ucore.{action}('new')\nexcept KeyboardInterrupt: print('stopped')\nucore.is_pipe_open('new')"
    )
    assert hooked.run(code) == (repr(is_open), "stopped\n")
    hooked.wait(lambda: (hooked.hub.pipe("new") is not None) is is_open)
    assert hooked.run("ucore.open_pipe('new').write(b'x')")[0] == "True"
    assert hooked.of("new", 1) == [b"x"]


def test_memory_that_is_short_makes_pieces_smaller(hooked):
    code = (
        "failures = [3]\n"
        "def fail():\n"
        " if failures[0]: failures[0] -= 1; ucore.meanwhile = fail; raise MemoryError\n"
        "ucore.meanwhile = fail\n"
        "main.write(bytes(10000)), ucore._longest"
    )
    assert hooked.run(code)[0] == "(True, 512)"
    assert hooked.of("main", 1) == [bytes(10000)]


def test_what_it_shows_goes_behind_the_one_it_interrupts(hooked):
    screen = Screen(hooked.device)
    code = (
        "data = bytearray(b'x' * 300)\n"
        "def show():\n ucore.display(data, mime='text/html')\n data[0] = 0\n"
        "during(show)\nucore.display('main' * 200)"
    )
    screen.run(code)
    shown = [bundle_of(display.items).data for display in screen.shown]
    assert shown == [{"text/plain": repr("main" * 200)}, {"text/html": "x" * 300}]
    assert (screen.damaged, screen.notes) == (0, [])


def test_of_many_that_show_something_16_wait(hooked):
    screen = Screen(hooked.device)
    screen.run("ucore.display(4)")
    screen.run("during(lambda: ucore.display(5), 20)\nmain.write(b'main')")
    assert (len(screen.shown), screen.notes) == (16, [LOST])
