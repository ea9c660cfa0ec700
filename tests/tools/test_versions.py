"""What is tried with other Pythons. `make versions` does it; it takes most of an hour."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tools import versions
from tools.pythons import NoPythonError
from tools.store import UnavailableError

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TRIED = {row.partition("-")[0] for row in versions.ROWS}


def test_all_that_is_run_is_there() -> None:
    named = [word for word in (*versions.QUICK, *versions.KERNELS) if not word.startswith("--")]
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_the_classifiers_name_the_pythons_that_are_tried() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if line.startswith(prefix)}
    assert named == TRIED


def test_the_page_has_each_row_and_each_bound() -> None:
    page = (ROOT / "docs/reference/compatibility.md").read_text(encoding="utf-8")
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    for line in (*PROJECT["dependencies"], *extras):
        name, bound = re.fullmatch(r"([\w-]+)>=([\d.]+)(?:,<\d+)?", line).groups()
        assert f"| {name} | {bound} |" in page
    for row in versions.ROWS:
        python, _, releases = row.partition("-")
        assert f"| {python} | {releases} |" in page


@pytest.mark.parametrize(
    ("problem", "status", "told"),
    [
        (NoPythonError("no python3.12"), 0, "not tried: no python3.12"),
        (UnavailableError("uv pip install failed"), 1, "FAILED: uv pip install failed"),
    ],
)
def test_one_row_after_the_other(
    problem: Exception,
    status: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(row: str) -> str:
        (tmp_path / row).mkdir()
        if row == "3.12-newest":
            raise problem
        return "passed; passed (1 minutes)"

    monkeypatch.setenv("IOT_KERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(versions, "PLACE", tmp_path)
    monkeypatch.setattr(versions, "run", run)
    monkeypatch.setattr("sys.argv", ["versions", "3.11-oldest", "3.12-newest"])
    assert versions.main() == status
    assert capsys.readouterr().out.splitlines()[2:] == [
        "3.11-oldest: passed; passed (1 minutes)",
        f"3.12-newest: {told}",
    ]
    assert not list(tmp_path.glob("3.*"))
