"""Text from outside (boards, network, environment) made fit for a terminal, a log and a notebook."""

from __future__ import annotations

NAME_LIMIT = 80  # characters; uids, platforms and product names seen in the wild stay below 60


_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def byte_count(count: float) -> str:
    """Writes a number of bytes with about three digits; a KB is 1024 bytes."""
    if count == 1:
        return "1 byte"
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count /= 1024
        unit += 1
    digits = 0 if unit == 0 or count >= 99.95 else 1
    return f"{count:.{digits}f} {_UNITS[unit]}"


def printable(text: str, limit: int = NAME_LIMIT) -> str:
    """Replaces what is not printable by ``?``; text beyond ``limit`` characters is cut and ends in ``…``."""
    kept = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
