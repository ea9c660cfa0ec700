"""Compares a board with what its device file says: reads the host, compiles, lists the board, and plans."""

from __future__ import annotations

import calendar
import os
import time
from dataclasses import dataclass

from iot_kernel.config import DeviceConfig
from iot_kernel.device.clock import TOLERANCE
from iot_kernel.device.device import Device
from iot_kernel.errors import NotConnectedError
from iot_kernel.files.tree import Tree
from iot_kernel.packages.importing import ask_imports
from iot_kernel.private_files import data_directory
from iot_kernel.sync.compilers import ImportFormat, choose, find_compilers
from iot_kernel.sync.host import read_host
from iot_kernel.sync.modules import Modules
from iot_kernel.sync.plan import SyncPlan, plan
from iot_kernel.sync.tree import HostTree

#: With more sizes than this, the question would be longer than digests of all files take to compute.
MOST_SIZES = 500


@dataclass(frozen=True, slots=True)
class Compared:
    """A board that was compared with the host.

    Args:
        plan: what is to be done.
        host: what belongs there.
        board: what is there.
        clock_is_right: whether the board's clock shows about this computer's local time, as far as is known.
    """

    plan: SyncPlan
    host: HostTree
    board: Tree
    clock_is_right: bool


def compare(config: DeviceConfig, device: Device, *, upload_only: bool = False) -> Compared:
    """Makes a plan; changes nothing. Asks the board once, and once more if modules are to be compiled for it.

    Args:
        config: the board's entry in a device file.
        device: the board, open.
        upload_only: nothing is to be deleted.

    Raises:
        ConfigError: the device file is wrong, or a file cannot be read.
        CompileError: a module cannot be compiled.
        Exception: as `RemoteFiles.tree` does.
    """
    host, rules = read_host(config)
    if host.has_modules:
        host = compiled(host, device)
    sizes = host.sizes
    before = _local_time()
    board = device.files.tree("/", digest_sizes=sizes if len(sizes) <= MOST_SIZES else None)
    is_right = board.now is not None and before - TOLERANCE <= board.now <= _local_time() + TOLERANCE
    return Compared(plan(host, board, rules, upload_only=upload_only), host, board, is_right)


def _local_time() -> int:
    """The seconds that a clock without a time zone counts since 1970."""
    return calendar.timegm(time.localtime())


def compiled(host: HostTree, device: Device) -> HostTree:
    """Compiles the modules that are to be, for one board, which is asked what it imports.

    Raises:
        CompileError: there is no compiler for it, or a mistake in a module.
        NotConnectedError: the board was never connected.
    """
    info = device.info
    if info is None:
        raise NotConnectedError
    wanted = ImportFormat(ask_imports(device).mpy, info.implementation, info.version)
    kept = data_directory() / "mpy"
    compiler = choose(list(find_compilers(os.environ, kept / "programs")), wanted, host.config)
    return host.compiled(Modules(compiler, wanted, kept).compile)
