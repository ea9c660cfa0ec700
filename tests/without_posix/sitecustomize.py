"""What Python offers on Windows, as far as that can be had on Linux: for the modules of this project alone.

A child process that finds this directory first in PYTHONPATH imports it as Python starts. From then on, code
of `iot_kernel` and `ukernel` finds no module, function or constant that Windows lacks, `os.name` is "nt",
`sys.platform` is "win32", files that are open can be neither removed nor replaced, and event loops are like
the proactor's. Libraries see the system as it is: they have their own code for Windows.

It shows nothing of what Windows itself does: its file systems, its COM ports, its processes.
"""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import os
import select
import selectors
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

OURS = ("iot_kernel", "ukernel")

#: Recorded: modules that Windows lacks, and what `os` and `signal` have there.
MISSING, IN_OS, IN_SIGNAL = (
    frozenset(section.partition("\n")[2].split())
    for section in Path(__file__).with_name("windows_names.txt").read_text(encoding="utf-8").split("\n\n")
)

NOT_IN = {
    asyncio: {
        *("AbstractChildWatcher", "FastChildWatcher", "PidfdChildWatcher", "SafeChildWatcher"),
        *("ThreadedChildWatcher", "get_child_watcher", "open_unix_connection", "set_child_watcher"),
        "start_unix_server",
    },
    select: {
        "EPOLL_CLOEXEC",
        "PIPE_BUF",
        "epoll",
        "kqueue",
        "poll",
        *(n for n in dir(select) if n.isupper()),
    },
    selectors: {"DevpollSelector", "EpollSelector", "KqueueSelector", "PollSelector"},
    socket: {
        *("AF_UNIX", "CMSG_LEN", "CMSG_SPACE", "MSG_DONTWAIT", "MSG_NOSIGNAL", "SCM_RIGHTS", "SO_PEERCRED"),
        *("SO_REUSEPORT", "TCP_USER_TIMEOUT", "recv_fds", "send_fds", "sethostname"),
    },
    time: {"clock_getres", "clock_gettime", "clock_settime", "pthread_getcpuclockid", "tzset"},
}


class Popen(subprocess.Popen):
    """A process as Windows starts and ends it."""

    def __init__(self, *args, **options):
        if options.get("preexec_fn") is not None:
            raise ValueError("preexec_fn is not supported on Windows platforms")
        if options.get("pass_fds"):
            raise ValueError("pass_fds is not supported on Windows platforms")
        options.pop("start_new_session", None)  # there without a meaning
        options.pop("creationflags", None)  # here without one
        super().__init__(*args, **options)

    def send_signal(self, number):
        if number not in (signal.SIGTERM, signal.SIGKILL):
            raise ValueError(f"Unsupported signal: {number}")
        super().send_signal(number)


def run(command, **options):
    options.pop("start_new_session", None)
    options.pop("creationflags", None)
    return subprocess.run(command, **options)


class SelectSelector(selectors.SelectSelector):
    """Windows waits for sockets, and for nothing else."""

    def register(self, fileobj, events, data=None):
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            raise OSError(10038, "an operation was attempted on something that is not a socket")
        return super().register(fileobj, events, data)


def kill(pid, number):
    raise AssertionError(f"on Windows this ends the process {pid}, whatever the signal")


class Kernel32:
    """Windows' answers about processes."""

    def OpenProcess(self, rights, inherits, pid):  # noqa: N802
        return pid if Path(f"/proc/{pid}").exists() else 0

    def GetExitCodeProcess(self, handle, code):  # noqa: N802
        code._obj.value = 259
        return 1

    def CloseHandle(self, handle):  # noqa: N802
        pass

    def GetLastError(self):  # noqa: N802
        return 87


CHANGED = {
    ctypes: {"windll": SimpleNamespace(kernel32=Kernel32())},
    os: {"name": "nt", "altsep": "/", "kill": kill, "O_BINARY": 0, "O_NOINHERIT": 0},
    selectors: {"DefaultSelector": SelectSelector, "SelectSelector": SelectSelector},
    signal: {"CTRL_BREAK_EVENT": 1, "CTRL_C_EVENT": 0, "SIGBREAK": signal.SIGTERM},
    subprocess: {
        "Popen": Popen,
        "run": run,
        "CREATE_NEW_PROCESS_GROUP": 0x200,
        "CREATE_NO_WINDOW": 0x8000000,
    },
    sys: {"platform": "win32"},
}


class OnWindows(ModuleType):
    """A module with what it has on Windows."""

    def __init__(self, real, has):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(_real=real, _has=has, **CHANGED.get(real, {}))

    def __getattr__(self, name):
        if not name.startswith("_") and not self._has(name):
            raise AttributeError(f"on Windows, module {self.__name__!r} has no attribute {name!r}")
        return getattr(self._real, name)

    def __setattr__(self, name, value):
        setattr(self._real, name, value)


def lacks(names):
    return lambda name: name not in names


SHOWN = {
    "os": OnWindows(os, IN_OS.__contains__),
    "signal": OnWindows(signal, IN_SIGNAL.__contains__),
    "ctypes": OnWindows(ctypes, lacks(())),
    "subprocess": OnWindows(subprocess, lacks(())),
    "sys": OnWindows(sys, lacks({"getdlopenflags", "setdlopenflags", "abiflags"})),
    **{module.__name__: OnWindows(module, lacks(names)) for module, names in NOT_IN.items()},
}


def shown_to_ours(name, globals=None, locals=None, fromlist=(), level=0, *, load=builtins.__import__):  # noqa: A002
    importer = (globals or {}).get("__package__") or (globals or {}).get("__name__") or ""
    if level or importer.partition(".")[0] not in OURS:
        return load(name, globals, locals, fromlist, level)
    if name.partition(".")[0] in MISSING:
        raise ModuleNotFoundError(f"on Windows there is no module {name!r}", name=name)
    return SHOWN.get(name) or load(name, globals, locals, fromlist, level)


def refuse_open_files(event, arguments):
    """Windows neither removes nor replaces a file that somebody has open."""
    if event not in ("os.remove", "os.rename"):
        return
    paths = arguments[:1] if event == "os.remove" else arguments[:2]
    for path in paths:
        try:
            found = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and not os.fspath(path).endswith(".lock"):
            held = [link.path for link in os.scandir("/proc/self/fd") if _is(link, found)]
            if held:
                raise PermissionError(13, "The process cannot access the file because it is being used", path)


def _is(link, found):
    try:
        return os.path.samestat(link.stat(), found)
    except OSError:
        return False


class ProactorEventLoop(asyncio.SelectorEventLoop):
    """A loop whose public methods are those of Windows' usual one. Tornado and zmq know it by its name."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError

    add_writer = add_signal_handler = add_reader

    def remove_reader(self, fd):
        raise NotImplementedError

    remove_writer = remove_signal_handler = remove_reader


class Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = ProactorEventLoop


asyncio.ProactorEventLoop = ProactorEventLoop
asyncio.set_event_loop_policy(Policy())
builtins.__import__ = shown_to_ours
sys.addaudithook(refuse_open_files)
