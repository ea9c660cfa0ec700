"""Source code as people write it, to move to boards: this project's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "iot_kernel"


@cache
def source_text() -> bytes:
    """Gives all source code of the kernel, more than a megabyte."""
    return b"".join(file.read_bytes() for file in sorted(PACKAGE.rglob("*.py")))
