"""The first process of a box (`tests.services.box`): puts its mounts in order, then waits to be told to end.

Runs as root in fresh mount and process namespaces, as a script. Its argument is a directory; the files in its
``etc`` take the places of the system's. The box ends with this process's standard input.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)

NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
BIND, RECURSIVE, PRIVATE = 1 << 12, 1 << 14, 1 << 18  # MS_...
DETACH = 2  # MNT_DETACH


def call(name, *arguments):
    """Calls a function of the C library; its failure is an OSError."""
    if getattr(libc, name)(*arguments) == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def own_the_root():
    """Keeps mounts to this box, and makes a chroot a root of its own, without which no container starts."""
    root = os.open("/", os.O_RDONLY)
    call("setns", os.open("/proc/self/ns/mnt", os.O_RDONLY), NEW_MOUNTS)  # now / is the real one
    os.fchdir(root)
    call("mount", None, b"/", None, PRIVATE | RECURSIVE, None)
    here = os.fsencode(os.getcwd())  # noqa: PTH109
    if here != b"/":
        call("mount", here, here, None, BIND | RECURSIVE, None)
        os.chdir(here)
        call("pivot_root", b".", b".")
        call("umount2", b".", DETACH)
    os.chdir("/")


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def furnish(directory):
    """Mounts what containers and sshd need, whether the machine has it or not."""
    mount("-t", "proc", "proc", "/proc")
    mount("-t", "tmpfs", "box", "/run")
    Path("/run/sshd").mkdir()
    Path("/dev/shm").mkdir(exist_ok=True)
    mount("-t", "tmpfs", "box", "/dev/shm")
    if not Path("/sys/fs/cgroup").is_dir():
        mount("-t", "sysfs", "sysfs", "/sys")
    if not any(line.split()[1] == "/sys/fs/cgroup" for line in Path("/proc/mounts").read_text().splitlines()):
        mount("-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    for file in (directory / "etc").iterdir():
        mount("--bind", str(file), f"/etc/{file.name}")


def reap():
    """Waits for the end of standard input, and meanwhile for processes whose parents are gone."""
    reader = os.fork()
    if reader == 0:
        sys.stdin.read()
        os._exit(0)
    while os.wait()[0] != reader:
        pass


if __name__ == "__main__":
    own_the_root()
    furnish(Path(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    reap()
