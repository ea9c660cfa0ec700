"""What ssh says, and what the user is told."""

from iot_kernel.openssh.reasons import SILENT, SshFailure, reason
from iot_kernel.openssh.target import SshTarget
from tests.each import each

HERE = SshTarget("pi", "me", "10.0.0.7", 22, "10.0.0.7")
ODD_PORT = SshTarget("you@pi", "you", "10.0.0.7", 2222, "10.0.0.7")

CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Offending ED25519 key in /root/.ssh/known_hosts:1
Host key verification failed.
"""


@each(
    ("said", "kind", "words"),
    [
        (CHANGED, SshFailure.UNTRUSTED, ["another key than before", "ssh-keygen -R 10.0.0.7", "'ssh me@pi'"]),
        (
            "Host key verification failed.\r\n",
            SshFailure.UNTRUSTED,
            ["does not know its key", "Run 'ssh me@pi' once"],
        ),
        (
            "ssh: Could not resolve hostname pi: Name or service not known\n",
            SshFailure.UNKNOWN,
            ["no computer is known"],
        ),
        (
            "ssh: connect to host pi port 22: Connection refused\n",
            SshFailure.REFUSED,
            ["nothing listens on port 22", "(-p)"],
        ),
        (
            "ssh: connect to host pi port 22: Connection timed out\n",
            SshFailure.SILENT,
            ["does not answer on port 22"],
        ),
        (
            "Connection timed out during banner exchange\nConnection to pi port 22 timed out\n",
            SshFailure.SILENT,
            ["answer"],
        ),
        ("ssh: connect to host pi port 22: No route to host\n", SshFailure.SILENT, ["does not answer"]),
        (SILENT, SshFailure.SILENT, ["does not answer"]),
        (
            "Timeout, server pi not responding.\n",
            SshFailure.LOST,
            ["was lost (Timeout, server pi not responding.)"],
        ),
        ("client_loop: send disconnect: Broken pipe\n", SshFailure.LOST, ["was lost"]),
        ("kex_exchange_identification: Connection closed by remote host\n", SshFailure.LOST, ["was lost"]),
        (
            "Received disconnect from pi: 2: Too many authentication failures\n",
            SshFailure.DENIED,
            ["IdentitiesOnly"],
        ),
        (
            (
                "ssh: connect to host jump port 22: Connection refused\r\n"
                "Connection closed by UNKNOWN port 65535\n"
            ),
            SshFailure.REFUSED,
            ["no way to it (ProxyJump, ProxyCommand): ssh: connect to host jump port 22: Connection refused"],
        ),
        ("no idea\nsomething {new}\n\n", SshFailure.OTHER, ["something {new}"]),
    ],
)
def test_reasons(said, kind, words):
    found, told = reason(HERE, said)
    assert found is kind
    assert "\n" not in told
    for word in words:
        assert word in told


def test_a_port_of_its_own():
    assert "Run 'ssh -p 2222 you@pi' once" in told(ODD_PORT, "Host key verification failed.")
    assert "'ssh-keygen -R \"[10.0.0.7]:2222\"'" in told(ODD_PORT, CHANGED)
    assert "(:PORT)" in told(ODD_PORT, "Connection refused", port_ways=":PORT")


def told(target, said, **ways):
    return reason(target, said, **ways)[1]


DENIED = "me@10.0.0.7: Permission denied ({}).\r\n"
WAYS = {"password_ways": "--password gives a password"}


def test_keys_that_are_not_accepted():
    assert told(HERE, DENIED.format("publickey,password"), **WAYS) == (
        "it does not let me in: it accepts none of your keys; 'ssh-copy-id me@pi' takes your key there; "
        "'ssh-add' unlocks one that has a passphrase; --password gives a password"
    )
    assert "--password" not in told(HERE, DENIED.format("publickey"), **WAYS)
    assert "--password" not in told(HERE, DENIED.format("publickey,password"))
    assert "ssh-add" not in told(HERE, DENIED.format("password"), **WAYS)


def test_a_password_that_is_not_accepted():
    said = told(
        HERE, DENIED.format("password,keyboard-interactive"), password="given with --password", **WAYS
    )
    assert said == "it does not let me in: the password is wrong (given with --password)"
