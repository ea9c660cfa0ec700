"""What a magic is, and how the registry finds and runs it."""

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.magics.arguments import Split
from iot_kernel.magics.magic import MagicRegistry, argument, cell_magic, line_magic
from iot_kernel.syntax.cell import CellMagic
from tests.magics.context import RecordingContext


@line_magic("echo")
@argument("-n", action="store_true", help="no newline")
@argument("words", nargs="*", help="what to say")
def echo(ctx, args):
    """Say something

    %echo -n hello
    """
    ctx.out(" ".join(args.words) + ("" if args.n else "\n"))


@line_magic("!", split=Split.NONE, everywhere=False)
@argument("command")
def shell(ctx, args):
    """Run a command"""
    ctx.out(f"[{args.command}]")


@line_magic("odd", summary="Ends in a blank ")
def odd(ctx, args):
    """Something else"""


@cell_magic("count")
@argument("-l", "--lines", action="store_true", help="lines, not characters")
def count(ctx, args, cell):
    """Count what is in a cell"""
    ctx.out(str(len(cell.body.splitlines()) if args.lines else len(cell.body)))


@pytest.fixture
def ctx():
    return RecordingContext(magics=MagicRegistry([echo, shell, odd, count]))


def cell(name, arguments="", body=""):
    return CellMagic(name, arguments, body, 2, f"%%{name} {arguments}\n{body}")


def test_a_magic_is_described_by_its_function():
    assert (echo.title, echo.summary, echo.epilog) == ("%echo", "Say something", "%echo -n hello")
    assert (count.title, count.summary, count.epilog) == ("%%count", "Count what is in a cell", "")
    assert (shell.title, odd.summary) == ("!", "Ends in a blank ")
    assert echo.help == (
        "usage: %echo [-h] [-n] [words ...]\n\nSay something\n\npositional arguments:\n"
        "  words       what to say\n\noptional arguments:\n"
        "  -h, --help  show this help message and exit\n  -n          no newline\n\n%echo -n hello\n"
    )


def test_line_magics_run_by_name(ctx):
    ctx.magics.run_line(ctx, "echo", "-n 'a  b' c")
    ctx.magics.run_line(ctx, "!", "ls -l 'x")
    assert ctx.stdout == "a  b c[ls -l 'x]"


def test_cell_magics_get_the_cell(ctx):
    ctx.magics.run_cell(ctx, cell("count", body="a\nb\n"))
    ctx.magics.run_cell(ctx, cell("count", "-l", body="a\nb\n"))
    assert ctx.stdout == "42"


@pytest.mark.parametrize(("name", "arguments"), [("echo", "-h"), ("echo", "--help"), ("echo?", "x")])
def test_help_of_a_line_magic_goes_to_stdout(ctx, name, arguments):
    ctx.magics.run_line(ctx, name, arguments)
    assert ctx.stdout == echo.help


@pytest.mark.parametrize(("name", "arguments"), [("count", "-h"), ("count?", "")])
def test_help_of_a_cell_magic_runs_nothing(ctx, name, arguments):
    ctx.magics.run_cell(ctx, cell(name, arguments, "body"))
    assert ctx.stdout == count.help


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nosuch", "Line magic nosuch not defined; %lsmagic lists all"),
        ("ecoh", "Line magic ecoh not defined; did you mean %echo? %lsmagic lists all"),
        ("%count", "%%count is a cell magic: it has to stand in the first line of its cell"),
        ("", "a magic needs a name; '%lsmagic' lists all"),
        ("?", "a magic needs a name; '%lsmagic' lists all"),
    ],
)
def test_no_such_line_magic(ctx, name, problem):
    with pytest.raises(UsageError) as caught:
        ctx.magics.run_line(ctx, name, "")
    assert str(caught.value) == problem


def test_no_such_cell_magic(ctx):
    with pytest.raises(UsageError, match="Cell magic %%nosuch not defined; %lsmagic lists all"):
        ctx.magics.run_cell(ctx, cell("nosuch"))


def test_wrong_arguments_run_nothing(ctx):
    with pytest.raises(UsageError) as caught:
        ctx.magics.run_line(ctx, "echo", "--loud")
    assert str(caught.value) == "%echo: error: unrecognized arguments: --loud"
    assert ctx.stdout == ""


@pytest.mark.parametrize("name", ["echo", "!", "echo?", "echo??", "%count", "%nosuch", ""])
def test_names_the_registry_answers_for(ctx, name):
    assert ctx.magics.has_line(name)


@pytest.mark.parametrize("name", ["count", "timeit", "nosuch?", "ech"])
def test_names_it_leaves_to_ipython(ctx, name):
    assert not ctx.magics.has_line(name)


def test_cell_names(ctx):
    assert ctx.magics.has_cell("count")
    assert ctx.magics.has_cell("count?")
    assert not ctx.magics.has_cell("echo")


def test_a_host_cell_keeps_names_that_ipython_serves_better(ctx):
    assert ctx.magics.host_line_names == {"echo", "echo?", "echo??", "odd", "odd?", "odd??"}


def test_titles(ctx):
    assert ctx.magics.titles == ["%echo", "!", "%odd", "%%count"]


def test_order(ctx):
    assert [magic.name for magic in ctx.magics.lines()] == ["echo", "odd", "!"]
    assert [magic.name for magic in ctx.magics.cells()] == ["count"]


def test_two_magics_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two magics are called %echo"):
        MagicRegistry([echo, count, echo, line_magic("echo")(lambda ctx, args: None)])


def test_a_line_and_a_cell_magic_may_share_a_name():
    registry = MagicRegistry([echo, cell_magic("echo")(lambda ctx, args, cell: None)])
    assert registry.has_line("echo")
    assert registry.has_cell("echo")
