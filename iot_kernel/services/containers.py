"""Containers and the engines that run them: docker, and everything that takes docker's commands."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from iot_kernel.services.ask import Interruptible, ProgramResult, ask
from iot_kernel.services.errors import HostServiceError
from iot_kernel.text import printable

ENGINES = ("docker", "podman", "balena-engine")
VARIABLE = "IOT_CONTAINER_ENGINE"

#: What a container is called in the file that describes it: by compose, and on balena's devices.
_LABELS = ("com.docker.compose.service", "io.podman.compose.service", "io.balena.service-name")
_COUNTERS = re.compile(r"([-_]\d+)+\Z")  # what compose and balena append to a name
_ID = re.compile(r"[0-9a-f]{12,64}\Z")

_DENIED = "; only its group may use it: 'sudo usermod -aG docker $USER', then log in again"


@dataclass(frozen=True, slots=True)
class Container:
    """A running container.

    Attributes:
        engine: the words that call the engine that runs it.
        name: its name, which the engine takes.
        number: its id.
        service: what it is called in the file that describes it, empty when there is none.
    """

    engine: tuple[str, ...]
    name: str
    number: str
    service: str = ""

    @property
    def stem(self) -> str:
        """Its name without the numbers that tell several of its kind apart."""
        return _COUNTERS.sub("", self.name)

    @property
    def short(self) -> str:
        """What to call it, if it is the only one of its kind."""
        return self.service or self.stem

    def enter(self, words: Sequence[str], user: str | None = None) -> list[str]:
        """The command that runs another one in the container, with an input."""
        return [*self.engine, "exec", "-i", *([] if user is None else ["-u", user]), self.name, *words]


def find(wanted: str, engine: str | None, interruptible: Interruptible) -> Container:
    """Finds the running container that a name means.

    Args:
        wanted: its name; its service's name; its name up to the first ``_``, or without the numbers at its
            end; its id.
        engine: the engine's command; None for what ``IOT_CONTAINER_ENGINE`` says, or for all that are there.
        interruptible: lets the user stop it.

    Raises:
        HostServiceError: no engine answers, or not exactly one container is called so.
    """
    running = _running(engine or os.environ.get(VARIABLE), interruptible)
    for fits in _WAYS:
        found = [container for container in running if fits(container, wanted)]
        if len({container.number or container.name for container in found}) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(container.name for container in found))
            raise HostServiceError(wanted, f"several containers have this name; give the whole name: {names}")
    raise HostServiceError(wanted, f"no running container has this name; {_listing(running)}")


_WAYS: tuple[Callable[[Container, str], bool], ...] = (
    lambda container, wanted: container.name == wanted,
    lambda container, wanted: wanted == container.service != "",
    lambda container, wanted: wanted in (container.stem, container.name.partition("_")[0]),
    lambda container, wanted: bool(_ID.match(wanted)) and container.number.startswith(wanted),
)


def _listing(running: Iterable[Container]) -> str:
    names = [
        container.name if container.short == container.name else f"{container.short} ({container.name})"
        for container in running
    ]
    there = f"running: {', '.join(sorted(names))}" if names else "none is running"
    return f"{there}; 'host' is this computer itself"


def _running(chosen: str | None, interruptible: Interruptible) -> list[Container]:
    """The containers of one engine, or of all that answer."""
    engines = [_words(chosen)] if chosen else [(name,) for name in ENGINES if shutil.which(name)]
    if not engines:
        names = f"{', '.join(ENGINES[:-1])} or {ENGINES[-1]}"
        raise HostServiceError("containers", f"no engine is installed here ({names})")
    answers = {engine: ask([*engine, "ps", "--format", "{{json .}}"], interruptible) for engine in engines}
    if all(answer.returncode for answer in answers.values()):
        problems = [f"{shlex.join(engine)}: {_problem(answer)}" for engine, answer in answers.items()]
        raise HostServiceError("containers", "; ".join(problems))
    return [
        container
        for engine, answer in answers.items()
        if not answer.returncode
        for container in _parse(engine, answer.out)
    ]


def _words(command: str) -> tuple[str, ...]:
    with contextlib.suppress(ValueError):  # a quotation mark is missing
        if words := shlex.split(command):
            return tuple(words)
    raise HostServiceError("containers", f"'{printable(command)}' is no command of an engine")


def _problem(answer: ProgramResult) -> str:
    advice = _DENIED if "permission denied" in answer.err else ""
    return printable(answer.problem, 500) + advice


def _parse(engine: tuple[str, ...], text: str) -> Iterator[Container]:
    """Reads a listing: an object a line from docker, one list of objects from podman."""
    try:
        is_list = text.lstrip().startswith("[")
        rows = json.loads(text) if is_list else [*map(json.loads, filter(str.strip, text.splitlines()))]
        for row in rows:
            names = row["Names"]
            name = names[0] if isinstance(names, list) else names.partition(",")[0]
            yield Container(engine, name, row.get("ID") or row.get("Id") or "", _service(row.get("Labels")))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise HostServiceError(
            shlex.join(engine), "lists its containers in a form that this kernel does not know"
        ) from None


def _service(labels: object) -> str:
    if isinstance(labels, str):  # docker's: name=value, separated by commas, which values may hold as well
        labels = dict(part.partition("=")[::2] for part in labels.split(","))
    known = labels if isinstance(labels, dict) else {}
    return next((str(known[label]) for label in _LABELS if known.get(label)), "")


def explain(container: Container, user: str | None, shell: str | None, said: str) -> HostServiceError | None:
    """Says why a container could not be entered.

    Args:
        container: which.
        user: whose rights were asked for.
        shell: what was to run the script; None when anything would have done.
        said: the last that the engine, or the script, has printed.

    Returns:
        The error; None when it was the script that failed.
    """
    problem = ""
    if user and re.search(r"unable to find user|no matching entries in passwd", said):
        problem = f"there is no user '{user}' in this container; without -u its own is taken"
    elif re.search(r'exec:? [`"]sh["`].*(not found|no such file)', said):
        problem = "there is no shell in this container"
    elif shell and re.search(rf"sh: .*{re.escape(shell)}: (not found|No such file)", said):
        problem = f"there is no shell '{shell}' in this container; without -s one is found"
    elif re.search(r"is not running|container state improper|is paused", said):
        problem = "it does not run any more, or it is paused"
    return HostServiceError(container.name, problem) if problem else None
