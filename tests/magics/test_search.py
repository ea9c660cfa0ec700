"""Connecting with the help of a search: the only board, boards that were never met, boards that moved."""

import os
import threading

import pytest

from iot_kernel.boards.errors import AmbiguousDeviceError, DeviceNotFoundError
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.device import board_lock
from iot_kernel.discovery import Skipped
from iot_kernel.errors import ConnectError
from iot_kernel.magics.search import finder, remarks, search
from iot_kernel.magics.tables import as_text
from tests.magics.conftest import known

pytestmark = pytest.mark.usefixtures("quiet_search")


@pytest.fixture
def board(microbit_process, devices):
    """A micro:bit: unlike a virtual board, it is asked by a search."""
    return known(microbit_process.url)


def test_the_only_board_needs_no_name(notebook, registry, board):
    registry.register(board.url)
    assert notebook.run("%connect") == f"Connected to {board.uid} @ {board.url}\n"
    assert notebook.run("%connect\nprint(1)") == f"Connected to {board.uid} @ {board.url}\n1\n"


def test_with_two_boards_the_choice_is_listed(notebook, registry, board, wasm):
    for each in (board, wasm):
        registry.register(each.url)
    with pytest.raises(AmbiguousDeviceError) as caught:
        notebook.run("%connect")
    assert caught.value.candidates == {board.uid: board.url, wasm.url: wasm.url}
    assert sorted(str(caught.value).splitlines()[1:]) == sorted(
        [f"  %connect {board.uid}  {board.url}", f"  %connect {wasm.url}"]
    )


def test_boards_that_were_not_asked_give_way_to_one_that_answered(notebook, registry, board):
    registry.register("sim://")
    registry.register("ssh://pi/dev/ttyACM0")
    registry.register(board.url)
    assert notebook.run("%connect") == f"Connected to {board.uid} @ {board.url}\n"


def test_without_a_board_the_cell_says_what_was_left_out(notebook, registry):
    registry.register("serial:///dev/nosuchport")
    with pytest.raises(DeviceNotFoundError, match="no board is known"):
        notebook.run("%connect")
    assert notebook.plain.startswith("serial:///dev/nosuchport  ")


def test_a_board_of_another_kernel_is_not_chosen(notebook, registry, board, wasm, monkeypatch):
    for each in (board, wasm):
        registry.register(each.url)
    elsewhere = board_lock.Holder(pid=os.getpid() + 1, notebook="b.ipynb", url=wasm.url, uid="", since=0.0)
    monkeypatch.setattr(board_lock, "holder", lambda key: elsewhere if key == wasm.url else None)
    assert notebook.run("%connect") == f"Connected to {board.uid} @ {board.url}\n"


def test_finding_a_board_is_not_the_users_word_for_it(notebook, registry, board, monkeypatch):
    entry = registry.remember(board.url, board)
    found = Discovery(rows=[Row(entry, board.uid)])
    monkeypatch.setattr("iot_kernel.magics.search.discover", lambda *args, **options: found)
    assert notebook.run("%connect") == f"Connected to {board.uid} @ {board.url}\n"
    assert not registry.entry_at(board.url).by_hand


def test_a_configured_board_that_was_never_met_is_searched_for(notebook, devices, registry, board):
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n")
    registry.register(board.url)
    assert registry.entry_at(board.url).uid == ""
    assert notebook.run("%connect bit") == f"Connected to bit @ {board.url}\n"


def test_a_finder_searches_once(notebook, monkeypatch):
    searches = []
    monkeypatch.setattr("iot_kernel.magics.search.search", lambda ctx: searches.append(ctx))
    by_name = finder(notebook)
    for name in ("nosuch", "neither"):
        with pytest.raises(DeviceNotFoundError):
            by_name.connect(name)
    assert len(searches) == 1


def test_an_address_that_was_typed_is_not_searched_for(notebook, monkeypatch):
    monkeypatch.setattr("iot_kernel.magics.search.search", lambda ctx: pytest.fail("searched"))
    with pytest.raises(ConnectError):
        finder(notebook).connect("serial:///dev/nosuchport")


def test_remarks_stand_in_columns_and_are_dim():
    found = Discovery(
        skipped=[
            Skipped("serial:///a", "busy"),
            Skipped("serial:///dev/ttyS0", "not a USB port", usual=True),
            Skipped("ws://abc", "no answer"),
        ],
        notes=["a note"],
    )
    assert as_text(remarks(found)) == (
        "\x1b[2mserial:///a  busy\x1b[0m\n\x1b[2mws://abc     no answer\x1b[0m\n\x1b[2ma note\x1b[0m\n"
    )
    assert "\x1b[2mserial:///dev/ttyS0  not a USB port\x1b[0m\n" in as_text(remarks(found, everything=True))


@pytest.fixture
def slow_search(quiet_search, monkeypatch):
    """A search that takes long enough to be worth a progress line, and listens to its cancel signal."""

    def discover(registry, *, progress, cancel):
        progress(0, 0)
        progress(1, 2)
        cancel.wait(1.0)  # longer than the patience of a progress line
        progress(2, 2)
        return Discovery(skipped=[Skipped("serial:///a", "busy"), Skipped("serial:///b", "", usual=True)])

    monkeypatch.setattr("iot_kernel.magics.search.discover", discover)


@pytest.mark.usefixtures("slow_search")
def test_a_long_search_shows_how_far_it_is(notebook):
    search(notebook, keep_line=True)
    plain = [data["text/plain"] for data, _, _ in notebook.displays]
    assert plain[0] == "looking for boards: 1 of 2 addresses asked 50%"
    assert plain[-1] == "looked for boards: 0 boards found, 1 address left out"


@pytest.mark.usefixtures("slow_search")
def test_a_search_for_a_magic_leaves_nothing_behind(notebook):
    search(notebook)
    assert notebook.displays[-1][0]["text/plain"] == ""


@pytest.mark.usefixtures("slow_search")
def test_an_interrupt_ends_a_search(notebook):
    thread = threading.Timer(0.1, notebook.interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        search(notebook)
    thread.join()
