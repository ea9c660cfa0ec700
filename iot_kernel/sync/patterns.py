"""Which files a pattern means: globs say what is copied, fnmatch patterns say what is left alone. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence

_ANY = "**"  # any number of directories, none too


class Includes:
    """Globs over paths relative to a directory, as in Python's ``glob`` with ``recursive=True``.

    One that ends in a slash means directories. ``**`` at the end means all that is beneath.

    Args:
        patterns: of the device file.

    Raises:
        ValueError: one leads out of the directory.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._files: list[tuple[str, ...]] = []
        self._directories: list[tuple[str, ...]] = []
        for pattern in patterns:
            table = self._directories if pattern.endswith("/") else self._files
            table.append(_steps(pattern))

    def has_file(self, path: str) -> bool:
        """Whether they mean a file."""
        return any(_leads_to(steps, path.split("/")) for steps in self._files)

    def has_directory(self, path: str) -> bool:
        """Whether they mean a directory, as such."""
        return any(_leads_to(steps, path.split("/")) for steps in self._directories)


def _steps(pattern: str) -> tuple[str, ...]:
    steps = [step for step in pattern.split("/") if step not in {"", "."}]
    if pattern.startswith("/") or ".." in steps:
        raise ValueError(f"'{pattern}': a pattern is relative to the resource's directory, without '..'")
    if steps and steps[-1] == _ANY:
        steps.append("*")
    return tuple(steps)


def _leads_to(steps: Sequence[str], names: Sequence[str]) -> bool:
    """Walks along the names; keeps all places in the pattern where one may be by then."""
    places = _and_further(steps, {0})
    for name in names:
        places = _and_further(steps, set(_next_places(steps, places, name)))
    return len(steps) in places


def _next_places(steps: Sequence[str], places: Iterable[int], name: str) -> Iterator[int]:
    for place in places:
        if place < len(steps):
            if steps[place] == _ANY:
                yield place
            elif fnmatch.fnmatchcase(name, steps[place]):
                yield place + 1


def _and_further(steps: Sequence[str], places: set[int]) -> set[int]:
    further = set(places)
    for place, step in enumerate(steps):
        if place in further and step == _ANY:
            further.add(place + 1)
    return further


class Excludes:
    """Patterns over paths on the board, as in ``fnmatch``: ``*`` also means slashes.

    Whatever covers a directory covers all beneath it. A pattern that begins with a slash begins at the
    board's root; any other may begin at every directory, so that ``boot_out.txt`` means that name anywhere.

    Args:
        patterns: of the device file.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._expressions = [re.compile(text) for text in map(_expression, patterns) if text]

    def covers(self, path: str) -> bool:
        """Whether they mean an absolute path, or a directory that it is in."""
        above = list(_prefixes(path))
        return any(expression.match(prefix) for expression in self._expressions for prefix in above)


def _expression(pattern: str) -> str:
    while pattern.startswith("./"):
        pattern = pattern[2:]
    whole = pattern.rstrip("/")
    if pattern.startswith("/"):
        return fnmatch.translate(whole or "/")
    return fnmatch.translate(f"*/{whole}") if whole not in {"", "."} else ""


def _prefixes(path: str) -> Iterator[str]:
    yield "/"
    end = path.find("/", 1)
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)
    yield path
