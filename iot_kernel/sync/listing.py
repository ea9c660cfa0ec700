"""What belongs on a board, as the rows of ``%info -v``; what a board has is in `iot_kernel.files.listing`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iot_kernel.config import DeviceConfig
from iot_kernel.sync.host import read_host
from iot_kernel.text import printable

_LONGEST = 300  # characters shown of a path


def resource_rows(config: DeviceConfig, base: Path) -> Iterator[tuple[str, ...]]:
    """Yields the cells of a row for each file: its size, where it goes on the board, and where it is here.

    Args:
        config: the board's entry in a device file.
        base: a directory; what is in it is shown relative to it.

    Raises:
        ConfigError: the resources contradict each other, or cannot be read.
    """
    if not config.resources:
        return
    tree, _ = read_host(config)
    for path, file in tree.files.items():
        source = file.source.relative_to(base) if file.source.is_relative_to(base) else file.source
        goes_to = printable(file.compile_to or path, _LONGEST)
        yield f"{len(file.data)}", goes_to, printable(str(source), _LONGEST)
    for path in sorted(tree.directories):
        yield "", f"{printable(path, _LONGEST)}/"
    for sentence in tree.missing:
        yield "", sentence
