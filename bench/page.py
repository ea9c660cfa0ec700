"""Figures in a page of documentation: each block of them follows a comment that says what it holds.

<!-- bench: NAME [NAME ...] -->
```
rows
```
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version

_BLOCK = re.compile(
    r"(?P<mark><!-- bench: (?P<names>[\w ]+?) -->\n```\n).*?(?P<end>^```$)", re.DOTALL | re.MULTILINE
)

PACKAGES = ("ipykernel", "mpremote", "mpytool", "belay", "rshell")


def fill(page: str, figures: Mapping[str, Iterable[str]]) -> str:
    """Puts figures into a page.

    Args:
        page: its text.
        figures: the lines of each block's parts. A block of which a part is missing stays as it is.

    Raises:
        ValueError: the page has no block for some of them.
    """
    known = {name for block in _BLOCK.finditer(page) for name in block["names"].split()}
    if missing := sorted(figures.keys() - known):
        raise ValueError(f"the page has no block for {', '.join(missing)}")

    def filled(block: re.Match[str]) -> str:
        names = block["names"].split()
        if not figures.keys() >= set(names):
            return block[0]
        lines = [line for name in names for line in figures[name]]
        return block["mark"] + "".join(f"{line}\n" for line in lines) + block["end"]

    return _BLOCK.sub(filled, page)


def machine() -> list[str]:
    """Says what figures are measured with."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}", packages]
