"""What servers of tests are promised of their ports."""

import socket

import pytest

from tests import free_ports


@pytest.fixture
def port(monkeypatch):
    """The only one there is; it was given to somebody who may be another process."""
    port = free_ports.free_port()
    monkeypatch.setattr(free_ports, "CANDIDATES", [port])
    return port


def test_it_is_given_once(port):
    with pytest.raises(AssertionError, match="no port is free"):
        free_ports.free_port()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_one_is_not_given(port, monkeypatch, kind):
    monkeypatch.setattr(free_ports, "_reserve", lambda port: True)
    assert free_ports.free_port() == port
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(AssertionError, match="no port is free"):
            free_ports.free_port()


def test_the_system_gives_it_to_nobody(port):
    """Who asks it for any gets one of the other end."""
    with socket.create_server(("127.0.0.1", 0)) as any_other:
        assert any_other.getsockname()[1] > port
