"""Starts the kernel's process: ipykernel's application with this kernel, and without what it does not use."""

from __future__ import annotations

from ipykernel.kernelapp import kernel_aliases
from traitlets import Dict, default

from iot_kernel.kernel.kernel import IoTKernel
from iot_kernel.subkernel.ipykernel_internals import BareApp


class IoTKernelApp(BareApp):
    """The application behind ``python -m iot_kernel``."""

    name = "iot-kernel"
    description = "Runs the IoT Kernel. Jupyter starts it; see also 'install -h'."
    classes = [IoTKernel]  # type: ignore[assignment]  # noqa: RUF012  traitlets declares it so
    aliases = Dict({**kernel_aliases, "default": "IoTKernel.default_target"})

    @default("kernel_class")
    def _our_kernel(self) -> type[IoTKernel]:
        return IoTKernel
