"""The files that debuggers name cells by: a hash of the text, in a directory of the kernel. Pure.

Frontends compute the same names (`debugInfo` of Jupyter's debug protocol says how), so there is no file at
all until somebody has a cell dumped.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

_MULTIPLIER = 0x5BD1E995
_WORD = 0xFFFFFFFF


def murmur2(data: bytes, seed: int) -> int:
    """Returns the 32 bits of MurmurHash2, as Austin Appleby has published it."""
    digest = (seed ^ len(data)) & _WORD
    whole = len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        mixed = word * _MULTIPLIER & _WORD
        mixed = (mixed ^ mixed >> 24) * _MULTIPLIER & _WORD
        digest = (digest * _MULTIPLIER & _WORD) ^ mixed
    if rest := data[whole:]:
        digest = (digest ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _WORD
    digest = (digest ^ digest >> 13) * _MULTIPLIER & _WORD
    return digest ^ digest >> 15


class CellPaths:
    """Which text has which path. The constructor touches nothing."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._naming: tuple[int, str, str] | None = None

    def learn(self, told: Mapping[str, Any]) -> None:
        """Takes from the body of a `debugInfo` reply how cells are named."""
        match told:
            case {
                "hashMethod": "Murmur2",
                "hashSeed": int(seed),
                "tmpFilePrefix": str(prefix),
                "tmpFileSuffix": str(suffix),
            }:
                naming = seed, prefix, suffix
                if naming != self._naming:  # of another process
                    self._paths.clear()
                self._naming = naming

    def note(self, path: str, code: str) -> None:
        """A cell was dumped."""
        self._codes[path] = code
        self._paths[code] = path

    def keep(self, key: str, code: str) -> None:
        """A cell ran that no frontend debugged; its text may be asked for by this key."""
        self._codes[key] = code

    def path(self, code: str) -> str | None:
        """Returns the path of a cell; None as long as nobody has said how cells are named."""
        if code not in self._paths and self._naming is not None:
            seed, prefix, suffix = self._naming
            self.note(f"{prefix}{murmur2(code.encode(errors='replace'), seed)}{suffix}", code)
        return self._paths.get(code)

    def known(self) -> list[tuple[str, str]]:
        """Returns the paths and texts of all cells that were heard of."""
        return list(self._codes.items())

    def code(self, path: str) -> str | None:
        """Returns the text of a cell; None for other files, and for cells that were not heard of yet."""
        return self._codes.get(path)
