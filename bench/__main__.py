"""All benchmarks, one after the other: ``python -m bench``; with ``--quick`` only whether they work."""

from __future__ import annotations

import argparse
from types import ModuleType

from bench import file_transfer, kernel_latency, link_latency, live_plot, pipes, synchronize

ALL = (kernel_latency, link_latency, file_transfer, synchronize, pipes, live_plot)

#: Sizes with which every benchmark and every peer runs within seconds; the figures then mean nothing.
QUICK: dict[ModuleType, dict[str, object]] = {
    kernel_latency: {"STARTS": 1, "CELLS": 2, "INTERRUPTS": 1},
    link_latency: {"RUNS": {"ideal": 2}, "TURNS": 1},
    file_transfer: {"SIZES": {"usb": 20_000}, "SHORT": 2000, "FILES": 2},
    synchronize: {"COUNT": 3, "TURNS": 1, "LINKS": ("ideal",)},
    pipes: {
        "CROWDS": (1, 2),
        "FRAMES": {"ideal": 100, "usb": 100, "115200": 100},
        "BLOCKS": 10,
        "STAMPS": 10,
        "TURNS": 1,
        "HELD": 1,
        "IMPORTS": 1,
        "MILLION": 500,
    },
    live_plot: {"SECONDS": 0.5},
}


def main() -> None:
    """Runs all benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run all benchmarks.")
    parser.add_argument("--quick", action="store_true", help="a few rounds only, to see that they work")
    if parser.parse_args().quick:
        for module, sizes in QUICK.items():
            for name, value in sizes.items():
                setattr(module, name, value)
    for module in ALL:
        module.main()


if __name__ == "__main__":
    main()
