"""Which programs the boards are. That the boards run is shown in tests/real_boards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import boards


@pytest.mark.board
def test_the_interpreter_obtained_serves() -> None:
    assert boards.serves(boards.micropython())


def test_another_program_does_not_serve() -> None:
    assert not boards.serves(Path("/bin/true"))


def test_a_missing_program_does_not_serve() -> None:
    assert not boards.serves(Path("/nowhere/micropython"))


@pytest.mark.microbit
def test_qemu_loads_no_modules_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's QEMU on the machine is another build, and its modules end the cached one."""
    for name in (
        "audio-alsa",
        "audio-dbus",
        "audio-jack",
        "audio-oss",
        "audio-pa",
        "audio-pipewire",
        "ui-opengl",
    ):
        (tmp_path / f"{name}.so").write_text("of another build")
    monkeypatch.setenv("QEMU_MODULE_DIR", str(tmp_path))
    command = [*boards.microbit(), "-serial", "null", "-monitor", "stdio"]
    done = subprocess.run(command, input="quit\n", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
