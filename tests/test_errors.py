"""The tree of errors that people read is the tree of classes."""

import ast
import pickle
import re

from iot_kernel import errors
from tests.test_layers import MODULES

LINE = re.compile(
    r"^    (?P<bars>[│ ]*)[├└]─ (?P<name>\w+)(?: .*?)?(?: \[(?P<module>[\w.]+)\])?$", re.MULTILINE
)


def drawn():
    """Each class of the tree in the docstring: its parent, and the module that it is in."""
    ancestors = ["IoTKernelError"]
    tree = {}
    for line in LINE.finditer(errors.__doc__):
        depth = 1 + len(line["bars"]) // len("│   ")
        ancestors[depth:] = [line["name"]]
        tree[line["name"]] = (ancestors[depth - 1], line["module"] or "errors")
    return tree


def defined():
    """Each class that is an error of ours, likewise."""
    classes = {
        node.name: ([base.id for base in node.bases if isinstance(base, ast.Name)], module)
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    tree = {"IoTKernelError": None}
    while more := {name: at for name, at in classes.items() if name not in tree and set(at[0]) & set(tree)}:
        for name, (bases, module) in more.items():
            parent = next(base for base in bases if base in tree)
            tree[name] = (parent, module.removeprefix("iot_kernel.").removesuffix(".__init__"))
    del tree["IoTKernelError"]
    return tree


def test_the_tree_is_that_of_the_classes():
    assert drawn() == defined()
    assert len(drawn()) > 20


def test_errors_can_be_raised_through_with():
    """Python writes into the error there, which a frozen dataclass refuses."""
    frozen = [
        node.name
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(base, ast.Name) and base.id.endswith(("Error", "Exception")) for base in node.bases
        )
        and any("frozen" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert frozen == []


def test_errors_can_be_sent_to_other_processes():
    """multiprocessing waits for ever for a result that cannot be read."""
    for error in (
        errors.ConnectError("sim://", errors.ConnectReason.HELD, "is in use by another"),
        errors.DeviceTimeoutError("reading", 1.5, "try again"),
        errors.DeviceError("NameError", "x", "Traceback", "printed"),
    ):
        error.add_note("a note")
        found = pickle.loads(pickle.dumps(error))
        assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))
