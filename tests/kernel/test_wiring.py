"""What cells are executed with fits together, and loading it touches no board."""

import json
import secrets
import threading

import numpy as np
import pytest

from iot_kernel.boards.board_group import WantedBoard
from iot_kernel.kernel import wiring as module
from iot_kernel.kernel.wiring import load_wiring
from jupyter_iot_kernel import name_clash
from ukernel.pipes.collecting import collect

OTHER = name_clash.Installed("iot-kernel", "iot-kernel 0.5.28", frozenset())


def drop(_):
    pass


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The state file of pipes; all else is of this test alone, too."""
    path = tmp_path / "pipes.json"
    monkeypatch.setenv("UCORE_STATE_PATH", str(path))
    monkeypatch.setenv("IOT_PROJECTS", str(tmp_path))
    return path


@pytest.mark.board
def test_the_board_of_the_session_is_that_of_the_pipes(state, tmp_path):
    wiring = load_wiring(drop, drop, drop)
    try:
        assert wiring.session.current is None
        assert wiring.magics.has_cell("host")
        url = f"sim://{secrets.token_hex(4)}?dir={tmp_path}"
        wiring.session.connect(url)
        (entry,) = json.loads(state.read_text())["kernels"]
        assert entry["url"] == url
        assert entry["uid"] == wiring.session.current.info.uid
        wiring.session.disconnect()
        (entry,) = json.loads(state.read_text())["kernels"]
        assert not entry.get("url")
    finally:
        wiring.session.close()
        wiring.pipes.close()


PRODUCER = """
import _thread, struct, time, ucore
def produce():
    pipe = ucore.open_pipe("adc", timestamps=True)
    step = 0
    while pipe.write(struct.pack("<f", step)):
        step += 1
        time.sleep_ms(2)
_thread.start_new_thread(produce, ())
"""


@pytest.mark.board
def test_pipes_of_several_boards_of_one_notebook(state, tmp_path):
    wiring = load_wiring(drop, drop, drop)
    try:
        urls = [f"sim://{secrets.token_hex(4)}?dir={tmp_path}/{name}" for name in "abc"]
        wiring.session.connect(urls[0])
        wiring.session.device().run_cell(PRODUCER, drop)
        chosen = wiring.group.choose([WantedBoard(url, url) for url in urls[1:]])
        for board, url in zip(chosen, urls[1:], strict=True):
            board.session.connect(url)
            wiring.group.keep(board)
            board.session.device().run_cell(PRODUCER, drop)
        found = collect([f"{url}:adc" for url in urls], n=50, timestamps=True)
        assert [timed.clock for timed in found.values()] == ["board"] * 3
        assert all((np.diff(timed.values) == 1).all() for timed in found.values())
        assert max(timed.times[0] for timed in found.values()) < min(
            timed.times[-1] for timed in found.values()
        )
        wiring.group.disconnect(chosen[0].session)
        assert [entry["url"] for entry in json.loads(state.read_text())["kernels"]] == [urls[0], urls[2]]
        wiring.session.connect(urls[2])  # it becomes the current board, and the one before is beside it
        swapped = [urls[2], urls[0]]
        assert [entry["url"] for entry in json.loads(state.read_text())["kernels"]] == swapped
        found = collect([f"{url}:adc" for url in swapped], n=5)
        assert [len(values) for values in found.values()] == [5, 5]
    finally:
        wiring.group.close()
        wiring.session.close()
        wiring.pipes.close()


def test_what_fails_leaves_no_thread_behind(state, monkeypatch):
    def broken():
        raise RuntimeError("no magics")

    monkeypatch.setattr(module, "build_registry", broken)
    before = threading.active_count()
    with pytest.raises(RuntimeError):
        load_wiring(drop, drop, drop)
    assert threading.active_count() == before
    assert not state.exists()


def test_another_program_with_the_same_names_is_told_of_once(state, monkeypatch, caplog):
    monkeypatch.setattr(name_clash, "_installed", lambda root: (frozenset(), [OTHER]))
    wiring = load_wiring(drop, drop, drop)
    try:
        assert "iot-kernel 0.5.28" in caplog.text
        (told,) = wiring.take_problems()
        assert told in caplog.text
        assert wiring.take_problems() == []
    finally:
        wiring.pipes.close()
