"""What another computer says of its port, and what the user is told."""

from iot_kernel.errors import ConnectReason
from iot_kernel.openssh.target import SshTarget
from iot_kernel.transports.ssh_answers import failure
from tests.each import each

PI = SshTarget("pi", "me", "10.0.0.7", 22, "10.0.0.7")
PORT = "/dev/ttyACM0"
URL = f"ssh://pi{PORT}"


@each(
    ("answer", "reason", "words"),
    [
        (
            "missing /dev/ttyACM1 /dev/ttyUSB* /dev/serial/by-id/*",
            ConnectReason.MISSING,
            "pi has no port /dev/ttyACM0; there are /dev/ttyACM1",
        ),
        (
            "missing /dev/ttyACM* /dev/ttyUSB*",
            ConnectReason.MISSING,
            "none is there: is the board",
        ),
        ("stty stty: /dev/ttyS9: Input/output error", ConnectReason.MISSING, "pi has no port"),
        ("stty stty: /dev/ttyACM0: Device or resource busy", ConnectReason.BUSY, "in use at pi by another"),
        ("busy", ConnectReason.BUSY, "in use at pi by another program"),
        ("busy 123 124", ConnectReason.BUSY, "'ssh me@pi kill 123' frees the port"),
        (
            "denied ann crw-rw---- 1 root dialout 166, 0 Jan 1 /dev/ttyACM0",
            ConnectReason.DENIED,
            "ann has no right to use /dev/ttyACM0 of pi, the group 'dialout' has: run 'ssh -t me@pi sudo",
        ),
        (
            "denied ann crw------- 1 root root 166, 0 /dev/ttyACM0",
            ConnectReason.DENIED,
            "its administrator",
        ),
        ("stty stty: /dev/ttyACM0: Permission denied", ConnectReason.DENIED, "me has no right to use"),
        ("no-port", ConnectReason.UNSUPPORTED, "is no serial port"),
        ("stty stty: Inappropriate ioctl for device", ConnectReason.UNSUPPORTED, "is no serial port"),
        (
            "stty stty: invalid argument '7'",
            ConnectReason.UNSUPPORTED,
            "cannot use the port: stty: invalid argument '7'",
        ),
        ("", ConnectReason.UNSUPPORTED, "cannot use the port"),
        ("nonsense \x1b[31m" + "x" * 10_000, ConnectReason.UNSUPPORTED, "cannot use the port"),
    ],
)
def test_failures(answer, reason, words):
    error = failure(URL, PI, PORT, answer)
    assert error.reason is reason
    assert words in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 1200
