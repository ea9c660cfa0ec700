"""Measuring and capturing board cells, in a whole kernel."""

import re

from tests.end_to_end.notebook import TIMEOUT


def test_a_timed_cell_runs_as_it_stands(board):
    request = board.send("%%time\nprint('before')\nx = input('? ')\nx * 2", allow_stdin=True)
    assert board.client.get_stdin_msg(timeout=TIMEOUT)["content"]["prompt"] == "? "
    board.client.input("ab")
    cell = board.finish(request)
    assert re.fullmatch(r"before\nWall time: .*\n", cell.text())
    assert cell.result == "'abab'"
    assert [kind for kind in cell.kinds if kind in ("stream", "execute_result")][-2:] == [
        "stream",
        "execute_result",
    ]
    assert board.run("x").result == "'ab'"


def told_lines(cell):
    """The lines of a cell that its error names: by the board, and in the notebook's own words."""
    frames = [int(line) for line in re.findall(r'"<stdin>", line (\d+), in ', cell.error)]
    return frames, re.findall(r"In \[\d+\], line (\d+)[^:\n]*: (.+)", cell.error)


def test_the_lines_of_errors_are_the_cells(board):
    cell = board.run("%%time\n\ndef f():\n    return 1 / 0\n\nf()")
    assert told_lines(cell) == ([6, 4], [("6", "f()"), ("4", "return 1 / 0")])
    cell = board.run("a = 1\n%time a / 0")
    assert told_lines(cell) == ([2], [("2", "a / 0")])
    cell = board.run("%%ucore\n%%timeit\na\na / 0")
    assert told_lines(cell) == ([4], [("4", "a / 0")])
    cell = board.run("%%profile\ndef g():\n    f()\n\ng()")
    assert told_lines(cell)[0] == [5, 3, 4]


def interrupted(board, code):
    """Runs a cell that says when it is to be interrupted."""
    request = board.send(code)
    for message in board.published(request):
        if "go" in message["content"].get("text", ""):
            board.manager.interrupt_kernel()
            break
    return board.finish(request)


def test_interrupts(board):
    endless = "print('go')\nwhile True:\n    pass"
    assert interrupted(board, f"%%time\n{endless}").ename == "KeyboardInterrupt"
    assert interrupted(board, f"%%timeit\n{endless}").ename == "KeyboardInterrupt"
    assert board.run("[n for n in globals() if n[:6] == '__iot_' and n != '__iot__']").result == "[]"


def test_the_profile_of_a_program_that_never_ends(board):
    cell = interrupted(
        board, "%%profile\ndef main():\n    print('go')\n    while True:\n        pass\nmain()"
    )
    assert cell.ename == "KeyboardInterrupt"
    assert re.search(r"^ +1 +\S+ \S+ +\S+ \S+  main$", cell.text(), re.MULTILINE)


def test_a_captured_cell(board):
    cell = board.run("%%capture out\nprint('hello')\n%time 5\n6 * 7")
    assert cell.kinds == ["busy", "execute_input", "idle"]
    cell = board.run("%%host\nprint(out.stdout)\nout.outputs[-1].data")
    assert re.fullmatch(r"hello\nWall time: .*\n\n", cell.text())
    assert cell.result == "{'text/plain': '42'}"
    assert board.run("%%capture out\n1 / 0").ename == "ZeroDivisionError"
    cell = board.run("%%capture out\nimport ucore\nucore.display('<b>hot</b>', mime='text/html')\n1")
    assert cell.kinds == ["busy", "execute_input", "idle"]
    assert "<b>hot</b>" in board.run("%%host\nout.outputs[0].data").result


def test_what_a_cell_takes(board):
    board.run("%mem")
    board.run("data = bytearray(100_000)")
    assert re.search(r"^last cell +9\d\.\d KB more in use$", board.run("%mem").text(), re.MULTILINE)


def test_host_cells_measure_the_host(board):
    assert "CPU times" in board.run("%%host\n%%time\nx = 1").text()
    assert "CPU times" in board.run("%%host\n%time 1").text()
    board.run("%target host")
    try:
        assert "CPU times" in board.run("%%time\nx = 1").text()
        assert board.run("%%ucore\n%%time\n5").text().startswith("Wall time")
    finally:
        board.run("%target board")


def test_what_a_cell_awaits_is_timed(board):
    wait = "import asyncio\nasync def wait():\n    await asyncio.sleep_ms(50)\n    return 5\n"
    cell = board.run(f"%%time\n{wait}await wait()")
    assert cell.result == "5"
    assert 45 < float(re.fullmatch(r"Wall time: ([\d.]+) ms\n", cell.text())[1]) < 5000
    cell = board.run("%%profile\ndef f(): pass\nf()\n[await wait() for i in range(2)]")
    assert cell.result == "[5, 5]"
    assert re.search(r"1 .* f$", cell.text(), re.MULTILINE)


def test_measuring_changes_no_results(board):
    board.run("40 + 2")
    board.run("%timeit -n 1 -r 1 5")
    board.run("%mem")
    assert board.run("_").result == "42"
    board.run("%time 6 * 7 + 1")
    assert board.run("_").result == "43"
