"""Statements that build a value, made of its `wire_format`: for boards too small for a program of ours.

The statements build it in a list of lists that are not complete yet. A program has few of them, and the board
forgets its text before the next one comes. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iot_kernel.files.remote_reply import literal
from iot_kernel.snippets import minified
from iot_kernel.values.wire_format import HEAD, MAPPINGS, SEQUENCES

#: What the list is called on the board.
PARTS = "__iot_parts__"

#: bytes of a piece of longer data; as a literal it is up to four times as long.
PIECE = 64

#: What ``builtins`` and ``struct`` are called there, and for one statement another module: the user may have
#: variables with other names, programs that come in between use another name, and so does the debugger.
BUILTINS, STRUCT, MODULE = "__iot_v__", "__iot_w__", "__iot_m__"

_BUILTINS = f"{BUILTINS}."
_COLLECT = f"import gc as {MODULE}\n{MODULE}.collect()\n"
_PAIRS = f"(lambda v:((v[i],v[i+1])for i in {_BUILTINS}range(0,{_BUILTINS}len(v),2)))({PARTS}.pop())"
_NDARRAY = f"n.frombuffer(d,dtype={_BUILTINS}getattr(n,k)).reshape(s)"

#: By the letter of a head: what is made of the last list when it is complete.
_MAKE = {
    "l": f"{PARTS}.pop()",
    **{letter: f"{_BUILTINS}{SEQUENCES[letter].__name__}({PARTS}.pop())" for letter in "tez"},
    "d": f"{_BUILTINS}dict({_PAIRS})",
    "o": f"{MODULE}.OrderedDict({_PAIRS})",
    "u": f"(lambda n,k,s,d:{_NDARRAY})({_BUILTINS}__import__('ulab').numpy,*{PARTS}.pop())",
    "s": f"{_BUILTINS}str({PARTS}.pop(),'utf-8')",
    "b": f"{_BUILTINS}bytes({PARTS}.pop())",
    "y": f"{PARTS}.pop()",
    "a": f"{PARTS}.pop()",
}

#: What some firmware lacks: kinds of values, and of arrays.
_RARE = frozenset("zou")
_RARE_CODES = frozenset("qQfd")


@dataclass(frozen=True, slots=True)
class Program:
    """Statements that are sent together.

    Args:
        code: of them.
        number: of the head they are for; of the first one where they are for several.
    """

    code: str
    number: int


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is done for a head.

    Args:
        number: of the head.
        kind: ``value``: a literal for the last list; ``double``: a float's bytes, likewise; ``code``: a
            statement; ``rare``: one that firmware may not know, so that it stands alone.
        text: of that.
    """

    number: int
    kind: str
    text: str


def programs(
    data: bytes, name: str, longest: int, platform: str = "", *, collects: bool = False
) -> Iterator[Program]:
    """Gives programs that set a variable, in their order.

    Args:
        data: the value; it must be in the form of `wire_format`.
        name: of the variable.
        longest: characters of a program; one with a single statement may be longer.
        platform: the board's ``sys.platform``; empty where it is not known.
        collects: each begins with making one hole of the many that the one before has left in the memory.
    """
    before = _COLLECT if collects else ""
    steps = list(_HeadReader(data, platform).steps())
    text = before + _code(steps)
    helpers = {
        BUILTINS: f"import builtins as {BUILTINS}",
        STRUCT: minified(f"import struct as {STRUCT}", platform).rstrip(),
        MODULE: f"{MODULE}=None",
    }
    begin = [_Statement(0, "code", code) for helper, code in helpers.items() if helper in text]
    begin.append(_Statement(0, "code", f"{PARTS}=[[]]"))
    names = [PARTS, *(helper for helper in helpers if helper in text)]
    end = f"{name}={PARTS}[0][0];del {','.join(names)}"
    steps = [*begin, *steps, _Statement(steps[-1].number, "code", end)]
    group: list[_Statement] = []
    length = 0
    for step in steps:
        if group and (length + len(step.text) > longest or "rare" in (step.kind, group[-1].kind)):
            yield Program(_code(group, before), group[0].number)
            group, length = [], 0
        group.append(step)
        length += len(step.text) + 1
    yield Program(_code(group, before), group[0].number)


def _code(steps: Iterable[_Statement], before: str = "") -> str:
    """Writes steps in as few statements as possible.

    Args:
        steps: the steps.
        before: comes first, but not where only pieces of data are added: they shall find memory full before
            it is too full for any program, also for the one that tidies up.
    """
    statements = []
    for kind, group in itertools.groupby(steps, lambda step: step.kind):
        texts = [step.text for step in group]
        if kind == "value":
            statements.append(f"{PARTS}[-1]+=[{','.join(texts)}]")
        elif kind == "double":
            doubles = f"{STRUCT}.unpack('<{len(texts)}d',b'{''.join(texts)}')"
            statements.append(f"{PARTS}[-1]+={doubles}")
        else:
            statements += texts
    code = "\n".join(statements)
    return code if all(".extend(" in statement for statement in statements) else before + code


class _HeadReader:
    """Reads heads, and gives the steps for each.

    Args:
        data: all of them.
        platform: the board's.
    """

    def __init__(self, data: bytes, platform: str) -> None:
        self._data = data
        self._platform = platform
        self._at = 0
        self._numbers = itertools.count()

    def steps(self) -> Iterator[_Statement]:
        """Gives the steps for the next value."""
        number = next(self._numbers)
        head = HEAD.match(self._data, self._at)
        assert head is not None  # noqa: S101  written by `encoding`
        self._at = head.end()
        letter, count = head[1].decode(), int(head[4] or b"0", 16)
        if letter in "niv":
            yield _Statement(number, "value", {"n": "None", "i": f"{count:#x}", "v": f"{count > 0}"}[letter])
        elif letter in "fcsbya":
            data = self._data[self._at : self._at + count]
            self._at += count
            yield from self._data_steps(number, letter, (head[2] or b"").decode(), data)
        else:
            yield _Statement(number, "code", f"{PARTS}+=[[]]")
            for _ in range(2 * count if letter in MAPPINGS else count):
                yield from self.steps()
            yield self._made(number, letter)

    def _data_steps(self, number: int, letter: str, code: str, data: bytes) -> Iterator[_Statement]:
        """Gives the steps for what has bytes."""
        if letter == "f":
            yield _Statement(number, "double", "".join(f"\\x{byte:02x}" for byte in data))
        elif letter == "c":
            pair = f"{_BUILTINS}complex(*{STRUCT}.unpack('<dd',{data!r}))"
            yield _Statement(number, "rare", f"{PARTS}[-1].append({pair})")
        elif letter in "sb" and len(data) <= PIECE:
            yield _Statement(number, "value", literal(data.decode() if letter == "s" else data))
        else:
            new = f"{MODULE}.array('{code}')" if code else f"{_BUILTINS}bytearray()"
            yield _Statement(
                number,
                "rare" if code in _RARE_CODES else "code",
                f"{self._imported('array') if code else ''}{PARTS}.append({new})",
            )
            for start in range(0, len(data), PIECE):
                yield _Statement(number, "code", f"{PARTS}[-1].extend({data[start : start + PIECE]!r})")
            yield self._made(number, letter)

    def _made(self, number: int, letter: str) -> _Statement:
        """Gives the step that completes what was begun."""
        kind = "rare" if letter in _RARE else "code"
        before = self._imported("collections") if letter == "o" else ""
        return _Statement(number, kind, f"{before}{PARTS}[-2].append({_MAKE[letter]})")

    def _imported(self, module: str) -> str:
        return minified(f"import {module} as {MODULE}", self._platform)
