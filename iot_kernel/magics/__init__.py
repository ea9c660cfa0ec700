"""The magics: one small module a subject, and a registry that is built by hand."""

from __future__ import annotations

from iot_kernel.magics.magic import MagicContext, MagicRegistry

__all__ = ["MagicContext", "MagicRegistry", "build_registry"]


def build_registry() -> MagicRegistry:
    """Builds the registry of all magics there are."""
    from iot_kernel.magics import (
        board,
        clock,
        devices,
        discover,
        files,
        host,
        multi_board,
        packages,
        pipes,
        pypi,
        service,
        settings,
        ssh,
        sync,
        variables,
    )

    return MagicRegistry(
        [
            *devices.MAGICS,
            *discover.MAGICS,
            *multi_board.MAGICS,
            *board.MAGICS,
            *clock.MAGICS,
            *files.MAGICS,
            *host.MAGICS,
            *packages.MAGICS,
            *pipes.MAGICS,
            *pypi.MAGICS,
            *service.MAGICS,
            *settings.MAGICS,
            *ssh.MAGICS,
            *sync.MAGICS,
            *variables.MAGICS,
        ]
    )
