"""The page about magics, made from the magics themselves: ``python -m iot_kernel.magics.reference``."""

from __future__ import annotations

from pathlib import Path

from iot_kernel.magics import build_registry
from iot_kernel.magics.magic import Magic, MagicRegistry
from iot_kernel.magics.settings import listing
from iot_kernel.magics.tables import as_text

_OPENING = """\
# Magics

<!-- Made by "python -m iot_kernel.magics.reference docs/reference/magics.md"; edit the magics instead. -->

A line that starts with `%` or `!` in the first column is a line magic; it may stand anywhere between the
lines of a cell, and the parts of the cell run in order. A `%%` in the first line of a cell makes the whole
cell a cell magic. Names that are not listed here go to IPython on the host: `%matplotlib`, `%%latex`,
... `%name?` is short for `%name -h`. A comment or a `;` behind the arguments counts for nothing,
except in a `!` line.

This is what `%lsmagic` says:
"""


def reference(magics: MagicRegistry) -> str:
    """The page, in Markdown."""
    sections = [_OPENING + _block(as_text(listing(magics))), "## Line magics\n"]
    sections += [_section(magic) for magic in magics.lines()]
    sections += ["## Cell magics\n", *(_section(magic) for magic in magics.cells())]
    return "\n".join(sections)


def _section(magic: Magic) -> str:
    return f"### `{magic.title}`\n" + _block(magic.help)


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
    return f"\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    import sys

    Path(sys.argv[1]).write_text(reference(build_registry()), encoding="utf-8")
