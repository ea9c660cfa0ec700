"""What ssh says, and what the user is told."""

from iot_kernel.services.ssh import SshTarget
from iot_kernel.services.ssh_errors import explain
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
    ("said", "words"),
    [
        (CHANGED, ["another key than before", "ssh-keygen -R 10.0.0.7", "'ssh me@pi'"]),
        ("Host key verification failed.\r\n", ["does not know its key", "Run 'ssh me@pi' once"]),
        ("ssh: Could not resolve hostname pi: Name or service not known\n", ["no computer is known"]),
        ("ssh: connect to host pi port 22: Connection refused\n", ["nothing listens on port 22"]),
        ("ssh: connect to host pi port 22: Connection timed out\n", ["does not answer on port 22"]),
        ("Connection timed out during banner exchange\nConnection to pi port 22 timed out\n", ["answer"]),
        ("ssh: connect to host pi port 22: No route to host\n", ["does not answer"]),
        ("Timeout, server pi not responding.\n", ["was lost (Timeout, server pi not responding.)"]),
        ("client_loop: send disconnect: Broken pipe\n", ["was lost"]),
        ("kex_exchange_identification: Connection closed by remote host\n", ["was lost"]),
        ("Received disconnect from pi: 2: Too many authentication failures\n", ["IdentitiesOnly"]),
        ("no idea\nsomething {new}\n\n", ["something {new}"]),
    ],
)
def test_reasons(said, words):
    told = str(explain(HERE, said, None))
    assert told.startswith("pi: ")
    assert "\n" not in told
    for word in words:
        assert word in told


def test_a_port_of_its_own():
    assert "Run 'ssh -p 2222 you@pi' once" in str(explain(ODD_PORT, "Host key verification failed.", None))
    assert "'ssh-keygen -R \"[10.0.0.7]:2222\"'" in str(explain(ODD_PORT, CHANGED, None))


DENIED = "me@10.0.0.7: Permission denied ({}).\r\n"


def test_keys_that_are_not_accepted():
    told = str(explain(HERE, DENIED.format("publickey,password"), None))
    assert told == (
        "pi: it does not let me in: it accepts none of your keys; 'ssh-copy-id me@pi' takes your key there; "
        "'ssh-add' unlocks one that has a passphrase; --password, or ssh_pwds in the secrets file, gives a "
        "password"
    )
    assert "--password" not in str(explain(HERE, DENIED.format("publickey"), None))
    assert "ssh-add" not in str(explain(HERE, DENIED.format("password"), None))


def test_a_password_that_is_not_accepted():
    told = str(explain(HERE, DENIED.format("password,keyboard-interactive"), "given with --password"))
    assert told == "pi: it does not let me in: the password is wrong (given with --password)"
