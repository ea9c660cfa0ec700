"""What names in a cell that is being written will be, by its imports and the calls that make them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: What begins a statement: a line, or another statement's end; the rest is up to the end of this one.
_STATEMENT = re.compile(
    r"""(?:^|[;:])[^\S\n]*
        (?:from[^\S\n]+(?P<module>[\w.]+)[^\S\n]+)?
        import\b[^\S\n]*(?P<names>\([^)]*|[^\n;]*)""",
    re.VERBOSE | re.MULTILINE,
)
_NAME = re.compile(r"(?P<name>[^\W\d][\w.]*)(?:\s+as\s+(?P<alias>\w+))?")
_CALL = re.compile(
    r"(?:^|[;:])[^\S\n]*(?P<name>[^\W\d]\w*)[^\S\n]*=[^\S\n]*(?P<chain>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\(",
    re.MULTILINE,
)
_LEFT_OUT = re.compile(r"\\\n|#[^\n]*")


@dataclass(frozen=True, slots=True)
class Imported:
    """Where an imported thing is.

    Attributes:
        module: its module, with dots.
        path: the names that lead to it there; none for the module itself.
    """

    module: str
    path: tuple[str, ...] = ()


def imports_in(code: str) -> dict[str, Imported]:
    """Tells what the import statements of a text bind; of a name that is bound twice, the later counts.

    Args:
        code: Python text, which may be unfinished. Text in strings may be taken for statements.
    """
    found: dict[str, Imported] = {}
    for statement in _STATEMENT.finditer(_LEFT_OUT.sub(" ", code)):
        found.update(_bound(statement["module"], statement["names"]))
    return found


def calls_in(code: str) -> dict[str, tuple[str, ...]]:
    """Tells which names get what a call returns: by name, the chain that is called last for it.

    Args:
        code: as for `imports_in`.
    """
    found = _CALL.finditer(_LEFT_OUT.sub(" ", code))
    return {call["name"]: tuple(call["chain"].split(".")) for call in found}


def _bound(module: str | None, names: str) -> Iterator[tuple[str, Imported]]:
    for part in names.lstrip("(").split(","):
        match = _NAME.match(part.strip())
        if match is None:
            continue
        name, alias = match["name"], match["alias"]
        if module is not None:
            if "." not in name and not module.startswith("."):
                yield alias or name, Imported(module, (name,))
        elif alias:
            yield alias, Imported(name)
        else:  # ``import a.b`` binds ``a``
            first = name.partition(".")[0]
            yield first, Imported(first)
