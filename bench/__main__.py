"""All benchmarks, or those that are named, one after the other: ``python -m bench [NAME ...]``.

With ``--quick`` only whether they work; with ``--write PAGE`` the figures replace those of a page. It fails
where a figure misses its bar.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

from bench import (
    checkpoints,
    code_help,
    file_transfer,
    frames,
    kernel_latency,
    link_latency,
    live_plot,
    many_boards,
    mqtt,
    page,
    pipe_peers,
    pipes,
    synchronize,
)
from bench.rows import tell

ALL: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        kernel_latency,
        code_help,
        link_latency,
        file_transfer,
        synchronize,
        frames,
        pipes,
        pipe_peers,
        mqtt,
        live_plot,
        checkpoints,
        many_boards,
    )
}

#: Sizes with which every benchmark and every peer runs within seconds; the figures then mean nothing.
QUICK: dict[ModuleType, dict[str, object]] = {
    kernel_latency: {"STARTS": 1, "CELLS": 2, "INTERRUPTS": 1},
    code_help: {"LINKS": ("usb",), "TURNS": 1},
    link_latency: {"RUNS": {"ideal": 2}, "TURNS": 1},
    file_transfer: {"SIZES": {"usb": 20_000}, "TURNS": {"usb": 1}, "SHORT": 2000, "FILES": 2},
    synchronize: {"COUNT": 3, "TURNS": 1, "LINKS": ("ideal",)},
    pipes: {
        "CROWDS": (1, 2),
        "FRAMES": {"ideal": 100, "usb": 100},
        "LINKS": ("usb",),
        "BLOCKS": 10,
        "STAMPS": 10,
        "TURNS": 1,
        "HELD": 1,
        "IMPORTS": 1,
        "MILLION": 500,
    },
    pipe_peers: {"COUNTS": {"usb": 160}, "FEW": {"usb": 10}, "STAMPS": 10, "TURNS": 1},
    frames: {"COUNTS": {what: count // 5 for what, count in frames.COUNTS.items()}, "TURNS": 1},
    mqtt: {"BOARDS": 2, "SECONDS": 1, "SAMPLES": 2000, "BLOCKS": 200, "TURNS": 1},
    live_plot: {"SECONDS": 0.5},
    checkpoints: {"SECONDS": 0.005, "TURNS": 1},
    many_boards: {"COUNTS": (1, 3), "TURNS": 1, "STARTS": 1, "CELLS": 2},
}


def main() -> None:
    """Runs the benchmarks; exits with an error where figures mean something and miss their bars."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}")
    parser.add_argument("--quick", action="store_true", help="a few rounds only, to see that they work")
    parser.add_argument("--write", metavar="PAGE", type=Path, help="put the figures into this page")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in ALL]:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(ALL)}")
    if options.quick:
        for module, sizes in QUICK.items():
            for name, value in sizes.items():
                setattr(module, name, value)
    figures = {"machine": page.machine()}
    print(*figures["machine"], sep="\n")
    if options.quick:
        print("The figures below mean nothing.")
    misses = 0
    for name in options.names or ALL:
        rows = tell(ALL[name].measure())
        figures[name] = [str(row) for row in rows]
        misses += sum(row.good is False for row in rows)
    if options.write:
        options.write.write_text(page.fill(options.write.read_text(), figures))
    if misses and not options.quick:
        sys.exit(f"{misses} figures miss their bars")


if __name__ == "__main__":
    main()
