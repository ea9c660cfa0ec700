"""Figures of a running kernel, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.kernel_latency import jupyter_directories


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and whether it keeps its bar."""

    what: str
    figure: str
    good: bool | None
    bar: str = ""

    def __str__(self) -> str:
        verdict = "    " if self.good is None else "ok  " if self.good else "MISS"
        return f"{self.what:48} {self.figure:42} {verdict} {self.bar}".rstrip()


def tell(measure: Callable[[], Iterable[Row]]) -> None:
    """Prints the rows, each as soon as it is there."""
    with jupyter_directories():
        for row in measure():
            print(row, flush=True)
