"""The examples of the first source document, as notebooks, on every board that can run them."""

import re
import warnings

import nbformat
import pytest
from nbclient import NotebookClient

from tests.printed import printed

pytestmark = pytest.mark.board

POWERS = "0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n"
WHO = 'import sys\nprint("{:18}   ({})".format(sys.platform, sys.implementation.name))'
ANSI = re.compile(r"\x1b\[\d*m")


def notebook(*sources, allow_errors=True):
    """Runs cells in a fresh kernel; returns what each showed, without colours."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nbclient's own
        NotebookClient(book, kernel_name="iot", timeout=120, allow_errors=allow_errors).execute()
    return [shown(cell) for cell in book.cells]


def shown(cell):
    parts = []
    for output in cell.outputs:
        parts.append(printed(output))
        if output.output_type == "error":
            parts.append("\n".join(output.traceback) + "\n")
        elif output.output_type == "execute_result":
            parts.append(output.data["text/plain"] + "\n")
    return ANSI.sub("", "".join(parts))


@pytest.fixture(params=["unix", "webrepl", "microbit", "wasm"])
def url(request, monkeypatch):
    board = request.getfixturevalue(request.param)
    monkeypatch.setenv("IOT_WEBREPL_PASSWORD", getattr(board, "password", ""))
    return board.url


def test_connect_run_and_softreset(url):
    """One kernel for the three examples: it keeps the connection until that is changed."""
    first, _, kept, reset = notebook(
        f"%connect {url}\n\nfor i in range(5): print(i, i**20)",
        "a = 5",
        "a",
        '%softreset\nprint("this will fail ...")\nprint(a)',
    )
    connected, _, powers = first.partition("\n")
    assert re.fullmatch(rf"Connected to \S+ @ {re.escape(url)}", connected)
    assert powers == POWERS
    assert kept == "5\n"
    name_error = r"NameError: name 'a' (isn't|is not) defined"
    assert re.fullmatch(
        r"\n!{31}\n!!!!!   softreset \.\.\.     !!!!!\n!{31}\n\n"
        r"this will fail \.\.\.\n"
        r"Traceback \(most recent call last\):\n"
        rf'  File "<stdin>", line 2, in <module>\n{name_error}\nIn \[4\], line 3: print\(a\)\n',
        reset,
    )


def test_several_boards_and_the_host(unix, wasm, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))  # a registry without the boards of other tests
    connect = [f"%connect -q {board.url}" for board in (unix, wasm)]
    *_, text = notebook(*connect, f"%%connect --all --host\n\n{WHO}")
    blocks = text.split("\n----- ")
    assert blocks[1] == "HOST\n\nlinux                (cpython)\n"
    boards = {block.partition("\n\n")[2] for block in blocks[2:]}
    assert boards == {f"{platform:18}   (micropython)\n" for platform in ("linux", "webassembly")}, text


def test_named_boards_in_their_order(unix, microbit):
    _, _, text = notebook(
        f"%connect -q {unix.url}",
        f"%connect -q {microbit.url}",
        f"%%connect {unix.url} {microbit.url} --host\n\n{WHO}",
    )
    heads = re.findall(r"^----- (\S+)$", text, re.MULTILINE)
    assert heads[0] == "HOST"
    assert [platform.split()[0] for platform in re.findall(r".*\(\w+\)", text)] == [
        "linux",
        "linux",
        "microbit",
    ]


def test_a_board_error_stops_run_all(unix):
    from nbclient.exceptions import CellExecutionError

    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        notebook(f"%connect {unix.url}", "1 / 0", "print('never')", allow_errors=False)


def test_discover_lists_what_it_knows(unix):
    text = notebook(f"%register {unix.url}", "%discover", "%discover -v")
    assert unix.url in text[1]
    assert text[1].split("\n")[0].split("  ")[0]


@pytest.fixture(scope="module")
def said():
    """What the magics say of themselves, in one kernel."""
    return notebook("%lsmagic", "%discover -h", "%%host -h\n")


def test_lsmagic(said):
    lines = said[0].split("\n")
    assert lines[0] == "Line Magic:    -h shows help (e.g. %discover -h)"
    for line in (
        "  %cd          Change current working directory on host",
        "  %connect     Connect to device by name, uid, or url",
        "  %discover    Discover available devices",
        "  %hardreset   Reset microcontroller by calling 'machine.reset()'. ",
        "  %info        Summary about connected device",
        "  %loglevel    Set logging level.",
        "  %lsmagic     List all magic functions",
        "  %name        Print the name of the currently connected device",
        "  %register    Register device",
        "  %softreset   Reset microcontroller.",
        "  %uid         Print the uid of the currently connected device",
        "  %unregister  Unregister device",
        "  !            Pass line to bash shell for evaluation",
        "Cell Magic:    -h shows help (e.g. %%connect -h)",
        "  %%bash       Pass cell to bash shell for evaluation",
        "  %%connect    Generalization of %connect to run code on several devices sequentially",
        "  %%writefile  Write cell contents to file",
    ):
        assert line in lines


def test_help(said):
    _, discover, host = said
    assert discover == (
        "usage: %discover [-h] [-a] [-v]\n\nDiscover available devices\n\noptional arguments:\n"
        "  -h, --help     show this help message and exit\n"
        "  -a, --all      list all devices connected to USB ports\n"
        "  -v, --verbose  show uid\n"
    )
    assert host == (
        "usage: %%host [-h]\n\nPass cell to host (cPython) for evaluation.\n\noptional arguments:\n"
        "  -h, --help  show this help message and exit\n"
    )
