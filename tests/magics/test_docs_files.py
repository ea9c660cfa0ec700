"""What docs/reference/files.md shows is run here, from top to bottom, on a virtual board."""

import re
from pathlib import Path

import pytest

from iot_kernel.files.capabilities import ALGORITHMS
from iot_kernel.files.errnos import board_error

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "files.md").read_text(encoding="utf-8")


def lines():
    for block in re.findall(r"^```\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE):
        yield from (re.split(r"   +", line)[0] for line in block.splitlines() if line.startswith("%"))


@pytest.mark.board
def test_each_line_does_what_it_says(bit, unix, tmp_path, monkeypatch):
    host = tmp_path / "host"
    for path in ("assets/page.html", "main.py", "other.py", "notes.txt"):
        (host / path).parent.mkdir(parents=True, exist_ok=True)
        (host / path).write_text(path)
    monkeypatch.chdir(host)
    disk = unix.directory
    (disk / "lib").mkdir()
    (disk / "main.py").write_text("main.py")
    wanted = [line for line in lines() if not line.startswith("%rsync")]
    assert len(wanted) == 16
    for line in wanted:
        bit.run(line)
        if line.startswith("%cp :main.py"):
            assert {path.name for path in (disk / "app").iterdir()} == {
                *("main.py", "other.py", "notes.txt", "old.py")
            }
    assert (disk / "assets/page.html").exists()
    assert (disk / "www/page.html").exists()
    assert (disk / "lib/tool.py").read_text() == "main.py"
    assert (disk / "data/log").is_dir()
    assert not (disk / "app").exists()
    assert not (disk / "main.py").exists()
    assert {path.name for path in (host / "backup").iterdir()} == {"main.py", "other.py"}


def test_what_boards_do_not_allow_is_said_in_these_words():
    for number in (30, 28, 12, 22):
        shown = next(row for row in TEXT.splitlines() if f"[Errno {number}]" in row).split("`")[1]
        for part in re.split(r"…", shown):
            assert part.strip() in f"{type(board_error(number, '/x')).__name__}: {board_error(number, '/x')}"


def test_all_digests_are_named():
    for name in ALGORITHMS:
        assert re.sub(r"(\D)(\d)", r"\1-\2", name.upper()) in TEXT.upper()
