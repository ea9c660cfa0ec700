"""Who may import whom: a module imports from its own layer and from layers further down."""

import ast
import re
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("jupyter_iot_kernel", "iot_kernel", "ukernel")

#: From the top to the bottom. A name stands for a module, or for a package with everything in it.
LAYERS = (
    ("jupyter_iot_kernel.__main__",),
    ("iot_kernel.__main__", "iot_kernel.kernel", "iot_kernel.testing", "iot_kernel.__init__"),
    (
        "iot_kernel.subkernel",
        "iot_kernel.magics",
        "iot_kernel.analysis",
        "iot_kernel.aio",
        "iot_kernel.bridge",
    ),
    ("iot_kernel.api",),
    ("iot_kernel.boards", "iot_kernel.deployment"),
    ("iot_kernel.sync",),
    ("iot_kernel.displays",),
    ("iot_kernel.pipes", "iot_kernel.packages", "iot_kernel.values"),
    ("iot_kernel.device",),
    ("iot_kernel.files", "iot_kernel.discovery", "iot_kernel.config", "iot_kernel.services"),
    ("iot_kernel.repl",),
    ("iot_kernel.protocol", "iot_kernel.transports", "iot_kernel.virtual_board"),
    (
        "iot_kernel.syntax",
        "iot_kernel.debugging",
        "iot_kernel.snippets",
        "iot_kernel.ucore",
        "iot_kernel.openssh",
    ),
    ("iot_kernel.private_files", "iot_kernel.text", "iot_kernel.urls"),
    ("iot_kernel.errors",),
    (
        "ukernel",
        "jupyter_iot_kernel.name_clash",
        "jupyter_iot_kernel.last_resort",
        "jupyter_iot_kernel.__init__",
    ),
)

#: Code for the board. The host ships it and reads it as text.
BOARD_CODE = re.compile(r"iot_kernel\.(virtual_board\.firmware\..*|(snippets|ucore)\.(?!__init__).*)")

#: Which modules may know a library, so that another one could take its place there.
OWNERS = {
    "serial": ("iot_kernel.transports.serial", "iot_kernel.transports.ports", "iot_kernel.discovery"),
    "websocket": ("iot_kernel.transports.webrepl",),
    "zeroconf": ("iot_kernel.discovery",),
    "yaml": ("iot_kernel.config",),
    "ipykernel": (
        "iot_kernel.subkernel.ipykernel_internals",
        "iot_kernel.kernel.app",
        "jupyter_iot_kernel.last_resort",
    ),
    "jupyter_client": (
        "iot_kernel.kernel.kernelspec",
        "iot_kernel.subkernel",
        "iot_kernel.testing.notebook_run",
    ),
    "nbclient": ("iot_kernel.testing.notebook_run",),
    "pytest": ("iot_kernel.testing",),
    "IPython": tuple(f"iot_kernel.subkernel.{name}" for name in ("input_history", "kernel", "variables")),
    "jedi": ("iot_kernel.analysis",),
    "matplotlib": ("ukernel.pipes.live",),
    "ipympl": ("ukernel.pipes.live",),
    "paho": ("ukernel.pipes.mqtt.link", "ukernel.pipes.mqtt.connecting"),
}

#: A state machine needs no more than this.
PROTOCOL_NEEDS = {"__future__", "binascii", "collections", "dataclasses", "enum", "re", "struct", "typing"}


def name_of(path):
    """``iot_kernel/magics/host.py`` -> ``iot_kernel.magics.host``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


ALL = {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
MODULES = {name: path for name, path in ALL.items() if not BOARD_CODE.fullmatch(name)}


@cache
def imports_of(name):
    """Every module or name that is imported anywhere in a module, in full."""
    return tuple(_imports_of(name))


def _imports_of(name):
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours_of(name):
    """The modules of these packages that one imports."""
    for imported in imports_of(name):
        if imported.partition(".")[0] in PACKAGES:
            parent = imported.rpartition(".")[0]
            candidates = (imported, parent, f"{imported}.__init__", f"{parent}.__init__")
            yield next(found for found in candidates if found in ALL)


@cache
def imports():
    """The modules that each one imports."""
    return {name: set(ours_of(name)) - {name} for name in MODULES}


def is_in(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def layer_of(name):
    layers = [number for number, layer in enumerate(LAYERS) if is_in(name, layer)]
    assert len(layers) == 1, f"{name} needs a place in LAYERS"
    return layers[0]


def test_imports_go_down():
    wrong = [
        f"{name} imports {other}"
        for name, others in imports().items()
        for other in others & MODULES.keys()
        if layer_of(other) < layer_of(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_goes_round_in_circles():
    TopologicalSorter(imports()).prepare()


def test_board_code_is_no_host_code():
    assert not [
        (name, other) for name, others in imports().items() for other in others if BOARD_CODE.fullmatch(other)
    ]


def test_host_code_and_magics_do_not_know_one_another():
    for one, other in (("subkernel", "magics"), ("magics", "subkernel")):
        users = [name for name in MODULES if is_in(name, (f"iot_kernel.{one}",))]
        assert users
        assert not [
            name for name in users for found in imports()[name] if is_in(found, (f"iot_kernel.{other}",))
        ]


def test_libraries_have_owners():
    users = {
        library: [
            name for name in MODULES for other in imports_of(name) if other.partition(".")[0] == library
        ]
        for library in OWNERS
    }
    assert all(users.values()), users
    assert not {
        library: wrong
        for library, names in users.items()
        if (wrong := [name for name in names if not is_in(name, OWNERS[library])])
    }


def test_the_protocol_does_no_io():
    for name in MODULES:
        if name.startswith("iot_kernel.protocol."):
            needed = {other.partition(".")[0] for other in imports_of(name)} - {"iot_kernel"}
            assert needed <= PROTOCOL_NEEDS, name
            assert all(
                is_in(other, ("iot_kernel.errors", "iot_kernel.protocol")) for other in imports()[name]
            )


def test_few_modules_stand_beside_the_packages():
    assert len(list((ROOT / "iot_kernel").glob("*.py"))) <= 6


def test_no_two_classes_of_the_host_share_a_name():
    places = defaultdict(list)
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_each_package_says_what_belongs_in_it_and_what_never_does():
    silent = []
    for name, path in MODULES.items():
        if name.endswith(".__init__") and name != "iot_kernel.__init__":
            told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            if not re.search(r".\s+Never:\s+\S", told):
                silent.append(name)
    assert not silent
