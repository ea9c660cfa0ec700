"""The pipes of one kernel: what it says where, and what it does when it cannot have what it was told."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from iot_kernel.pipes.service import PipeService
from tests.pipes import kernels
from ukernel.pipes.client import subscribe
from ukernel.pipes.discovery import Address
from ukernel.pipes.framing import PipeError


@pytest.fixture
def service():
    services = []

    def make(**variables):
        environ = {"UCORE_STATE_PATH": os.environ["UCORE_STATE_PATH"], **variables}
        services.append(PipeService(environ))
        return services[-1]

    yield make
    for made in services:
        made.close()
        made.close()


def state():
    return json.loads(Path(os.environ["UCORE_STATE_PATH"]).read_text())


def test_nothing_happens_before_the_start(service, tmp_path):
    before = threading.active_count()
    assert service().port is None
    assert threading.active_count() == before
    assert not (tmp_path / "state").exists()


def test_started_once(service):
    made = service()
    threads = [threading.Thread(target=made.start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([thread for thread in threading.enumerate() if thread.name == "IoT pipes"]) == 1
    (entry,) = state()["kernels"]
    assert (state()["pipe_port"], entry["pid"]) == (made.port, os.getpid())
    assert len(entry["token"]) >= 32
    made.close()
    assert state()["kernels"] == []


def test_host_cells_get_all_they_need(service):
    made = service()
    (environment, (entry,)) = made.environment(), state()["kernels"]
    assert environment == {
        "UCORE_PIPE_PORT": str(made.port),
        "UCORE_PIPE_TOKEN": entry["token"],
        "UCORE_STATE_PATH": os.environ["UCORE_STATE_PATH"],
    }


def test_the_board_is_named(service):
    made = service()
    made.name_device("early")
    made.start()
    assert state()["kernels"][0]["device"] == "early"
    made.name_device("esp", "30:ae", "sim://")
    (entry,) = state()["kernels"]
    assert (entry["device"], entry["uid"], entry["url"]) == ("esp", "30:ae", "sim://")
    made.name_device("")
    assert state()["kernels"][0]["device"] == ""


def test_a_port_of_ones_own(service):
    with kernels.kernel() as other:
        free = other.port
    made = service(UCORE_PIPE_PORT=str(free), UCORE_PIPE_TOKEN="")
    made.start()
    assert (made.port, state()["pipe_port"], made.environment()["UCORE_PIPE_TOKEN"]) == (free, free, "")
    assert made.take_problems() == []


@pytest.mark.parametrize("wrong", ["taken", "0", "http", "1"])
def test_a_port_that_cannot_be_used(service, wrong, kernel):
    if wrong == "1" and os.getuid() == 0:
        wrong = "70000"
    made = service(UCORE_PIPE_PORT=str(kernel.port) if wrong == "taken" else wrong)
    made.start()
    (problem,) = made.take_problems()
    assert problem.startswith("UCORE_PIPE_PORT")
    assert f"port {made.port} instead" in problem
    assert made.environment()["UCORE_PIPE_PORT"] == str(made.port)
    assert made.take_problems() == []


def test_a_token_that_cannot_be_used(service):
    made = service(UCORE_PIPE_TOKEN="two words")
    made.start()
    (problem,) = made.take_problems()
    assert problem.startswith("UCORE_PIPE_TOKEN")
    assert "two words" not in problem


def test_a_state_file_that_cannot_be_written(service, tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "pipes.json"
    made = service(UCORE_STATE_PATH=str(path))
    made.start()
    (problem,) = made.take_problems()
    assert str(path.parent) in problem
    assert "UCORE_STATE_PATH" in problem
    assert made.port


def test_a_state_file_that_is_deleted_comes_back(service):
    made = service()
    made.start()
    made.name_device("esp")
    path = Path(os.environ["UCORE_STATE_PATH"])
    path.unlink()
    end = time.monotonic() + 60
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    (entry,) = state()["kernels"]
    assert (entry["port"], entry["device"]) == (made.port, "esp")


def test_closed_before_it_was_started(service):
    made = service()
    made.close()
    made.start()
    assert made.port is None


def test_boards_beside_the_current_one(service):
    made = service()
    made.name_device("a", "1", "sim://a")
    boards = [made.beside() for _ in range(2)]
    writers = [kernels.FakeBoard(board.hub) for board in boards]
    for number, board in enumerate(boards):
        board.name_device(f"b{number}", f"2{number}", f"sim://b{number}")
        writers[number].open("adc")
    entries = {entry["device"]: entry for entry in state()["kernels"]}
    assert list(entries) == ["a", "b0", "b1"]
    assert {entry["port"] for entry in entries.values()} == {made.port}
    assert len({entry["token"] for entry in entries.values()}) == 3
    with subscribe("adc", device="b0") as one, subscribe("adc", device="b1") as other:
        for number, (board, writer) in enumerate(zip(boards, writers, strict=True)):
            _wait_for_subscriber(board.hub)
            writer.write("adc", bytes([number]))
        assert [pipe.read(kernels.TIMEOUT) for pipe in (one, other)] == [b"\0", b"\1"]
        assert one.ask() == {
            "open": True, "subscribers": 1, "pipes": ["adc"], "messages": 1, "bytes": 1, "lost": 0,
            "device": "b0", "uid": "20", "url": "sim://b0",
        }  # fmt: skip


def test_a_board_beside_that_is_let_go(service):
    made = service()
    board = made.beside()
    board.name_device("b", "2", "sim://b")
    board.name_device("b", "2", "sim://b")
    with subscribe("adc", device="b") as pipe:
        kernels.FakeBoard(board.hub).open("adc")
        _wait_for_subscriber(board.hub)
        board.hub.end_all()
        board.name_device("")
        assert list(pipe) == []
    assert [entry["device"] for entry in state()["kernels"]] == [""]
    with (
        pytest.raises(PipeError, match="wrong token"),
        subscribe("adc", port=made.port, token=board.token) as pipe,
    ):
        pipe.read(kernels.TIMEOUT)


def test_only_the_current_board_needs_no_token_where_none_is_wanted(service):
    made = service(UCORE_PIPE_TOKEN="")
    board = made.beside()
    board.name_device("b", "2", "sim://b")
    kernels.FakeBoard(made.hub).open("current")
    kernels.FakeBoard(board.hub).open("beside")
    address = Address("127.0.0.1", made.port)
    assert [address._replace(token=token).ask("x")["pipes"] for token in ("", "any", board.token)] == [
        ["current"], ["current"], ["beside"],
    ]  # fmt: skip


def _wait_for_subscriber(hub):
    end = time.monotonic() + kernels.TIMEOUT
    while not hub.outlet.subscribers("adc"):
        assert time.monotonic() < end
        time.sleep(0.005)
