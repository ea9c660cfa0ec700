"""A kernel for an installation that cannot run: it answers every cell with the reason and what to do.

Without it a notebook would only say that its kernel has died, and the reason would be in the server's log.
"""

from __future__ import annotations

from typing import Any

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

#: The name of the error that each cell ends with.
ERROR = "BrokenInstallationError"


class LastResortKernel(Kernel):
    """Runs nothing."""

    implementation = "jupyter_iot_kernel"
    implementation_version = "0"
    language_info = {"name": "micropython", "mimetype": "text/x-python", "file_extension": ".py"}  # noqa: RUF012
    reason = ""

    @property
    def banner(self) -> str:  # type: ignore[override]
        """What consoles show first."""
        return self.reason

    async def do_execute(self, *_: object, silent: bool = False, **__: object) -> dict[str, Any]:
        """Ends a cell with the reason."""
        error = {"ename": ERROR, "evalue": self.reason, "traceback": [f"{ERROR}: {self.reason}"]}
        if not silent:
            self.send_response(self.iopub_socket, "error", error)  # type: ignore[no-untyped-call]
        return {"status": "error", "execution_count": self.execution_count, **error}


def run(connection_file: str, reason: str) -> None:
    """Serves a frontend until it shuts the kernel down.

    Args:
        connection_file: what Jupyter passed as ``-f``.
        reason: what is wrong, and what to do.
    """
    LastResortKernel.reason = reason
    IPKernelApp.launch_instance(["-f", connection_file], kernel_class=LastResortKernel)
