"""Interrupts: in every state, as a message and as a signal; always a reply, and the next cell works."""

import os
import signal
import statistics
import time

import pytest

STATES = {
    "board loop": "print('on')\nwhile True: pass",
    "board sleep": "import time\nprint('on')\ntime.sleep(60)",
    "host loop": "%%host\nprint('on', flush=True)\nwhile True: pass",
    "host sleep": "%%host\nimport time\nprint('on', flush=True)\ntime.sleep(60)",
    "host await": "%%host\nimport asyncio\nprint('on', flush=True)\nawait asyncio.sleep(60)",
    "shell line": "! echo on; sleep 60",
    "shell cell": "%%bash\necho on\nsleep 60",
    "mixed cell": "x = 1\n! echo on\nimport time\ntime.sleep(60)",
}


def by_message(notebook):
    notebook.manager.interrupt_kernel()


def by_signal(notebook):
    os.kill(notebook.pid, signal.SIGINT)


@pytest.mark.parametrize("how", [by_message, by_signal])
@pytest.mark.parametrize("state", STATES)
def test_an_interrupt_ends_the_cell(board, state, how):
    board.run("kept = 41")
    request = board.send(STATES[state])
    board.wait_for("on", request)
    how(board)
    cell = board.finish(request)
    assert cell.status == "error"
    assert cell.ename in ("KeyboardInterrupt", "CancelledError")
    assert len(cell.of("error")) == 1
    assert board.run("kept + 1").result == "42"
    assert board.run("%%host\n6 * 7").result == "42"


def test_an_interrupt_comes_back_soon(board):
    """Soon is far below the cell's own length here; the benchmark holds it against 200 ms."""
    elapsed = []
    for _ in range(5):
        request = board.send("print('on')\nimport time\ntime.sleep(60)")
        board.wait_for("on", request)
        begin = time.monotonic()
        board.manager.interrupt_kernel()
        board.finish(request)
        elapsed.append(time.monotonic() - begin)
    assert statistics.median(elapsed) < 1.0


def test_an_interrupt_drops_the_cells_that_wait(board):
    running, waiting = board.send("print('on')\nwhile True: pass"), board.send("print('not reached')")
    board.wait_for("on", running)
    board.manager.interrupt_kernel()
    assert board.finish(running).ename == "KeyboardInterrupt"
    assert board.finish(waiting).status == "aborted"


def test_an_interrupt_without_a_cell_does_nothing(board):
    for how in (by_message, by_signal):
        how(board)
        time.sleep(0.1)
        assert board.run("1").result == "1"


def test_code_may_catch_the_interrupt(board):
    request = board.send(
        "import time\ntry:\n    print('on')\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('caught')"
    )
    board.wait_for("on", request)
    board.manager.interrupt_kernel()
    cell = board.finish(request)
    assert cell.text() == "caught\n"


def test_an_interrupt_while_the_host_waits_for_input(board):
    request = board.send("%%host\ninput('name? ')", allow_stdin=True)
    assert board.client.get_stdin_msg(timeout=60)["content"]["prompt"] == "name? "
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"
    assert board.run("%%host\n1").result == "1"


def test_an_interrupt_of_endless_output_cuts_it(board):
    request = board.send("while True: print('x' * 1000)")
    board.wait_for("x", request)
    time.sleep(1.5)
    board.manager.interrupt_kernel()
    cell = board.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert board.run("1").result == "1"
