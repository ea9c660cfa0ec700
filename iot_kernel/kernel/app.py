"""Starts the kernel's process: ipykernel's application without what this kernel does not use.

No subshells: all messages of the sub-kernel then pass through one event loop, and frontends send comm
messages in the order of cells. No capture of standard output, no profile, no debugger: no code of the user
runs here.
"""

from __future__ import annotations

from types import SimpleNamespace

import zmq
from ipykernel.kernelapp import IPKernelApp, kernel_aliases
from traitlets import Dict, default

from iot_kernel.kernel.kernel import IoTKernel


class IoTKernelApp(IPKernelApp):
    """The application behind ``python -m iot_kernel``."""

    name = "iot-kernel"
    description = "Runs the IoT Kernel. Jupyter starts it; see also 'install -h'."
    classes = [IoTKernel]  # type: ignore[assignment]  # noqa: RUF012  traitlets declares it so
    aliases = Dict({**kernel_aliases, "default": "IoTKernel.default_target"})

    @default("kernel_class")
    def _our_kernel(self) -> type[IoTKernel]:
        return IoTKernel

    def init_control(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        """Makes the control channel, and no thread for subshells."""
        super().init_control(context)  # type: ignore[no-untyped-call]
        self.shell_channel_thread = None

    def init_io(self) -> None:
        """Leaves the standard streams alone: what this process prints is for the log."""
        self.displayhook = SimpleNamespace()

    def init_signal(self) -> None:
        """Leaves SIGINT to the kernel."""

    def init_profile_dir(self) -> None:
        """Reads no IPython profile; the sub-kernel does."""
        self.profile_dir = None

    def init_config_files(self) -> None:
        """Reads no IPython configuration."""

    def load_config_file(self, *_: object) -> None:
        """Reads no IPython configuration."""

    def init_path(self) -> None:
        """Leaves the search path alone: notebooks import nothing here."""

    def init_pdb(self) -> None:
        """Leaves pdb alone."""

    def start(self) -> None:
        """Runs the kernel until it is shut down, and sees its last status off before channels are closed."""
        super().start()  # type: ignore[no-untyped-call]
        if self.control_thread is not None and self.control_thread.is_alive():
            self.control_thread.stop()
            self.control_thread.join()
