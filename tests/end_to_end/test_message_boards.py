"""A notebook with a board that talks in messages: what its user sees is what the others show."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.notebook import Notebook
from tests.end_to_end.pipes import place_of, subscribed
from tests.real_boards.message_board import MessageBoard
from ukernel.pipes import collect

pytestmark = pytest.mark.board


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with MessageBoard(tmp_path_factory.mktemp("messages") / "board") as made:
        yield made


@pytest.fixture(scope="module")
def notebook(board):
    with Notebook("iot") as made:
        assert made.run(f"%connect {board.url}").text().startswith("\x1b")
        yield made


def test_output_values_and_errors(notebook, board):
    cell = notebook.run("print('hello')\nx = [1, 2]\nx")
    assert (cell.text(), cell.result) == ("hello\n", "[1, 2]")
    cell = notebook.run("1 / 0")
    assert cell.ename == "ZeroDivisionError"
    assert "line 1" in cell.error
    assert "__iot" not in cell.error
    assert notebook.run("x").result == "[1, 2]"
    assert board.restarts == 0


def test_info_names_the_firmware(notebook):
    assert "firmware        µcore, which talks in messages\n" in notebook.run("%info").text()


def test_input(notebook):
    cell = notebook.run("input('who? ') + '!'", answers=["Ada"])
    assert cell.result == "'Ada!'"


def test_the_stop_button(notebook, board):
    request = notebook.send("n = 1\nprint('on')\nwhile True: n += 1")
    notebook.wait_for("on", request)
    notebook.manager.interrupt_kernel()
    assert notebook.finish(request).ename == "KeyboardInterrupt"
    assert notebook.run("n > 1").result == "True"
    assert board.restarts == 0


def test_completion_and_help_know_the_boards_names(notebook):
    notebook.run("class Lamp:\n    '''shines'''\n    def brighten(self): pass\nlamp = Lamp()")
    assert notebook.ask(notebook.client.complete, "lamp.bri")["matches"] == ["brighten"]
    assert notebook.ask(notebook.client.inspect, "lamp")["found"]
    assert notebook.reply(notebook.client.is_complete("if x:"))["content"]["status"] == "incomplete"


def test_pipes_come_to_other_programs(notebook):
    assert notebook.run("import ucore, struct\npipe = ucore.open_pipe('adc')").status == "ok"
    with ThreadPoolExecutor(1) as pool:
        collected = pool.submit(collect, "adc", n=9, seconds=30, **place_of(notebook))
        assert subscribed(notebook, "adc")
        notebook.run("for i in range(9): pipe.write(struct.pack('<f', i))")
        assert list(collected.result()) == list(range(9))
    assert notebook.run("pipe.close()").status == "ok"
    assert notebook.run("%pipes").text().startswith("no pipe is open")


def test_files_and_values(notebook, tmp_path):
    (tmp_path / "a.txt").write_text("text é\n" * 300)
    assert notebook.run(f"%cp {tmp_path}/a.txt :/a.txt").status == "ok"
    assert notebook.run("%cat /a.txt").text() == "text é\n" * 300
    assert notebook.run("%%host\nvalue = {'a': [1.5, None]}").status == "ok"
    assert notebook.run("%push value").status == "ok"
    assert notebook.run("value").result == "{'a': [1.5, None]}"


def test_rsync(notebook, jupyter):
    lamp = jupyter / "projects" / "messages"
    lamp.mkdir(parents=True, exist_ok=True)
    (lamp / "blink.py").write_text("times = 3\n")
    uid = notebook.run("%uid").text().strip()
    (lamp.parent / "messages.yaml").write_text(f"messages:\n  uid: {uid}\n  resources: [messages]\n")
    try:
        cell = notebook.run("%rsync")
    finally:
        (lamp.parent / "messages.yaml").unlink()
    assert cell.status == "ok"
    assert "blink.py" in cell.text()
    assert notebook.run("import blink\nblink.times").result == "3"


def test_a_restart_is_told_once(notebook):
    assert notebook.run("raise SystemExit").ename == "SystemExit"
    cell = notebook.run("1")
    assert "was reset; its variables are gone" in cell.text("stderr")
    assert notebook.run("2").text("stderr") == ""
