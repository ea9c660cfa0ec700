"""What a frontend sees of a cell: messages and their order, results, errors, output between cells."""

import re

import pytest

from tests.end_to_end.notebook import TIMEOUT

#: Fails once the cells behind it have been sent.
FAIL_SOON = "import time\ntime.sleep(0.5)\n1/0"
EXECUTE = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": True,
}


def test_messages_come_in_the_order_of_the_specification(board):
    cell = board.run("print(1)\n2")
    assert cell.kinds == ["busy", "execute_input", "stream", "execute_result", "idle"]
    count = cell.of("execute_input")[0]["execution_count"]
    assert cell.of("execute_result")[0]["execution_count"] == count == cell.reply["execution_count"]


def test_host_cells_keep_the_same_order(board):
    cell = board.run("%%host\nprint(1)\n2")
    assert cell.kinds == ["busy", "execute_input", "stream", "execute_result", "idle"]
    assert cell.result == "2"


@pytest.mark.parametrize("code", ["2", "%%host\n2"])
def test_a_cell_without_history_has_one_number_as_well(board, code):
    cell = board.run(code, store_history=False)
    numbers = [
        content["execution_count"]
        for kind in ("execute_input", "execute_result")
        for content in cell.of(kind)
    ]
    assert {*numbers, cell.reply["execution_count"]} == {numbers[0]}


def test_board_and_host_share_one_count(board):
    counts = [board.run(code).reply["execution_count"] for code in ("1", "%%host\n1", "%name", "%%host\n2")]
    assert counts == list(range(counts[0], counts[0] + 4))
    assert board.run(f"%%host\nOut[{counts[3]}], In[{counts[1]}].strip()").result == "(2, '1')"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("x = 5", None),
        ("x = 5\nx", "5"),
        ("x = 5\nx;", None),
        ("None", None),
        ("print('a')", None),
        ("'a'", "'a'"),
        ("x\n%name", None),
        ("%%ucore\n7", "7"),
        ("%name\n8", "8"),
        ("for i in range(2):\n    i", None),
    ],
)
def test_the_last_expression_is_the_result(board, code, result):
    cell = board.run(code)
    assert cell.status == "ok"
    assert cell.result == result


def test_a_board_s_exception_is_an_error_of_the_cell(board):
    cell = board.run("a = 5\nundefined")
    assert cell.status == "error"
    assert cell.ename == "NameError"
    assert "undefined" in cell.reply["evalue"]
    assert cell.error == (
        'Traceback (most recent call last):\n  File "<stdin>", line 2, in <module>\n'
        "NameError: name 'undefined' isn't defined\n"
        f"\x1b[34mIn [{cell.reply['execution_count']}], line 2\x1b[0m: undefined"
    )
    assert cell.of("error")[0] == {key: cell.reply[key] for key in ("ename", "evalue", "traceback")}
    assert cell.kinds == ["busy", "execute_input", "error", "idle"]


def test_lines_count_from_the_part_and_the_cell_s_line_is_told_too(board):
    cell = board.run("\n%softreset\na = 5\nprint('this will fail ...')\nb\n")
    assert "softreset ..." in cell.text()
    assert cell.text().endswith("this will fail ...\n")
    assert '  File "<stdin>", line 3, in <module>' in cell.error
    number = cell.reply["execution_count"]
    assert cell.error.endswith(f"NameError: name 'b' isn't defined\n\x1b[34mIn [{number}], line 5\x1b[0m: b")


def test_syntax_errors_tell_the_line(board):
    cell = board.run("x = 1\ny = = 2")
    assert cell.ename == "SyntaxError"
    assert "line 2" in cell.error


def test_the_parts_of_a_cell_run_in_order_until_one_fails(board):
    cell = board.run("print('one')\n! echo two\nprint('three')\n! exit 3\nprint('four')")
    assert cell.text() == "one\ntwo\nthree\n"
    assert cell.status == "error"
    assert "3" in cell.reply["evalue"]


def test_magics_of_ipython_run_on_the_host(board):
    cell = board.run("x = 1\n%precision 3\nx")
    assert cell.of("execute_result")[0]["data"]["text/plain"] == "'%.3f'"
    assert cell.result == "1"


def test_the_same_magic_twice_in_one_cell_runs_twice(board):
    cell = board.run("%pprint\n%pprint")
    assert cell.text().count("Pretty printing") == 2


@pytest.mark.parametrize("code", ["%nosuch", "%%nosuch\nx"])
def test_an_unknown_magic_is_one_clear_error(board, code):
    cell = board.run(code)
    assert cell.status == "error"
    assert "nosuch" in cell.text("stderr")
    assert "Traceback" not in cell.text("stderr")


def test_wrong_arguments_show_the_usage(board):
    cell = board.run("%softreset --bogus\nprint('not reached')")
    assert (cell.status, cell.ename) == ("error", "UsageError")
    assert cell.text("stderr").startswith("usage: %softreset")
    assert "unrecognized arguments: --bogus" in cell.text("stderr")
    assert cell.text() == ""
    assert not cell.of("error")


def test_a_magic_s_help(board):
    assert board.run("%connect -h").text().startswith("usage: %connect")
    assert board.run("%%host -h").text().startswith("usage: %%host [-h]")


def test_an_empty_cell_is_fine(board):
    for code in ("", "\n\n", "# nothing"):
        cell = board.run(code)
        assert (cell.status, cell.kinds) == ("ok", ["busy", "execute_input", "idle"])


def test_silent_requests_never_reach_the_board(board):
    board.run("quiet = 1")
    cell = board.run("quiet = 2", silent=True)
    assert (cell.status, cell.kinds) == ("ok", ["busy", "idle"])
    assert board.run("quiet").result == "1"


def test_silent_requests_reach_the_host(board):
    assert board.run("%%host\nquiet = 2\n3", silent=True).kinds == ["busy", "idle"]
    assert board.run("%%host\nquiet").result == "2"


def test_user_expressions(board):
    values = board.run("y = 20", user_expressions={"a": "y + 1", "b": "nope"}).reply["user_expressions"]
    assert values["a"]["data"] == {"text/plain": "21"}
    assert values["b"]["status"] == "error"
    values = board.run("%%host\ny = 30", user_expressions={"a": "y + 1"}).reply["user_expressions"]
    assert values["a"]["data"] == {"text/plain": "31"}


def test_an_error_drops_the_cells_that_wait_behind_it(board):
    requests = [board.send(code) for code in (FAIL_SOON, "print('a')", "%%host\n1", "print('b')")]
    replies = [board.reply(request)["content"]["status"] for request in requests]
    assert replies == ["error", "aborted", "aborted", "aborted"]
    for request in requests:
        list(board.published(request))
    assert board.run("print('c')").text() == "c\n"


def test_a_host_error_drops_them_too(board):
    requests = [board.send(code) for code in (f"%%host\n{FAIL_SOON}", "print('a')")]
    assert [board.reply(request)["content"]["status"] for request in requests] == ["error", "aborted"]
    for request in requests:
        list(board.published(request))


def test_a_cell_that_was_sent_before_the_error_but_arrives_after_it_is_dropped(board):
    """As with "run all", whose cells arrive one by one while the board fails within a millisecond."""
    late = board.client.session.msg("execute_request", EXECUTE | {"code": "print('not reached')"})
    assert board.run("1/0").status == "error"
    board.client.shell_channel.send(late)
    assert board.finish(late["header"]["msg_id"]).status == "aborted"
    assert board.run("print('c')").text() == "c\n"


def test_a_request_may_ask_to_go_on_after_an_error(board):
    requests = [board.send("1/0", stop_on_error=False), board.send("5")]
    assert [board.reply(request)["content"]["status"] for request in requests] == ["error", "ok"]
    for request in requests:
        list(board.published(request))


def test_many_lines_come_in_few_messages_and_whole(board):
    cell = board.run("for i in range(20000): print(i)")
    assert cell.text() == "".join(f"{number}\n" for number in range(20_000))
    assert len(cell.of("stream")) <= 40


def test_characters_are_never_torn(board):
    cell = board.run("for i in range(3000): print('aé€😀'[:4], end='')")
    assert cell.text() == "aé€😀" * 3000


def test_output_appears_while_the_cell_runs(board):
    request = board.send("import time\nprint('begun')\nwhile True: time.sleep(0.01)")
    board.wait_for("begun", request)
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"


THREAD = """
import _thread, time
def late():
    time.sleep({pause})
    for i in range(3):
        print('late', i)
_ = _thread.start_new_thread(late, ())
"""


def test_what_a_board_prints_between_cells_is_shown_in_the_last_cell(board):
    board.late.clear()
    request = board.send(THREAD.format(pause=1.5))
    assert board.finish(request).status == "ok"
    seen = board.wait_for_late("late 2")
    assert seen == "late 0\nlate 1\nlate 2\n"
    assert {message["parent_header"]["msg_id"] for message in board.late} == {request}


def test_what_a_board_prints_meanwhile_never_mixes_with_the_next_cell_s_protocol(board):
    board.late.clear()
    board.run(THREAD.format(pause=0.05))
    shown = ""
    for number in range(30):
        cell = board.run(f"{number}")
        assert cell.result == str(number)
        shown += cell.text()
    whole = "late 0\nlate 1\nlate 2\n"
    while len(shown + board.late_text()) < len(whole):
        board.late.append(board.client.get_iopub_msg(timeout=TIMEOUT))
    assert sorted(shown + board.late_text()) == sorted(whole)  # a cell may begin and end inside a line


def test_without_a_board_a_cell_says_what_helps(board):
    board.run("%disconnect")
    try:
        cell = board.run("x = 1")
        assert (cell.status, cell.ename) == ("error", "NotConnectedError")
        assert "%discover" in cell.error
        assert "%connect" in cell.error
    finally:
        board.connect("iot")


def test_a_plain_cell_of_the_other_kernel_runs_on_the_host(ucore):
    assert ucore.run("import sys; sys.implementation.name").result == "'cpython'"
    assert ucore.run("%%ucore\nimport sys\nsys.implementation.name").result == "'micropython'"
    assert ucore.run("%%host\nimport sys; sys.implementation.name").result == "'cpython'"


def test_magics_split_a_host_cell_and_lines_stay_those_of_the_cell(ucore):
    cell = ucore.run("x = 1\n%name\ny = x + 1\n\ny / 0")
    assert cell.status == "error"
    assert re.search(r"line .*5", re.sub(r"\x1b\[[\d;]*m", "", cell.error))
    assert cell.text().strip()
    assert ucore.run("y").result == "2"


def test_the_default_target_can_be_switched(ucore):
    assert ucore.run("%target board").status == "ok"
    try:
        assert ucore.run("%target").text() == "plain cells run on the board\n"
        assert ucore.run("import sys\nsys.implementation.name").result == "'micropython'"
    finally:
        assert ucore.run("%target host").status == "ok"
    assert ucore.run("import sys; sys.implementation.name").result == "'cpython'"


def test_host_cells_bring_payloads_and_displays(ucore):
    cell = ucore.run("from IPython.display import display\nh = display('a', display_id=True)\nh.update('b')")
    assert [kind for kind in cell.kinds if "display" in kind] == ["display_data", "update_display_data"]
    assert ucore.run("zip?").reply["payload"][0]["source"] == "page"
    cell = ucore.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "image/png" in cell.of("display_data")[0]["data"]
