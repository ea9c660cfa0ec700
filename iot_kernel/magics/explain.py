"""%explain: what an error means, and what to do now."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from iot_kernel.magics.arguments import Split
from iot_kernel.magics.colours import code
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.tables import Cell, Column, Note, Table, row, show
from iot_kernel.magics.troubleshooting import HelpSection, find_section, sections


@line_magic("explain", split=Split.OPTIONS)
@argument("words", nargs="?", default="", help="name of a section, text of an error, or words to look for")
def explain(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Tell more about an error: what happened, and what to do now

    %explain                   the error that was shown last in this notebook
    %explain port-in-use       the section with this name
    %explain garbage baud      the sections with these words

    All sections stand on the page "Troubleshooting" of the documentation.
    """
    text = args.words or ctx.last_error
    found = _sections_for(text)
    if len(found) == 1:
        ctx.display({"text/markdown": found[0].markdown, "text/plain": found[0].markdown})
        return
    if not text:
        note = "No cell has failed in this notebook. There are sections about:"
    elif not found:
        note = f"Nothing is known about this: {text}\nThere are sections about:"
    else:
        note = "Several sections have these words:"
    table = [row(Cell(section.anchor, code), section.title) for section in found or sections()]
    show(ctx, Note(note), Table((Column(is_short=True), Column()), table))


def _sections_for(text: str) -> Sequence[HelpSection]:
    """The section that is named so or belongs to an error, or all that have the words of a text."""
    if not text:
        return ()
    if named := [section for section in sections() if section.anchor == text]:
        return named
    if (section := find_section(text)) is not None:
        return [section]
    return [each for each in sections() if each.has([text])] or [
        each for each in sections() if each.has(text.split())
    ]
