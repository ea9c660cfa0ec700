"""The REPLs, byte for byte: beside recordings of real firmware's, and what the recordings do not have."""

import json
import re
from pathlib import Path

import pytest

from tests.virtual_board.firmware.dialogue import RAW_BANNER

pytestmark = pytest.mark.board

RECORDED = json.loads((Path(__file__).parent / "data" / "dialogues.json").read_text(encoding="utf-8"))[
    "cases"
]

GREETING = (
    rb"MicroPython v[^;\r\n]+ on \d{4}-\d\d-\d\d; [^\r\n]+\r\n"
    rb'Type "help\(\)" for more information\.\r\n>>> '
)


def as_on_a_board(text):
    """What real boards send where the recorded unix port sent a bare LF: it leaves the CR to the terminal."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", text.encode("latin-1"))


@pytest.mark.parametrize("name", RECORDED)
def test_says_what_firmware_was_recorded_to_say(dialogue, name):
    dialogue.hear(b">>> ")
    for who, text in RECORDED[name]:
        if who == "tx":
            dialogue.say(text.encode("latin-1"))
        elif text.startswith("\r\nMicroPython"):  # names its version
            assert re.fullmatch(rb"\r\n" + GREETING, dialogue.hear(b">>> "))
        else:
            dialogue.expect(as_on_a_board(text))


class TestFriendly:
    def test_greets(self, dialogue):
        assert re.fullmatch(GREETING, dialogue.hear(b">>> "))

    def test_echoes_and_shows_values(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.say(b"1+1\r")
        dialogue.expect(b"1+1\r\n2\r\n>>> ")

    def test_remembers_the_last_value(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"6*7\r", b">>> ")
        dialogue.say(b"_+1\r")
        dialogue.expect(b"_+1\r\n43\r\n>>> ")

    def test_none_is_not_shown(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.say(b"None\r")
        dialogue.expect(b"None\r\n>>> ")

    def test_a_statement_over_several_lines(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.say(b"for i in range(2):\r")
        dialogue.expect(b"for i in range(2):\r\n... ")
        dialogue.say(b"    print(i)\r")
        dialogue.expect(b"    print(i)\r\n... ")
        dialogue.say(b"\r")
        dialogue.expect(b"\r\n0\r\n1\r\n>>> ")

    def test_ctrl_c_gives_a_statement_up(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"def f():\r", b"... ")
        dialogue.say(b"\x03")
        dialogue.expect(b"\r\n>>> ")

    def test_ctrl_d_ends_a_statement(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"if 1:\r", b"... ")
        dialogue.ask(b"  print(5)\r", b"... ")
        dialogue.say(b"\x04")
        dialogue.expect(b"5\r\n>>> ")

    def test_an_error_has_a_traceback(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"1/0\r", b"\n")
        dialogue.expect(
            b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n'
            b"ZeroDivisionError: divide by zero\r\n>>> "
        )

    def test_ctrl_b_greets_again_and_keeps_variables(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"x=5\r", b">>> ")
        assert re.fullmatch(rb"\r\n" + GREETING, dialogue.ask(b"\x02", b">>> "))
        dialogue.say(b"x\r")
        dialogue.expect(b"x\r\n5\r\n>>> ")

    def test_paste_mode(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.say(b"\x05")
        dialogue.expect(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
        dialogue.say(b"for i in range(2):\r print(i)\r")
        dialogue.expect(b"for i in range(2):\r\n===  print(i)\r\n=== ")
        dialogue.say(b"\x04")
        dialogue.expect(b"\r\n0\r\n1\r\n>>> ")

    def test_paste_mode_given_up(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"\x05print(1)", b"=== print(1)")
        dialogue.say(b"\x03")
        dialogue.expect(b"\r\n>>> ")

    def test_the_prompt_can_be_changed(self, dialogue):
        dialogue.hear(b">>> ")
        dialogue.ask(b"import sys\r", b">>> ")
        dialogue.say(b"sys.ps1='$ '\r")
        dialogue.expect(b"sys.ps1='$ '\r\n$ ")


class TestRaw:
    def test_ctrl_a_shows_the_banner_again(self, raw):
        raw.say(b"\x01")
        raw.expect(RAW_BANNER)

    def test_ctrl_b_leaves(self, raw):
        assert re.fullmatch(rb"\r\n" + GREETING, raw.ask(b"\x02", b">>> "))

    def test_ctrl_c_empties_the_line(self, raw):
        raw.say(b"1/0\x03print(1)\x04")
        raw.expect(b"OK1\r\n\x04\x04>")

    def test_variables_stay_from_one_program_to_the_next(self, raw):
        raw.run("def twice(x):\n return 2 * x")
        assert raw.run("print(twice(21))") == b"42\r\n"

    def test_traceback_names_only_the_users_lines(self, raw):
        assert raw.fail("def f():\n  g()\ndef g():\n  print(undefined)\n\nf()") == (
            b"Traceback (most recent call last):\r\n"
            b'  File "<stdin>", line 6, in <module>\r\n'
            b'  File "<stdin>", line 2, in f\r\n'
            b'  File "<stdin>", line 4, in g\r\n'
            b"NameError: name 'undefined' isn't defined\r\n"
        )

    def test_text_that_is_no_utf8(self, raw):
        raw.say(b"print('\xff')\x04")
        raw.expect(b"OK\x04")
        assert b"UnicodeError" in raw.hear(b"\x04>")

    def test_programs_one_after_the_other_without_waiting(self, raw):
        raw.say(b"print(1)\x04print(2)\x04print(3)\x04")
        raw.expect(b"OK1\r\n\x04\x04>OK2\r\n\x04\x04>OK3\r\n\x04\x04>")

    def test_what_follows_a_program_is_its_input(self, raw):
        raw.say(b"import sys\nprint(sys.stdin.read(5))\x04helloprint(1)\x04")
        raw.expect(b"OKhello\r\n\x04\x04>OK1\r\n\x04\x04>")

    def test_a_large_program(self, raw):
        assert raw.run("x = 1\n" * 20000 + "print(x)") == b"1\r\n"


class TestRawPaste:
    def test_an_unknown_command_is_refused(self, raw):
        raw.say(b"\x05B\x01")
        raw.expect(b"R\x00>")

    def test_ctrl_c_gives_it_up(self, raw):
        raw.say(b"\x05A\x01x = 1\n\x03")
        raw.expect(b"R\x01\x80\x00\x01\x04\x04KeyboardInterrupt: \r\n\x04>")

    def test_each_window_read_is_granted_anew(self, raw):
        raw.ask(b"\x05A\x01", b"R\x01\x80\x00\x01")
        raw.say(b"#" * 128)
        raw.expect(b"\x01")
        raw.say(b"#" * 127)
        raw.say(b"\n")
        raw.expect(b"\x01")
        raw.say(b"print(1)\x04")
        raw.expect(b"\x041\r\n\x04\x04>")

    def test_leaves_the_current_directory_alone(self, raw):
        raw.run("import os\nos.mkdir('sub')\nos.chdir('sub')")
        raw.ask(b"\x05A\x01", b"\x01\x80\x00\x01")
        raw.say(b"print(os.getcwd(), os.listdir('/'))\x04")
        raw.expect(b"\x04/sub ['sub']\r\n\x04\x04>")

    def test_traceback(self, raw):
        raw.ask(b"\x05A\x01", b"\x01\x80\x00\x01")
        raw.say(b"print(1)\n1/0\x04")
        raw.expect(
            b"\x041\r\n\x04Traceback (most recent call last):\r\n"
            b'  File "<stdin>", line 2, in <module>\r\nZeroDivisionError: divide by zero\r\n\x04>'
        )

    def test_interrupt(self, raw):
        raw.ask(b"\x05A\x01", b"\x01\x80\x00\x01")
        raw.say(b"print('go')\nwhile True: pass\x04")
        raw.expect(b"\x04go\r\n")
        raw.say(b"\x03")
        raw.expect(
            b"\x04Traceback (most recent call last):\r\n"
            b'  File "<stdin>", line 2, in <module>\r\nKeyboardInterrupt: \r\n\x04>'
        )
