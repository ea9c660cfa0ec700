"""A listener for each test, and nothing of the user's own environment."""

import pytest

from tests.pipes import kernels


@pytest.fixture(autouse=True)
def own_environment(monkeypatch, tmp_path):
    """No variable of the user, and a state file of the test's own."""
    for name in ("UCORE_PIPE_PORT", "UCORE_PIPE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UCORE_STATE_PATH", str(tmp_path / "state" / "pipes.json"))


@pytest.fixture
def kernel():
    with kernels.kernel() as running:
        yield running


@pytest.fixture
def board(kernel):
    return kernel.board
