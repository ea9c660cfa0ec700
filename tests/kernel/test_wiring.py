"""What cells are executed with fits together, and loading it touches no board."""

import json
import secrets
import threading

import pytest

from iot_kernel.kernel import wiring as module
from iot_kernel.kernel.wiring import load_wiring


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


def test_what_fails_leaves_no_thread_behind(state, monkeypatch):
    def broken():
        raise RuntimeError("no magics")

    monkeypatch.setattr(module, "build_registry", broken)
    before = threading.active_count()
    with pytest.raises(RuntimeError):
        load_wiring(drop, drop, drop)
    assert threading.active_count() == before
    assert not state.exists()
