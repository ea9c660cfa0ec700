"""Why a broker cannot be used, in plain words: the errors of the network, of TLS and of MQTT. Does no I/O."""

from __future__ import annotations

import errno
import socket
import ssl
from enum import Enum

from ukernel.pipes.framing import PipeError


class BrokerReason(Enum):
    """Why a broker cannot be used."""

    MISSING = "nobody is there"
    REFUSED = "the broker does not want us"
    AUTH = "the user or the password is wrong"
    CERTIFICATE = "its certificate is not trusted"
    STRANGE = "it is no broker"
    SLOW = "it does not answer in time"


class BrokerError(PipeError):
    """A broker cannot be used.

    Args:
        broker: its url, without a password.
        reason: the kind of reason.
        text: what happened, and what to do next.
    """

    def __init__(self, broker: str, reason: BrokerReason, text: str) -> None:
        super().__init__(f"{broker}: {text}")
        self.broker = broker
        self.reason = reason

    @property
    def is_final(self) -> bool:
        """Whether it stays so until somebody does something about it."""
        return self.reason in (BrokerReason.AUTH, BrokerReason.CERTIFICATE)


_ERRNO = {
    errno.ECONNREFUSED: "nothing listens on this port (is the broker running?)",
    errno.EHOSTUNREACH: "this computer is not reachable",
    errno.ENETUNREACH: "there is no network",
}

#: What a broker answers to a connection, by the name that paho gives it.
_ANSWERS = {
    "Bad user name or password": (BrokerReason.AUTH, "wrong user or password"),
    "Not authorized": (BrokerReason.AUTH, "wrong user or password, or this user has no rights"),
    "Banned": (BrokerReason.AUTH, "this user is banned"),
    "Server unavailable": (BrokerReason.REFUSED, "the broker is not available now"),
    "Server busy": (BrokerReason.REFUSED, "the broker is busy"),
    "Quota exceeded": (BrokerReason.REFUSED, "the broker's quota is exceeded"),
    "Connection rate exceeded": (BrokerReason.REFUSED, "too many connections to the broker"),
    "Use another server": (BrokerReason.REFUSED, "the broker says that another one is to be used"),
}


def network_error(broker: str, error: Exception) -> BrokerError:
    """Says why there is no connection to a broker.

    Args:
        broker: its url, without a password.
        error: an OSError, errors of TLS and time limits among them, or a ValueError.
    """
    reason, text = _network(error)
    return BrokerError(broker, reason, text)


def _network(error: Exception) -> tuple[BrokerReason, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = "SSL_CERT_FILE names a file with one that is to be trusted"
        return BrokerReason.CERTIFICATE, f"its certificate is not trusted: {error.verify_message} ({advice})"
    if isinstance(error, ssl.SSLError):
        return BrokerReason.STRANGE, "this is no TLS; mqtt:// instead of mqtts://, or another port?"
    if isinstance(error, TimeoutError):
        return BrokerReason.SLOW, "no answer in time (right address and port? a firewall?)"
    if isinstance(error, socket.gaierror):
        return BrokerReason.MISSING, "there is no computer of this name"
    if isinstance(error, OSError) and error.errno in _ERRNO:
        return BrokerReason.MISSING, _ERRNO[error.errno]
    return BrokerReason.MISSING, f"cannot be reached ({getattr(error, 'strerror', None) or error})"


def answer_error(broker: str, answer: str, *, has_password: bool) -> BrokerError:
    """Says why a broker refuses a connection.

    Args:
        broker: its url, without a password.
        answer: the name of the reason code.
        has_password: it was given one.
    """
    reason, text = _ANSWERS.get(answer, (BrokerReason.REFUSED, f"the broker refuses: {answer}"))
    if reason is BrokerReason.AUTH and not has_password:
        text = f"{text}; there was no password: put it into mqtt_pwds of the secrets file"
    return BrokerError(broker, reason, text)
