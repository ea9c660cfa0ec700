"""%connect, %disconnect, %name, %uid, %info: on the virtual board, a micro:bit, and a board without a uid."""

import re

import pytest

from iot_kernel.boards.errors import DeviceNotFoundError, OtherBoardError
from iot_kernel.boards.scan import Discovery
from iot_kernel.errors import ConnectError, NotConnectedError, UsageError
from tests.magics.conftest import connected, known


def test_connect_by_url_says_so_and_runs_the_rest_of_the_cell(notebook, board):
    text = notebook.run(f"%connect {board.url}\n\nfor i in range(5): print(i, i**20)\n")
    assert text == (
        f"Connected to {board.uid} @ {board.url}\n0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n"
    )
    assert "\x1b[46m\x1b[30mConnected to" in notebook.stdout


def test_a_connection_holds_across_cells(bit):
    bit.run("a = 41")
    assert bit.run("print(a + 1)") == "42\n"


@pytest.mark.parametrize("wanted", ["bit", "UID", "uid", "bit sim", "bit serial sim"])
def test_connect_a_board_that_was_met_by_name_uid_and_scheme(bit, board, wanted):
    bit.run("%disconnect")
    wanted = wanted.replace("UID", board.uid.upper()).replace("uid", board.uid)
    assert bit.run(f"%connect {wanted}") == f"Connected to bit @ {board.url}\n"


def test_quiet(bit):
    assert bit.run("%connect -q bit") == ""


def test_a_scheme_that_the_board_has_not(bit):
    with pytest.raises(DeviceNotFoundError):
        bit.run("%connect bit ws")
    assert bit.run("%name\nprint(1)") == "bit\n1\n"


@pytest.mark.parametrize("cell", ["print(1)", "%ls", "%cat boot.py", "%%connect\nprint(1)", "%softreset"])
def test_after_an_unknown_name_nothing_runs_on_the_board_before(bit, cell):
    with pytest.raises(DeviceNotFoundError, match="no board is called 'nosuch'"):
        bit.run("%connect nosuch\nprint('not reached')")
    with pytest.raises(OtherBoardError, match="'%connect bit' goes on with bit"):
        bit.run(cell)
    assert bit.run("%name") == "bit\n"
    assert bit.stdout.endswith("bit\n")
    assert "not reached" not in bit.stdout
    assert bit.stderr == ""
    assert bit.run("%connect -q bit\nprint(1)") == "1\n"


def test_the_only_board_that_is_not_there_is_not_the_one_before(bit, monkeypatch):
    monkeypatch.setattr("iot_kernel.magics.search.discover", lambda *_, **__: Discovery())
    with pytest.raises(DeviceNotFoundError):
        bit.run("%connect")
    with pytest.raises(OtherBoardError):
        bit.run("print(1)")


def test_an_address_where_nothing_is(notebook):
    with pytest.raises(ConnectError, match="/dev/nosuchport"):
        notebook.run("%connect serial:///dev/nosuchport")
    with pytest.raises(NotConnectedError):
        notebook.run("%name")


def test_too_many_words_are_no_scheme(bit):
    with pytest.raises(UsageError, match="unrecognized arguments: -x"):
        bit.run("%connect lamp -x")
    with pytest.raises(OtherBoardError, match="'%connect lamp -x' failed; bit is still connected"):
        bit.run("print(1)")
    bit.run("%connect bit")
    assert bit.run("print(1)") == "1\n"


def test_an_address_takes_no_schemes(bit, board):
    with pytest.raises(UsageError, match="an address says already how to connect; leave out 'ws serial'"):
        bit.run(f"%connect {board.url} ws serial")
    with pytest.raises(OtherBoardError):
        bit.run("print(1)")


def test_connect_is_not_a_reset(notebook, microbit_process):
    notebook.run(f"%connect {microbit_process.url}\na = 5\n%disconnect\n%connect {microbit_process.url}")
    assert notebook.run("print(a)") == "5\n"


def test_disconnect(bit):
    assert bit.run("%disconnect") == "Disconnected from bit\n"
    for cell in ("%name", "%uid", "%info", "%disconnect", "%softreset", "%hardreset"):
        with pytest.raises(NotConnectedError):
            bit.run(cell)


def test_name_and_uid(bit, board):
    assert bit.run("%name\n%uid") == f"bit\n{board.uid}\n"


def test_info(bit, board):
    text = bit.run("%info")
    assert text.startswith(
        "name            bit\n"
        "platform        linux\n"
        "implementation  micropython\n"
        f"uid             {board.uid}\n"
        f"url             {board.url}\n"
        "configuration   boards.yaml\n"
        "version         1."
    )
    assert "\nmachine         " in text
    assert re.search(r"\ndisk            [\d.]+ \w+ free of [\d.]+ \w+\n\Z", text)


def test_info_names_files_that_hide_modules(bit):
    bit.session.device().files.write("/lib/json.py", b"")
    assert bit.run("%info").endswith(
        "\nshadows         :/lib/json.py (imported instead of the firmware's modules)\n"
    )


def test_info_lists_what_belongs_on_the_board(bit, board, devices):
    assert "resources" not in bit.run("%info -v")
    (devices.parent / "iot_projects" / "secrets.py").write_text("x" * 317)
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n  resources: [secrets.py]\n")
    assert "resources" not in bit.run("%info")
    listed = "\nresources:\n   317 /secrets.py                    secrets.py\n"
    assert bit.run("%info --verbose").endswith(listed)


def test_info_of_a_microbit(notebook, microbit_process, devices):
    microbit = known(microbit_process.url)
    connected(notebook, microbit, devices)
    assert notebook.run("%info") == (
        "name            bit\n"
        "platform        microbit\n"
        "implementation  micropython\n"
        f"uid             {microbit.uid}\n"
        f"url             {microbit.url}\n"
        "configuration   boards.yaml\n"
        "version         1.9.2\n"
        "machine         micro:bit with nRF51822\n"
    )


def test_info_says_what_is_wrong_with_the_device_files(bit, devices):
    (devices / "boards.yaml").write_text("bit: [\n")
    text = bit.run("%info")
    assert "configuration   " in text
    assert "boards.yaml, line" in text


def test_a_board_without_uid_and_file_is_called_by_its_url(notebook, wasm):
    notebook.run(f"%connect {wasm.url}")
    assert notebook.run("%name") == f"{wasm.url}\n"
    assert notebook.run("%uid") == "\n"
    text = notebook.run("%info")
    assert f"name            {wasm.url}\n" in text
    assert "uid" not in text
    assert "configuration" not in text


@pytest.mark.parametrize("line", ["%name;", "%name ;", "%name # which?", "%name; # which?"])
def test_what_python_allows_at_the_end_of_a_line(bit, line):
    assert bit.run(line) == "bit\n"
