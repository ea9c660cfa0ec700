"""Files in a notebook: copied, refused in one line, interrupted halfway, with and without an audience."""

import os
import random
import signal
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.end_to_end.notebook import Notebook
from tools import boards

NOISE = random.Random(1).randbytes(30_000)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A directory with files; the notebooks' current one."""
    place = tmp_path_factory.mktemp("host")
    (place / "main.py").write_text("print('hello')\n")
    (place / "noise").write_bytes(NOISE)
    return place


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """The files of the board on a slow wire, seen from outside."""
    return tmp_path_factory.mktemp("slow") / "disk"


@pytest.fixture(scope="module")
def slow(disk, host):
    """A notebook with a virtual board on a slow wire."""
    query = {"dir": str(disk), "link": "115200", "micropython": str(boards.micropython())}
    with Notebook("iot", cwd=str(host)) as notebook:
        assert notebook.run(f"%connect sim://?{urlencode(query)}").status == "ok"
        yield notebook


@pytest.fixture(autouse=True)
def clean(disk):
    """An empty disk for each test."""
    yield
    for path in Path(disk).glob("*"):
        path.unlink()


def test_there_and_back(slow, disk, host):
    cell = slow.run("%cp main.py :\n%cat main.py\n%rlist\n%cp :main.py back.py\n%rm main.py")
    assert cell.status == "ok"
    assert "print('hello')\n" in cell.text()
    assert " free of " in cell.text()
    assert (host / "back.py").read_text() == "print('hello')\n"
    assert not (disk / "main.py").exists()


def test_beside_a_thread_that_prints(slow, host):
    code = "import _thread, time\ngoing = True\ndef tick():\n    while going:\n        print('tick')\n"
    code += "        time.sleep_ms(20)\n_thread.start_new_thread(tick, ());"
    assert slow.run(code).status == "ok"
    cell = slow.run("%cp noise :\n%cp :noise back\n%rlist")
    assert slow.run("going = False").status == "ok"
    assert cell.status == "ok"
    assert (host / "back").read_bytes() == NOISE
    assert cell.text().count("tick\n") > 10
    assert "�" not in cell.text()
    assert "\\x" not in cell.text()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("%cp nosuch :", "FileNotFoundError: [Errno 2] no such file or directory on this computer: 'nosuch'"),
        ("%cp :nosuch .", "FileNotFoundError: [Errno 2] no such file or directory on the board: ':/nosuch'"),
        ("%cat nosuch", "FileNotFoundError: [Errno 2] no such file or directory on the board: ':/nosuch'"),
        ("%rm -r /", "PermissionError: [Errno 1] the root of a file system is never removed: ':/'"),
        ("%cp main.py :/x\n%mkdirs /x/y", "[Errno 20] it is not a directory on the board: ':/x/y'"),
    ],
)
def test_a_refusal_is_one_line(slow, code, error):
    cell = slow.run(code)
    assert cell.status == "error"
    assert len(cell.of("error")) == 1
    assert len(cell.said.split("\n")) == 1
    assert error in cell.error.replace("\x1b[31m", "").replace("\x1b[39m", "")


def test_progress_for_whoever_watches(slow):
    request = slow.send("%cp noise :", allow_stdin=True)
    cell = slow.finish(request)
    shown = [content["data"]["text/plain"] for content in cell.of("display_data")]
    updates = [content["data"]["text/plain"] for content in cell.of("update_display_data")]
    assert len(shown) == 1
    assert any(text.startswith("copying: ") and " left" in text for text in [*shown, *updates])
    assert updates[-1].startswith("29.3 KB in ")
    assert len({str(content["transient"]) for content in cell.of("display_data")}) == 1


def test_no_progress_where_nobody_watches(slow, disk):
    cell = slow.run("%cp noise :")
    assert cell.kinds == ["busy", "execute_input", "idle"]
    assert (disk / "noise").read_bytes() == NOISE


def by_message(notebook):
    notebook.manager.interrupt_kernel()


def by_signal(notebook):
    os.kill(notebook.pid, signal.SIGINT)


def interrupted(notebook, code, how):
    """Runs a cell, interrupts it when its progress is shown, and returns what became of it."""
    request = notebook.send(code, allow_stdin=True)
    while True:
        message = notebook.client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "display_data" and message["parent_header"]["msg_id"] == request:
            break
    how(notebook)
    return notebook.finish(request)


@pytest.mark.parametrize("how", [by_message, by_signal])
@pytest.mark.parametrize("way", ["up", "down"])
def test_an_interrupt_in_the_middle(slow, disk, host, way, how):
    (disk / "noise").write_bytes(b"old" if way == "up" else NOISE)
    (host / "got").write_bytes(b"old")
    cell = interrupted(slow, "%cp noise :noise" if way == "up" else "%cp :noise got", how)
    assert (cell.status, cell.ename) == ("error", "KeyboardInterrupt")
    assert "__iot" not in cell.error
    assert cell.of("update_display_data")[-1]["data"]["text/plain"].startswith("copying stopped after ")
    assert slow.run("6 * 7").result == "42"
    if way == "up":
        assert {path.name: path.read_bytes() for path in disk.iterdir()} == {"noise": b"old"}
    assert (host / "got").read_bytes() == b"old"
    assert not list(host.glob("*.~iot"))


@pytest.mark.parametrize("how", [by_message, by_signal])
def test_an_interrupt_in_the_middle_on_a_microbit(host, microbit, how):
    with Notebook("iot", cwd=str(host)) as notebook:
        notebook.run(f"%connect {microbit.url}\n%cp main.py :noise")
        (host / "part").write_bytes(NOISE[:4000])
        cell = interrupted(notebook, "%cp part :noise", how)
        assert (cell.status, cell.ename) == ("error", "KeyboardInterrupt")
        assert notebook.run("6 * 7").result == "42"
        assert notebook.run("%cat noise").text() == "print('hello')\n"
        assert "~iot" not in notebook.run("import os\nprint(os.listdir())").text()


def test_in_a_host_notebook_a_name_means_the_side_of_its_cell(tmp_path, host):
    query = {"dir": str(tmp_path / "disk"), "micropython": str(boards.micropython())}
    with Notebook("ucore", cwd=str(host)) as notebook:
        notebook.run(f"%connect sim://?{urlencode(query)}")
        assert notebook.run("%cp main.py :here.py").status == "ok"
        assert (tmp_path / "disk/here.py").exists()
        assert notebook.run("%cp main.py there.py\n%cat there.py").text().split() == ["print('hello')"]
        assert (host / "there.py").exists()
        assert notebook.run("%%ucore\n%cat here.py").text() == "print('hello')\n"
        assert notebook.run("%rm there.py\n%rlist").text().startswith("     15 ")
        assert not (host / "there.py").exists()
        assert notebook.run("%%ucore\n%cat there.py").ename == "FileNotFoundError"
