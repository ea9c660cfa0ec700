"""Programs of the benchmark that run in processes of their own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator


@contextlib.contextmanager
def process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Starts a subscriber: a Python program that says ``subscribed`` and prints its figures in the end."""
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "subscribed\n"
        yield started
