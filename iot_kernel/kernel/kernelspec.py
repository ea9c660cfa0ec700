"""Installs and removes kernelspecs: for environments other than the one Jupyter runs in.

Where Jupyter and this package share an environment, installing the package has done it all.
"""

from __future__ import annotations

import argparse
import errno
import importlib.metadata
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from iot_kernel.syntax.cell import Target

#: The kernelspecs of the package by what a plain cell means in them.
NAMES = {Target.BOARD.value: "iot", Target.HOST.value: "ucore"}

#: What a kernel.json of ours runs.
OUR_MODULE = "jupyter_iot_kernel"


def main(arguments: Sequence[str]) -> int:
    """Runs ``install`` or ``uninstall``.

    Args:
        arguments: the command and its options.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "install":
            _install(options)
        else:
            _uninstall(options)
    except (OSError, NoSuchKernel) as error:
        print(f"{options.command} failed: {error}", file=sys.stderr)  # noqa: T201  a command line
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m iot_kernel", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="make Jupyter know this kernel")
    where = install.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for this user (default)")
    where.add_argument("--sys-prefix", action="store_true", help="into the environment of this Python")
    where.add_argument("--prefix", metavar="P", help="below P/share/jupyter/kernels")
    install.add_argument("--default", choices=sorted(NAMES), help="where a plain cell runs (both kernels)")
    install.add_argument("--name", metavar="N", help="directory name of the kernelspec")
    install.add_argument("--display-name", metavar="D", help="name shown to people")
    install.add_argument("--env", nargs=2, action="append", metavar=("K", "V"), default=[], help="a variable")
    uninstall = commands.add_parser("uninstall", help="remove what install made")
    uninstall.add_argument("--name", metavar="N", help="directory name of the kernelspec (both kernels)")
    return parser


def _install(options: argparse.Namespace) -> None:
    """Installs one kernelspec where any option describes one, else all."""
    one = options.default or options.name or options.display_name
    prefix = sys.prefix if options.sys_prefix else options.prefix
    for default in [options.default or Target.BOARD.value] if one else NAMES:
        with tempfile.TemporaryDirectory() as directory:
            source = Path(directory) / "kernelspec"
            shutil.copytree(_resources(NAMES[default]), source)
            _adapt(source / "kernel.json", options)
            manager = KernelSpecManager()
            made = manager.install_kernel_spec(
                str(source), options.name or NAMES[default], user=prefix is None, prefix=prefix
            )
        print(f"installed {made}")  # noqa: T201  a command line


def _adapt(path: Path, options: argparse.Namespace) -> None:
    """Writes this Python and the options into a kernel.json."""
    spec: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    spec["argv"][0] = sys.executable
    if options.display_name:
        spec["display_name"] = options.display_name
    if options.env:
        spec["env"] = dict(options.env)
    path.write_text(json.dumps(spec, indent=1, ensure_ascii=False), encoding="utf-8")


def _uninstall(options: argparse.Namespace) -> None:
    """Removes the named kernelspec, or both, wherever 'install' made them; what pip brought stays."""
    names = [options.name] if options.name else list(NAMES.values())
    places = [Path(place) / name for place in KernelSpecManager().kernel_dirs for name in names]
    made = [place for place in places if _is_made(place / "kernel.json")]
    if options.name and not made:
        raise NoSuchKernel(options.name)
    for place in made:
        shutil.rmtree(place)
        print(f"removed {place}")  # noqa: T201  a command line


def _is_made(path: Path) -> bool:
    """Whether a kernel.json is one of 'install': it starts ours with a certain Python, not with any."""
    try:
        argv = json.loads(path.read_text(encoding="utf-8"))["argv"]
        return Path(argv[0]).is_absolute() and OUR_MODULE in argv
    except (OSError, ValueError, TypeError, LookupError):
        return False


def _resources(name: str) -> Path:
    """Finds a kernelspec of this package: beside the source if that is what runs, else where pip put it."""
    source = Path(__file__).parents[2] / "kernelspec" / name
    if source.is_dir():
        return source
    for file in importlib.metadata.files("jupyter-iot-kernel") or []:
        if file.parts[-3:] == ("kernels", name, "kernel.json"):
            found = Path(str(file.locate())).resolve().parent
            if found.is_dir():
                return found
    raise FileNotFoundError(errno.ENOENT, "the package was installed without its kernelspec", name)
