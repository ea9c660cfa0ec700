"""docs/reference/frontends.md: each row names a test of that frontend, or says that it was tried by hand."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "frontends.md").read_text(encoding="utf-8")

#: A word that a frontend's tests cannot do without.
SPOKEN_OF = {
    "JupyterLab": "launcher",
    "Notebook 7": "/notebooks/",
    "VS Code": "vscode",
    "Jupyter console": "jupyter_console",
    "nbclient": "NotebookClient",
    "nbconvert": "nbconvert",
    "papermill": "papermill",
}


def rows():
    """The cells of the first table, by frontend."""
    table = PAGE.partition("## What was tried")[2].partition("## What differs")[0]
    for line in re.findall(r"^\| (?!frontend)([^-].*) \|$", table, re.MULTILINE):
        frontend, version, how, shown = line.split(" | ")
        yield frontend, version, how, shown


def test_each_row_has_its_test():
    by_hand = set()
    for frontend, version, _how, shown in rows():
        paths = re.findall(r"`(tests/[\w/]+\.py)`", shown)
        assert re.search(r"\d\.\d|\d{4}\.\d", version), frontend
        if not paths:
            assert shown == "by hand", frontend
            by_hand.add(frontend)
            continue
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in paths]
        assert any(SPOKEN_OF[frontend] in text for text in texts), frontend
    assert by_hand == {"Qt console", "Spyder", "euporie"}
    assert {frontend for frontend, *_ in rows()} == SPOKEN_OF.keys() | by_hand


def test_what_was_not_tried_says_so():
    (how,) = (how for frontend, _, how, _ in rows() if frontend == "VS Code")
    assert how.startswith("**not tried.**")
    assert "was replayed" in how


def test_each_row_of_differences_has_a_cell_for_each_frontend():
    table = PAGE.partition("## What differs")[2].partition("###")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) > 10
    assert {line.count("|") for line in lines} == {6}
