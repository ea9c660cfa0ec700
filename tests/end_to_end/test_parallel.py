"""%%connect --parallel in a whole kernel: blocks and lines, what a notebook saves, stops, questions."""

import nbformat
import pytest
from nbclient import NotebookClient

from tests.end_to_end.notebook import TIMEOUT, Notebook, virtual
from tests.end_to_end.pipes import PRODUCERS
from tests.magics.context import ANSI

NAMES = ("a", "b", "c")
ALL = " ".join(virtual(f"par-{name}") for name in NAMES)
HEAD = f"%%connect {ALL} --parallel"


@pytest.fixture(scope="module")
def notebook():
    """A notebook that has three boards, of which ``a`` is the current one; each knows its name."""
    with Notebook("iot") as notebook:
        notebook.run(f"%connect {virtual('par-a')}")
        for name in NAMES:
            assert notebook.run(f"%%connect {virtual(f'par-{name}')} -pq\nme = {name!r}").status == "ok"
        yield notebook


def saved(cell):
    """The text of what a notebook saves of a cell, output for output; of rich ones their types."""
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
    client = NotebookClient(document, record_timing=False)
    client.reset_execution_trackers()
    client.clear_before_next_output = False  # what else a run of the cell begins with
    for message in cell.messages[:-1]:  # the last one says that the cell has ended
        client.process_message(message, document.cells[0], 0)
    nbformat.validate(document)
    return [text_of(output) for output in document.cells[0].outputs]


def text_of(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return output.ename
    is_plain = output.data.keys() <= {"text/plain", "text/html"}
    return ANSI.sub("", output.data["text/plain"]) if is_plain else sorted(output.data)


def test_what_is_saved_are_whole_blocks_and_a_table(notebook):
    loop = "for i in range(100):\n print('line', i)\n time.sleep(0.001)"
    cell = notebook.run(f"{HEAD}\nimport time\n{loop}\n'x' * (i - 19)")
    *blocks, table = saved(cell)
    lines = "".join(f"line {i}\n" for i in range(100))
    value = repr("x" * 80)
    assert blocks == [f"----- {name}\n{lines}{value}" for name in ALL.split()]
    assert [line.split()[0] for line in table.splitlines()[1:]] == ALL.split()
    assert len(cell.messages) < 100


def test_nothing_but_the_table_where_nothing_is_printed(notebook):
    cell = notebook.run(f"{HEAD}\n_ == 'x' * 80")
    assert cell.kinds == ["busy", "execute_input", "display_data", "idle"]
    assert saved(cell)[0].count("True") == 3


def test_a_magic_on_several_boards(notebook):
    first, *_ = ALL.split()
    cell = notebook.run(f"%info --on {ALL}")
    *blocks, table = saved(cell)
    assert [text_of_name(block) for block in blocks if block.startswith("-----")] == ALL.split()
    assert [line.split()[0] for line in table.splitlines()[1:]] == ALL.split()
    assert table.count("micropython 1.") == 3
    cell = notebook.run(f"%softreset --on {ALL} nosuch\n%name")
    assert cell.ename == "TargetsFailedError"
    assert "%softreset failed on 1 of 4: nosuch" in cell.error
    assert [("done" in line) for line in saved(cell)[-2].splitlines()[1:]] == [True, True, True, False]
    assert notebook.run("'me' in globals()").result == "False"
    assert notebook.run("%name").text() == notebook.run(f"%connect -q {first}\n%name").text()
    for name, url in zip(NAMES, ALL.split(), strict=True):
        notebook.run(f"%%connect {url} -pq\nme = {name!r}")


def text_of_name(block):
    """The name of a board above a block."""
    return block.removeprefix("----- ").partition("\n")[0]


def test_a_failure_stops_nobody_else(notebook):
    cell = notebook.run(f"{HEAD} --out found\nprint('on')\n2 if me != 'b' else 1/0")
    *blocks, table, ename = saved(cell)
    assert ename == cell.ename == "TargetsFailedError"
    assert "ZeroDivisionError" in blocks[1]
    assert [("ZeroDivisionError" in line) for line in table.splitlines()[1:]] == [False, True, False]
    a, _, c = ALL.split()
    assert notebook.run(f"%%host\nfound == {{{a!r}: 2, {c!r}: 2}}").result == "True"


def test_all_run_at_the_same_time(notebook):
    code = "import time\nbegan = time.time()\ntime.sleep(2)\nbegan, time.time()"
    assert notebook.run(f"{HEAD} --out spans\n{code}").status == "ok"
    together = "max(began for began, _ in spans.values()) < min(ended for _, ended in spans.values())"
    assert notebook.run(f"%%host\nlen(spans), {together}").result == "(3, True)"


def test_rich_output_stands_in_its_board_s_block(notebook):
    show = "import ucore\nucore.display('<b>', mime='text/markdown')"
    *outputs, _ = saved(notebook.run(f"{HEAD}\nprint('before')\n{show}\nprint('after')"))
    kinds = ["text/markdown", "text/plain"]
    assert outputs == [each for name in ALL.split() for each in (f"----- {name}\nbefore", kinds, "after")]


def test_a_stop_stops_all_with_one_interrupt_each(notebook):
    request = notebook.send(
        f"{HEAD}\nn = 0\nprint('on')\ntry:\n while True: pass\nexcept KeyboardInterrupt:\n n += 1\n raise"
    )
    seen = ""
    while seen.count("on") < 3:
        message = notebook.client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "display_data":
            seen += message["content"]["data"]["text/plain"]
    notebook.manager.interrupt_kernel()
    cell = notebook.finish(request)
    assert cell.ename == "KeyboardInterrupt"
    assert saved_late(cell)[-2].count("KeyboardInterrupt") == 3
    assert saved(notebook.run(f"{HEAD}\nn"))[0].count(" 1 ") == 3
    assert notebook.run("n").result == "1"


def saved_late(cell):
    """As `saved`, of messages the first of which were dropped: updates of what was shown there."""
    cell.messages = [each for each in cell.messages if each["msg_type"] != "update_display_data"]
    return saved(cell)


def test_questions_come_one_after_the_other(notebook):
    request = notebook.send(f"{HEAD}\ninput('age? ')", allow_stdin=True)
    prompts = []
    for answer in "123":
        prompts.append(notebook.client.get_stdin_msg(timeout=TIMEOUT)["content"]["prompt"])
        notebook.client.input(answer)
    cell = notebook.finish(request)
    assert sorted(prompts) == [f"{name}: age? " for name in ALL.split()]
    for prompt, answer in zip(prompts, "123", strict=True):
        [row] = [line for line in cell.text().splitlines() if line.startswith(prompt.partition(": ")[0])]
        assert f"'{answer}'" in row
    cell = notebook.run(f"{HEAD}\ninput()")
    assert cell.text().count("this frontend takes no questions") == 3


def test_consoles_get_whole_lines_with_names(notebook):
    request = notebook.send(
        f"{HEAD}\nfor i in range(3): print('line', i)\nprint('end', end='')", allow_stdin=True
    )
    lines = notebook.finish(request).text().splitlines()
    for name in ALL.split():
        mine = [line.partition(" | ")[2] for line in lines if line.startswith(f"{name} | ")]
        assert mine == ["line 0", "line 1", "line 2", "end"]


def test_set_up_cells_run_again_on_the_board_that_has_restarted(notebook):
    first, *_ = ALL.split()
    notebook.run("%%setup\nready = 7")
    assert notebook.run(f"%%connect {first} -p\n%softreset").status == "ok"
    cell = notebook.run(f"{HEAD}\n'ready' in globals()")
    outputs = saved(cell)
    assert outputs[0].startswith(f"----- {first}\n")
    assert "set-up cell" in outputs[0]
    assert [("True" in line) for line in outputs[-1].splitlines()[1:]] == [True, False, False]


def test_pipes_of_the_current_board_go_on(notebook):
    notebook.run(PRODUCERS + "count('ticks')")
    assert notebook.run(f"{HEAD}\nsum(range(10))").status == "ok"
    cell = notebook.run(
        "%%host\nfrom ukernel.pipes import subscribe\npipe = subscribe('ticks')\nlen(next(iter(pipe)))"
    )
    assert cell.result == "4"
    notebook.run("ucore.close_pipe('ticks')")


def test_what_boards_print_between_cells_names_them(notebook):
    late = "def f():\n time.sleep(0.3)\n print('late')\n_thread.start_new_thread(f, ())"
    request = notebook.send(f"{HEAD}\nimport _thread, time\n{late}")
    notebook.finish(request)
    _, b, c = ALL.split()
    for name in (b, c):
        notebook.wait_for_late(f"{name} | late\n")


def test_what_cannot_be_part_of_it(notebook):
    for line, why in {
        "%%host\n1": "runs on the host",
        "%matplotlib inline": "runs on the host",
        "breakpoint()": "cannot stop in the debugger",
    }.items():
        cell = notebook.run(f"{HEAD}\n{line}")
        assert cell.ename == "TargetsFailedError"
        assert cell.text().count(why) == 3, line


PIPES = """
import _thread, struct, time, ucore
def produce():
    pipe = ucore.open_pipe("adc", timestamps=True)
    step = 0
    while pipe.write(struct.pack("<f", step)):
        step += 1
        time.sleep_ms(5)
_thread.start_new_thread(produce, ())
"""


def test_the_pipes_of_all_boards_come_on_one_time_axis(notebook):
    assert notebook.run(f"{HEAD}\n{PIPES}").status == "ok"
    names = [f"{url}:adc" for url in ALL.split()]
    cell = notebook.run(
        f"%%host\nfrom ukernel.pipes import collect\nfound = collect({names}, n=20, timestamps=True)\n"
        "print(*[timed.clock for timed in found.values()], found.error < 60)"
    )
    assert cell.text() == "board board board True\n"
    assert notebook.run(f"{HEAD}\nucore.close_pipe('adc')").status == "ok"
