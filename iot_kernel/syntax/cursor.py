"""What is being typed at the cursor: a name, an attribute, a key, a module. Pure.

Only chains of plain names can be looked up without executing anything. Behind a call, a subscript or a
literal the expression is unknown here (``chain`` is None), and only what knows types can say what comes next.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from iot_kernel.syntax.logical_lines import Opening, last_line, openings

#: characters of a chain and of what is typed; longer ones are no names
LONGEST = 500

_CHAIN = re.compile(r"(?P<chain>(?:[^\W\d]\w*\s*\.\s*)*)(?P<typed>[^\W\d]\w*)?\Z")
_IMPORT = re.compile(r"(?:^|[;:])\s*import\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*(?P<typed>[\w.]*)\Z")
_FROM = re.compile(r"(?:^|[;:])\s*from\s+(?P<typed>[\w.]*)\Z")
_FROM_IMPORT = re.compile(
    r"(?:^|[;:])\s*from\s+(?P<module>[\w.]+)\s+import\s+[^;]*?(?P<typed>\w*)\Z", re.DOTALL
)
_ALIAS = re.compile(r"\sas\s+\w*\Z")
_REST = re.compile(r"\w*")


class TypedKind(enum.Enum):
    """What is being typed."""

    NAME = "name"
    ATTRIBUTE = "attribute"
    KEY = "key"
    MODULE = "module"
    IMPORTED = "imported"  # a name behind ``from module import``


@dataclass(frozen=True, slots=True)
class Typed:
    """What is being typed at the cursor.

    Attributes:
        kind: of it.
        chain: names that lead to what it is part of: ``("machine", "Pin")`` for ``machine.Pin.I``, the module
            for `TypedKind.IMPORTED`, the package for `TypedKind.MODULE`; None where that is no chain.
        prefix: what of it stands before the cursor.
        start: the offset of the prefix.
        quote: of a key.
        function: the chain of the function whose argument it is; None where it is none.
    """

    kind: TypedKind
    chain: tuple[str, ...] | None
    prefix: str
    start: int
    quote: str = ""
    function: tuple[str, ...] | None = None


def typed_at(code: str, cursor: int) -> Typed | None:
    """Tells what is being typed.

    Args:
        code: Python text.
        cursor: an offset in it, in characters.

    Returns:
        None where nothing can be completed: in a comment, in a string that is no key, behind a number, in an
        import from a package that cells are not part of.
    """
    text = code[:cursor]
    line, _ = last_line(text)
    opened, is_comment = openings(text, line)
    if is_comment:
        return None
    if opened and opened[-1].kind == "string":
        return _key(text, opened)
    statement = text[line:]
    found = _module(statement, cursor) or _name(text, opened)
    return None if found is not None and "" in (found.chain or ()) else found


def word_at(code: str, cursor: int) -> Typed | None:
    """The word in which the cursor stands, as if it had been typed to its end.

    Args:
        code: Python text.
        cursor: an offset in it, in characters.

    Returns:
        None as `typed_at` does, and for a key.
    """
    rest = _REST.match(code, cursor)
    typed = typed_at(code, rest.end() if rest else cursor)
    return None if typed is None or typed.kind is TypedKind.KEY else typed


def _module(statement: str, cursor: int) -> Typed | None:
    for pattern in (_IMPORT, _FROM):
        if found := pattern.search(statement):
            package, dot, prefix = found["typed"].rpartition(".")
            chain = tuple(package.split(".")) if dot else ()
            return Typed(TypedKind.MODULE, chain, prefix, cursor - len(prefix))
    if (found := _FROM_IMPORT.search(statement)) and not _ALIAS.search(statement):
        chain = tuple(found["module"].split("."))
        return Typed(TypedKind.IMPORTED, chain, found["typed"], cursor - len(found["typed"]))
    return None


def _key(text: str, opened: list[Opening]) -> Typed | None:
    """A key of a dictionary: ``name["ke``."""
    string, around = opened[-1], opened[-2] if len(opened) > 1 else None
    prefix = text[string.end :]
    if around is None or text[around.start : string.start].strip() != "[" or "\\" in prefix:
        return None
    chain = _chain_before(text, around.start)
    return Typed(TypedKind.KEY, chain, prefix, string.end, text[string.start : string.end]) if chain else None


def _name(text: str, opened: list[Opening]) -> Typed | None:
    function = None
    if opened and text[opened[-1].start] == "(":
        function = _chain_before(text, opened[-1].start)
    found = _CHAIN.search(text, max(0, len(text) - LONGEST))
    assert found is not None  # noqa: S101  it also matches nothing
    prefix, start = found["typed"] or "", len(text) - len(found["typed"] or "")
    before = text[: found.start()].rstrip()
    if before.endswith((".", "\\")) or (found.start() and text[found.start() - 1].isalnum()):
        is_unknown = before.endswith((")", "].", ").", "}.", '".', "'."))
        return Typed(TypedKind.ATTRIBUTE, None, prefix, start) if is_unknown and not found["chain"] else None
    if found["chain"]:
        return Typed(
            TypedKind.ATTRIBUTE, _names(found["chain"].rstrip()[:-1]), prefix, start, function=function
        )
    return Typed(TypedKind.NAME, (), prefix, start, function=function)


def _chain_before(text: str, end: int) -> tuple[str, ...] | None:
    """The chain of names directly before an offset."""
    found = _CHAIN.search(text[max(0, end - LONGEST) : end])
    if found is None or not found["typed"] or text[: end - len(found[0])].rstrip().endswith("."):
        return None
    return _names(found[0])


def _names(chain: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in chain.split("."))
