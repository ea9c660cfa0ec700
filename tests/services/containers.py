"""Podman with storage of its own, and containers of busybox and nothing else."""

from __future__ import annotations

import io
import secrets
import shutil
import tarfile
from pathlib import Path
from typing import Self

from tests.services.box import Box
from tools import services

IMAGE = "busybox"
COMMANDS = ("cat", "echo", "env", "grep", "head", "id", "kill", "ls", "ps", "sh", "sleep", "tr", "true", "wc")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\niot:x:1000:1000:iot:/home/iot:/bin/sh\n",
    "etc/group": "root:x:0:\niot:x:1000:\n",
    "root/.init_gcc.sh": "echo prepared\nexport PREPARED=yes\n",
    "home/iot/.keep": "",
    "tmp/.keep": "",
}

# Nothing of the machine's own podman is touched, and little of the machine is needed: no network, no limits.
GLOBAL = ("--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--runtime=runc", "--events-backend=none")
LIMITS = ("--pids-limit=-1", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")


class Podman:
    """Podman in a box; a context manager.

    Attributes:
        program: what to put on PATH: it lists and enters the containers made here.
    """

    def __init__(self, box: Box, directory: Path) -> None:
        services.podman()
        program = shutil.which("podman")
        assert program is not None
        directory.mkdir()
        places = [f"--{name}={directory / name}" for name in ("root", "runroot", "tmpdir")]
        self._box = box
        self._group = (
            f"iot-kernel-{secrets.token_hex(4)}"  # outlives the box: control groups are the machine's
        )
        self._words = [program, *places, *GLOBAL]
        self.program = box.program("podman", *self._words)
        tarball = directory / "busybox.tar"
        _write_image(tarball)
        self.run("import", str(tarball), IMAGE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.run("rm", "--all", "--force", "--time=0")
        empty = ["-depth", "-type", "d", "-path", f"*/{self._group}*", "-exec", "rmdir", "{}", ";"]
        self._box.run("find", "/sys/fs/cgroup", *empty, check=False)

    def run(self, *words: str) -> str:
        """Runs podman; returns what it prints."""
        return self._box.run(*self._words, *words)

    def start(self, name: str, *options: str) -> None:
        """Starts a container that does nothing."""
        what = [f"--name={name}", *options, IMAGE, "/bin/sleep", "1000000"]
        group = f"--cgroup-parent=/{self._group}"
        self.run("run", "--detach", "--network=none", group, *LIMITS, *what)

    def processes(self, name: str) -> str:
        """Lists what runs in a container, without what lists it."""
        lines = self.run("exec", name, "ps", "-o", "pid,stat,args").splitlines()
        return "\n".join(
            line for line in lines if " ps -o " not in line and not line.split()[1].startswith("Z")
        )


def _write_image(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        tar.add(services.busybox(), "bin/busybox")
        for command in COMMANDS:
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name, text in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
