"""What docs/reference/packages.md shows is understood."""

import re
from pathlib import Path

from iot_kernel.magics.packages import upip
from iot_kernel.magics.pypi import pip
from iot_kernel.packages.index import INDEX, INDEX_VARIABLE
from iot_kernel.packages.pip import RECORD
from iot_kernel.packages.references import IndexPackage, parse_reference
from iot_kernel.packages.sources import Hosted, Local, Web
from tests.each import each

TEXT = (Path(__file__).parents[1] / "docs" / "reference" / "packages.md").read_text(encoding="utf-8")
KINDS = {
    "a package of the": IndexPackage,
    "that version": IndexPackage,
    "a repository": Hosted,
    "a directory of it": Hosted,
    "a single module": Hosted,
    "a package anywhere": Web,
    "a module anywhere": Web,
    "the same on this computer": Local,
    "what the browser shows": Hosted,
}


def rows():
    """The first table: what a meaning begins with, and the ways to write it."""
    for written, meaning in re.findall(
        r"^\| (`.*?) \| (.*?) \|$", TEXT[: TEXT.index("Old names")], re.MULTILINE
    ):
        kind = next(kind for words, kind in KINDS.items() if meaning.startswith(words))
        yield from ((text, kind) for text in re.findall(r"`([^`…]+)`", written))


@each(("text", "kind"), list(rows()))
def test_what_can_be_written(text, kind):
    assert isinstance(parse_reference(text), kind)


def test_every_way_is_shown():
    assert {kind for _, kind in rows()} == set(KINDS.values())


@each("line", re.findall(r"^(%u?pip .*)$", TEXT, re.MULTILINE))
def test_the_lines_are_valid(line):
    name, _, arguments = line.partition(" ")
    magic = {"%pip": pip, "%upip": upip}[name]
    assert magic.parser.read(arguments).operation == "install"


def test_the_names_are_right():
    for name in (INDEX, INDEX_VARIABLE, RECORD):
        assert f"`{name}`" in TEXT
