"""The kernel in ``jupyter console``: a terminal that asks it whether what was typed is complete."""

import os
import sys

import pexpect
import pytest

from tests.end_to_end.notebook import virtual

TIMEOUT = 60
STYLE = r"(?:\x1b\[[\d;?]*[a-zA-Z])*"  # the terminal's colours and cursor movements


class Console(pexpect.spawn):
    """A ``jupyter console`` in a terminal."""

    def __init__(self, directory):
        environment = os.environ | {"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"}
        patience = f"--ZMQTerminalInteractiveShell.kernel_is_complete_timeout={TIMEOUT}"
        arguments = ["-m", "jupyter_console", "--kernel=iot", patience]
        super().__init__(
            sys.executable,
            arguments,
            timeout=TIMEOUT,
            encoding="utf-8",
            cwd=str(directory),
            env=environment,
            dimensions=(50, 200),
        )

    def prompt(self, number):
        """Waits for the prompt of a new cell."""
        self.expect(rf"In \[{STYLE}{number}{STYLE}\]")

    def type(self, *lines):
        """Types lines that the kernel calls incomplete, and the blank one that ends the cell."""
        for line in lines:
            self.send(f"{line}\r")
            self.expect(rf"\.\.\.{STYLE}:")
        self.send("\r")


@pytest.fixture
def console(jupyter):
    console = Console(jupyter)
    console.prompt(1)
    yield console
    console.sendeof()
    console.expect("want to exit")
    console.send("y\r")
    console.expect(pexpect.EOF)
    console.close()


def test_a_session_in_a_terminal(console):
    console.send(f"%connect {virtual('console')}\r")
    console.expect("Connected to")
    console.prompt(2)
    console.type("for i in range(3):", "print(i * 111)")
    console.expect("222")
    console.prompt(3)
    console.type("%%host", "6 * 7")
    console.expect(r"Out\[")
    console.expect("42")
    console.prompt(4)
    console.send("print('on' * 2) or exec('while True: pass')\r")
    console.expect("onon")
    console.sendintr()
    console.expect("KeyboardInterrupt")
    console.prompt(5)
    console.type("%%host", "'hello ' + input('name? ')")
    console.expect(r"name\? ")
    console.send("Ada\r")
    console.expect("hello Ada")
    console.prompt(6)
    console.send("%lsmagic\r")
    console.expect(r"\r\n  %%ucore      Pass cell to ")
    assert "<t" not in console.before
    assert "Line Magic:    -h shows help" in console.before
    console.prompt(7)
    console.send("'hello ' + input('board? ')\r")
    console.expect(r"board\? ")
    console.send("Bob\r")
    console.expect("hello Bob")
    console.prompt(8)
    console.send("import mach\t")  # the only name is written at once: what is missing of it
    console.expect("ine")
    console.send(" as short_name\r")
    console.prompt(9)
    console.send("short_name.reset_c\t")
    console.expect("ause")
    console.send("()\r")
    console.expect(r"Out\[")
    console.prompt(10)
    console.type(f"%%connect {virtual('console')} {virtual('other')} -pq", "print('whole', 6 * 7)")
    said = []
    for _ in range(2):
        console.expect(r"sim://(console|other)\S* +\| whole 42\r\n")
        said.append(console.match[1])
    assert sorted(said) == ["console", "other"]
    console.prompt(11)
