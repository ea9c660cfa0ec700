"""Why a broker cannot be used, in words."""

import errno
import socket
import ssl

from tests.each import each
from ukernel.pipes.framing import PipeError
from ukernel.pipes.mqtt.errors import BrokerReason, answer_error, network_error


@each(
    "error, reason, words",
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "MISSING", "nothing listens on this port"),
        (socket.gaierror(-2, "x"), "MISSING", "there is no computer of this name"),
        (OSError(errno.EHOSTUNREACH, "x"), "MISSING", "not reachable"),
        (OSError(errno.EPERM, "Operation not permitted"), "MISSING", "(Operation not permitted)"),
        (TimeoutError(), "SLOW", "no answer in time"),
        (ssl.SSLError(1, "x"), "STRANGE", "this is no TLS"),
        (ValueError("label too long"), "MISSING", "(label too long)"),
    ],
)
def test_errors_of_the_network(error, reason, words):
    found = network_error("mqtt://b", error)
    assert found.reason is BrokerReason[reason]
    assert str(found).startswith("mqtt://b: ")
    assert words in str(found)
    assert isinstance(found, PipeError)


@each(
    "answer, has_password, reason, words",
    [
        ("Not authorized", True, "AUTH", "wrong user or password, or this user has no rights"),
        (
            "Bad user name or password",
            False,
            "AUTH",
            "no password: put it into mqtt_pwds of the secrets file",
        ),
        ("Server busy", False, "REFUSED", "the broker is busy"),
        ("Client identifier not valid", False, "REFUSED", "the broker refuses: Client identifier not valid"),
    ],
)
def test_answers(answer, has_password, reason, words):
    found = answer_error("mqtt://b", answer, has_password=has_password)
    assert found.reason is BrokerReason[reason]
    assert str(found).endswith(words)
    assert found.is_final == (reason == "AUTH")
