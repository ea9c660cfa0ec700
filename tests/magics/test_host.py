"""%cd, !, %%bash, %%host, %%ucore, %%writefile."""

import os
import threading
from pathlib import Path

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services.errors import HostCommandError
from tests.magics.context import RecordingContext


@pytest.fixture
def ctx():
    return RecordingContext()


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    """Runs each test in a directory of its own, with a home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLDPWD", str(tmp_path))
    return tmp_path


HOST_HELP = """\
usage: %%host [-h]

Pass cell to host (cPython) for evaluation.

optional arguments:
  -h, --help  show this help message and exit
"""


def test_help_of_host_is_the_seeds(ctx):
    assert ctx.run("%%host -h") == HOST_HELP
    assert ctx.host_runs == []


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ("", "home"),
        ("~", "home"),
        ("$HOME", "home"),
        ("'a b'", "a b"),
        ("a\\ b", "a b"),
        ("~/../home/.", "home"),
    ],
)
def test_cd(ctx, somewhere, arguments, where):
    assert ctx.run(f"%cd {arguments}") == f"cwd = {somewhere / where}\n"
    assert Path.cwd() == somewhere / where


def test_cd_holds_for_the_shell_and_for_host_cells(ctx, somewhere):
    ctx.run("%cd home")
    assert ctx.run("! pwd") == f"{somewhere}/home\n"
    assert ctx.host_runs == [f"__import__('os').chdir('{somewhere}/home')"]


def test_cd_starts_no_process_of_host_cells(ctx, somewhere):
    ctx.host_started = False
    assert ctx.run("%cd home") == f"cwd = {somewhere}/home\n"
    assert ctx.host_runs == []


def test_cd_goes_back(ctx, somewhere):
    ctx.run("%cd home")
    assert ctx.run("%cd -") == f"cwd = {somewhere}\n"
    assert ctx.run("%cd -") == f"cwd = {somewhere}/home\n"


def test_cd_out_of_a_removed_directory(ctx, somewhere):
    ctx.run("%cd home")
    (somewhere / "home").rmdir()
    assert ctx.run(f"%cd {somewhere}") == f"cwd = {somewhere}\n"


@pytest.mark.parametrize("path", ["nowhere", "/nowhere/at/all", "~nobody_of_that_name/x"])
def test_cd_to_nowhere_changes_nothing(ctx, somewhere, path):
    with pytest.raises(FileNotFoundError):
        ctx.run(f"%cd {path}")
    assert Path.cwd() == somewhere
    assert ctx.host_runs == []


def test_cd_to_a_file_changes_nothing(ctx, somewhere):
    (somewhere / "file").touch()
    with pytest.raises(NotADirectoryError):
        ctx.run("%cd file")
    assert os.environ["OLDPWD"] == str(somewhere)
    assert ctx.host_runs == []


def test_a_shell_line(ctx):
    assert ctx.run("! echo a  'b  c' >&2; echo $((1+1))") == "a b  c\n2\n"


def test_shell_lines_take_no_options_but_help(ctx):
    assert "usage: ! [-h] command" in ctx.run("! -h")
    assert ctx.run("! [ -h /nowhere ] || echo no") == "no\n"


def test_a_continued_shell_line_is_one_command(ctx):
    assert ctx.run("! echo a \\\n  b \\\n  c") == "a b c\n"


def test_a_failing_command_ends_the_cell(ctx):
    with pytest.raises(HostCommandError) as caught:
        ctx.run("! echo before; exit 7\n! echo after")
    assert caught.value.returncode == 7
    assert str(caught.value) == "the shell command ended with exit status 7"
    assert ctx.plain == "before\n"


def test_bash(ctx):
    assert ctx.run("%%bash\nfor i in 1 2; do\n  echo $i\ndone\n") == "1\n2\n"


def test_bash_names_the_line_of_an_error(ctx):
    assert "line 2: nosuchcommand: command not found" in ctx.run("%%bash\ntrue\nnosuchcommand\ntrue")


def test_a_failing_script_fails_the_cell_unless_told_otherwise(ctx):
    with pytest.raises(HostCommandError, match="exit status 3"):
        ctx.run("%%bash\nexit 3")
    assert ctx.run("%%bash --no-raise-error\necho a; exit 3") == "a\n"


def test_a_script_that_kills_itself(ctx):
    with pytest.raises(HostCommandError, match="signal 9"):
        ctx.run("%%bash\nkill -9 $$")


@pytest.mark.parametrize("cell", ["! echo $$; sleep 1000", "%%bash\necho $$\nsleep 1000"])
def test_an_interrupt_ends_the_command(ctx, cell):
    started = threading.Event()
    ctx.out = lambda text: started.set()

    def interrupt():
        started.wait(20)
        ctx.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        ctx.run(cell)
    thread.join()


def test_host_cells_go_to_the_host_whole(ctx):
    ctx.run("\n%%host\nx = 1\n%timeit x\n")
    assert ctx.host_runs == ["\n%%host\nx = 1\n%timeit x\n"]


def test_host_takes_no_arguments(ctx):
    with pytest.raises(UsageError, match="unrecognized arguments: more"):
        ctx.run("%%host more\nx")


def test_ucore_cells_go_to_the_board_with_their_line(ctx):
    ctx.run_board = lambda *args: ctx.board_runs.append(args)
    ctx.run("\n%%ucore\n\nx = 1\n")
    assert ctx.board_runs == [("\nx = 1\n", 3)]


@pytest.mark.parametrize(
    ("body", "text"), [("a\nb\n", "a\nb\n"), ("a\nb", "a\nb\n"), ("\n  é\n\n", "\n  é\n\n"), ("", "")]
)
def test_writefile(ctx, somewhere, body, text):
    assert ctx.run(f"%%writefile home/f.txt\n{body}") == f"Writing {somewhere}/home/f.txt\n"
    assert (somewhere / "home" / "f.txt").read_text(encoding="utf-8") == text


def test_writefile_replaces_or_appends(ctx, somewhere):
    ctx.run("%%writefile f\nlong text")
    ctx.run("%%writefile 'f'\na")
    assert ctx.run("%%writefile -a f\nb") == f"Appending to {somewhere}/f\n"
    assert (somewhere / "f").read_text() == "a\nb\n"


def test_writefile_expands_the_path(ctx, somewhere, monkeypatch):
    monkeypatch.setenv("THERE", "a b")
    ctx.run("%%writefile ~/x\n1")
    ctx.run("%%writefile $THERE/y\n2")
    assert (somewhere / "home" / "x").read_text() == "1\n"
    assert (somewhere / "a b" / "y").read_text() == "2\n"


@pytest.mark.parametrize(
    ("word", "name"), [("'$HOME'", "$HOME"), ("./~", "~"), ("\\~t", "~t"), ('"~"', "~"), ("'a#%'", "a#%")]
)
def test_quotes_protect_paths(ctx, somewhere, word, name):
    assert ctx.run(f"%%writefile {word}\n1") == f"Writing {somewhere}/{name}\n"
    (somewhere / name).unlink()
    (somewhere / name).mkdir()
    assert ctx.run(f"%cd {word}") == f"cwd = {somewhere}/{name}\n"


def test_writefile_makes_no_directories(ctx):
    with pytest.raises(FileNotFoundError):
        ctx.run("%%writefile nowhere/f\na")
    with pytest.raises(IsADirectoryError):
        ctx.run("%%writefile home\na")


def test_writefile_needs_a_path(ctx):
    with pytest.raises(UsageError) as caught:
        ctx.run("%%writefile\na")
    assert str(caught.value) == "%%writefile: error: the following arguments are required: path"
    assert caught.value.usage == "usage: %%writefile [-h] [-a] path"
