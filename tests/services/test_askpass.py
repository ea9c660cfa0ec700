"""The program that answers ssh's question for a password, and no other question."""

import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services.askpass import QUESTIONS, Askpass

PASSWORD = 'it\'s $HOME\\n "é" %s'
NAME = "o'brien@host.example"


def answer(variables, question):
    """What ssh would hear; None when the program refuses."""
    done = subprocess.run([variables["SSH_ASKPASS"], question], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


@pytest.mark.parametrize("question", [f"{NAME}'s password: ", f"({NAME}) Password: "])
def test_the_servers_question_is_answered(tmp_path, question):
    with Askpass(tmp_path, NAME, PASSWORD) as variables:
        for _ in range(QUESTIONS):
            assert answer(variables, question) == f"{PASSWORD}\n"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Password: ",
        "jump@host.example's password: ",
        f"({NAME}",
        f"x{NAME}'s password: ",
        "(other@host) Password: ",
        "Enter passphrase for key '/home/me/.ssh/id_ed25519': ",
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        f"{NAME}'s password: \nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
    ],
)
def test_no_other_question_is(tmp_path, question):
    with Askpass(tmp_path, NAME, PASSWORD) as variables:
        assert answer(variables, question) is None


def test_the_password_stands_nowhere(tmp_path):
    with Askpass(tmp_path, NAME, PASSWORD) as variables:
        assert PASSWORD not in str(variables)
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
            if path.is_file():
                assert PASSWORD not in path.read_text()


def test_an_old_ssh_asks_the_program_only_where_there_is_a_display(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with Askpass(tmp_path, NAME, PASSWORD) as variables:
        assert variables["DISPLAY"]


def test_a_display_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7")
    with Askpass(tmp_path, NAME, PASSWORD) as variables:
        assert variables["DISPLAY"] == ":7"


def test_nothing_stays_open(tmp_path):
    def open_files():
        return len([*Path("/proc/self/fd").iterdir()])

    before = open_files()
    with Askpass(tmp_path, NAME, PASSWORD):
        assert open_files() > before
    assert open_files() == before


@pytest.mark.parametrize("password", ["a\nb", "a\r", "a\0", "x" * 1001])
def test_what_can_be_no_password(tmp_path, password):
    with pytest.raises(UsageError) as caught:
        Askpass(tmp_path, NAME, password)
    assert password not in str(caught.value)


def test_windows_has_no_such_program(monkeypatch, tmp_path):
    monkeypatch.setattr("iot_kernel.services.askpass.os", SimpleNamespace(name="nt"))
    with pytest.raises(UsageError, match="log in by a key"):
        Askpass(tmp_path, NAME, PASSWORD)
