"""CHANGELOG.md keeps the form of Keep a Changelog: a heading for each version, and one line a change."""

import re
from pathlib import Path

from iot_kernel.urls import __version__

LINES = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
LONGEST = 160  # characters, of one change


def test_one_line_a_change():
    changes = [line for line in LINES if line.startswith("- ")]
    assert len(changes) > 50
    assert [line for line in changes if len(line) > LONGEST] == []
    assert [line for line in changes if not line.endswith(".")] == []
    assert [line for line in LINES if line.startswith(" ")] == [], "a change goes on in another line"
    assert len(set(changes)) == len(changes)


def test_headings():
    assert {line[4:] for line in LINES if line.startswith("### ")} <= KINDS
    versions = [line[3:] for line in LINES if line.startswith("## ")]
    assert re.fullmatch(rf"{re.escape(__version__)} \((unreleased|\d{{4}}-\d\d-\d\d)\)", versions[0])
