"""Who may import whom: a module imports from its own room and from rooms further down, anywhere in it."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "iot_kernel"

#: From the top to the bottom. A name stands for a module, or for a package with everything in it.
ROOMS = (
    ("__main__", "kernel"),
    ("subkernel", "magics"),
    ("boards",),
    ("sync", "packages", "services"),
    ("device.device",),
    ("device.board_connection",),
    ("device.attachment",),
    (
        "files",
        "values",
        "device.clock",
        "device.__init__",
        "discovery",
        "device.board_lock",
        "config",
        "device.identify",
        "device.diagnosis",
        "ucore",
        "pipes.service",
    ),
    ("device.info",),
    ("pipes.listener", "pipes.state", "pipes.subscriber"),
    ("repl", "device.retrying"),
    ("pipes.assembly", "pipes.hub", "pipes.inquiry"),
    (
        "protocol",
        "transports",
        "virtual_board",
        "syntax",
        "snippets",
        "device.output_text",
        "device.traceback",
        "device.last_expression",
    ),
    # What consumers import, who need nothing of a kernel; both sides share the lowest of these.
    ("pipes.plot", "pipes.recording", "pipes.streams"),
    ("pipes.screens", "pipes.live_canvas"),
    ("pipes.chart", "pipes.feed"),
    ("pipes.look", "pipes.window", "pipes.writers"),
    ("pipes.collecting",),
    ("pipes.timed",),
    ("pipes.client",),
    ("pipes.inbox",),
    ("pipes.finding",),
    ("pipes.places",),
    ("pipes.framing", "pipes.clocks", "pipes.__init__"),
    ("firmware", "private_files", "text", "urls"),
    ("errors",),
)

#: Code for the board. The host ships it and reads it as text.
BOARD_CODE = re.compile(r"virtual_board\.firmware\..*|(snippets|ucore)\.(?!__init__).*")

#: Which modules may know a library, so that another one could take its place there.
OWNERS = {
    "serial": ("transports.serial", "transports.ports", "discovery"),
    "websocket": ("transports.webrepl",),
    "zeroconf": ("discovery",),
    "yaml": ("config",),
    "ipykernel": ("kernel.proxy", "kernel.app", "subkernel.kernel"),
    "jupyter_client": ("kernel.proxy", "kernel.kernelspec", "subkernel.process", "subkernel.channels"),
    "IPython": ("subkernel.kernel",),
}

#: A state machine needs no more than this.
PROTOCOL_NEEDS = {"__future__", "binascii", "collections", "dataclasses", "enum", "re", "struct", "typing"}


def name_of(path):
    """``iot_kernel/magics/host.py`` -> ``magics.host``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {
    name: path for path in sorted(PACKAGE.rglob("*.py")) if not BOARD_CODE.fullmatch(name := name_of(path))
}
HOST_MODULES = [name for name in MODULES if name != "__init__"]


def imports_of(name):
    """Every module that is imported anywhere in one, with full names."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours_of(name):
    """The modules of this package that one imports, by their short names."""
    for imported in imports_of(name):
        short = imported.removeprefix("iot_kernel.")
        if short == imported:
            continue
        candidates = (
            short,
            short.rpartition(".")[0],
            f"{short}.__init__",
            f"{short.rpartition('.')[0]}.__init__",
        )
        yield next((found for found in candidates if found in MODULES), short)


def is_in(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def room_of(name):
    rooms = [number for number, room in enumerate(ROOMS) if is_in(name, room)]
    assert len(rooms) == 1, f"iot_kernel/{name} needs a room in ROOMS"
    return rooms[0]


@pytest.mark.parametrize("name", HOST_MODULES)
def test_imports_go_down(name):
    room = room_of(name)
    wrong = [other for other in ours_of(name) if other != "__version__" and room_of(other) < room]
    assert not wrong, f"{name} is below {', '.join(wrong)}"


def test_nothing_goes_round_in_circles():
    graph = {
        name: {other for other in ours_of(name) if other in MODULES and other != name}
        for name in HOST_MODULES
    }
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", MODULES)
def test_board_code_is_no_host_code(name):
    assert not [other for other in ours_of(name) if BOARD_CODE.fullmatch(other)]


@pytest.mark.parametrize("library", OWNERS)
def test_libraries_have_owners(library):
    users = {name for name in MODULES for other in imports_of(name) if other.partition(".")[0] == library}
    assert users, f"nobody uses {library}"
    assert not [name for name in users if not is_in(name, OWNERS[library])]


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("protocol.")])
def test_the_protocol_does_no_io(name):
    needed = {other.partition(".")[0] for other in imports_of(name)} - {"iot_kernel"}
    assert needed <= PROTOCOL_NEEDS
    assert all(is_in(other, ("errors", "protocol")) for other in ours_of(name))
