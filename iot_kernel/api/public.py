"""What is public: `iot_kernel` gives these names, and no others. The list is `__all__`."""

from __future__ import annotations

from iot_kernel.api.calls import DeviceEvents
from iot_kernel.api.clock import DeviceClock
from iot_kernel.api.connecting import FoundBoard, connect, discover
from iot_kernel.api.device import ApiDevice as Device
from iot_kernel.api.errors import (
    DeviceClosedError,
    InputNotPossibleError,
    OtherProcessError,
    UnsendableFunctionError,
)
from iot_kernel.api.files import DeviceFiles
from iot_kernel.api.pipes import DevicePipes
from iot_kernel.api.programs import Deployment, DevicePrograms
from iot_kernel.api.snapshots import FilesSnapshot
from iot_kernel.boards.errors import AmbiguousDeviceError, DeviceNotFoundError
from iot_kernel.deployment.errors import DeployError
from iot_kernel.device.clock import ClockError, ClockReading
from iot_kernel.device.info import DeviceInfo
from iot_kernel.errors import (
    ConfigError,
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    DeviceMemoryError,
    DeviceResetError,
    DeviceTimeoutError,
    IoTKernelError,
    RemoteProtocolError,
    UsageError,
)
from iot_kernel.files.errors import TransferError
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.pipes.hub import PipeInfo
from iot_kernel.sync.errors import CompileError, SyncError
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.urls import __version__
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from ukernel.pipes.client import Pipe

__all__ = [
    "AmbiguousDeviceError",
    "ClockError",
    "ClockReading",
    "CompileError",
    "ConfigError",
    "ConnectError",
    "ConnectReason",
    "ConnectionLostError",
    "DeployError",
    "Deployment",
    "Device",
    "DeviceClock",
    "DeviceClosedError",
    "DeviceError",
    "DeviceEvents",
    "DeviceFiles",
    "DeviceInfo",
    "DeviceMemoryError",
    "DeviceNotFoundError",
    "DevicePipes",
    "DevicePrograms",
    "DeviceResetError",
    "DeviceTimeoutError",
    "FilesSnapshot",
    "FoundBoard",
    "InputNotPossibleError",
    "IoTKernelError",
    "OtherProcessError",
    "PackageError",
    "PackageNotFoundError",
    "Pipe",
    "PipeInfo",
    "RemoteProtocolError",
    "SyncError",
    "SyncPlan",
    "TransferError",
    "UnmovableValueError",
    "UnsendableFunctionError",
    "UsageError",
    "VariableNotFoundError",
    "__version__",
    "connect",
    "discover",
]

# Tracebacks show errors as programs write them in `except`.
for _each in [globals()[_name] for _name in __all__]:
    if isinstance(_each, type) and issubclass(_each, BaseException):
        _each.__module__ = "iot_kernel"
