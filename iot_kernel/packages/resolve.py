"""Makes the list of files of packages: from their descriptions, versions and dependencies. Pure.

The caller hands in a function that reads a place. Dependencies follow the packages that were asked for, so
what a user says of a version goes before what a package says.
"""

from __future__ import annotations

import contextlib
import difflib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from iot_kernel.packages import mpy
from iot_kernel.packages.description import Description, PackageFile, parse_description, parse_index
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.references import IndexPackage, Reference, parse_dependency
from iot_kernel.packages.sources import DESCRIPTION, Hosted, Place, Web, describing, is_module, parse_place

PACKAGES_LIMIT = 50  # in one go; the deepest known tree of dependencies has about ten
FILES_LIMIT = 1000  # in one go, of all packages

_ELSEWHERE = "packages from elsewhere have addresses, such as github:OWNER/REPOSITORY"
_OLD_PREFIX = "micropython-"  # what packages were called on PyPI, before there was an index of their own

Read = Callable[[Place], bytes]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """For which board, from which index.

    Attributes:
        index: its address.
        mpy: the board's ``sys.implementation._mpy``; None for sources.
    """

    index: Web
    mpy: int | None = None

    def descriptions(self, name: str, version: str) -> Iterator[Web]:
        """Where an index may describe a package, best first: compiled for this board, then its source."""
        kinds = ["py"] if self.mpy is None else [str(mpy.version_of(self.mpy)), "py"]
        names = dict.fromkeys([name, name.removeprefix(_OLD_PREFIX)])
        for kind in kinds:
            yield from (
                self.index.inside(f"package/{kind}/{one}/{version or 'latest'}.json") for one in names
            )

    def file(self, digest: str) -> Web:
        """Where an index has a file."""
        return self.index.inside(f"file/{digest[:2]}/{digest}")

    @property
    def listing(self) -> Web:
        """Where an index lists its packages."""
        return self.index.inside("index.json")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A package that will be installed.

    Attributes:
        name: what people call it.
        version: empty where it has none.
        origin: where it comes from, for people.
    """

    name: str
    version: str
    origin: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that will be installed.

    Attributes:
        path: relative to the target directory.
        source: where it is.
        digest: the first hexadecimal digits of its SHA-256; empty where nobody says.
    """

    path: str
    source: Place
    digest: str = ""


@dataclass(slots=True)
class InstallPlan:
    """What will be installed, and what the user should know about it."""

    files: dict[str, File] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def resolve(
    references: Iterable[Reference], wanted: IndexQuery, read: Read, on_chosen: Callable[[Chosen], None]
) -> InstallPlan:
    """Finds out what has to be installed.

    Args:
        references: what the user asked for.
        wanted: for which board, from which index.
        read: fetches a description; raises `PackageNotFoundError` where there is none.
        on_chosen: called with each package as soon as it is known.

    Raises:
        PackageError: something does not exist, makes no sense or is too large.
    """
    resolver = _Resolver(wanted, read, on_chosen)
    resolver.run(references)
    _check_directories(resolver.plan.files)
    return resolver.plan


class _Resolver:
    def __init__(self, wanted: IndexQuery, read: Read, on_chosen: Callable[[Chosen], None]) -> None:
        self.plan = InstallPlan()
        self._wanted = wanted
        self._read = read
        self._on_chosen = on_chosen
        self._waiting: deque[tuple[Reference, str]] = deque()  # with who asked for it
        self._versions: dict[str, str] = {}

    def run(self, references: Iterable[Reference]) -> None:
        self._waiting.extend((reference, "") for reference in references)
        while self._waiting:
            reference, asker = self._waiting.popleft()
            if self._is_new(reference, asker):
                self._add(reference)

    def _is_new(self, reference: Reference, asker: str) -> bool:
        key, version = _identity(reference)
        if key not in self._versions:
            if len(self._versions) == PACKAGES_LIMIT:
                raise PackageError(
                    str(reference), f"this would be more than {PACKAGES_LIMIT} packages at once"
                )
            self._versions[key] = version
            return True
        known = self._versions[key]
        if version not in {"", known}:
            instead = f"{key}@{known}" if known else f"the latest {key}"
            self.plan.notes.append(f"{asker or 'you'} asked for {reference}; {instead} is installed")
        return False

    def _add(self, reference: Reference) -> None:
        if isinstance(reference, IndexPackage):
            self._add_named(reference)
        elif is_module(reference):
            self._on_chosen(Chosen(reference.name, _ref(reference), str(reference)))
            self._take(File(reference.name, reference), str(reference))
        else:
            self._add_described(reference)

    def _add_named(self, named: IndexPackage) -> None:
        place, data = self._look_up(named)
        description = parse_description(data, str(place))
        name = place.parent.name
        chosen = Chosen(name, description.version or named.version, str(self._wanted.index))
        if self._wanted.mpy is not None and place.parent.parent.name == "py":
            version = mpy.version_of(self._wanted.mpy)
            self.plan.notes.append(f"{name}: the index has no files for .mpy version {version}, only sources")
        self._add_content(chosen, description, place.parent, "")

    def _add_described(self, reference: Place) -> None:
        place = describing(reference)
        description = parse_description(self._read(place), str(place))
        name = place.parent.name if place.name == DESCRIPTION else place.name.removesuffix(".json")
        ref = _ref(reference)
        chosen = Chosen(name, description.version or ref, str(reference))
        self._add_content(chosen, description, place.parent, ref)

    def _add_content(self, chosen: Chosen, description: Description, directory: Place, ref: str) -> None:
        self._on_chosen(chosen)
        for item in description.items:
            if item.tag is None or (self._wanted.mpy is not None and mpy.fits(item.tag, self._wanted.mpy)):
                self._take(File(item.path, self._source(item, directory, ref), item.digest), chosen.name)
        for name, version in description.dependencies:
            self._waiting.append((parse_dependency(name, version), chosen.name))

    def _source(self, item: PackageFile, directory: Place, ref: str) -> Place:
        if item.digest:
            return self._wanted.file(item.digest)
        return parse_place(item.source, ref) or directory.inside(item.source)

    def _take(self, file: File, owner: str) -> None:
        known = self.plan.files.setdefault(file.path, file)
        if known != file:
            self.plan.notes.append(f"{owner} has another {file.path}; the one of {known.source} is installed")
        if len(self.plan.files) > FILES_LIMIT:
            raise PackageError(owner, f"more than {FILES_LIMIT} files at once")

    def _look_up(self, named: IndexPackage) -> tuple[Web, bytes]:
        for place in self._wanted.descriptions(named.name, named.version):
            with contextlib.suppress(PackageNotFoundError):  # it may be in the next place
                return place, self._read(place)
        raise PackageNotFoundError(str(named), self._advice(named))

    def _advice(self, named: IndexPackage) -> str:
        """Why the index may not have a package, and which others it has."""
        try:
            listing = parse_index(self._read(self._wanted.listing), str(self._wanted.listing))
        except PackageError:
            listing = {}
        missing = f"the index {self._wanted.index} has no such package"
        name = named.name if named.name in listing else named.name.removeprefix(_OLD_PREFIX)
        if listing.get(name):
            return f"the index has no such version of it; there are {', '.join(sorted(listing[name]))}"
        near = difflib.get_close_matches(name, listing, n=3)
        return f"{missing}; it has {', '.join(near)}" if near else f"{missing}; {_ELSEWHERE}"


def _identity(reference: Reference) -> tuple[str, str]:
    """What makes two references mean the same package, and its version."""
    if isinstance(reference, IndexPackage):
        return reference.name.removeprefix(_OLD_PREFIX), reference.version
    if isinstance(reference, Hosted):
        return str(replace(reference, ref="")), reference.ref
    return str(reference), ""


def _ref(place: Place) -> str:
    return place.ref if isinstance(place, Hosted) else ""


def _check_directories(files: Mapping[str, File]) -> None:
    for path in files:
        for parent in PurePosixPath(path).parents:
            if str(parent) in files:
                raise PackageError(str(files[path].source), f"{parent} cannot be a file and a directory")
