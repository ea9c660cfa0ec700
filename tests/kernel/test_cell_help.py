"""Who is asked about what stands at the cursor."""

import asyncio
from types import SimpleNamespace

import pytest

from iot_kernel.kernel import board_help
from iot_kernel.kernel.cell_help import CellHelp
from iot_kernel.kernel.completion import AskHost
from iot_kernel.magics import build_registry
from iot_kernel.pipes.hub import Hub
from iot_kernel.syntax.cell import Target
from tests.each import each

MAGICS = build_registry()


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Waits for jedi as long as it takes: this machine may be busy."""
    monkeypatch.setattr(board_help, "TEXT_PATIENCE", 60.0)


def told(name, *cells, target=Target.BOARD):
    """What is told at the bar of each cell, without a board."""

    async def wiring():
        session = SimpleNamespace(current=None, hub=Hub())
        return SimpleNamespace(session=session, registry=None, magics=MAGICS, package_names={})

    async def main():
        helper = CellHelp(wiring, None, lambda: target)
        helper.note_code("level = 1")
        try:
            found = []
            for cell in cells:
                before, _, behind = cell.partition("|")
                found.append(await getattr(helper, name)(before + behind, len(before)))
            return found
        finally:
            await helper.close()

    return asyncio.run(main())


@each(
    ("cell", "target", "host", "names"),
    [
        ("%softr|", Target.BOARD, AskHost.IF_IDLE, ["%softreset"]),
        ("%softr|", Target.HOST, AskHost.ALWAYS, ["%softreset"]),
        ("%%conn|", Target.BOARD, AskHost.IF_IDLE, ["%%connect"]),
        ("%cp --r|", Target.HOST, AskHost.NEVER, ["--recursive"]),
        ("%timeit -n 3 lev|", Target.BOARD, AskHost.NEVER, ["level"]),
        ("x\n%time f(lev|", Target.BOARD, AskHost.NEVER, ["level"]),
        ("%timeit --|", Target.BOARD, AskHost.NEVER, ["--help"]),
        ("%%profile\nlev|", Target.BOARD, AskHost.NEVER, ["level"]),
        ("%alias le|", Target.BOARD, AskHost.IF_IDLE, None),
        ("%timeit le|", Target.HOST, AskHost.ALWAYS, None),
        ("%cat le|", Target.HOST, AskHost.ALWAYS, None),
        ("%%host\n%cat le|", Target.BOARD, AskHost.ALWAYS, None),
        ("%%bash\nle|", Target.BOARD, AskHost.NEVER, None),
        ("%%ucore\n%softr|", Target.HOST, AskHost.IF_IDLE, ["%softreset"]),
        ("%%latex\n%softr|", Target.BOARD, AskHost.ALWAYS, None),
        ("le|", Target.HOST, AskHost.ALWAYS, None),
    ],
)
def test_who_completes(cell, target, host, names):
    (found,) = told("complete", cell, target=target)
    assert found.host is host
    assert (None if found.completions is None else found.completions.names) == names


@each(
    ("cell", "target", "host", "title"),
    [
        ("%conn|ect", Target.BOARD, AskHost.NEVER, "%connect"),
        ("%cp a \\\n |b", Target.BOARD, AskHost.NEVER, "%cp"),
        ("%%writefile a|\nx", Target.HOST, AskHost.NEVER, "%%writefile"),
        ("%%connect a\n%soft|reset", Target.HOST, AskHost.NEVER, "%softreset"),
        ("%store a|", Target.HOST, AskHost.ALWAYS, None),
        ("%alias a|", Target.BOARD, AskHost.IF_IDLE, None),
        ("%timeit unknown|", Target.BOARD, AskHost.NEVER, "%timeit"),
        ("%timeit a|", Target.HOST, AskHost.ALWAYS, None),
        ("%%bash\n%connect|", Target.BOARD, AskHost.NEVER, None),
        ("'''\n%connect|\n'''", Target.BOARD, AskHost.NEVER, None),
    ],
)
def test_help_of_magics(cell, target, host, title):
    (found,) = told("inspect", cell, target=target)
    assert found.host is host
    assert (found.page is None) is (title is None)
    assert title is None or found.page.startswith(f"usage: {title} ")


def test_code_for_the_board():
    completed, inside = told("complete", "lev|", "%info\nlev|")
    assert completed.completions.names == inside.completions.names == ["level"]
    for cell in ("lev|el", "%time lev|el"):
        (about,) = told("inspect", cell)
        assert about.page == "level = 1"
