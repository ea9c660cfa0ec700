"""The site is built by the Makefile's own command: a warning or an error in a notebook fails it."""

import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    path for kind in ("*.md", "*.ipynb") for path in DOCS.rglob(kind) if "checkpoints" not in path.parent.name
]
NOTEBOOKS = [path for path in PAGES if path.suffix == ".ipynb"]

pytestmark = pytest.mark.timeout(420)  # the notebooks run one after the other


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What `make docs` makes, elsewhere."""
    dry = subprocess.run(["make", "--silent", "--dry-run", "docs"], cwd=ROOT, capture_output=True, text=True)
    command = shlex.split(dry.stdout.splitlines()[-1])
    place = tmp_path_factory.mktemp("site")
    command = ["env", *(str(place) if word == "build/site" else word for word in command)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_each_page_is_there(site):
    lost = [page for page in PAGES if not (site / page.relative_to(DOCS).with_suffix(".html")).exists()]
    assert len(PAGES) > 20
    assert lost == []


def test_notebooks_have_run(site):
    for notebook in NOTEBOOKS:
        page = (site / notebook.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
        assert re.search(r'class="[^"]*\bcell_output\b', page), notebook


def test_charts_are_there_as_pictures_and_nothing_comes_from_elsewhere(site):
    blue = (0x1F, 0x77, 0xB4)  # of the first line
    for notebook in NOTEBOOKS:
        page = (site / notebook.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
        assert "widget-view+json" not in page
        assert not re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="https?:[^"]*"', page)
        count = len(re.findall(r"live_plot\(|plt\.show\(", notebook.read_text(encoding="utf-8")))
        pictures = [
            np.asarray(Image.open(site / name).convert("RGB")).astype(int)
            for name in re.findall(r'src="\.\./(_images/[^"]+\.png)"', page)
        ]
        with_lines = [p for p in pictures if (np.abs(p - blue).sum(axis=2) < 30).sum() > 200]
        assert len(with_lines) >= count, notebook


def test_links_to_headings_lead_somewhere(site):
    """Sphinx checks links between pages; those that a page writes as HTML are checked here."""
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    ids = {path: set(re.findall(r'\bid="([^"]+)"', text)) for path, text in pages.items()}
    lost = []
    for path, text in pages.items():
        for target in re.findall(r'href="([^":?]*\.html#[^"]+|#[^"]+)"', text):
            file, _, anchor = target.partition("#")
            page = (path.parent / file).resolve() if file else path
            if anchor and anchor not in ids.get(page, set()) and not file.startswith("genindex"):
                lost.append(f"{path.relative_to(site)}: {target}")
    assert lost == []


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^):#]+)", text)
    assert len(targets) > 20
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_readme_and_first_page_begin_in_the_same_way():
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/index.md")]
    texts[0] = texts[0].partition("## Working on it")[0]
    readme, first = (
        re.findall(r"^```(?:sh|python)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) for text in texts
    )
    assert readme == first != []
