"""The texts that tell of something wrong, read from the source.

A text is a literal, with a `…` for each thing that is filled in. It is found where an error is made, where a
function makes one (its annotation says so), where something is told beside a cell's output, and in the few
tables of such texts.
"""

import ast
import builtins
import re
from dataclasses import dataclass
from functools import cache

from tests.test_layers import MODULES

#: What tells the user something that is not the result of a cell.
TELLS = frozenset(
    (
        "err",
        "stderr",
        "notice",
        "_notice",
        "on_notice",
        "note",
        "warn",
        "warn_explicit",
        "refuse",
        "_skip",
        "tell",
    )
)

#: Modules whose texts are all about what goes wrong, in tables and functions.
TABLES = (
    "iot_kernel.debugging.frontend.breakpoint",
    "iot_kernel.device.diagnosis",
    "iot_kernel.files.errnos",
    "iot_kernel.openssh.reasons",
    "iot_kernel.transports.errors",
    "iot_kernel.transports.ssh_answers",
    "ukernel.pipes.mqtt.errors",
)

#: Errors of magics, which are shown without a name in front.
USAGE = "UsageError"

#: Errors of what reads the arguments of magics: ``%cp: error:`` stands in front of them.
PARSED = "ArgumentTypeError"

_WORDS = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class Told:
    """A text of the product.

    Attributes:
        enames: the classes of errors that it may be of; empty where it is no error.
        text: as it stands in the source.
        place: where that is.
    """

    enames: tuple[str, ...]
    text: str
    place: str


@cache
def trees():
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


@cache
def nodes():
    """All nodes of all modules that matter here, with the module and the class around them."""
    wanted = (ast.Call, ast.Constant, ast.JoinedStr, ast.FunctionDef, ast.ClassDef, ast.Assign)
    found = []

    def walk(node, module, owner):
        for child in ast.iter_child_nodes(node):
            inner = child.name if isinstance(child, ast.ClassDef) else owner
            if isinstance(child, wanted):
                found.append((child, module, inner))
            if not isinstance(child, ast.JoinedStr) and not _is_docstring(child):
                walk(child, module, inner)

    for name, tree in trees().items():
        walk(tree, name, "")
    return found


@cache
def bases():
    """Each class of errors, with the classes that it is derived from."""
    found = {name: () for name, thing in vars(builtins).items() if _is_error(thing)}
    classes = {node.name: [_name(base) for base in node.bases] for node in _all(ast.ClassDef)}
    while more := {name for name, above in classes.items() if name not in found and set(above) & set(found)}:
        found |= {name: tuple(classes[name]) for name in more}
    return found


@cache
def makers():
    """Functions that return errors, by name: of which classes."""
    found = {PARSED: {PARSED}, "error": {"error"}}  # the latter is that of `struct`
    for node in _all(ast.FunctionDef):
        kinds = set() if node.returns is None else set(ast.unparse(node.returns).split(" | ")) & set(bases())
        if node.name == "error" and isinstance(node.returns, ast.Name) and node.returns.id == "NoReturn":
            kinds = {PARSED}
        if kinds:
            found.setdefault(node.name, set()).update(kinds)
    return found


@cache
def own_words():
    """Classes that make a sentence of what they get: what they are called with is not the text."""
    calls = [(node, owner) for node, _, owner in nodes() if isinstance(node, ast.Call)]
    made = [
        (owner, text)
        for node, owner in calls
        if _name(node.func) == "__init__"
        for text in _literals(node, {})
    ]
    own = {owner for owner, text in made if _is_text(text)}
    return {name for name in bases() if any(each in own for each in _line(name))}


@cache
def all_texts():
    """Each text once."""
    told = {(each.enames, each.text): each for each in _texts() if _is_text(each.text)}
    return list(told.values())


@cache
def all_literals():
    """Every text in the source, whatever it is for."""
    strings = (*_all(ast.Constant), *_all(ast.JoinedStr))
    return {" ".join(text.split()) for node in strings for text in _literals(node, {})}


def _texts():
    constants = {}
    for node, module, _ in nodes():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            texts = list(_literals(node.value, {}))
            constants.setdefault(module, {})[node.targets[0].id] = texts
    for node, module, owner in nodes():
        place = f"{module}:{node.lineno}"
        if isinstance(node, ast.Call):
            enames = _told_by(_name(node.func), owner)
            if enames is not None:
                texts = _literals(node, constants.get(module, {}))
                yield from (Told(enames, text, place) for text in texts)
        elif module in TABLES and isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in _keys():
            yield from (Told((), text, place) for text in _literals(node, {}))


@cache
def _keys():
    """What tables look for in the words of other programs, and the members of enumerations."""
    keys = {
        id(key)
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
    }
    members = [
        each.value for node in _all(ast.ClassDef) for each in node.body if isinstance(each, ast.Assign)
    ]
    return keys | {id(member) for member in members}


def _told_by(name, owner):
    """As which classes the texts in a call are shown; empty where it is no error, None where they are not."""
    if name in TELLS:
        return ()
    if name == "__init__" and owner in bases():
        return (owner,)
    kinds = {name} if name in bases() else makers().get(name, set())
    return tuple(sorted(kinds - own_words())) or None


def _line(name):
    """A class and those above it."""
    return [name, *(each for base in bases().get(name, ()) for each in _line(base))]


def _all(kind):
    return [node for node, _, _ in nodes() if isinstance(node, kind)]


def _literals(node, constants):
    """The strings in an expression; in a call only those of its arguments."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    elif isinstance(node, ast.Name):
        yield from constants.get(node.id, ())
    else:
        parts = [*node.args, *(each.value for each in node.keywords)] if isinstance(node, ast.Call) else None
        for child in ast.iter_child_nodes(node) if parts is None else parts:
            yield from _literals(child, constants)


def _is_text(text):
    """Whether it is for people: not a name, a format or a pattern."""
    return len(_WORDS.findall(text)) >= 3 and " " in text.strip()


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_error(thing):
    return isinstance(thing, type) and issubclass(thing, Exception)


def _name(node):
    return ast.unparse(node).rpartition(".")[2]
