"""What is read from apt, and said when it has nothing. That packages run is shown in tests/boards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.debian import Bundle, mirrors
from tools.store import UnavailableError

LISTING = """\
'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_InRelease 0
'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror.example_debian_InRelease 0
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.example_debian_Packages 0
'https://other.example/tool/dists/stable/InRelease' other.example_tool_InRelease 0
"""


def test_mirrors_are_the_release_archives_once_each() -> None:
    assert mirrors(LISTING) == ["http://mirror.example/debian", "https://other.example/tool"]


def test_mirrors_of_a_machine_without_any_are_none() -> None:
    assert mirrors("") == []


def test_a_machine_without_apt_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_KERNEL_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("apt-get") is None
    with pytest.raises(UnavailableError, match="hello comes from Debian's packages, but apt-get is missing"):
        Bundle("hello", ("hello",), ("trixie",)).obtain()


def test_other_content_has_another_place_in_the_cache() -> None:
    one = Bundle("board", ("micropython",), ("trixie",))
    assert one == Bundle("board", ("micropython",), ("trixie",))
    assert one.place != Bundle("board", ("micropython",), ("bookworm",)).place
