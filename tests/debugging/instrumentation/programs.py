"""Programs made at random, for comparing how they run with and without checkpoints.

On MicroPython they print the lines of tracebacks, too; CPython's differ where it joins two instructions.
Conditions of ``elif`` begin with more than a name: for a name MicroPython tells the line in front of it.
They print much, end by themselves, and often raise: names may be unbound, and types wrong. No loop relies on
a name that gets new values: where the body of a class raises in a generator, MicroPython 1.25 goes on with
the names of that class, and what is assigned to a global name is lost. No comprehension has a name
of `NAMES`: CPython from 3.12 on takes it for the one outside, where the same function uses that, too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from hypothesis import settings

from tests.debugging.instrumentation.program_pieces import ASYNCHRONOUS, PIECES

#: For what runs such programs: one does as much as many examples of other properties.
FEWER = settings(max_examples=settings.default.max_examples // 3)

NAMES = ("a", "b", "c", "größe", "print_")
SIMPLE = (
    "{n} = {e}",
    "{n} += 1; print('plus', {n})",
    "{n}, {m} = {e}, {e}",
    "{n} = (\n{i}    1,\n{i} {e})",  # of two that grow, loops would make too much
    "print({e}, \\\n{i} 'weiter')",
    "print({e}); {n} = {e}; print('ä', {n})",
    "del {n}",
    "assert {n}, 'so'",
    "import sys as {n}",
    "from sys import platform as {n}",
    "print(list({n} for {n} in range(3) if {n}), {{k: {e} for k in 'ab'}})",
    "print((lambda {n}, *d: ({n}, d))({e}, {e}))",
    "if (w := {e}) and not ({e}): {n} = w",
    "if {e}: print('ja'); {n} = {e}",
    "pass",
    "'''no\ndocstring''' ; print({e})",
    "raise ValueError({e})",
)
CONSTANTS = ("1", "0", "'ü'", "(1, 2)")
EXPRESSIONS = (
    "{n}",
    "{n}",
    *CONSTANTS,
    "{n} + 1",
    "[{n}]",
    "({n} if {m} else 2)",
    "f'{{{n}}}'[:20]",
    "len({n})",
    "str({n})[:9]",
)
HEADS = (
    "if {e}:",
    "for {n} in range(3):",
    "for {n} in range(2, {e}, 2):",
    "for {n}, {m} in [(1, 2), (3, 4)]:",
)


class _Writer:
    """Writes one program."""

    def __init__(self, seed: int, *, has_match: bool) -> None:
        self._random = random.Random(seed)
        self._is_cpython = has_match
        self._lines: list[str] = []
        self._count = 0
        self._kinds: list[Callable[[int, str], None]] = [
            *([self._simple] * 8),
            *([self._piece] * 4),
            *([self._compound] * 3),
            self._while,
            self._try,
            self._with,
            self._class,
            self._function,
            self._generator,
            self._coroutine,
            *([self._match] if has_match else []),
        ]

    def text(self) -> str:
        self._put(0, "'docstring'")
        self._put(0, "import sys; a = 1; b = [2]; größe = 'ü'")
        self._put(0, "def show(error):")
        self._put(1, "if hasattr(sys, 'print_exception'): sys.print_exception(error)")
        self._put(1, "else: print(type(error), error, *functions(error.__traceback__))")
        self._put(0, "def functions(at):")
        self._put(1, "while at: yield at.tb_frame.f_code.co_name; at = at.tb_next")
        self._put(0, "class Manager:")
        self._put(1, "def __enter__(self): print('enter'); return 7")
        self._put(1, "def __exit__(self, kind, *_): print('exit', kind); return kind is ValueError")
        self._put(1, "async def __aenter__(self): return 8")
        self._put(1, "async def __aexit__(self, *_): print('aexit')")
        self._put(0, ASYNCHRONOUS)
        self._put(0, "def decorate(f):")
        self._put(1, "def inner(*a): print('call'); return f(*a)")
        self._put(1, "return inner")
        self._put(0, "def tagged(tag): return lambda f: lambda *a: print(tag) or f(*a)")
        self._put(0, "try: from micropython import const\nexcept ImportError: const = int")
        if self._random.random() < 0.7:
            self._put(0, "c = print_ = 3")
        for _ in range(self._random.randint(2, 6)):
            kind = -2 if self._random.random() < 0.5 else self._random.randrange(len(self._kinds))
            self._tried(self._kinds[kind])
            self._tried(self._function)
            self._tried(self._block)
        self._block(0, "", 3)
        return "\n".join(self._lines) + "\n"

    def _tried(self, kind: Callable[[int, str], None]) -> None:
        self._put(0, "try:")
        kind(1, "")
        self._put(0, "except Exception as error: show(error)")

    def _put(self, depth: int, text: str) -> None:
        filled = self._filled(text, depth)
        self._lines.append("    " * depth + (self._without_constant(filled) if self._is_cpython else filled))

    @staticmethod
    def _without_constant(line: str) -> str:
        """Leaves no condition that is a constant: names of code that never runs are MicroPython's alone."""
        return re.sub(rf"^if ({'|'.join(map(re.escape, CONSTANTS))}):", r"if (\1,)[0]:", line)

    def _filled(self, text: str, depth: int) -> str:
        while any(mark in text for mark in ("{e}", "{n}", "{m}", "{i}")):
            for mark, pool in (
                ("{e}", EXPRESSIONS),
                ("{n}", NAMES),
                ("{m}", NAMES),
                ("{i}", ("    " * depth,)),
            ):
                if mark in text:
                    chosen = self._random.choice(pool)
                    text = text.replace(mark, chosen, text.count(mark) if mark == "{n}" else 1)
        return text.replace("{{", "{").replace("}}", "}")

    def _block(self, depth: int, kind: str, most: int = 2) -> None:
        for _ in range(self._random.randint(1, most)):
            choice = self._random.choice(self._kinds) if depth < 4 else self._simple
            choice(depth, kind)

    def _piece(self, depth: int, kind: str) -> None:
        self._count += 1
        text = self._filled(self._random.choice(PIECES).replace("{k}", str(self._count)), depth)
        self._lines += ["    " * depth + line for line in text.split("\n")]

    def _simple(self, depth: int, kind: str) -> None:
        more: list[str] = []
        if "f" in kind:
            more += ["return {e}"] if "g" not in kind else ["got = yield {e}", "yield from ({e}, {e})"]
            more += ["got = await nothing()", "got = await Later()"] if "c" in kind else []
        if "l" in kind:
            more += ["break", "continue", "if {e}: break"]
        self._put(depth, self._random.choice([*SIMPLE, *more, *more]))

    def _compound(self, depth: int, kind: str) -> None:
        head = self._random.choice(HEADS)
        self._put(depth, head)
        self._block(depth + 1, kind + ("l" if head.startswith("for") else ""))
        if head.startswith("if") and self._random.random() < 0.5:
            self._put(depth, "elif (str({e}) == {e} and\n  {e}):")
            self._block(depth + 1, kind)
        if self._random.random() < 0.5:
            self._put(depth, "else:")
            self._block(depth + 1, kind)

    def _while(self, depth: int, kind: str) -> None:
        self._count += 1
        counter = f"n{self._count}"
        self._put(depth, f"{counter} = [0, 1, 1, 1]")
        self._put(depth, f"while {counter}.pop() and ({{e}} or True):")
        self._block(depth + 1, kind + "l")

    def _try(self, depth: int, kind: str) -> None:
        self._put(depth, "try:")
        self._block(depth + 1, kind)
        if self._random.random() < 0.7:
            self._put(depth, "except (ValueError, NameError, TypeError) as {n}: print(type({n}))")
            if self._random.random() < 0.5:
                self._put(depth, "else:")
                self._block(depth + 1, kind)
        else:
            self._put(depth, "finally:")
            self._block(depth + 1, kind.replace("l", ""))
            return
        if self._random.random() < 0.3:
            self._put(depth, "finally: print('finally', {e})")

    def _with(self, depth: int, kind: str) -> None:
        self._put(depth, self._random.choice(["with Manager() as {n}, Manager():", "with Manager():"]))
        self._block(depth + 1, kind)

    def _class(self, depth: int, kind: str) -> None:
        self._count += 1
        self._put(depth, f"class K{self._count}:")
        self._put(depth + 1, "x = {e}; print(x)")
        self._put(depth + 1, "def m(self, {n}=1): 'doc'; {m} = {n}; return {m}")
        self._put(depth, f"print(K{self._count}().m({{e}}))")

    def _function(self, depth: int, kind: str) -> None:
        self._count += 1
        name = f"f{self._count}"
        if self._random.random() < 0.3:
            self._put(depth, "@decorate")
        self._put(depth, f"def {name}(a, *rest):")
        self._declare(depth + 1, kind)
        self._block(depth + 1, "f", 4)
        self._call(depth, f"print('{name}', {name}({{e}}))")

    def _call(self, depth: int, text: str) -> None:
        if self._random.random() < 0.2:
            self._put(depth, text)
            return
        self._put(depth, f"try: {text}")
        self._put(depth, "except Exception as error: show(error)")

    def _generator(self, depth: int, kind: str) -> None:
        self._count += 1
        name = f"g{self._count}"
        self._put(depth, f"def {name}(b=2):")
        self._put(depth + 1, "yield {e}; größe = a = c = 2; print_ = 'p'")
        self._block(depth + 1, "fg", 3)
        self._call(depth, f"print('{name}', list({name}()), sum(1 for _ in {name}()))")

    def _coroutine(self, depth: int, kind: str) -> None:
        self._count += 1
        name = f"c{self._count}"
        self._put(depth, f"async def {name}(b=2):")
        self._put(depth + 1, "async def nothing(): return 5")
        self._put(depth + 1, "async with Manager() as {n}:")
        self._block(depth + 2, "fc", 3)
        self._put(depth + 1, "async for {n} in Later():")
        self._block(depth + 2, "fcl", 2)
        self._put(depth, f"together({name}(), {name}(7))")

    def _match(self, depth: int, kind: str) -> None:
        self._put(depth, "match {e}, {e}:")
        self._put(depth + 1, "case (1, {n}) if {e}: print({n})")
        self._put(depth + 1, "case [x, *{m}]: print(x, {m})")

    def _declare(self, depth: int, kind: str) -> None:
        if self._random.random() < 0.7:
            self._put(depth, "b = [c := 3]; größe = print_ = {e}")
            return
        chance = self._random.random()
        if chance < 0.2:
            self._put(depth, "global b; b = {e}")
        elif chance < 0.3 and "f" in kind:
            self._put(depth, "def inner():\n" + "    " * (depth + 1) + "nonlocal a; a = [a]; return a")
            self._put(depth, "print(inner())")


def program(seed: int, *, has_match: bool = False) -> str:
    """Returns the program of a number.

    Args:
        seed: the same gives the same.
        has_match: with ``match``, which no MicroPython knows so far.
    """
    return _Writer(seed, has_match=has_match).text()
