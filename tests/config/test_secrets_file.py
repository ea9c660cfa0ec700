import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.config import secrets_file
from iot_kernel.config.secrets_file import Secrets, read_secrets, too_open
from iot_kernel.errors import ConfigError

UID = "30:ae:a4:30:84:34"


def read(tmp_path: Path, text: str | bytes) -> Secrets:
    file = tmp_path / "secrets.py"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_secrets(file)


def test_a_missing_file_has_no_secrets(tmp_path: Path):
    assert read_secrets(tmp_path / "no" / "secrets.py") == Secrets(None, {}, 50000)
    (tmp_path / "file").touch()
    assert read_secrets(tmp_path / "file" / "secrets.py").default is None


def test_plain_assignments_are_read(tmp_path: Path):
    secrets = read(
        tmp_path,
        f"""
webrepl_pwd: str = "hunter2"
webrepl_pwds = {{"lamp": "one", "{UID.upper()}": "two", "WS://Host": "three", "ws://": "none"}}
broadcast_port = 50_001
""",
    )
    assert secrets.default == "hunter2"
    assert secrets.by_board == {"lamp": "one", UID: "two", "ws://host:8266": "three", "ws://": "none"}
    assert secrets.broadcast_port == 50001


def test_what_the_board_needs_is_not_our_business(tmp_path: Path):
    secrets = read(
        tmp_path,
        r"""
import time
wifi_ssid = "\d"
tz_offset = -8 * 3600
hosts = [f"x{i}" for i in range(3)]
if tz_offset:
    mp_pwd = open("/etc/passwd").read()
webrepl_pwd = "hunter2"
""",
    )
    assert secrets.default == "hunter2"


def test_nothing_in_the_file_runs(tmp_path: Path):
    mark = tmp_path / "mark"
    read(tmp_path, f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nwebrepl_pwd = 'x'\n")
    assert not mark.exists()


@pytest.mark.parametrize("value", ["None", '""'])
def test_an_empty_password_is_none(tmp_path: Path, value: str):
    assert read(tmp_path, f"webrepl_pwd = {value}\n").default is None


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("\nwebrepl_pwd = 'hunter2\n", 2, "not valid Python"),
        ("webrepl_pwd = hunter2 hunter2\n", 1, "not valid Python"),
        ("webrepl_pwd = hunter2\n", 1, "must have a plain value"),
        ("webrepl_pwd = 'hunter2' + 'x'\n", 1, "must have a plain value"),
        ("webrepl_pwd = f'hunter2'\n", 1, "must have a plain value"),
        ("x = 1\nwebrepl_pwd = 2002\n", 2, "must be text in quotes"),
        ("webrepl_pwd = b'hunter2'\n", 1, "must be text in quotes"),
        ("if 1:\n    webrepl_pwd = 'hunter2'\n", 2, "must be set once"),
        ("webrepl_pwd = 'hunter2'\nwebrepl_pwd += 'x'\n", 2, "must be set once"),
        ("webrepl_pwd, x = 'hunter2', 1\n", 1, "must be set once"),
        ("webrepl_pwd = 'hunter2'\nprint(webrepl_pwd)\n", 2, "must be set once"),
        ("webrepl_pwds = 'hunter2'\n", 1, 'must be {"name, uid or address": "password"'),
        ("webrepl_pwds = {'hunter2': 1}\n", 1, 'must be {"name, uid or address": "password"'),
        ("webrepl_pwds = {[]: 'hunter2'}\n", 1, "must have a plain value"),
        ("broadcast_port = '50000'\n", 1, "a number from 1 to 65535"),
        ("broadcast_port = True\n", 1, "a number from 1 to 65535"),
        ("broadcast_port = 70000\n", 1, "a number from 1 to 65535"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_without_the_secret(
    tmp_path: Path, text: str, line: int, problem: str
):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert problem in caught.value.problem
    assert caught.value.line == line
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "data", [b"\xff", b"\x00", b"# coding: nonsense\n", b"(" * 3000, b"x = " + b"-" * 50000 + b"1"]
)
def test_what_is_no_python_is_refused(tmp_path: Path, data: bytes):
    with pytest.raises(ConfigError, match="not valid Python"):
        read(tmp_path, data)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_secrets(tmp_path)


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets_file, "FILE_LIMIT", 10)
    with pytest.raises(ConfigError, match="10 bytes"):
        read(tmp_path, "# 123456789")


def test_secrets_do_not_show_in_a_repr(tmp_path: Path):
    secrets = read(tmp_path, "webrepl_pwd = 'hunter2'\nwebrepl_pwds = {'lamp': 'hunter3'}\n")
    assert "hunter" not in f"{secrets!r} {secrets} {[secrets]}"


@pytest.mark.parametrize(("mode", "said"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_may_read_is_pointed_out(tmp_path: Path, mode: int, said: bool):
    file = tmp_path / "secrets.py"
    file.touch()
    file.chmod(mode)
    note = too_open(file)
    assert (note is not None) == said
    if note:
        assert f"chmod 600 {file}" in note
        assert f"{mode:04o}" in note


def test_no_file_needs_no_note(tmp_path: Path):
    assert too_open(tmp_path / "none") is None


def test_python_warnings_about_the_file_do_not_show_its_text(tmp_path: Path):
    (tmp_path / "secrets.py").write_text("webrepl_pwd = 'hun\\ter2\\d'\n")
    code = (
        f"from iot_kernel.config.secrets_file import *; read_secrets(Path({str(tmp_path / 'secrets.py')!r}))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        capture_output=True,
        text=True,
        env=os.environ,
        check=True,
    )
    assert "er2" not in run.stdout + run.stderr


@given(
    st.binary(max_size=100)
    | st.text(alphabet="webrpl_d=\"'{}:,\n #1", max_size=60).map(lambda t: f"webrepl_pwd{t}".encode())
)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    file = tmp_path_factory.getbasetemp() / "secrets.py"
    file.write_bytes(data)
    try:
        read_secrets(file)
    except ConfigError as error:
        assert error.path == str(file)


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        read(tmp_path, "webrepl_pwd = 'hunter2'\n")
    assert "hunter2" not in caplog.text


def test_passwords_for_ssh(tmp_path: Path):
    secrets = read(tmp_path, "ssh_pwds = {'me@host': 'one', 'host': 'two', 'WS://Host': 'three'}\n")
    assert secrets.ssh == {"me@host": "one", "host": "two", "WS://Host": "three"}
    assert "one" not in repr(secrets)
    assert read(tmp_path, "webrepl_pwd = 'hunter2'\n").ssh == {}


@pytest.mark.parametrize("value", ["'hunter2'", "{'host': 2002}", "{2002: 'hunter2'}", "['hunter2']"])
def test_passwords_for_ssh_of_another_shape(tmp_path: Path, value: str):
    with pytest.raises(ConfigError, match=r"ssh_pwds must be .*user@host or host") as caught:
        read(tmp_path, f"\nssh_pwds = {value}\n")
    assert caught.value.line == 2
    assert "2002" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
