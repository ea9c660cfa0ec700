"""The page of troubleshooting, from the text of an error to the section that says what to do.

The page lies beside this module, so that it is there without a network; the documentation includes it. It
is the table, too: each section begins with the texts that lead to it, as they are shown. A `…` in a text
stands for anything.

Never: an error that is not on the page, for which ``tests/magics/test_troubleshooting.py`` reads the source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).with_name("troubleshooting.md")

#: characters of an error's text that are compared; what tells errors apart stands in front
LONGEST = 2000

_SECTION = re.compile(
    r"^\((?P<anchor>[a-z0-9-]+)\)=\n### (?P<title>[^\n]+)\n\n```text\n(?P<texts>.+?)\n```\n\n"
    r"(?P<body>.+?)\s*(?=^\(|^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<page>[^)#\s]+)[^)]*\)")


@dataclass(frozen=True, slots=True)
class HelpSection:
    """A section of the page.

    Attributes:
        anchor: its name, by which links and ``%explain`` find it.
        title: its heading.
        texts: which errors lead to it.
        body: what happened, and what to do now; Markdown.
    """

    anchor: str
    title: str
    texts: tuple[str, ...]
    body: str

    @property
    def markdown(self) -> str:
        """What `%explain` shows: a link to another page says where that is, for it may not be at hand."""
        return f"**{self.title}**\n\n{_LINK.sub(_written, self.body)}\n"

    def has(self, words: Sequence[str]) -> bool:
        """Whether some words stand in it, in any case and order."""
        text = " ".join((self.anchor, self.title, *self.texts, self.body)).lower()
        return all(word.lower() in text for word in words)


@cache
def sections() -> tuple[HelpSection, ...]:
    """All sections, in the order of the page."""
    return tuple(
        HelpSection(found["anchor"], found["title"], tuple(found["texts"].split("\n")), found["body"])
        for found in _SECTION.finditer(PAGE.read_text(encoding="utf-8"))
    )


def shown_text(ename: str, evalue: str) -> str:
    """What a cell shows of an error, as the page has it.

    Args:
        ename: the name of the error's class.
        evalue: its text.
    """
    return evalue if ename == "UsageError" else f"{ename}: {evalue}"


def find_section(shown: str) -> HelpSection | None:
    """The section for an error; where several fit, the one whose text has most characters of the error's own.

    Args:
        shown: as `shown_text` gives it.
    """
    text = " ".join(shown[:LONGEST].split())
    fitting = [
        (len(each.replace("…", "")), section)
        for section in sections()
        for each in section.texts
        if fits(each, text)
    ]
    return max(fitting, key=lambda found: found[0], default=(0, None))[1]


def fits(pattern: str, text: str) -> bool:
    """Whether a text is the one that a pattern means; takes no longer for a text that was made to be slow."""
    first, *others = pattern.split("…")
    if not others:
        return text == first
    at = len(first)
    for part in others[:-1]:
        at = text.find(part, at) + len(part)
        if at < len(part):
            return False
    return text.startswith(first) and text.endswith(others[-1]) and len(text) - len(others[-1]) >= at


def _written(link: re.Match[str]) -> str:
    page = link["page"]
    return link["words"] if ":" in page else f"{link['words']} (docs/{page})"
