"""How a board cell runs: set-up cells, results of earlier cells, await, indented cells, another board."""

import time

import pytest

from tests.end_to_end.notebook import Notebook, virtual

LATER = """import _thread, machine, time
def reset():
    time.sleep(0.2)
    machine.reset()

_thread.start_new_thread(reset, ())"""

DIE = "import ffi\nffi.open(None).func('v', '_exit', 'i')(1)"


class Cells:
    """Runs cells that have an id, as those of JupyterLab have."""

    def __init__(self, notebook):
        self.notebook = notebook

    def __call__(self, code, cell_id=""):
        client = self.notebook.client
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        metadata = {"cellId": cell_id} if cell_id else {}
        request = client.session.msg(
            "execute_request", {**content, "allow_stdin": False, "stop_on_error": True}, metadata=metadata
        )
        client.shell_channel.send(request)
        return self.notebook.finish(request["header"]["msg_id"])


@pytest.fixture(scope="module")
def kernel():
    with Notebook("iot") as notebook:
        yield Cells(notebook)


@pytest.fixture
def run(kernel):
    """A notebook with a virtual board, without set-up cells."""
    assert kernel(f"%connect {virtual('ways')}").status == "ok"
    kernel("%setup --clear")
    kernel("%softreset -q")
    return kernel


def test_set_up_cells_run_again_after_every_kind_of_restart(run):
    first = run("%%setup\nprint('first')\nx = 40", "a").reply["execution_count"]
    second = run("%%setup\nx += 1\nx", "b")
    assert second.result == "41"
    again = f"set-up cell [{first}] runs again\nset-up cell [{second.reply['execution_count']}] runs again\n"
    for restart in (
        "%softreset",
        "%hardreset",
        "import machine\nmachine.reset()",
        DIE,
        LATER,
        f"%disconnect\n%connect {virtual('ways')}",
        f"%connect {virtual('other')}\n1\n%connect {virtual('ways')}",
    ):
        run(restart)
        time.sleep(0.6 if restart == LATER else 0)
        cell = run("x + 1")
        assert (cell.status, cell.result, cell.text()) == ("ok", "42", "first\n"), restart
        assert again in cell.text("stderr").replace(cell.text("stderr").split("set-up", 1)[0], "", 1), restart
        assert cell.text("stderr").count("has restarted: ") == 1
        assert (run("x + 1").text(), run("x").result) == ("", "41")
    assert run("x = 0\n%softreset -q\nx").result == "41"


def test_other_boards_are_not_touched(run):
    run("%%setup\nx = 1")
    run(f"%connect {virtual('other')}")
    run("%softreset -q")
    cell = run("x")
    assert (cell.ename, cell.text("stderr")) == ("NameError", "")
    assert "has no set-up cells" in run("%setup").text()


def test_a_changed_set_up_cell_replaces_itself(run):
    run("%%setup\nx = 1", "a")
    run("%%setup\nx = 2", "a")
    run("%softreset -q")
    cell = run("x")
    assert (cell.result, cell.text("stderr").count("runs again")) == ("2", 1)
    run("x = 3  # no set-up cell any more", "a")
    run("%softreset -q")
    assert run("x").ename == "NameError"


def test_behind_a_set_up_cell_that_fails_nothing_runs(run):
    number = run("%%setup\nx = 1\nimport nothing", "a").reply["execution_count"]
    assert run("x").result == "1"  # the user has just seen the error
    run("%softreset -q")
    for _ in range(2):
        cell = run("print('never')")
        assert (cell.ename, cell.text()) == ("ImportError", "")
        assert f"set-up cell [{number}] failed, so this cell was not run" in cell.text("stderr")
        assert cell.error.endswith(f"In [{number}], line 3\x1b[0m: import nothing")
    assert run("%setup").text() == f"[{number}] x = 1\n"
    run("%%setup\nx = 2", "a")
    assert run("x").result == "2"


def test_stop_ends_a_set_up_cell_and_the_cell_behind_it(run):
    run("%%setup\nimport os, time\nif 'wait' in os.listdir():\n  print('on')\n  time.sleep(100)\nx = 1")
    run("open('wait', 'w').close()\n%softreset -q")
    request = run.notebook.send("x = 2")
    run.notebook.wait_for("on", request)
    run.notebook.manager.interrupt_kernel()
    assert run.notebook.finish(request).ename == "KeyboardInterrupt"
    run("%rm :wait")
    assert run("x").result == "1"


def test_a_set_up_cell_may_hold_magics(run):
    assert run("%%setup\n!echo shell\nx = 5\nx").text() == "shell\n"
    run("%softreset -q")
    cell = run("x")
    assert (cell.text(), cell.result) == ("shell\n", "5")


def test_earlier_results(run):
    number = run("6 * 7").reply["execution_count"]
    assert run("_ + 1").result == "43"
    assert run(f"_, __, _{number}").result == "(43, 42, 42)"
    run("for _ in range(3): pass")
    assert run("8").result == "8"
    assert run("_").result == "2"


def test_await(run):
    double = "async def double(n):\n  await asyncio.sleep_ms(1)\n  return 2 * n"
    source = f"import asyncio\n{double}\n\ny = await double(3)"
    assert run(f"{source}\nawait double(y)").result == "12"
    assert run("y").result == "6"


def test_a_cell_that_is_indented_as_a_whole_and_a_repr_of_several_lines(run):
    cell = run("  class A:\n    def __repr__(self):\n      return 'one\\ntwo'\n\n  print('on')\n  A()")
    assert (cell.text(), cell.result) == ("on\n", "one\ntwo")


def test_after_a_failed_connect_no_cell_runs_on_the_board_before(run):
    for wrong in ("nosuch", "-z nosuch", "sim://a ws"):
        assert run(f"%connect {wrong}").status == "error"
        for _ in range(2):
            cell = run("print('never')")
            assert (cell.ename, cell.text()) == ("OtherBoardError", "")
            assert "is still connected" in cell.error
            name = cell.error.rpartition("goes on with ")[2].split("\n")[0]
        assert run(f"%connect {name}").status == "ok"
        assert run("print('on')").text() == "on\n"
