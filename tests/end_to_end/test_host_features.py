"""Host cells are full IPython: input, completion, inspection, history, local imports."""

import pytest

from tests.end_to_end.notebook import Notebook


def test_input_asks_in_the_notebook(board):
    cell = board.run("%%host\nname = input('name? ')\nprint('hello', name)", answers=["Ada"])
    assert cell.text() == "hello Ada\n"


def test_getpass_asks_for_a_password(board):
    request = board.send("%%host\nimport getpass\ngetpass.getpass('word? ')", allow_stdin=True)
    question = board.client.get_stdin_msg(timeout=60)
    assert question["content"] == {"prompt": "word? ", "password": True}
    assert question["parent_header"]["msg_id"] == request
    board.client.input("secret")
    assert board.finish(request).result == "'secret'"


def test_two_questions_in_one_cell(board):
    cell = board.run("%%host\nprint(input('a') + input('b'))", answers=["1", "2"])
    assert cell.text() == "12\n"


def test_input_without_a_frontend_that_asks_is_an_error(board):
    assert board.run("%%host\ninput()").ename == "StdinNotImplementedError"


def test_completion_of_host_cells(board):
    board.run("%%host\nsomething_long = 1")
    code = "%%host\nsometh"
    reply = board.ask(board.client.complete, code)
    assert "something_long" in reply["matches"]
    assert code[reply["cursor_start"] : reply["cursor_end"]] == "someth"


def test_completion_of_magics_comes_from_both_sides(board):
    board.run("%%host\n1")
    matches = board.ask(board.client.complete, "%co")["matches"]
    assert "%connect" in matches
    assert "%config" in matches


def test_completion_and_inspection_of_board_code_answer_at_once(board):
    assert board.ask(board.client.complete, "import o")["matches"] == ["os"]
    assert board.ask(board.client.inspect, "print")["found"] is True


def test_inspection(board):
    reply = board.ask(board.client.inspect, "%%host\nprint")
    assert reply["found"]
    assert "print" in reply["data"]["text/plain"]
    reply = board.ask(board.client.inspect, "%softreset")
    assert reply["data"]["text/plain"].startswith("usage: %softreset")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("for i in range(3):", "incomplete"),
        ("x = 1", "complete"),
        ("%timeit 1", "complete"),
        ("!ls", "complete"),
    ],
)
def test_completeness_of_host_cells(ucore, code, status):
    ucore.run("1")
    assert ucore.ask(ucore.client.is_complete, code)["status"] == status


def test_history_knows_cells_of_both_sides(board):
    board.run("'on the board'")
    board.run("%%host\n'on the host'")
    rows = board.reply(board.client.history(hist_access_type="tail", n=2, output=True))["content"]["history"]
    assert [row[2] for row in rows] == [
        ["'on the board'", "'on the board'"],
        ["%%host\n'on the host'", "'on the host'"],
    ]


def test_history_magics_know_cells_of_both_sides(board):
    run = board.run("marker = 11")
    first = run.reply["execution_count"]
    board.run("%%host\nmarker = 12")
    board.run("%pwd\nmarker = 13")
    shown = board.run(f"%history -n {first}-{first + 2}").text()
    assert "\n".join(line.strip() for line in shown.splitlines()) == (
        f"{first}: marker = 11\n{first + 1}:\n%%host\nmarker = 12\n{first + 2}:\n%pwd\nmarker = 13"
    )
    recalled = board.run(f"%recall {first}").reply["payload"]
    assert [payload["text"] for payload in recalled] == ["marker = 11"]
    refused = board.run(f"%rerun {first}-{first + 1}")
    assert refused.status == "error"
    assert f"%recall {first}" in refused.text("stderr")
    assert "marker = 12" in board.run(f"%rerun {first + 1}").text()


def test_host_cells_import_from_the_notebook_s_directory(board, tmp_path):
    (tmp_path / "beside.py").write_text("value = 17\n")
    (tmp_path / "json.py").write_text("raise ImportError('a user file shadows the standard library')\n")
    assert board.run(f"%cd {tmp_path}").status == "ok"
    assert board.run("%%host\nimport beside, json\nbeside.value").result == "17"


def test_a_module_of_boards_says_where_it_can_be_imported(board):
    cell = board.run("%%host\nimport machine")
    assert "'machine' on this computer; boards have it: begin the cell with %%ucore" in cell.error
    assert "iot_kernel" not in cell.error
    other = board.run("%%host\nimport no_such_module").error
    assert other.endswith("No module named 'no_such_module'")
    caught = "%%host\ntry:\n    import machine\nexcept ImportError:\n    print('none')"
    assert board.run(caught).text() == "none\n"


def test_a_directory_chosen_before_the_first_host_cell_holds_for_it(tmp_path):
    with Notebook("iot") as notebook:
        assert notebook.run(f"%cd {tmp_path}").text() == f"cwd = {tmp_path}\n"
        assert notebook.run("%%host\nimport os\nos.getcwd()").result == repr(str(tmp_path))


def test_host_magics_are_ipython_s(board):
    cell = board.run("%%host\ndef f(word):\n    %env OF_A_TEST=$word\nf('local')")
    assert cell.text() == "env: OF_A_TEST=local\n"
    assert "iot_kernel" not in board.run("%%host\n%run /no/such/file.py").error


def test_a_cell_magic_inside_a_host_cell(board):
    assert board.run("%%host\n%%bash\necho nested").text() == "nested\n"


def test_lines_of_host_tracebacks_are_those_of_the_cell(board):
    cell = board.run("%%host\n\n\n1 / 0")
    assert "line 4" in cell.error.replace("\x1b[32m", "").replace("\x1b[39m", "")


def test_output_of_host_threads_after_the_cell_is_shown(board):
    board.late.clear()
    board.run(
        "%%host\nimport threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(1.5), print('late host', flush=True))).start()"
    )
    assert board.wait_for_late("late host")


def test_the_first_host_cell_need_not_wait_for_the_prewarming(board):
    board.run("%%host\nimport os; os._exit(0)")
    assert board.run("%%host\n2 + 2").result == "4"
