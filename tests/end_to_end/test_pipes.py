"""Pipes end to end: threads on a virtual board, real kernels, consumers in host cells and other processes."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.end_to_end.conftest import children
from tests.end_to_end.notebook import Notebook, eventually, virtual
from tests.end_to_end.pipes import PRODUCERS, Consumer, command, entry_of, listed, state_file, subscribed
from ukernel.pipes import collect

COUNT = """%%host
from ukernel.pipes import collect, subscribe
import numpy as np
samples = collect("adc", n=200)
print(len(samples), np.unique(np.diff(samples)).tolist())
"""

#: Board cell: a timer that counts until the pipe is closed.
TIMER = """
import struct, ucore
from machine import Timer
pipe, count = ucore.open_pipe("adc"), 0
def tick(timer):
    global count
    if pipe.write(struct.pack("<f", count)):
        count += 1
    else:
        timer.deinit()
timer = Timer(-1, period=3, callback=tick)
"""


@pytest.fixture(autouse=True)
def own_state(jupyter):
    """Each test looks at kernels of its own."""
    for name in ("UCORE_PIPE_PORT", "UCORE_PIPE_TOKEN", "UCORE_STATE_PATH"):
        assert name not in os.environ


@pytest.mark.parametrize("kernel", ["iot", "ucore"])
def test_a_thread_produces_while_host_cells_and_others_read(kernel):
    with Notebook(kernel) as notebook:
        notebook.connect("pipes")
        assert notebook.run(f"%%ucore\n{PRODUCERS}\ncount('adc')").status == "ok"
        assert notebook.run(COUNT).text() == "200 [1.0]\n"
        other = Consumer("adc")
        assert subscribed(notebook, "adc")
        for number in range(20):
            assert notebook.run(f"%%ucore\n{number} + 1").result == str(number + 1)
        assert notebook.run("%%ucore\nucore.close_pipe('adc')").status == "ok"
        count, lost = other.result()
        assert (count > 0, lost) == (True, 0)
        assert notebook.run("%pipes").text().startswith("no pipe is open")


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("pipes")
        yield notebook


@pytest.fixture
def producing(notebook):
    """A notebook whose board has a pipe open, and a process that reads it."""
    assert notebook.run(f"{PRODUCERS}\ncount('adc')").status == "ok"
    consumer = Consumer("adc")
    assert consumer.receives()
    yield consumer
    consumer.close()


def test_where_the_kernel_is(notebook):
    entry = entry_of(notebook.pid)
    assert stat.S_IMODE(state_file().stat().st_mode) == 0o600
    assert (entry["pid"], entry["url"]) == (notebook.pid, virtual("pipes"))
    assert entry["uid"]
    host = notebook.run("%%host\nimport os\n[os.environ['UCORE_PIPE_PORT'], os.environ['UCORE_PIPE_TOKEN']]")
    assert host.result == repr([str(entry["port"]), entry["token"]])


def test_an_interrupt_ends_no_pipe(notebook, producing):
    with notebook.soon(notebook.manager.interrupt_kernel):
        assert notebook.run("while True: pass").ename == "KeyboardInterrupt"
    assert notebook.run(COUNT).text() == "200 [1.0]\n"
    with notebook.soon(notebook.manager.interrupt_kernel):
        cell = notebook.run("%%host\nfrom ukernel.pipes import subscribe\nnext(subscribe('silence'))")
    assert cell.ename == "KeyboardInterrupt"
    assert listed(notebook, "adc")
    notebook.run("ucore.close_pipe('adc')")
    assert producing.result()[1] == 0


@pytest.mark.parametrize("end", ["%softreset -q", "%hardreset -t 0.2", "%disconnect", "%connect {other}"])
def test_what_ends_the_stream(notebook, producing, end):
    cell = notebook.run(end.format(other=virtual("other")))
    assert cell.status == "ok", cell.reply
    count, lost = producing.result()
    assert (count > 0, lost) == (True, 0)
    notebook.connect("pipes")
    assert notebook.run("%pipes").text().startswith("no pipe is open")


def test_a_board_that_dies_ends_the_stream():
    with Notebook("iot") as notebook:
        notebook.connect("dying")
        notebook.run(f"{PRODUCERS}\ncount('adc')")
        consumer = Consumer("adc")
        assert consumer.receives()
        boards = [pid for pid in children(notebook.pid) if "micropython" in command(pid)]
        assert boards
        for pid in boards:
            os.kill(pid, 9)
        assert consumer.result()[1] == 0


@pytest.mark.parametrize("how", ["shutdown", "restart", "kill"])
def test_the_end_of_the_kernel(how):
    with Notebook("ucore") as notebook:
        notebook.connect("ending")
        notebook.run(f"%%ucore\n{PRODUCERS}\ncount('adc')")
        consumer = Consumer("adc")
        assert consumer.receives()
        pid = notebook.pid
        assert entry_of(pid)
        if how == "kill":
            os.kill(pid, 9)
        elif how == "restart":
            notebook.manager.restart_kernel()
            notebook.client.wait_for_ready(timeout=60)
        else:
            notebook.manager.shutdown_kernel()
        count, _ = consumer.result()
        assert count > 0
        if how == "restart":
            assert notebook.run("%pipes").text().startswith("no pipe is open")
            assert entry_of(notebook.pid)
        assert how == "kill" or eventually(lambda: entry_of(pid) is None)


def test_a_port_that_is_taken_is_told(notebook, monkeypatch):
    monkeypatch.setenv("UCORE_PIPE_PORT", str(entry_of(notebook.pid)["port"]))
    with Notebook("iot") as second:
        cell = second.run("%%host\nimport os\nprint(os.environ['UCORE_PIPE_PORT'])")
        assert "UCORE_PIPE_PORT: port" in cell.text("stderr")
        assert cell.text().strip() != os.environ["UCORE_PIPE_PORT"]


def test_losses_are_shown(notebook):
    code = "import ucore\npipe = ucore.open_pipe('adc')\nfor n in range(5): pipe.write(b'1234')"
    assert notebook.run(code).status == "ok"
    notebook.run("pipe._channel.sequence += 3\npipe.write(b'1234')")
    assert listed(notebook, "adc")[-1] == "3"
    assert "1 open, 3 messages lost, 0 frames damaged" in notebook.run("%info").text()
    notebook.run("pipe.close()")


def test_a_timer_produces_between_cells_and_beside_them(notebook):
    assert notebook.run(TIMER).status == "ok"
    assert notebook.run(COUNT).text() == "200 [1.0]\n"
    with ThreadPoolExecutor() as pool:
        place = entry_of(notebook.pid)
        samples = pool.submit(collect, "adc", n=100, port=place["port"], token=place["token"])
        while not samples.done():
            assert notebook.run("print(sum(range(1000)))").text() == "499500\n"
        assert set(np.diff(samples.result())) == {1}
    with notebook.soon(notebook.manager.interrupt_kernel):
        assert notebook.run("while True: pass").ename == "KeyboardInterrupt"
    assert notebook.run(COUNT).text() == "200 [1.0]\n"
    notebook.run("ucore.close_pipe('adc')")
    later = "import time\ntime.sleep_ms(50)\ncount"  # a tick may be about to count
    assert notebook.run(later).result == notebook.run(later).result


def test_stop_ends_a_recording_without_limits_and_the_cell_goes_on(notebook, producing, tmp_path):
    def stop():
        assert eventually(lambda: list(tmp_path.iterdir()))  # a recording appears with its first sample
        notebook.manager.interrupt_kernel()

    path = str(tmp_path / "adc.csv")
    with notebook.soon(stop, delay=0):
        cell = notebook.run(
            f"%%host\nfrom ukernel.pipes import record\ndone = record('adc', {path!r}, progress=False)\n"
            f"print(done.samples == len(open({path!r}).readlines()) - 1 > 0)"
        )
    assert (cell.status, cell.text()) == ("ok", "True\n")
