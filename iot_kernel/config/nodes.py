"""Reads YAML as nodes that know their lines: texts, lists, switches, mappings, and errors that say where."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from iot_kernel.errors import ConfigError
from iot_kernel.private_files import read_small
from iot_kernel.text import printable

FILE_LIMIT = 1_000_000  # bytes; parsing takes seconds a megabyte, and device files are some hundred lines

_YAML = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset(_YAML + kind for kind in ("str", "int", "float", "bool", "timestamp"))
_TRUE = frozenset(("yes", "true", "on"))

#: Keys that people try, and what to do instead.
_ADVICE = {
    "lib": "it is called 'path'",
    "libs": "it is called 'path'",
    "password": "passwords stand in the secrets file",
    "webrepl-password": "passwords stand in the secrets file",
    "webrepl_pwd": "passwords stand in the secrets file",
}

Settings = dict[str, yaml.Node]
Pair = tuple[yaml.ScalarNode, yaml.Node]


def read_yaml(file: Path) -> bytes:
    """Reads a YAML file.

    Raises:
        ConfigError: it cannot be read, or is too large.
    """
    data = read_small(file, FILE_LIMIT, "this is no device file")
    if data is None:
        raise ConfigError(str(file), f"cannot be read ({os.strerror(errno.ENOENT)})")
    return data


class NodeReader:
    """One YAML file.

    Args:
        file: the file, named in every error.
        locate: makes a path as the user wrote it absolute.
    """

    def __init__(self, file: Path, locate: Callable[[str], Path] = Path) -> None:
        self.file = file
        self.locate = locate

    def root(self, data: bytes | None = None) -> yaml.Node | None:
        """The file's top node; None for a file that says nothing.

        Args:
            data: what is in the file, where it has been read.

        Raises:
            ConfigError: it cannot be read, or it is not YAML.
        """
        node = self._compose(read_yaml(self.file) if data is None else data)
        return None if node is None or self.is_null(node) else node

    def _compose(self, data: bytes) -> yaml.Node | None:
        try:
            node: yaml.Node | None = yaml.compose(data, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = ", ".join(filter(None, (error.context, error.problem)))
            raise ConfigError(
                str(self.file), f"not valid YAML: {said}", mark.line + 1 if mark else None
            ) from error
        except (yaml.YAMLError, UnicodeError) as error:
            raise ConfigError(str(self.file), "not valid YAML: the file must be UTF-8 text") from error
        except RecursionError as error:
            raise ConfigError(str(self.file), "not valid: nested too deeply") from error
        return node

    def line(self, node: yaml.Node) -> int:
        """The 1-based line that a node starts on."""
        return int(node.start_mark.line) + 1

    def error(self, node: yaml.Node, problem: str) -> ConfigError:
        """An error at a node; the caller raises it."""
        return ConfigError(str(self.file), problem, self.line(node))

    def is_null(self, node: yaml.Node) -> bool:
        """Whether nothing (or ``null``) is written there."""
        return bool(node.tag == _YAML + "null")

    def text(self, node: yaml.Node, what: str) -> str:
        """A scalar as it is written.

        Raises:
            ConfigError: it is a list, a mapping, nothing, or has a tag of its own.
        """
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _TEXT_TAGS:
            raise self.error(node, f"expected text as the value of {what}, found {_kind(node)}")
        return str(node.value)

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        """A list of scalars; a single one is a list of one."""
        if isinstance(node, yaml.ScalarNode):
            return (self.text(node, what),)
        return tuple(self.text(item, f"an entry of {what}") for item in self.items(node, what))

    def items(self, node: yaml.Node, what: str) -> Sequence[yaml.Node]:
        """The entries of a list.

        Raises:
            ConfigError: it is none.
        """
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(
                node, f"expected a list (lines that start with '- ') for {what}, found {_kind(node)}"
            )
        return list(node.value)

    def truth(self, node: yaml.Node | None, what: str) -> bool | None:
        """A switch; None when it is not given.

        Raises:
            ConfigError: it is neither true nor false.
        """
        if node is None:
            return None
        if node.tag != _YAML + "bool":
            raise self.error(node, f"expected true or false for {what}, found {_kind(node)}")
        return str(node.value).lower() in _TRUE

    def pairs(self, node: yaml.Node, what: str) -> list[Pair]:
        """The keys and values of a mapping, ``<<`` merged in.

        Args:
            node: the mapping.
            what: what its keys are, for the error.

        Raises:
            ConfigError: it is no mapping, a key is no text, or a key stands there twice.
        """
        found: dict[str, Pair] = {}
        self._collect(node, what, found, set())
        return list(found.values())

    def _collect(self, node: yaml.Node, what: str, found: dict[str, Pair], seen: set[int]) -> None:
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"expected {what} with a colon behind, found {_kind(node)}")
        if (
            id(node) in seen
        ):  # merged before: a second time adds nothing, and mappings may merge each other in a ring
            return
        seen.add(id(node))
        own: dict[str, Pair] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == _YAML + "merge":
                merged.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
                continue
            name = self.text(key, f"a key ({what})")
            if name in own:
                first = self.line(own[name][0])
                raise self.error(key, f"'{printable(name)}' stands here twice (first in line {first})")
            own[name] = (key, value)
        for name, pair in own.items():
            found.setdefault(name, pair)
        for other in merged:
            self._collect(other, what, found, seen)

    def settings(self, node: yaml.Node, what: str, known: Sequence[str]) -> Settings:
        """A mapping with known keys; keys without a value are left out.

        Raises:
            ConfigError: as `pairs`, or a key is unknown.
        """
        if self.is_null(node):
            return {}
        found = {}
        for key, value in self.pairs(node, what):
            if key.value not in known:
                advice = _ADVICE.get(key.value) or f"known are {', '.join(known)}"
                raise self.error(key, f"unknown key '{printable(key.value)}'; {advice}")
            if not self.is_null(value):
                found[key.value] = value
        return found


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if node.tag == _YAML + "null":
        return "nothing"
    return f"'{printable(node.value)}'" if node.tag in _TEXT_TAGS else f"a value tagged {printable(node.tag)}"
