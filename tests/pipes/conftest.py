"""A listener for each test, and nothing of the user's own environment."""

import pytest

from tests import mqtt_brokers
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


@pytest.fixture
def quick_brokers(monkeypatch):
    """Both sides come back sooner after a restart of a broker than users' do, at the same rate."""
    from iot_kernel.pipes import publisher
    from ukernel.pipes.mqtt import link

    monkeypatch.setattr(link, "RETRY_INTERVAL", 0.25)
    monkeypatch.setattr(publisher, "SETTLE", 0.75)


@pytest.fixture(scope="module", params=["mosquitto", "amqtt"])
def broker(request, tmp_path_factory):
    """An MQTT broker; the tests of a module share it."""
    with mqtt_brokers.running(request.param, tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    """A broker of MQTT 5."""
    with mqtt_brokers.running("mosquitto", tmp_path_factory.mktemp("mosquitto")) as running:
        yield running
