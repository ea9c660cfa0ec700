"""The magics: one small module a subject, and the registry of what they define.

Never: threads of a link, parsing of what boards say, or a magic that prints instead of writing to its
context.
"""

from __future__ import annotations

from importlib import import_module

from iot_kernel.magics.magic import Magic, MagicContext, MagicRegistry

__all__ = ["MagicContext", "MagicRegistry", "build_registry"]

#: The modules with magics.
SUBJECTS = (
    *(
        "board",
        "capture",
        "clock",
        "deploy",
        "debugger",
        "devices",
        "discover",
        "explain",
        "files",
        "host",
        "memory",
        "multi_board",
    ),
    *("packages", "pipes", "profile", "pypi", "service", "settings", "setup", "ssh", "stubs", "sync"),
    *("timing", "variables", "who"),
)


def build_registry() -> MagicRegistry:
    """Builds the registry of all magics that the modules of `SUBJECTS` define."""
    modules = [import_module(f"{__name__}.{subject}") for subject in SUBJECTS]
    return MagicRegistry(
        magic for module in modules for magic in vars(module).values() if isinstance(magic, Magic)
    )
