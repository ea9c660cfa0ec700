"""%upip and %pip in a notebook: output, errors, progress and interrupts as a user sees them."""

import secrets

import pytest

from tests.end_to_end.notebook import Notebook, virtual
from tests.packages.index import package_server
from tests.packages.pypi import PyPI

pytestmark = pytest.mark.board


@pytest.fixture(scope="module")
def server():
    with package_server() as found:
        yield found


@pytest.fixture(scope="module")
def pypi():
    with PyPI() as found:
        yield found


@pytest.fixture(scope="module")
def board(jupyter, server, pypi):
    """A notebook that is connected to a virtual board, and knows no indexes but ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**pypi.environment, "IOT_PACKAGE_INDEX": server.index}.items():
            patch.setenv(name, value)
        with Notebook("iot") as notebook:
            notebook.connect("packages")
            yield notebook


def failed(cell, ename, words):
    assert (cell.status, cell.ename) == ("error", ename)
    assert words in cell.error
    assert "iot_kernel/" not in cell.error


def test_install_and_import_in_one_cell(board, server):
    server.publish("answers", {"answers.py": "def get(): return 42"})
    cell = board.run("%upip install answers\nimport answers\nanswers.get()")
    assert cell.text().startswith(f"Installing answers 1.0 from {server.index} to :/lib\n1 file written (")
    assert cell.result == "42"


def test_an_error_is_one_line(board, server):
    cell = board.run("%upip install answer\nprint('not reached')")
    failed(cell, "PackageNotFoundError", "it has answers")
    assert len(cell.said.split("\n")) == 1
    assert cell.text() == ""


def test_a_slow_server_is_shown_and_interrupted(board, server):
    server.answers["/pi/v2/package/6/slow/latest.json"] = server.hang
    request = board.send("%upip install slow", allow_stdin=True)
    assert server.wait_for("/pi/v2/package/6/slow/latest.json")
    shown = next(
        message["content"]["data"]["text/plain"]
        for message in board.published(request)
        if message["msg_type"] == "display_data"
    )
    assert shown == "looking for packages"
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"
    assert board.run("40 + 2").result == "42"


def test_an_interrupt_in_the_middle_of_a_file(board, server):
    """On a wire that takes a minute; the transfer is shown, and what was there is there still."""
    cell = f"%upip install {server.url}/big.py"
    server.files["/big.py"] = b"old = 1"
    assert board.run(cell).status == "ok"
    server.files["/big.py"] = b"# " + secrets.token_hex(300_000).encode()
    assert board.run(f"%connect {virtual('packages')}&link=115200").status == "ok"
    request = board.send(cell, allow_stdin=True)
    shown = (
        message["content"]["data"]["text/plain"]
        for message in board.published(request)
        if message["msg_type"] in {"display_data", "update_display_data"}
    )
    assert any(text.startswith("installing: ") and " of 586 KB" in text for text in shown)
    board.manager.interrupt_kernel()
    assert board.finish(request).ename == "KeyboardInterrupt"
    cell = board.run("import big, os\nprint(big.old, [name for name in os.listdir('/lib') if 'big' in name])")
    assert cell.text() == "1 ['big.py']\n"


def test_pip(board, pypi, jupyter):
    pypi.wheel("thing", "1.0", {"thing.py": "x = 1"})
    cell = board.run("%pip install thing")
    assert "Successfully installed thing-1.0\n" in cell.text()
    assert (jupyter / "projects" / "libs" / "thing.py").read_text() == "x = 1"


def test_pip_fails(board, pypi):
    cell = board.run("%pip install nosuch\nprint('not reached')")
    failed(cell, "PackageError", "No matching distribution found for nosuch")
    assert "ERROR: No matching distribution" in cell.text()


def test_in_a_host_cell_pip_is_that_of_ipython(board):
    assert "from " in board.run("%%host\n%pip --version").text()
