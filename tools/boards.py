"""Real MicroPython boards that need no hardware, fetched from package registries into the cache.

`python3 -m tools.boards` fetches all of them, `python3 -m tools.boards micropython` only that one.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools import node
from tools.debian import Bundle
from tools.store import UnavailableError, write_program

UNIX_PORT = Bundle("micropython", ("micropython",), ("trixie",))
# The newest Debian dropped the firmware; it is data, so the older one's serves as well.
MICROBIT = Bundle("microbit", ("qemu-system-arm", "firmware-microbit-micropython"), ("trixie", "bookworm"))
WASM = "@micropython/micropython-webassembly-pyscript"
WASM_VERSION = "1.29.0-6"
WASM_SHA256 = "416fd43c3ff9c60c871e520cda90e725ad866339b5f59668ef79388330454444"

CHECK = (
    Path(__file__).parents[1] / "iot_kernel" / "virtual_board" / "firmware" / "check.py"
)  # the board's own list of what it needs
CHECK_SECONDS = 20  # a cold start takes a tenth of a second; a loaded machine takes longer


def micropython() -> Path:
    """Return a MicroPython for Unix with threads and sockets: the one on PATH, or Debian's in the cache.

    Raises:
        UnavailableError: Neither is to be had.
    """
    found = shutil.which("micropython")
    if found and serves(Path(found)):
        return Path(found)
    return write_program("micropython", UNIX_PORT.wrapper("usr/bin/micropython"))


def serves(path: Path) -> bool:
    """Tell whether a MicroPython for Unix has what the virtual board needs of it."""
    try:
        done = subprocess.run(
            [path, CHECK], capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    said = done.stdout.strip()
    return said.startswith("MicroPython ") and said.endswith(" lacks")


def microbit() -> list[str]:
    """Return the words that start QEMU as a micro:bit with MicroPython; the serial port is yours to add.

    Raises:
        UnavailableError: It is not to be had.
    """
    directory = MICROBIT.obtain()
    firmware = directory / "usr/share/firmware-microbit-micropython/firmware.hex"
    qemu = MICROBIT.command("usr/bin/qemu-system-arm")
    machine = ["-machine", "microbit", "-device", f"loader,file={firmware}"]
    # Default devices would load modules of the machine's own QEMU, which is another build.
    return [*qemu, "-nodefaults", "-L", str(directory / "usr/share/qemu"), *machine, "-display", "none"]


def wasm() -> Path:
    """Return the directory with MicroPython for WebAssembly, to be run by `node.node()`.

    Raises:
        UnavailableError: It is not to be had.
    """
    return node.package(WASM, WASM_VERSION, WASM_SHA256)


BOARDS: dict[str, Callable[[], object]] = {"micropython": micropython, "microbit": microbit, "wasm": wasm}


def main() -> int:
    """Fetch the boards named on the command line, all by default."""
    parser = argparse.ArgumentParser(description="Fetch MicroPython boards for tests into the cache.")
    parser.add_argument("board", nargs="*", choices=[*BOARDS, []], help="what to fetch (default: all)")
    for name in parser.parse_args().board or BOARDS:
        try:
            BOARDS[name]()
        except UnavailableError as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        sys.stdout.write(f"{name}: ready\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
