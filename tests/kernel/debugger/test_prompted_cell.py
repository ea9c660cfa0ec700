"""Cells of real boards that are run at the debugger's prompt."""

import re
import threading

import pytest

from tests.kernel.debugger.prompt_notebook import PATIENCE, PromptNotebook
from tests.real_boards import kinds

pytestmark = pytest.mark.board

MEAN = """\
def mean(values):
    total = sum(values)
    count = len(values)
    return total / count"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The notebook of this module, on the unix port."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        with kinds.unix(tmp_path_factory.mktemp("prompted") / "board") as board:
            notebook = PromptNotebook(board.url)
            try:
                yield notebook
            finally:
                notebook.close()


@pytest.fixture
def notebook(everything):
    """The same, with a board that was just reset."""
    everything.device.soft_reset()
    everything.number = 0
    return everything


def dialogue(text):
    """Compares what is shown with a text, addresses aside."""
    return re.sub(r"0x[0-9a-f]+", "0x…", text).strip().split("\n")


def test_a_cell_is_stepped_through(notebook):
    shown = notebook.run(
        "%%debug\nx = 1\nfor i in range(2):\n    x += i\nprint('x is', x)\nx", *["n", "", "x", "!x = 50", "c"]
    )
    assert dialogue(shown) == [
        "> In [1], line 2",
        "-> x = 1",
        "(board) n",
        "> In [1], line 3",
        "-> for i in range(2):",
        "(board) ",
        "> In [1], line 4",
        "-> x += i",
        "(board) x",
        "1",
        "(board) !x = 50",
        "(board) c",
        "x is 51",
        "Out: 51",
    ]


def test_into_a_function_of_the_cell_and_out_of_it(notebook):
    shown = notebook.run(
        f"%%debug\n{MEAN}\ny = mean([1, 2])\ny", "b mean", "c", "w", "a", "n", "total", "r", "c"
    )
    assert dialogue(shown) == [
        "> In [1], line 6",  # definitions are passed over
        "-> y = mean([1, 2])",
        "(board) b mean",
        "Breakpoint 1 at In [1], line 3",
        "(board) c",
        "> In [1], line 3, in mean",
        "-> total = sum(values)",
        "(board) w",
        "  In [1], line 6",
        "-> y = mean([1, 2])",
        "> In [1], line 3, in mean",
        "-> total = sum(values)",
        "(board) a",
        "values = [1, 2]",
        "(board) n",
        "> In [1], line 4, in mean",
        "-> count = len(values)",
        "(board) total",
        "3",
        "(board) r",
        "> In [1], line 7",
        "-> y",
        "(board) c",
        "Out: 1.5",
    ]


def test_functions_of_cells_before_are_run_through_unless_they_were_debugged(notebook):
    notebook.run(MEAN)
    assert "in mean" not in notebook.run("%%debug\ny = mean([1, 2])\ny", "s", "s")


def test_local_variables_are_changed_where_the_code_stands(notebook):
    shown = notebook.run(
        f"%%debug\n{MEAN}\nmean([1, 2])",
        "b 5",
        "c",
        "total = 30",
        "u",
        "values = 3",
        "d",
        "p total, count",
        "c",
    )
    assert "Out: 15.0" in shown
    assert "(30, 2)\n" in shown
    assert "values = 3\n" in shown  # in the cell, where it is no local variable of anybody's
    assert notebook.run("values") == "Out: 3\n"


def test_variables_of_callers_stay(notebook):
    shown = notebook.run(
        f"%%debug\n{MEAN}\ndef f(k):\n    return mean([k])\nf(4)", "b 3", "c", "u", "k = 5", "c"
    )
    assert "*** not changed: k." in shown
    assert "Out: 4.0" in shown


def test_conditions_and_lines_that_stop_once(notebook):
    shown = notebook.run(
        "%%debug\nfor i in range(9):\n    j = i\n'end'",
        "b 3, i == 4",
        "c",
        "i",
        "cl",
        "tbreak 3",
        "c",
        "i",
        "c",
    )
    assert re.findall(r"\(board\) i\n(\d)", shown) == ["4", "5"]
    assert shown.endswith("Out: 'end'\n")


def test_until_goes_behind_a_loop_or_out_of_the_function(notebook):
    cell = f"%%debug\n{MEAN}\nx = 0\nfor i in range(3):\n    x += i\nmean([x])"
    shown = notebook.run(cell, "unt 8", "unt", "x", "s", "unt", "unt", "unt")
    assert re.findall(r"^> In \[1\], line (\d+)", shown, re.MULTILINE) == ["6", "8", "9", "3", "4", "5"]
    assert "(board) x\n3\n" in shown


def test_code_stops_itself_whichever_cell_calls_it(notebook):
    notebook.run("class Motor:\n    def start(self, level):\n        breakpoint()\n        return level")
    notebook.run("m = Motor()")
    assert dialogue(notebook.run("m.start(7)", "level", "c")) == [
        "> In [1], line 4, in Motor.start",
        "-> return level",
        "(board) level",
        "7",
        "(board) c",
        "Out: 7",
    ]


def test_nobody_to_ask_lets_the_code_go_on(notebook):
    shown = notebook.run("x = 6\nbreakpoint()\nx * 7", allow_stdin=False)
    assert dialogue(shown) == [
        "the code goes on where it would have stopped: this frontend takes no questions",
        "Out: 42",
    ]
    assert notebook.run("%%debug\nx", allow_stdin=False) == "[NoPromptError]\n"


def test_a_cell_is_ended_at_the_prompt(notebook):
    assert "line 3" not in notebook.run("%%debug\nx = 1\nx = 2\n%name", "q")
    assert notebook.reply["status"] == "ok"
    assert notebook.run("breakpoint()\nx = 3", "q").endswith("[DebuggerQuitError]\n")
    assert notebook.run("x") == "[NameError]\n"


def test_code_that_survives_the_end_is_not_stopped_again(notebook):
    cell = (
        "%%debug\ntry:\n    x = 1\nexcept KeyboardInterrupt:\n    print('tidied up')\n"
        "for i in range(3):\n    x = i\nx"
    )
    shown = notebook.run(cell, "b 7", "q")
    assert shown.endswith("tidied up\nOut: 2\n")


def test_a_cell_of_several_pieces_stops_at_its_first_line(notebook):
    shown = notebook.run("%%debug\nx = 1\n%name\ny = 2\nx + y", "c")
    assert shown.count("(board)") == 1
    assert shown.endswith("Out: 3\n")


def test_a_step_goes_on_behind_a_magic(notebook):
    shown = notebook.run("%%debug\nx = 1\n%name\ny = 2\nx + y", "n", "n", "c")
    assert shown.count("(board)") == 3
    assert "-> y = 2" in shown


def test_the_stop_button_at_the_prompt(notebook):
    run, thread = notebook.wait("%%debug\nx = 1\ny = 2")
    run.interrupts.request()
    assert notebook.ended(run, thread) == "KeyboardInterrupt"
    assert notebook.run("6 * 7") == "Out: 42\n"


def test_the_stop_button_while_something_is_evaluated(notebook):
    notebook.run("class Ready:\n    def __repr__(self):\n        print('begun')\n        while True: pass")
    run, end = notebook.begin("%%debug\nx = 1\ny = 2", "Ready()")
    begun = threading.Event()
    see = notebook.see
    notebook.see = lambda text: (see(text), begun.set() if "begun" in text else None)
    thread = threading.Thread(target=lambda: setattr(notebook, "reply", end()))
    thread.start()
    assert begun.wait(PATIENCE)
    run.interrupts.request()
    assert notebook.ended(run, thread) == "KeyboardInterrupt"
    del notebook.see
    assert notebook.run("6 * 7") == "Out: 42\n"


def test_a_reset_at_the_prompt_ends_the_cell(notebook):
    shown = notebook.run("%%debug\nx = 1\ny = 2", "!import machine; machine.reset()", "x", "x")
    assert shown.endswith("[DeviceResetError]\n")
    assert "Out: 2" in notebook.run("%%debug\n1 + 1", "c")


def test_code_runs_fast_again_behind_a_cell(notebook):
    notebook.run(f"%%debug\n{MEAN}", "c")
    assert notebook.run("'set' in repr(type(__iot_s__))") == "Out: True\n"
    assert "[NoPromptError]" not in notebook.run("%pdb on")
    notebook.run("1")
    assert notebook.run("'set' in repr(type(__iot_s__))") == "Out: False\n"
    notebook.run("%pdb off")
    assert notebook.run("'set' in repr(type(__iot_s__))") == "Out: True\n"


def test_breakpoints_are_forgotten_with_the_cell(notebook):
    notebook.run(f"%%debug\n{MEAN}", "b mean", "c")
    assert notebook.run("mean([2])") == "Out: 2.0\n"


def test_another_thread_stands_for_the_prompt(notebook):
    cell = (
        "import _thread, time\ndone = []\ndef work(k):\n    breakpoint()\n    done.append(k)\n"
        "_thread.start_new_thread(work, (5,))\nwhile not done: time.sleep(0.01)\ndone"
    )
    shown = dialogue(notebook.run(cell, "k", "c"))
    assert shown == [
        "another thread stands:",
        "> In [1], line 5, in work",
        "-> done.append(k)",
        "(board) k",
        "5",
        "(board) c",
        "Out: [5]",
    ]


def test_the_debugger_of_a_frontend_has_the_stop(notebook):
    notebook.request("attach")
    try:
        run, end = notebook.begin("%%debug\nx = 1\nx")
        thread = threading.Thread(target=lambda: setattr(notebook, "reply", end()))
        thread.start()
        while not [event for event in notebook.events if event["event"] == "stopped"]:
            assert thread.is_alive()
            thread.join(0.01)
    finally:
        notebook.request("disconnect")
    assert notebook.ended(run, thread) == ""
    assert notebook.shown.startswith("the debugger of the frontend is on")
    assert notebook.shown.endswith("Out: 1\n")
    assert "(board)" not in notebook.shown


def test_unplugging_at_the_prompt_ends_the_cell(everything, tmp_path):
    with kinds.unix(tmp_path / "unplugged") as board:
        notebook = PromptNotebook(board.url)
        try:
            notebook.run("%pdb on")
            run, thread = notebook.wait("%%debug\nx = 1")
            board.kill()
            assert notebook.ended(run, thread) == "ConnectionLostError"
            assert notebook.run("x = 2\n1 / 0", "x", "q").count("(board)") == 2
            run, end = notebook.begin("%debug", "x", "x", "q")
            board.kill()
            end()
            assert notebook.shown.count("(board) x\n") == 2  # it opens, and says what became of the board
        finally:
            notebook.close()
