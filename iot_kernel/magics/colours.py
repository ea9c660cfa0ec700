"""The colours of what magics print: ANSI codes, which every Jupyter frontend understands."""

from __future__ import annotations

_RESET = "\x1b[0m"


def banner(text: str) -> str:
    """A heading: black on cyan."""
    return f"\x1b[46m\x1b[30m{text}{_RESET}"


def alarm(text: str) -> str:
    """A heading over something drastic: red on cyan."""
    return f"\x1b[46m\x1b[31m{text}{_RESET}"


def dim(text: str) -> str:
    """Text of minor weight."""
    return f"\x1b[2m{text}{_RESET}"


def blue(text: str) -> str:
    """A file, or what is updated."""
    return f"\x1b[34m{text}{_RESET}"


def green(text: str) -> str:
    """A directory, or what is added."""
    return f"\x1b[32m{text}{_RESET}"


def red(text: str) -> str:
    """What is deleted."""
    return f"\x1b[31m{text}{_RESET}"
