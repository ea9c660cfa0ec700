"""Which kinds of recordings there are. Each is loaded when it is used."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ukernel.pipes.recordings.formats import RecordFormat


class _Kind(NamedTuple):
    name: str
    needs: str = ""


_KINDS = {".csv": _Kind("Csv"), ".npz": _Kind("Npz", "numpy"), ".parquet": _Kind("Parquet", "pyarrow")}


def format_of(path: Path) -> RecordFormat:
    """The kind of a recording, by the ending of its file or directory.

    Raises:
        ValueError: there is no such kind.
        ImportError: it needs a package that is not installed.
    """
    ending = path.suffix.lower()
    if ending not in _KINDS:
        raise ValueError(f"{path}: a recording is a {' or '.join(_KINDS)} file")
    name, needs = _KINDS[ending]
    if needs and find_spec(needs) is None:
        raise ImportError(
            f"{path}: {ending} files need the package {needs}"
            f" (in a %%host cell: %pip install {needs}), .csv none"
        )
    module = import_module(f"ukernel.pipes.recordings.{name.lower()}_format")
    made: RecordFormat = getattr(module, f"{name}Format")()
    return made
