"""What is said where packages cannot be installed. That they can be is shown by what is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.services.box import script
from tools import system
from tools.store import UnavailableError


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs are looked for, and nowhere else: at first there are none."""
    monkeypatch.setenv("IOT_KERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "SBIN", str(tmp_path / "sbin"))
    return tmp_path


def install() -> None:
    system.install(("one", "two"), ("pack-one", "pack-two"), "the tests of it")


def test_nothing_is_installed_where_all_is_there(programs: Path) -> None:
    script(programs / "one", "#!/bin/sh\n")
    script(programs / "sbin" / "two", "#!/bin/sh\n")
    script(programs / "apt-get", "#!/bin/sh\nexit 1\n")
    install()


def test_a_machine_without_apt_is_told_what_is_missing() -> None:
    with pytest.raises(UnavailableError, match=r"^the tests of it need one and two on PATH$"):
        install()


def test_a_user_without_rights_is_told_what_to_install(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(programs / "apt-get", "#!/bin/sh\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UnavailableError, match=r"sudo apt-get install pack-one pack-two$"):
        install()
    script(programs / "sudo", "#!/bin/sh\nexit 1\n")
    with pytest.raises(UnavailableError, match=r"sudo apt-get install pack-one pack-two$"):
        install()


def test_a_user_who_may_become_root(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(programs / "sudo", "#!/bin/sh\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert system.as_root("advice") == [str(programs / "sudo"), "-n"]


def test_packages_are_installed(programs: Path) -> None:
    script(programs / "apt-get", f'#!/bin/sh\necho "$@" >>{programs}/asked\n')
    install()
    *_, update, wanted = (programs / "asked").read_text().splitlines()
    assert update.endswith("update")
    assert wanted.endswith("install --no-install-recommends pack-one pack-two")


def test_an_installation_that_fails(programs: Path) -> None:
    script(programs / "apt-get", "#!/bin/sh\necho no mirror >&2\nexit 100\n")
    with pytest.raises(UnavailableError, match="failed:\nno mirror"):
        install()
