"""Who may touch names that begin with an underscore: the class that has them, and one module for libraries.

Whatever depends on private parts of ipykernel and IPython stands in `INTERNALS`.
"""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
INTERNALS = "iot_kernel.subkernel.ipykernel_internals"

#: Code for the board, which the host never imports.
BOARD_CODE = re.compile(r"iot_kernel\.(virtual_board\.firmware\..*|(snippets|ucore)\.(?!__init__).*)")

PRIVATE = re.compile(r"_[^_]\w*[^_]\Z")

#: Documented in spite of their names.
DOCUMENTED = {"_asdict", "_exit", "_fields", "_make", "_replace"}

#: Modules that may touch names of one other library, which are listed there with the reason.
ALLOWED = {
    "iot_kernel.magics.arguments": {
        "_actions",
        "_format_action_invocation",
        "_format_args",
        "_get_default_metavar_for_optional",
        "_option_string_actions",
        "_optionals",
    },
    "iot_kernel.testing.workers": {"_split_scope"},  # what pytest-xdist has for schedulers to replace
    "iot_kernel.transports.serial": {"_socket"},
}


@cache
def trees():
    """The modules that the host imports, but for `INTERNALS`: names and trees."""
    return tuple(_parsed())


def _parsed():
    for path in sorted((ROOT / "iot_kernel").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not BOARD_CODE.fullmatch(name) and name != INTERNALS:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def is_own(value):
    """Whether an attribute's owner is the object that the code belongs to."""
    match value:
        case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
            return True
    return False


def base_names(node):
    """The bases of a class without their packages and parameters."""
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        yield plain.attr if isinstance(plain, ast.Attribute) else plain.id


def defined_in(node):
    """The private names that a class defines, on itself or on its instances."""
    for child in ast.walk(node):
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if child in node.body:
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()) if is_own(child.value):
                yield name
            case ast.Constant(value=str(name)):  # in __slots__
                yield name


class Classes:
    """All classes of some modules, by name; names are unique enough for that."""

    def __init__(self, trees):
        nodes = [node for _, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self.bases = {}
        self.defined = {}
        for node in nodes:
            self.bases.setdefault(node.name, set()).update(base_names(node))
            self.defined.setdefault(node.name, set()).update(filter(PRIVATE.match, defined_in(node)))

    def known_to(self, name):
        """The private names of a class and of its bases among ours."""
        found = set(self.defined.get(name, ()))
        for base in self.bases.get(name, ()):
            found |= self.known_to(base)
        return found

    def is_foreign(self, name):
        """Whether a class, or one that it is built on, is none of ours."""
        return name not in self.bases or any(map(self.is_foreign, self.bases[name]))


def owners(tree):
    """Every node with the name of the class that it stands in."""
    stack = [(tree, None)]
    while stack:
        node, owner = stack.pop()
        yield node, owner
        inner = node.name if isinstance(node, ast.ClassDef) else owner
        stack += [(child, inner) for child in ast.iter_child_nodes(node)]


def foreign_names(name, tree, classes):
    """The private names that a module takes from elsewhere."""
    for node, owner in owners(tree):
        match node:
            case ast.Attribute(attr=attribute, value=value) if PRIVATE.match(attribute):
                if not (is_own(value) and attribute in classes.known_to(owner)):
                    yield attribute
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names if PRIVATE.match(alias.name))
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr"), args=[_, ast.Constant(value=str(text)), *_]
            ):
                if PRIVATE.match(text):
                    yield text


def overridden(name, tree, classes):
    """The private names of libraries that classes of a module replace."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and classes.is_foreign(node.name):
            cls = getattr(importlib.import_module(name), node.name)
            foreign = [base for base in cls.__mro__ if not base.__module__.startswith("iot_kernel.")]
            yield from (
                own for own in classes.defined[node.name] if any(own in vars(base) for base in foreign)
            )


def problems(trees, find):
    classes = Classes(trees)
    return [
        f"{name}: {found}"
        for name, tree in trees
        for found in find(name, tree, classes)
        if found not in DOCUMENTED and found not in ALLOWED.get(name, ())
    ]


def test_nobody_touches_what_is_private_to_another():
    assert not problems(trees(), foreign_names), f"a library's private parts belong into {INTERNALS}"


def test_no_class_replaces_what_is_private_to_a_library():
    assert not problems(trees(), overridden), f"a library's private parts belong into {INTERNALS}"


def test_what_is_allowed_is_needed():
    classes = Classes(trees())
    for name, tree in trees():
        found = {*foreign_names(name, tree, classes), *overridden(name, tree, classes)}
        assert ALLOWED.get(name, set()) <= found, name


SAMPLE = """
from library import _private
class Base:
    _shared = 0
    def __init__(self):
        self._own = self._shared
        self._library = library._hidden
class Derived(Base, Library[int]):
    def use(self, other):
        return self._own, self._inherited, super()._shared, other._own, getattr(other, "_by_name")
    def _method(self):
        return self._method()
"""


def test_what_counts():
    trees = [("sample", ast.parse(SAMPLE))]
    assert sorted(problems(trees, foreign_names)) == [
        "sample: _by_name",
        "sample: _hidden",
        "sample: _inherited",
        "sample: _own",
        "sample: _private",
    ]
