"""Code on real boards that is stopped, looked at, changed and stepped; and how that ends."""

import threading
import time

import pytest

from iot_kernel.debugging.commands import Pause, Step
from iot_kernel.debugging.errors import (
    CannotDebugError,
    CommandFailedError,
    CommandLostError,
    NotStoppedError,
)
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.messages import Continued, Logged, Stopped
from iot_kernel.device.board_debugger import BoardDebugger
from iot_kernel.device.debug_link import REPEATS
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceResetError
from tests.device.debugged_cells import PATIENCE, DebuggedCells
from tests.each import each
from tests.opened import opened
from tests.real_boards import kinds
from tests.snippets.test_names import QUARTERS, TAKE

pytestmark = pytest.mark.board

SOURCE = """\
def inner(n):
    m = n * 2
    return m
def outer(n):
    k = inner(n)
    return k + 1
x = 5
y = outer(x)
print("y", y)
y
"""

#: The rest of a function, as firmware before MicroPython 1.13 judges.
NO_WALRUS = """\
    if ":=" in text: raise SyntaxError("invalid syntax")
    return was(text, *names)
builtins.eval = own_eval
"""

#: Firmware that cannot say how deep calls are.
NO_DEPTH = """\
import sys, micropython
class Less: pass
for name in dir(micropython):
    if name not in ("stack_use", "__name__"): setattr(Less, name, getattr(micropython, name))
sys.modules["micropython"] = Less
"""
#: Where it stands in `inner`, and by whom it was called.
INNER = [(8, ""), (5, "outer"), (3, "inner")]


class Debugged(DebuggedCells):
    """A board whose cells have checkpoints."""

    def __init__(self, device):
        super().__init__(device)
        self.device = device
        self.debugger.attach()

    def start(self, source, *lines, key="cell", watched=(), **options):
        """Runs a cell with breakpoints in some of its lines."""
        made = self.debugger.table.add(key, source, watched=watched)
        self.pause_at({made.find(line).number: None for line in lines})
        self.start_made(made, **options)
        return made

    def pause_at(self, pauses):
        self.debugger.set_pauses(pauses)

    def evaluate(self, code, number=-1):
        return self.debugger.evaluate(self.frame(number), code)

    def execute(self, code, number=-1):
        return self.debugger.execute(self.frame(number), code)

    def end(self):
        """Lets it run to its end; what it printed, and its value."""
        self.go_on()
        if self.error is not None:
            raise self.error
        return "".join(self.printed), self.value


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("debugged") / "board") as board, opened(board) as device:
        yield Debugged(device)


@pytest.fixture
def debugged(shared):
    """The board of this module, where nothing runs."""
    yield shared
    if shared.thread is not None and shared.thread.is_alive():
        shared.device.interrupt()
        shared.thread.join(PATIENCE)
    shared.pause_at({})
    while not shared.events.empty():
        shared.events.get()


@pytest.fixture
def own(unix):
    """A board of the test's own, which may come to harm."""
    with opened(unix) as device:
        yield Debugged(device)


def test_a_cell_stops_and_goes_on(debugged):
    debugged.start(SOURCE, 3)
    assert debugged.stopped() == INNER
    assert debugged.variables() == {"n": "5", "m": "10"}
    assert debugged.printed == []
    assert debugged.end() == ("y 11\n", "11")
    assert isinstance(debugged.event(Continued), Continued)
    assert debugged.debugger.stopped is None


def test_stock_firmware_traces_no_lines(debugged):
    assert debugged.debugger.table.traced.is_possible is False


def test_without_breakpoints_it_runs_through(debugged):
    debugged.start(SOURCE)
    assert debugged.end() == ("y 11\n", "11")


def test_steps(debugged):
    debugged.start(SOURCE, 7)
    assert debugged.stopped() == [(7, "")]
    assert debugged.step(Step.NEXT) == [(8, "")]
    assert debugged.step(Step.IN) == [(8, ""), (5, "outer")]
    assert debugged.step(Step.NEXT) == [(8, ""), (6, "outer")]
    assert debugged.step(Step.OUT) == [(9, "")]
    assert debugged.end() == ("y 11\n", "11")


def test_a_step_out_of_the_innermost_function_stops_in_its_caller(debugged):
    debugged.start(SOURCE, 8)
    debugged.stopped()
    debugged.step(Step.IN)
    assert debugged.step(Step.IN) == [(8, ""), (5, "outer"), (2, "inner")]
    assert debugged.step(Step.OUT) == [(8, ""), (6, "outer")]


def test_a_breakpoint_inside_ends_a_step_over(debugged):
    debugged.start(SOURCE, 8, 3)
    debugged.stopped()
    assert debugged.step(Step.NEXT) == INNER


def test_callers_and_their_values_are_known(debugged):
    debugged.start(SOURCE, 3)
    assert debugged.stopped() == INNER
    assert [debugged.variables(frame) for frame in (1, 2)] == [{"n": "5"}, {"n": "5", "m": "10"}]
    assert debugged.evaluate("n + x", 1).text == "10"


def test_a_function_that_has_ended_is_no_caller(debugged):
    source = """\
def first(n):
    return n
def second(a, b, c, d, e, f, g, h):
    x = y = z = a
    return x
print(first(1) + second(1, 2, 3, 4, 5, 6, 7, 8))
"""
    debugged.start(source, 4)
    assert debugged.stopped() == [(6, ""), (4, "second")]


def test_of_a_deep_stack_the_innermost_frames_are_told(debugged):
    source = "def down(n):\n    if n == 0:\n        return n\n    return down(n - 1)\nx = down(60)\n"
    debugged.start(source, 3)
    assert debugged.stopped() == [(4, "down")] * 39 + [(3, "down")]
    assert [debugged.variables(number)["n"] for number in (-1, -2, 0)] == ["0", "1", "39"]


def test_commands_reach_a_board_whose_main_thread_has_few_checkpoints(debugged):
    source = "import time\nfor n in range(5):\n    time.sleep(0.4)\n"
    debugged.start(source)
    while not debugged.debugger._link._is_running:
        time.sleep(0.01)
    debugged.debugger.pause()
    assert debugged.stopped() == [(3, "")]


def test_a_generator_and_who_asks_it_for_more(debugged):
    source = """\
def some(n):
    yield n
    yield n + 1
def use():
    for i in some(1):
        y = i
use()
"""
    debugged.start(source, 3)
    assert debugged.stopped() == [(7, ""), (6, "use"), (3, "some")]


def test_coroutines(debugged):
    source = """\
import asyncio
async def work(n):
    await asyncio.sleep_ms(1)
    done.append(n)
    return n
async def main():
    print(await asyncio.gather(work(1), work(2)))
done = []
asyncio.run(main())
"""
    debugged.start(source, 4)
    seen = []
    for _ in range(2):
        assert debugged.stopped() == [(9, ""), (4, "work")]
        seen.append(debugged.variables()["n"])
        debugged.debugger.go()
    assert debugged.end() == ("[1, 2]\n", None)
    assert sorted(seen) == ["1", "2"]


def test_code_that_imports_in_its_own_way_stops(debugged):
    source = "import builtins\nwas = __import__\nbuiltins.__import__ = lambda *a: print(a[0])\nimport x\n"
    debugged.start(source + "builtins.__import__ = was\n", 5)
    assert debugged.stopped() == [(5, "")]
    assert debugged.end() == ("x\n", None)


def test_functions_of_earlier_cells_stop(debugged):
    first = debugged.start("def helper(a):\n    b = a + 1\n    return b\n", key="first")
    debugged.end()
    number = first.find(3).number
    made = debugged.debugger.table.add("second", "helper(1)")
    debugged.pause_at({number: None})
    debugged.start_made(made)
    assert debugged.stopped() == [(1, ""), (3, "helper")]
    assert debugged.frame().place.key == "first"
    assert debugged.end() == ("", "2")


def test_it_stops_at_the_first_checkpoint_if_asked_to(debugged):
    debugged.start("a = 1\nb = 2", stops=True)
    assert debugged.stopped() == [(1, "")]


def test_a_call_of_breakpoint_stops_at_the_next_line(debugged):
    debugged.start("def f(a):\n    breakpoint()\n    return a\nf(7)")
    assert debugged.stopped() == [(4, ""), (3, "f")]
    assert debugged.end() == ("", "7")


def test_a_running_cell_can_be_paused(debugged):
    debugged.start("import time\nn = 0\nwhile n < 1000000:\n    n += 1\n    time.sleep_ms(1)")
    time.sleep(0.2)
    debugged.debugger.pause()
    assert debugged.stopped()[0][0] in (3, 4, 5)
    assert debugged.execute("n = 1000000") == ()
    debugged.end()


def test_a_cell_without_checkpoints_says_that_it_looks_for_nothing(debugged):
    debugged.start("import time\nprint('runs')\nfor n in range(300): time.sleep_ms(1)", listens=False)
    while not debugged.printed:
        time.sleep(0.01)
    with pytest.raises(CommandLostError, match="no checkpoints"):
        debugged.debugger.pause()
    assert debugged.end() == ("runs\n", None)


# Values


def test_values_are_short_and_come_in_pages(debugged):
    source = "def f():\n    many = [0] * 12000\n    text = 'ä' * 500\n    return 1\nf()"
    debugged.start(source, 4)
    debugged.stopped()
    many, text = debugged.debugger.local(debugged.frame()).variables
    assert (many.kind, many.size, many.text) == ("list", 12000, "[0, 0, 0, 0, …] 12,000 items")
    assert (text.kind, text.size, text.text, text.reference) == (
        "str",
        500,
        f"'{'ä' * 80}'… 500 characters",
        0,
    )
    page = debugged.debugger.children(many.reference, 11_990)
    assert (page.start, page.total, len(page.variables)) == (11_990, 12_000, 10)
    assert page.variables[0].name == "11990"
    assert len(debugged.debugger.children(many.reference).variables) == 50


def test_globals_and_names_of_a_class_in_the_making(debugged):
    debugged.start("g = 'global'\nclass A:\n    member = 2\n    other = 3\n", 4)
    assert debugged.stopped() == [(1, ""), (4, "A")]  # in front of a class no checkpoint can stand
    assert [(each.name, each.text) for each in debugged.debugger.wide(None).variables] == [("member", "2")]
    assert ("g", "'global'") in [(each.name, each.text) for each in debugged.debugger.wide().variables]


def test_functions_are_known_by_their_names(debugged):
    debugged.device.exec("def f(): pass\ndef g(): yield 1\nother = f\nsize = len\n")
    asked = [("f", False), ("g", True), ("f", True), ("other", False), ("size", False), ("missing", False)]
    found = [debugged.debugger.has_function(name, yields=yields) for name, yields in asked]
    assert found == [True, True, False, False, False, False]


def test_names_that_are_not_bound_yet_are_left_out(debugged):
    debugged.start("def f(a):\n    if a: b = 1\n    c = 2\n    return c\nf(0)", 3)
    debugged.stopped()
    assert debugged.variables() == {"a": "0"}
    assert debugged.end() == ("", "2")


def test_names_that_may_be_unbound_are_seen_where_they_are_not_if_a_function_is_watched(debugged):
    source = "def f(a):\n    for i in range(a): s = i\n    c = 2\n    return c\nprint(f(0), f(3))"
    debugged.start(source, 3, watched=[3])
    debugged.stopped()
    assert debugged.variables() == {"a": "0"}
    debugged.debugger.go()
    debugged.stopped()
    assert debugged.variables() == {"a": "3", "i": "2", "s": "2"}
    assert debugged.evaluate("s + a").text == "5"
    assert debugged.execute("a = 4; s = 9; t = 5") == ("s",)
    assert debugged.end() == ("2 2\n", None)
    assert debugged.device.exec("print(t)") == "5\n"


def test_expressions_see_names_of_the_frame_and_globals(debugged):
    debugged.start(SOURCE, 3)
    debugged.stopped()
    assert debugged.evaluate("m + x").text == "15"
    assert debugged.evaluate("[n for _ in range(3)]").size == 3
    assert debugged.evaluate("'ü'").text == "'ü'"
    with pytest.raises(CommandFailedError, match="ZeroDivisionError"):
        debugged.evaluate("1 / 0")
    with pytest.raises(CommandFailedError, match="SyntaxError"):
        debugged.evaluate("1 +")
    assert debugged.evaluate("outer(1)").text == "3"  # which has the breakpoint in it


def test_globals_can_be_set_everywhere_and_locals_where_it_was_asked_for(debugged):
    debugged.start(SOURCE, 3, watched=[3])
    debugged.stopped()
    assert debugged.execute("m = 100; x = 6; new = 7") == ()
    assert debugged.variables()["m"] == "100"
    assert debugged.end() == ("y 101\n", "101")
    assert debugged.device.exec("print(x, new)") == "6 7\n"


def test_globals_can_be_deleted_from_a_function(debugged):
    debugged.device.exec("old = 1")
    debugged.start(SOURCE, 3)
    debugged.stopped()
    assert debugged.execute("del old, x; new = 2") == ()
    assert debugged.end() == ("y 11\n", "11")
    assert debugged.device.exec("print('old' in globals(), 'x' in globals(), new)") == "False False 2\n"


def test_locals_that_cannot_be_set_are_named(debugged):
    debugged.start(SOURCE, 3, watched=[2])
    debugged.stopped()
    assert debugged.execute("k = n = 1", 1) == ("n",)
    debugged.debugger.go()
    debugged.end()
    debugged.start(SOURCE, 3)
    debugged.stopped()
    assert debugged.execute("m = 1") == ("m",)
    assert debugged.end() == ("y 11\n", "11")


def test_firmware_without_assignment_expressions_sets_no_local_names(own):
    own.device.exec("import builtins\ndef own_eval(text, *names, was=eval):\n" + NO_WALRUS)
    own.debugger.attach()
    made = own.start(SOURCE, 3, watched=[3])
    assert ":=" not in made.source
    own.stopped()
    assert own.execute("m = 1; x = 7") == ("m",)
    assert own.end() == ("y 11\n", "11")
    assert own.device.exec("print(x)") == "7\n"


def test_without_a_measure_of_depth_only_the_innermost_frame_is_known(own):
    own.device.exec(NO_DEPTH)
    own.debugger.attach()
    own.start(SOURCE, 8, follows=True)
    assert own.stopped() == [(8, "")]
    assert own.step(Step.NEXT) == [(5, "outer")]
    assert own.step(Step.NEXT) == [(2, "inner")]
    own.debugger.go(Step.OUT)
    assert own.end() == ("y 11\n", "11")


def test_an_expression_without_end_is_stopped_and_the_code_still_stands(debugged):
    debugged.start(SOURCE, 3)
    debugged.stopped()
    timer = threading.Timer(0.5, debugged.device.interrupt)
    timer.start()
    with pytest.raises(CommandFailedError, match="KeyboardInterrupt"):
        debugged.execute("while True: pass")
    assert debugged.variables() == {"n": "5", "m": "10"}
    assert debugged.end() == ("y 11\n", "11")


class User:
    """Somebody who is asked, and who answers after a command has been sent again."""

    def __init__(self, debugged, answer):
        self.asked = []
        self._debugged, self._answer = debugged, answer

    def __call__(self, prompt):
        self.asked.append(prompt)
        threading.Timer(1.5 * REPEATS[0], lambda: self._debugged.device.answer(self._answer)).start()


def test_an_expression_may_ask_the_user(debugged):
    user = User(debugged, "Zoë")
    debugged.start(SOURCE, 3, on_input=user)
    debugged.stopped()
    assert debugged.evaluate("input('who? ')").text == "'Zoë'"
    assert user.asked == ["who? "]
    assert debugged.end() == ("y 11\n", "11")


def test_no_command_becomes_the_answer_to_code_that_asks_the_user(debugged):
    user = User(debugged, "Zoë")
    debugged.start("print(input('who? '))\nx = 5", follows=True, on_input=user)
    while not user.asked:
        time.sleep(0.01)
    with pytest.raises(CommandLostError, match="waits for input"):
        debugged.pause_at({})
    assert debugged.end() == ("Zoë\n", None)


def test_after_the_stop_button_nothing_waits_for_an_answer(debugged):
    asked = threading.Event()
    debugged.start(SOURCE, 3, on_input=lambda _: asked.set())
    debugged.stopped()
    threading.Thread(target=lambda: asked.wait(PATIENCE) and debugged.device.interrupt()).start()
    with pytest.raises(CommandFailedError, match="KeyboardInterrupt"):
        debugged.evaluate("input()")
    assert debugged.variables() == {"n": "5", "m": "10"}
    assert debugged.end() == ("y 11\n", "11")


# Conditions, log points, exceptions


@pytest.fixture
def loop(debugged):
    """A loop with the checkpoint in its middle."""
    made = debugged.debugger.table.add("loop", "def f(n):\n    for i in range(n):\n        i + 1\nf(5)\n")
    return debugged, made, made.find(3)


def test_a_condition(loop):
    debugged, made, point = loop
    debugged.pause_at({point.number: Pause("i == 3", names=point.names)})
    debugged.start_made(made)
    debugged.stopped()
    assert debugged.variables() == {"n": "5", "i": "3"}
    assert debugged.end() == ("", None)


def test_a_condition_that_raises_stops_and_says_so(loop):
    debugged, made, point = loop
    debugged.pause_at({point.number: Pause("i == missing", names=point.names)})
    debugged.start_made(made)
    stopped = debugged.event(Stopped)
    assert stopped.reason == "error"
    assert "missing" in stopped.text


def test_a_log_point(loop):
    debugged, made, point = loop
    debugged.pause_at({point.number: Pause("i > 2", "('i is ', i, '!')", point.names)})
    debugged.start_made(made)
    debugged.end()
    assert [debugged.event(Logged).text for _ in range(2)] == ["i is 3!", "i is 4!"]


def test_after_an_exception_that_nobody_caught_the_frames_are_there(debugged):
    debugged.start(SOURCE.replace("n * 2", "n / 0"), follows=True)
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        debugged.end()
    frames = debugged.debugger.last_frames()
    assert [frame.place.checkpoint.line for frame in frames] == [8, 5, 2]
    assert [each.text for each in debugged.debugger.local(frames[2]).variables] == ["5"]
    assert debugged.debugger.evaluate(frames[1], "n + x").text == "10"


@each("part", QUARTERS)
def test_variables_with_the_names_of_builtins_do_not_matter(own, part):
    own.device.exec(TAKE.replace("PART", part))
    own.debugger.attach()
    own.start("def f(a):\n    b = a\n    return b\nx = f(5)\n", 3, watched=[3])
    assert own.stopped() == [(4, ""), (3, "f")]
    assert own.variables() == {"a": "5", "b": "5"}
    assert own.evaluate("a").text == "5"
    assert own.execute("b = 7") == ()
    assert own.debugger.wide().total > 10
    own.end()
    assert own.debugger.evaluate(None, "x").text == "7"


# Ends


def test_the_stop_button_ends_a_cell_that_stands(debugged):
    debugged.start(SOURCE, 3)
    debugged.stopped()
    debugged.device.interrupt()
    with pytest.raises(DeviceError) as error:
        debugged.end()
    assert error.value.ename == "KeyboardInterrupt"
    assert "__iot__" not in error.value.traceback
    assert "line 3, in inner" in error.value.traceback
    assert debugged.debugger.stopped is None
    assert debugged.device.exec("print(6 * 7)") == "42\n"
    with pytest.raises(NotStoppedError):
        debugged.debugger.go()


def test_the_stop_button_is_not_lost_while_a_command_is_obeyed(debugged):
    debugged.start(SOURCE, 3)
    debugged.stopped()
    timer = threading.Timer(0.5, debugged.device.interrupt)
    timer.start()
    with pytest.raises((CommandFailedError, NotStoppedError)):
        debugged.debugger._link.ask("all(1 for _ in range(10**9))")  # as a long list of variables does
    with pytest.raises(DeviceError) as error:
        debugged.end()
    assert error.value.ename == "KeyboardInterrupt"


#: Memory is used up, for once, where code goes on.
NO_MEMORY = """\
import builtins
was = repr
def spoilt(what):
    if what != (): return was(what)
    builtins.repr = was
    raise MemoryError
def spoil():
    builtins.repr = spoilt
x = 1
y = 2
"""


def test_a_stop_that_ends_with_an_error_does_not_keep_later_ones_from_stopping(own):
    own.start(NO_MEMORY, 10)
    own.stopped()
    own.execute("spoil()")
    with pytest.raises(DeviceError, match="MemoryError"):
        own.end()
    own.start(SOURCE, 3)
    assert own.stopped() == INNER
    assert own.end() == ("y 11\n", "11")


def test_a_cell_may_catch_that(debugged):
    source = "try:\n    a = 1\nexcept KeyboardInterrupt:\n    print('caught')\n"
    debugged.start(source, 2)
    debugged.stopped()
    debugged.device.interrupt()
    assert debugged.end() == ("caught\n", None)


def test_unplugged_while_it_stands(own, unix):
    own.start(SOURCE, 3)
    own.stopped()
    unix.kill()
    with pytest.raises(ConnectionLostError):
        own.end()
    assert own.debugger.stopped is None
    assert isinstance(own.event(Continued), Continued)


def test_a_reset_while_it_stands(own):
    own.start("import machine\n" + SOURCE, 4)
    own.stopped()
    with pytest.raises((NotStoppedError, CommandLostError, DeviceResetError)):
        own.execute("machine.reset()")
    with pytest.raises((DeviceResetError, ConnectionLostError)):
        own.end()
    assert own.debugger.stopped is None
    own.debugger.attach()
    own.start(SOURCE, 3)
    assert own.stopped() == INNER


def test_after_a_reset_the_next_cell_stops_again(own):
    made = own.start(SOURCE, 3)
    own.stopped()
    own.end()
    own.device.soft_reset()
    own.start_made(made)
    assert own.stopped() == INNER
    assert own.end() == ("y 11\n", "11")


def test_code_of_another_kernel_has_other_numbers(own):
    own.start("def f(): return 1\n", 1)
    own.end()
    again = Debugged(own.device)
    again.start("f()\nx = 5\n", 2)
    assert again.stopped() == [(2, "")]
    again.end()


def test_values_are_let_go(own):
    free = "import gc; gc.collect(); print(gc.mem_free())"
    before = int(own.device.exec(free))
    own.start("def f(n):\n    big = bytearray(n)\n    return 0\nf(200000)", 3)
    own.stopped()
    own.debugger.evaluate(own.frame(), "big")
    own.end()
    assert int(own.device.exec(free)) > before - 100_000


def test_a_command_that_nobody_reads_does_no_harm_to_the_next_cell(debugged):
    debugged.start("import time\ntime.sleep(1)")
    time.sleep(0.2)
    with pytest.raises((NotStoppedError, CommandLostError)):
        debugged.debugger.execute(None, "y = 1")
    debugged.end()
    assert debugged.device.exec("print('fine')") == "fine\n"


def test_after_detaching_it_stops_nowhere(debugged):
    made = debugged.start(SOURCE, 3)
    debugged.stopped()
    debugged.end()
    debugged.debugger.detach()
    debugged.start_made(made)
    assert debugged.end() == ("y 11\n", "11")


# Threads

THREADS = """\
import _thread, time, ucore
def work(n):
    for i in range(n):
        time.sleep_ms(5)
    done.append(n)
done = []
pipe = ucore.open_pipe("beside")
def send():
    for i in range(40):
        pipe.write(bytes((i,)))
        time.sleep_ms(5)
    done.append('sent')
_thread.start_new_thread(send, ())
_thread.start_new_thread(work, (5,))
while len(done) < 2:
    time.sleep_ms(5)
"""


BETWEEN = """\
import _thread, time
def work(n):
    time.sleep_ms(300)
    seen.append(n)
seen = []
_thread.start_new_thread(work, (3,))
"""


def test_another_thread_stands_while_the_others_and_pipes_go_on(debugged):
    frames = []
    debugged.device.callbacks.on_frame = frames.append
    debugged.start(THREADS, 5)
    assert debugged.stopped() == [(5, "work")]
    assert not debugged.debugger.stopped.is_main
    count = len(frames)
    assert debugged.variables() == {"n": "5"}
    deadline = time.monotonic() + PATIENCE
    while len(frames) < count + 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(frames) >= count + 5
    assert debugged.end() == ("", None)


def test_pipes_go_on_while_the_main_thread_stands(debugged):
    frames = []
    debugged.device.callbacks.on_frame = frames.append
    debugged.start(THREADS, 15)
    debugged.stopped()
    deadline = time.monotonic() + PATIENCE
    while len(frames) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(frames) >= 20
    for _ in range(5):
        debugged.step(Step.IN)
        debugged.variables()
    debugged.pause_at({})
    debugged.end()
    samples = [frame.data for frame in frames if len(frame.data) == 1]  # the others announce the pipe
    assert samples == [bytes((number,)) for number in range(40)]


def test_many_stops_cost_no_memory(debugged):
    source = "import gc\ndef f(n):\n    for i in range(n):\n        k = [i]\n"
    source += "f(9)\n" + "gc.collect(); print(gc.mem_alloc())\nf(500)\n" * 2
    debugged.start(source, 4)
    for _ in range(1009):
        debugged.event(Stopped)
        debugged.variables()
        debugged.debugger.go()
    printed, _ = debugged.end()
    before, after = map(int, printed.split())
    assert after - before < 1000  # bytes; each stop that left one word would take more


COUNTING = """\
import _thread, time
count = 0
is_counting = True
def work():
    global count
    last = 0
    while is_counting:
        if count != last: fell.append((last, count))
        count = last = last + 1
        time.sleep_ms(2)
    fell.append('end')
fell = []
def f(a):
    return a
_thread.start_new_thread(work, ())
f(1)
is_counting = False
while not fell: time.sleep_ms(5)
print(fell)
"""


def test_statements_leave_globals_alone_that_others_change_meanwhile(debugged):
    debugged.start(COUNTING, 14)
    debugged.stopped()
    assert debugged.execute("time.sleep_ms(100)") == ()
    assert debugged.end() == ("['end']\n", None)


def test_threads_stand_one_at_a_time(debugged):
    source = """\
import _thread, time
done = []
def work(n):
    done.append(n)
for n in range(3):
    _thread.start_new_thread(work, (n,))
while len(done) < 3:
    time.sleep_ms(5)
"""
    debugged.start(source, 4)
    seen = []
    for _ in range(3):
        debugged.event(Stopped)
        seen.append(debugged.variables()["n"])
        debugged.debugger.go()
    debugged.end()
    assert sorted(seen) == ["0", "1", "2"]


def test_a_thread_that_stands_between_cells(debugged):
    debugged.start(BETWEEN, 4)
    debugged.end()
    assert debugged.stopped() == [(4, "work")]
    assert debugged.variables() == {"n": "3"}
    assert debugged.device.exec("print(seen)") == "[]\n"
    debugged.debugger.go()
    debugged.event(Continued)
    assert debugged.device.exec("time.sleep_ms(100); print(seen)") == "[3]\n"


# Other boards, and other texts

MODULE = "offset = 3\ndef shifted(n):\n    return n + offset\n"


def test_a_module_is_stopped_and_sees_its_own_globals(debugged):
    made = debugged.debugger.table.add("shifts.py", MODULE, module="shifts")
    debugged.device.files.write_files({"/shifts.py": made.source.encode()})
    point = made.find(3)
    debugged.pause_at({point.number: Pause("offset == 3", names=point.names, module="shifts")})
    debugged.start_made(debugged.debugger.table.add("cell", "import shifts\nshifts.shifted(1)"))
    assert debugged.stopped() == [(2, ""), (3, "shifted")]
    assert debugged.evaluate("n + offset").text == "4"
    assert ("offset", "3") in [(each.name, each.text) for each in debugged.debugger.wide("shifts").variables]
    assert debugged.execute("offset = 9") == ()
    assert debugged.end() == ("", "10")


def test_a_cell_that_somebody_else_runs_can_stand(debugged):
    made = debugged.debugger.table.add("defines", "def f(a):\n    return a\n")
    debugged.device.exec(made.source)
    debugged.pause_at({made.find(2).number: None})
    thread = threading.Thread(target=lambda: debugged.printed.append(debugged.device.exec("print(f(8))")))
    debugged.printed.clear()
    thread.start()
    assert debugged.stopped() == [(2, "f")]
    assert debugged.variables() == {"a": "8"}
    debugged.debugger.go()
    thread.join(PATIENCE)
    assert debugged.printed == ["8\n"]


def test_by_webrepl(webrepl):
    with opened(webrepl) as device:
        debugged = Debugged(device)
        debugged.start(SOURCE, 3, watched=[3])
        assert debugged.stopped() == INNER
        assert debugged.variables() == {"n": "5", "m": "10"}
        debugged.execute("m = 1")
        assert debugged.end() == ("y 2\n", "2")
        debugged.start(THREADS, 5)
        assert debugged.stopped() == [(5, "work")]
        assert debugged.variables() == {"n": "5"}
        assert debugged.end() == ("", None)


def test_a_kernel_that_goes_away_while_it_stands_leaves_a_usable_board(webrepl):
    with opened(webrepl) as device:
        debugged = Debugged(device)
        debugged.start(SOURCE, 3)
        debugged.stopped()
    debugged.thread.join(PATIENCE)
    assert isinstance(debugged.error, ConnectionLostError)
    with opened(webrepl) as device:
        assert device.exec("print(x)") == "5\n"


def test_breakpoints_of_a_kernel_that_has_gone_away_stop_nothing_for_long(webrepl):
    with opened(webrepl) as device:
        debugged = Debugged(device)
        debugged.start("def f(a):\n    return a\n", 2)
        debugged.end()
    with opened(webrepl) as device:
        assert device.exec("print(f(8))") == "8\n"
        assert device.exec("print(f(9))") == "9\n"


def test_a_thread_that_another_kernel_has_stopped_goes_on(webrepl):
    with opened(webrepl) as device:
        debugged = Debugged(device)
        debugged.start(BETWEEN, 4)
        debugged.end()
        debugged.stopped()
    with opened(webrepl) as device:
        assert device.exec("print(seen)") == "[]\n"
        Debugged(device)
        assert device.exec("time.sleep_ms(200); print(seen)") == "[3]\n"


@pytest.mark.parametrize(("board", "word"), [("wasm", "read"), ("microbit", "memory")])
def test_boards_that_cannot_say_why(request, board, word):
    with opened(request.getfixturevalue(board)) as device, pytest.raises(CannotDebugError, match=word):
        BoardDebugger(device, print, CheckpointTable()).attach()


def test_a_board_with_too_little_memory_says_so(tmp_path):
    with kinds.unix(tmp_path / "board", heap="96K") as board, opened(board) as device:
        with pytest.raises(CannotDebugError, match="too little free memory"):
            BoardDebugger(device, print, CheckpointTable()).attach()
        assert device.exec("print(6 * 7)") == "42\n"


@each("platform", ["webassembly", "microbit"])
def test_nothing_is_sent_to_those(platform):
    device = Device("memory://nothing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "platform", platform)
        with pytest.raises(CannotDebugError):
            BoardDebugger(device, print, CheckpointTable()).attach()


# Code that runs on while it may be stopped

SPINS = "n = 0\nwhile n < 1 << 40:\n    n += 1\n"


def running(debugged):
    while not debugged.debugger._link._is_running:
        time.sleep(0.01)


def assert_paused_and_ended(debugged):
    debugged.debugger.pause()
    assert debugged.stopped()[0][0] in (2, 3)
    assert debugged.execute("n = 1 << 40") == ()
    debugged.end()


def test_a_question_whether_it_is_idle_is_no_command(debugged):
    debugged.start(SPINS)
    running(debugged)
    debugged.device._board.type(b"\x01")
    time.sleep(0.2)
    assert_paused_and_ended(debugged)


def test_who_looks_for_commands_is_there_as_long_as_the_cell(own):
    looks = "import time; print((time.sleep_ms(1500), type(__iot_s__))[1])"
    typing = [threading.Timer(0.15, own.device._board.type, (b"\x01",)) for _ in range(2)]
    own.start("x = 1")
    own.end()
    typing[0].start()
    assert own.device.exec(looks) == "<class 'set'>\n"
    typing[1].start()
    own.start(looks)
    assert own.end()[0] != "<class 'set'>\n"


def test_without_threads_the_first_statement_of_a_loop_looks(unix):
    with opened(unix) as device:
        device.exec("import sys; sys.modules['_thread'] = None")
        debugged = Debugged(device)
        debugged.start(SPINS)
        running(debugged)
        assert_paused_and_ended(debugged)
        debugged.start(SOURCE, 3)
        assert debugged.stopped() == INNER
        debugged.end()


#: A loop without and with a call of a function that has checkpoints, each made by `made`.
LOOPS = """\
def called(n):
    return n
def loop(a, b, x):
    for i in range(500):
        a = b
        b = x
        x = i
"""
BEST = """\
import time
def best(f, *given):
    times = []
    for _ in range(20):
        begun = time.ticks_us()
        f(*given)
        times.append(time.ticks_diff(time.ticks_us(), begun))
    return min(times)
"""


def test_running_to_a_breakpoint_costs_far_less_than_following_everything(debugged):
    plain = debugged.device.exec(f"{LOOPS}{BEST}print(best(loop, 1, 2, 3))")
    made = debugged.debugger.table.add("loop", LOOPS)
    debugged.start_made(made)
    debugged.end()
    for index in range(40):  # more checkpoints that are kept, so that the set is not small
        debugged.debugger.table.add(str(index), "def called(n):\n" + "  called(n)\n" * 5)
    debugged.pause_at({made.find(2).number: None})
    costs = []
    for follows in (False, True):
        debugged.start("print(best(loop, 1, 2, 3))", follows=follows)
        costs.append(int(debugged.end()[0]) - int(plain))
    assert 4 * costs[0] < costs[1]


#: A loop with three names and a call; in the function there is no checkpoint.
CALLING = """\
def passed(n): "does nothing"
def calling():
    a = b = 1
    for x in range(500):
        passed(x)
"""

#: As memory is after a while: MicroPython goes through all of it for more than one block.
USED = "import gc\nfor index in range(gc.mem_free() // 300): (index, [index])\n"


def test_a_checkpoint_in_front_of_a_call_costs_a_few_calls(debugged):
    plain = int(debugged.device.exec(f"{CALLING}{BEST}print(best(calling))"))
    debugged.start(f"{CALLING}{USED}print(best(calling))")
    assert int(debugged.end()[0]) - plain <= 12 * plain
