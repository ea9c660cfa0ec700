"""``input`` in board cells: asked through the notebook's own field."""

import queue

import pytest

from tests.end_to_end.notebook import TIMEOUT, Notebook


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("input")
        yield notebook


def asked(notebook):
    return notebook.client.get_stdin_msg(timeout=TIMEOUT)["content"]


def test_it_asks_with_its_prompt(notebook):
    request = notebook.send(
        "print('before')\nname = input('Your name? ')\nprint('hello', name)\nname", allow_stdin=True
    )
    assert asked(notebook) == {"prompt": "Your name? ", "password": False}
    notebook.client.input("Ada é")
    cell = notebook.finish(request)
    assert cell.text() == "before\nhello Ada é\n"
    assert cell.result == "'Ada \\xe9'"


def test_in_a_loop(notebook):
    cell = notebook.run("[input(i) for i in range(3)]", answers=("a", "", "c"))
    assert cell.result == "['a', '', 'c']"


def test_in_a_function_of_a_module(notebook):
    notebook.run("with open('menu.py', 'w') as f: f.write('def ask(): return input(\"choice: \")')")
    request = notebook.send("import menu\nmenu.ask()", allow_stdin=True)
    assert asked(notebook)["prompt"] == "choice: "
    notebook.client.input("7")
    assert notebook.finish(request).result == "'7'"


def test_after_a_reset(notebook):
    notebook.run("%softreset")
    assert notebook.run("import menu\nmenu.ask()", answers=("8",)).result == "'8'"


def test_an_interrupt_ends_the_question(notebook):
    request = notebook.send("input('wait')", allow_stdin=True)
    asked(notebook)
    notebook.manager.interrupt_kernel()
    cell = notebook.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert "__iot__" not in cell.error
    assert notebook.run("1 + 1").result == "2"


def test_a_late_answer_is_lost(notebook):
    request = notebook.send("input('wait')", allow_stdin=True)
    asked(notebook)
    notebook.manager.interrupt_kernel()
    notebook.finish(request)
    notebook.client.input("print('typed')")
    assert notebook.run("1 + 1").result == "2"
    assert notebook.run("input()", answers=("next",)).result == "'next'"


def test_where_nobody_can_be_asked(notebook):
    cell = notebook.run("print('on')\ninput('?')\nprint('never')")
    assert cell.ename == "StdinNotImplementedError"
    assert cell.text() == "on\n"
    assert notebook.run("1 + 1").result == "2"


@pytest.mark.parametrize(
    ("answer", "value"), [("x" * 10_000, "10000"), ("a\x03b\x04\x01c", "3"), ("one\ntwo", "3")]
)
def test_strange_answers(notebook, answer, value):
    assert notebook.run("len(input())", answers=(answer,)).result == value


def test_host_cells_ask_as_before(notebook):
    assert notebook.run("%%host\ninput('x')", answers=("host",)).result == "'host'"
    assert notebook.run("input('y')", answers=("board",)).result == "'board'"


def test_silence_while_it_waits_sends_nothing(notebook):
    """A board that is silent is asked whether its code still runs; not one that waits for a line."""
    notebook.run("import menu")
    request = notebook.send("menu.ask()", allow_stdin=True)
    asked(notebook)
    with notebook.soon(lambda: notebook.client.input("late"), 6.0):
        assert notebook.finish(request).result == "'late'"


def test_the_question_goes_to_the_frontend_whose_cell_runs(notebook):
    """Another one that completes meanwhile is answered, and asked nothing; then it is its turn."""
    other = notebook.manager.blocking_client()
    other.start_channels()
    other.wait_for_ready(timeout=TIMEOUT)
    try:
        request = notebook.send("first = input('first? ')", allow_stdin=True)
        assert asked(notebook)["prompt"] == "first? "
        completion = other.complete("firs", 4)
        assert other.get_shell_msg(timeout=TIMEOUT)["parent_header"]["msg_id"] == completion
        waiting = other.execute("first + input('second? ')", allow_stdin=True)
        with pytest.raises(queue.Empty):
            other.get_stdin_msg(timeout=0.2)
        notebook.client.input("1")
        assert notebook.finish(request).status == "ok"
        assert other.get_stdin_msg(timeout=TIMEOUT)["content"]["prompt"] == "second? "
        other.input("2")
        reply = other.get_shell_msg(timeout=TIMEOUT)
        assert (reply["parent_header"]["msg_id"], reply["content"]["status"]) == (waiting, "ok")
        with pytest.raises(queue.Empty):
            notebook.client.get_stdin_msg(timeout=0.2)
    finally:
        other.stop_channels()


def test_standard_input_asks(notebook):
    cell = notebook.run("import sys\nsys.stdin.readline() + sys.stdin.read(1)", answers=("one", "y"))
    assert cell.result == r"'one\ny'"
    cell = notebook.run("sys.stdin.readline()")
    assert cell.ename == "StdinNotImplementedError"
