"""From what the system says to what people read."""

import errno
import grp
import os
import socket
import termios

import pytest
import serial

from iot_kernel.errors import ConnectReason
from iot_kernel.transports.errors import is_port_gone, network_fault, port_fault
from tests.each import each

URL = "serial:///dev/ttyACM7"
PORTS = ["/dev/ttyACM0", "/dev/ttyUSB1"]


def port_error(number):
    return serial.SerialException(number, os.strerror(number))


@each(
    ("number", "reason", "text"),
    [
        (errno.ENOENT, ConnectReason.MISSING, "no such serial port; there are /dev/ttyACM0, /dev/ttyUSB1"),
        (errno.ENODEV, ConnectReason.MISSING, "no such serial port"),
        (errno.EIO, ConnectReason.MISSING, "no such serial port"),
        (
            errno.EBUSY,
            ConnectReason.BUSY,
            r"another program \(mpremote, Thonny, a serial monitor\): close it",
        ),
        (errno.EAGAIN, ConnectReason.BUSY, "another program"),
        (errno.EACCES, ConnectReason.DENIED, "no right to use"),
        (errno.ENOTTY, ConnectReason.UNSUPPORTED, "no serial port; there are"),
        (errno.EISDIR, ConnectReason.UNSUPPORTED, "no serial port; there are"),
        (errno.EMFILE, ConnectReason.UNSUPPORTED, "Too many open files"),
    ],
)
def test_ports(number, reason, text):
    fault = port_fault(URL, "/dev/ttyACM7", port_error(number), PORTS)
    assert fault.reason is reason
    assert fault.url == URL
    with pytest.raises(type(fault), match=text):
        raise fault


def test_a_port_that_is_there_and_its_board_is_not():
    """As in a container after the board was unplugged: the node stays."""
    for number in (errno.ENXIO, errno.ENODEV, errno.EIO):
        text = str(port_fault(URL, PORTS[0], port_error(number), PORTS))
        assert "nothing is connected to this port any more: plug the board in" in text


def test_without_any_port_the_cable_is_the_question():
    assert "cable that carries data" in str(port_fault(URL, "x", port_error(errno.ENOENT), []))


OPEN = "could not open port 'COM3': "
SET = "Cannot configure port, something went wrong. Original message: "


@each(
    ("words", "reason", "text"),
    [
        (OPEN + "PermissionError(13, 'Access is denied.', None, 5)", ConnectReason.BUSY, "another program"),
        (OPEN + "PermissionError(13, 'Zugriff verweigert', None, 5)", ConnectReason.BUSY, "another program"),
        (
            OPEN + "FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)",
            ConnectReason.MISSING,
            "there is no such serial port; there are COM3, COM12",
        ),
        (
            OPEN + "OSError(22, 'A device which does not exist was specified.', None, 433)",
            ConnectReason.MISSING,
            "there is no such serial port",
        ),
        (
            OPEN + "OSError(22, 'A device attached to the system is not functioning.', None, 31)",
            ConnectReason.UNSUPPORTED,
            "plug the board in again, or install the driver anew",
        ),
        (
            OPEN + "OSError(22, 'The semaphore timeout period has expired.', None, 121)",
            ConnectReason.UNSUPPORTED,
            "does not answer its driver",
        ),
        (
            SET + "OSError(22, 'The parameter is incorrect.', None, 87)",
            ConnectReason.UNSUPPORTED,
            "does it know this baud rate",
        ),
        ("no ports found matching regexp 'pico'", ConnectReason.MISSING, "no such serial port"),
        ("something new", ConnectReason.UNSUPPORTED, "something new"),
    ],
)
def test_ports_where_pyserial_gives_words(words, reason, text):
    fault = port_fault("serial://COM3", "COM3", serial.SerialException(words), ["COM3", "COM12"])
    assert fault.reason is reason
    assert text in str(fault)


@each(
    ("words", "is_gone"),
    [
        (
            "ClearCommError failed (PermissionError(13, 'The device does not recognize …', None, 22))",
            True,
        ),
        ("GetOverlappedResult failed (PermissionError(13, 'Access is denied.', None, 5))", True),
        (
            "WriteFile failed (OSError(22, 'A device which does not exist was specified.', None, 433))",
            True,
        ),
        ("ReadFile failed (OSError(22, 'The parameter is incorrect.', None, 87))", False),
        ("Write timeout", False),
    ],
)
def test_open_ports_of_windows_that_go_away(words, is_gone):
    assert is_port_gone(serial.SerialException(words)) is is_gone


def test_the_number_of_a_wrapped_error_counts():
    wrapped = serial.SerialException("Could not configure port")
    wrapped.__context__ = termios.error(errno.ENOTTY, "Inappropriate ioctl for device")
    assert port_fault(URL, "x", wrapped, []).reason is ConnectReason.UNSUPPORTED


def test_no_rights_names_the_group_to_join(tmp_path):
    node = tmp_path / "node"
    node.touch()
    node.chmod(0o660)
    if os.geteuid() == 0:  # whose own group would be the wrong one to join
        os.chown(node, 0, next(entry.gr_gid for entry in grp.getgrall() if entry.gr_gid != 0))
    group = node.group()
    text = str(port_fault(URL, str(node), port_error(errno.EACCES), []))
    assert f"the group '{group}' has" in text
    assert f"'sudo usermod -a -G {group} $USER', then log in again" in text


def test_no_rights_that_a_group_could_give(tmp_path):
    node = tmp_path / "node"
    node.touch()
    node.chmod(0o600)
    text = str(port_fault(URL, str(node), port_error(errno.EACCES), []))
    assert "-rw-------" in text
    assert "ask the administrator" in text
    assert "usermod" not in text


@each(
    ("error", "reason", "text"),
    [
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
            ConnectReason.REFUSED,
            "is the server started",
        ),
        (TimeoutError("timed out"), ConnectReason.TIMEOUT, "nothing answered in time"),
        (socket.gaierror(-2, "Name or service not known"), ConnectReason.MISSING, "has this name"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), ConnectReason.MISSING, "no way to this address"),
        (
            OSError(errno.ECONNRESET, "reset by peer"),
            ConnectReason.UNSUPPORTED,
            "no board here .*reset by peer",
        ),
    ],
)
def test_networks(error, reason, text):
    wrapped = serial.SerialException("Could not open port")
    wrapped.__context__ = error
    raised = wrapped if reason is not ConnectReason.UNSUPPORTED else error
    fault = network_fault("socket://h:1", raised, "the server", "no board here")
    assert fault.reason is reason
    with pytest.raises(type(fault), match=text):
        raise fault
