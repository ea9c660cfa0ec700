"""The debugger's prompt as a console sees it: `%debug`, `%%debug` and `%pdb` for cells of a board."""

import pytest

from tests.end_to_end.notebook import TIMEOUT, Notebook

CELL = "def invert(x):\n    y = x\n    return 1 / y"


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("prompt")
        yield notebook


def asked(notebook):
    return notebook.client.get_stdin_msg(timeout=TIMEOUT)["content"]


def test_names_are_kept_and_looked_at(notebook):
    assert notebook.run("%pdb on").ename == "NoPromptError"
    switched = notebook.finish(notebook.send("%pdb on", allow_stdin=True))
    assert switched.status == "ok"
    notebook.run(CELL)
    cell = notebook.run("invert(0)", answers=("y", "u", "q"))
    assert cell.ename == "ZeroDivisionError"
    kinds = [kind for kind in cell.kinds if kind in {"error", "stream"}]
    assert kinds[0] == "error"  # the prompt opens below it
    number = cell.reply["execution_count"]
    assert cell.text() == (
        f"> In [{number - 1}], line 3, in invert\n-> return 1 / y\n0\n> In [{number}], line 1\n-> invert(0)\n"
    )
    assert notebook.finish(notebook.send("%pdb off", allow_stdin=True)).status == "ok"
    assert "not kept any more" in notebook.run("%debug", answers=("y", "q")).text()


def test_a_cell_is_stepped_through(notebook):
    request = notebook.send(f"%%debug\n{CELL}\ninvert(4)", allow_stdin=True)
    assert asked(notebook) == {"prompt": "(board) ", "password": False}
    notebook.client.input("s")
    cell = notebook.finish(request, answers=("n", "p x, y", "c"))
    assert "(4, 4)\n" in cell.text()
    assert cell.result == "0.25"


def test_the_stop_button_ends_the_prompt(notebook):
    request = notebook.send("%%debug\nx = 1\nx = 2", allow_stdin=True)
    asked(notebook)
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).ename == "KeyboardInterrupt"
    notebook.run("1 / 0")
    request = notebook.send("%debug", allow_stdin=True)
    asked(notebook)
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).ename == "KeyboardInterrupt"
    assert notebook.run("6 * 7").result == "42"


def test_nobody_is_asked_where_nobody_answers(notebook):
    assert notebook.run("%debug").ename == "NoPromptError"
    assert notebook.run("%%debug\n1").ename == "NoPromptError"
    cell = notebook.run("breakpoint()\n6 * 7")
    assert cell.result == "42"
    assert "takes no questions" in cell.text("stderr")


def test_host_cells_have_their_own(notebook):
    notebook.run("%%host\ndef f(z):\n    1 / 0\nf(5)")
    request = notebook.send("%%host\n%debug", allow_stdin=True)
    assert asked(notebook)["prompt"] == "ipdb> "
    notebook.client.input("p z + 1")
    assert "6" in notebook.finish(request, answers=("q",)).text()


def test_where_plain_cells_run_on_the_host_the_board_is_reached_by_ucore(notebook):
    notebook.run("%target host")
    notebook.run(f"%%ucore\n{CELL}")
    request = notebook.send("%%ucore\n%%debug\ninvert(4)", allow_stdin=True)
    assert asked(notebook)["prompt"] == "(board) "
    notebook.client.input("c")
    assert notebook.finish(request).result == "0.25"
    notebook.run("%%ucore\ninvert(0)")
    request = notebook.send("%%ucore\n%debug", allow_stdin=True)
    assert asked(notebook)["prompt"] == "(board) "
    notebook.client.input("q")
    assert notebook.finish(request).status == "ok"
    request = notebook.send("%%debug\nn = 1", allow_stdin=True)
    assert asked(notebook)["prompt"] == "ipdb> "
    notebook.client.input("c")
    notebook.finish(request)
    notebook.run("%target board")


def test_a_restart_of_the_kernel_ends_it(notebook):
    notebook.send("%%debug\nx = 1", allow_stdin=True)
    asked(notebook)
    notebook.manager.restart_kernel(now=False)
    notebook.client.wait_for_ready(timeout=TIMEOUT)
    notebook.connect("prompt")
    assert notebook.run("6 * 7").result == "42"
