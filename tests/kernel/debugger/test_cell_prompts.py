"""The debugger's prompt after an error, for cells of real boards."""

import pytest

from tests.kernel.debugger.prompt_notebook import PromptNotebook
from tests.kernel.debugger.test_prompted_cell import dialogue
from tests.real_boards import kinds

pytestmark = pytest.mark.board

CELL = """\
def half(x):
    y = x / 2
    return y

def invert(x):
    h = half(x)
    return 1 / half(x)"""

WHERE = """\
  In [3], line 1
-> invert(0)
> In [2], line 7, in invert
-> return 1 / half(x)"""


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="module")
def everything(directories, tmp_path_factory):
    """The notebook of this module, on the unix port."""
    with kinds.unix(tmp_path_factory.mktemp("failing") / "board") as board:
        notebook = PromptNotebook(board.url)
        try:
            yield notebook
        finally:
            notebook.close()


@pytest.fixture
def notebook(everything):
    """The same, with a board that was just reset, and nothing that has failed."""
    everything.device.soft_reset()
    everything.number = 0
    everything.wiring.last_failure.cell = None
    yield everything
    everything.run("%pdb off")


@pytest.fixture
def keeping(notebook):
    """The same, with %pdb on."""
    notebook.run("%pdb on")
    notebook.run(CELL)
    return notebook


def test_a_cell_that_fails_opens_the_prompt_below_its_error(keeping):
    shown = keeping.run("invert(0)", "w", "x", "p h", "u", "x", "q")
    assert dialogue(shown) == [
        "[ZeroDivisionError]",
        *("> In [2], line 7, in invert", "-> return 1 / half(x)"),
        "(board) w",
        *WHERE.split("\n"),  # `half` has ended before the error came
        *("(board) x", "0"),
        *("(board) p h", "0.0"),
        *("(board) u", "> In [3], line 1", "-> invert(0)"),
        *("(board) x", "*** NameError: name 'x' isn't defined"),
        "(board) q",
    ]
    assert keeping.reply["ename"] == "ZeroDivisionError"


def test_the_names_stay_for_later(keeping):
    keeping.run("invert(0)", "q")
    keeping.run("x = 'global'\nhalf(8)")
    assert "(board) x\n0\n" in keeping.run("%debug", "x", "q")
    assert "(board) x\n0\n" in keeping.run("%debug", "x", "q")
    keeping.run("%pdb off")
    assert keeping.debugging.debugger_of(keeping.device).last_frames() == ()
    assert "(board) x\n'global'\n" in keeping.run("%debug", "x", "q")


def test_off_again_nothing_opens_and_nothing_is_kept(keeping):
    assert keeping.run("%pdb").endswith("OFF\n")
    assert "(board)" not in keeping.run("invert(0)")
    assert keeping.run("%pdb").endswith("ON\n")


def test_a_cell_without_names_says_so_and_shows_what_there_is(notebook):
    notebook.run("%name")
    notebook.run(CELL)
    notebook.run("invert(0)")
    shown = notebook.run("%debug", "w", "half(3)", "h", "z = 5", "z", "ll", "n", "q")
    lines = dialogue(shown)
    assert lines[0].startswith("The cell ran without checkpoints")
    assert "%pdb on" in lines[1]
    assert "%%debug" in lines[1]
    assert WHERE in shown
    assert "(board) half(3)\n1.5\n" in shown
    assert "(board) h\nw, where" in shown
    assert "(board) z\n5\n" in shown
    assert "   7  ->     return 1 / half(x)\n" in shown
    assert "*** the code has ended" in shown
    assert notebook.reply["status"] == "ok"


def test_a_stepped_cell_keeps_names_too(notebook):
    notebook.run(f"%%debug\n{CELL}\ninvert(0)", "c")
    assert "(board) h\n" in notebook.run("%debug", "h", "q")
    assert "(board) x\n0\n" in notebook.run("%debug", "x", "q")


def test_a_statement_is_stepped_through(notebook):
    notebook.run(CELL)
    assert dialogue(notebook.run("%debug half(3)", "c")) == [
        *("> In [2], line 1", "-> %debug half(3)"),
        "(board) c",
        "Out: 1.5",
    ]


def test_a_stop_forgets_the_names_of_an_error(keeping):
    keeping.run("invert(0)", "q")
    keeping.run("%%debug\n1", "c")
    shown = keeping.run("%debug", "w", "q")
    assert shown.startswith("The names")
    assert WHERE in shown


def test_a_restart_takes_the_names(keeping):
    keeping.run("invert(0)", "q")
    keeping.device.soft_reset()
    shown = keeping.run("%debug", "w", "6 * 7", "q")
    assert shown.startswith("the board has lost its variables since")
    assert WHERE in shown
    assert "(board) 6 * 7\n42\n" in shown
    keeping.run(CELL.replace("half", "third"))
    assert "(board) third\n" in keeping.run("invert(0)", "third", "q")  # it has its side again


def test_the_plain_failure_behind_one_with_names_is_the_one_that_counts(keeping):
    keeping.run("invert(0)", "q")
    keeping.debugging.prompts.keeps_names = False
    keeping.run("1 / 0")
    assert keeping.run("%debug", "q").startswith("The cell ran without checkpoints")


def test_a_cell_that_was_stopped_can_be_looked_at_but_opens_nothing(keeping):
    shown = keeping.run("def wait(x):\n    raise KeyboardInterrupt\nwait(5)")
    assert shown == "[KeyboardInterrupt]\n"
    assert "(board) x\n5\n" in keeping.run("%debug", "x", "q")


def test_text_that_no_board_reads_opens_nothing(keeping):
    assert keeping.run("x = (") == "[SyntaxError]\n"
    assert "> In [3], line" in keeping.run("%debug", "w", "q")
    assert "(board)" not in keeping.run("%name --bogus")


def test_a_deep_recursion(keeping):
    keeping.run("def deep(n):\n    return 1 // n + deep(n - 1)")
    shown = keeping.run("deep(60)", "p n", "u 39", "p n", "u", "u 99", "q")
    assert "(board) p n\n0\n" in shown
    assert "(board) p n\n39\n" in shown
    assert shown.count("(no names are kept of this frame") == 1
    assert "> In [4], line 1\n-> deep(60)\n" in shown


def test_the_stop_button_leaves_the_prompt(keeping):
    run, thread = keeping.wait("invert(0)")
    run.interrupts.request()
    assert keeping.ended(run, thread) == "ZeroDivisionError"
    run, thread = keeping.wait("%debug")
    run.interrupts.request()
    assert keeping.ended(run, thread) == "KeyboardInterrupt"
    assert keeping.run("6 * 7") == "Out: 42\n"


def test_a_frontend_that_debugs_is_left_alone_and_can_be_asked_later(keeping):
    keeping.request("attach")
    try:
        keeping.request("setExceptionBreakpoints", filters=["uncaught"])
        run, end = keeping.begin("def f(k):\n    1 / 0\nf(5)")
        run._board_run._hold = lambda held: None  # the frontend lets it go on
        keeping.reply = end()
        assert keeping.shown.endswith("; the cell stands where it was raised\n[ZeroDivisionError]\n")
        assert "(board) k\n5\n" in keeping.run("%debug", "k", "w", "q")
        assert "> In [3], line 2, in f\n" in keeping.shown
    finally:
        keeping.request("disconnect")


def test_nobody_to_ask(keeping):
    assert keeping.run("invert(0)", allow_stdin=False) == "[ZeroDivisionError]\n"
    assert keeping.run("%debug", allow_stdin=False) == "[NoPromptError]\n"
    keeping.run("%pdb off", allow_stdin=False)
    assert keeping.run("%pdb on", allow_stdin=False) == "[NoPromptError]\n"
    assert keeping.run("%debug", "x", "q").count("(board) x\n0\n") == 0


def test_nothing_has_failed(notebook):
    assert "nothing to look at" in notebook.run("%debug")
    assert notebook.reply["ename"] == "UsageError"


def test_a_module_is_shown_as_far_as_it_is_known(notebook):
    notebook.run("with open('tool.py', 'w') as f: f.write('def fail():\\n    1 / 0\\n')")
    notebook.run("import tool\ntool.fail()")
    shown = notebook.run("%debug", "l", "q")
    assert "> tool.py, line 2, in fail\n" in shown
    assert "*** the text of tool.py is not known here" in shown


def test_another_board(keeping, tmp_path):
    keeping.run("invert(0)", "q")
    first = keeping.session.current
    with kinds.unix(tmp_path / "other") as board:
        keeping.session.connect(board.url)
        assert "another board" in keeping.run("%debug")
        keeping.session.connect(first.url)
        keeping.run("1")


@pytest.mark.parametrize(("kind", "word"), [("microbit", "10 KB"), ("wasm", "WebAssembly")])
def test_boards_that_cannot_be_debugged(directories, kind, word):
    with getattr(kinds, kind)() as board:
        notebook = PromptNotebook(board.url)
        try:
            assert word in str(notebook.debugging._commands.why_not())
            for cell in ("%pdb on", "%%debug\n1 + 1"):
                notebook.run(cell)
                assert notebook.reply["ename"] == "CannotDebugError"
                assert word in notebook.reply["evalue"]
            notebook.run("def f(x):\n    y = 5\n    return x // 0")
            assert notebook.run("f(1)") == "[ZeroDivisionError]\n"
            shown = notebook.run("%debug", "w", "3 * 4", "y", "q")
            assert "> In [3], line 3, in f\n" in shown
            assert "(board) 3 * 4\n12\n" in shown
            assert "(board) y\n*** NameError: " in shown
        finally:
            notebook.close()
