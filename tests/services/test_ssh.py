"""Where ssh says a name leads, and how it is called. That it works is shown with the magic."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from iot_kernel.openssh.target import SshTarget
from iot_kernel.services import ssh
from iot_kernel.services.errors import HostServiceError


@contextmanager
def uninterrupted(stop):
    yield


@pytest.fixture
def client(ssh_server, monkeypatch):
    """The client's files, and its ssh on PATH."""
    monkeypatch.setenv("PATH", f"{ssh_server.box.programs}:{os.environ['PATH']}")
    return ssh_server


def resolve(destination, port=None):
    return ssh.resolve(destination, port, uninterrupted)


def test_without_a_configuration(client):
    client.prepare_client()
    target = resolve("Pi.Example")
    assert (target.user, target.hostname, target.port, target.known_as) == (
        "root",
        "pi.example",
        22,
        "pi.example",
    )
    assert target.options == ("-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")


@pytest.mark.parametrize(
    ("destination", "port", "user", "hostname", "found"),
    [
        ("pi", None, "me", "10.0.0.7", 2222),
        ("you@pi", None, "you", "10.0.0.7", 2222),
        ("pi", 2200, "me", "10.0.0.7", 2200),
        ("nas", None, "root", "nas", 22),
        ("odd@name@nas", None, "odd@name", "nas", 22),
        ("ssh://you@nas:24", None, "you", "nas", 24),
        ("::1", None, "root", "::1", 22),
    ],
)
def test_with_a_configuration(client, destination, port, user, hostname, found):
    client.prepare_client(configuration="Host pi\nHostName 10.0.0.7\nPort 2222\nUser me\n")
    target = resolve(destination, port)
    assert (target.user, target.hostname, target.port) == (user, hostname, found)


def test_times_of_the_configuration_stay(client):
    client.prepare_client(configuration="ConnectTimeout 3\nServerAliveInterval 4\nHostKeyAlias Alias\n")
    target = resolve("pi")
    assert target.options == ()
    assert target.known_as == "alias"


def test_a_broken_configuration(client):
    client.prepare_client(configuration="Bogus yes\n")
    with pytest.raises(HostServiceError, match=r"config: line 1: Bad configuration option: bogus"):
        resolve("pi")


@pytest.mark.parametrize("destination", ["", "-oProxyCommand=true", "a b", "user@", "@"])
def test_what_is_no_destination(client, destination):
    client.prepare_client()
    with pytest.raises(HostServiceError, match="ssh: "):
        resolve(destination)


def test_no_ssh(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostServiceError, match="ssh: OpenSSH's program is not installed"):
        resolve("pi")


def test_a_call_without_a_password_does_not_ask(client):
    client.prepare_client()
    target = resolve("pi", 24)
    with ssh.calling(target, "a line", None) as call:
        assert call.command[:2] == ("ssh", "-T")
        assert "BatchMode=yes" in call.command
        assert call.command[-3:] == ("--", "pi", "a line")
        assert call.environment == {}
        assert call.said == ""
        call.log.write_bytes(b"Warning: \xff\r\n")
        assert call.said == "Warning: \ufffd\n"
    assert not call.log.parent.exists()


def test_a_call_with_a_password_does_not_show_it(client):
    client.prepare_client()
    with ssh.calling(resolve("pi"), "a line", "swordfish") as call:
        assert "BatchMode=no" in call.command
        assert "swordfish" not in str(call)
        question = "root@pi's password: "
        assert subprocess.check_output([call.environment["SSH_ASKPASS"], question]) == b"swordfish\n"


def test_a_lost_connection_is_said_among_the_errors():
    said = "Connection to 10.0.0.7 closed by remote host."
    assert ssh.lost(f"of the script\n{said}\r\n") == said
    assert ssh.lost(f"{said}\nmore of the script\n") == ""
    assert ssh.lost("") == ""


def test_a_failure_says_where_and_why():
    target = SshTarget("pi", "me", "10.0.0.7", 22, "10.0.0.7")
    error = ssh.explain(target, "me@10.0.0.7: Permission denied (password).\r\n", None)
    assert str(error) == (
        "pi: it does not let me in: it accepts none of your keys; --password, or ssh_pwds in the secrets "
        "file, gives a password"
    )
