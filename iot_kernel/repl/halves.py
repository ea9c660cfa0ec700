"""What is done in two halves: the first one begins something, the second one waits for its end.

It is a generator that yields once, in between. So many things can begin before one of them is waited for, and
the second half may be done by another thread. One that is dropped in between is closed there, as generators
are: blocks are left, and what they lock is free.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from functools import wraps
from typing import ParamSpec, Protocol, TypeAlias, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

Halves: TypeAlias = Generator[None, None, T]


class Owned(Protocol):
    """What one thread owns at a time."""

    def hand_over(self) -> None:
        """Called by the thread that owns it: from now on none does."""

    def take_over(self) -> None:
        """Called by the thread that owns it from now on."""


def begin(halves: Halves[object]) -> None:
    """Does the first half; raises what that raises."""
    try:
        next(halves)
    except StopIteration:
        raise RuntimeError("this has one half only") from None


def end(halves: Halves[T]) -> T:
    """Does the second half; returns and raises what that does."""
    try:
        next(halves)
    except StopIteration as stop:
        return cast(T, stop.value)
    raise RuntimeError("this has more than two halves")


def whole(halves: Halves[T]) -> T:
    """Does both halves, one after the other."""
    begin(halves)
    return end(halves)


def at_once(function: Callable[P, Halves[T]]) -> Callable[P, T]:
    """Makes a function that does both halves, of one that does them one by one."""

    @wraps(function)
    def run(*args: P.args, **options: P.kwargs) -> T:
        return whole(function(*args, **options))

    return run


def handed_over(owned: Owned, halves: Halves[T]) -> Halves[T]:
    """Does both halves; the thread that does the second one owns then what the first one's has owned.

    Args:
        owned: is owned by the thread that does the first half.
        halves: what is done.
    """
    with closing(halves):
        begin(halves)
        try:
            owned.hand_over()
            yield
        finally:
            owned.take_over()
        return end(halves)
