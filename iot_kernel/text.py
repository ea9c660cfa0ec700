"""Text from outside (boards, network, environment) made fit for a terminal, a log and a notebook."""

from __future__ import annotations

NAME_LIMIT = 80  # characters; uids, platforms and product names seen in the wild stay below 60


def printable(text: str, limit: int = NAME_LIMIT) -> str:
    """Replaces what is not printable by ``?``; text beyond ``limit`` characters is cut and ends in ``…``."""
    kept = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
