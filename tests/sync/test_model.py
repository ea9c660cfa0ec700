"""A model of %rsync: whatever is on either side, whatever the patterns say, wherever the plug is pulled,

- nothing changes but what the plan says, and what the plan says is what is wanted;
- nothing that is excluded, hidden, mounted or outside of the mirrored directories is deleted;
- each file is the old one or the new one at any time;
- running again completes, and running once more does nothing.
"""

from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from iot_kernel.errors import ConnectionLostError
from iot_kernel.files.paths import is_temporary, temporary
from iot_kernel.sync.apply import apply
from iot_kernel.sync.patterns import Excludes
from iot_kernel.sync.plan import plan
from iot_kernel.sync.rules import Rules
from iot_kernel.sync.tree import HostFile, HostTree
from tests.sync.memory import MemoryBoard

COMMON = [
    "a",
    "b",
    "a.py",
    "data",
    "sd",
    ".env",
    "webrepl_cfg.py",
    "-rf",
    "it's",
    'say "x"',
    "ü 🐍",
    "new\nline",
    "[a]",
    "*",
]
names = st.one_of(
    st.sampled_from(COMMON),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=3),
).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
contents = st.sampled_from([b"", b"1", b"2", b"12345", b"54321"])
patterns = st.one_of(st.sampled_from(COMMON), paths, st.text("a*?[]!/.", max_size=4))


def prefixes(path):
    """The directories that a path is in, and itself."""
    parts = path.split("/")
    return ["/".join(parts[: end + 1]) for end in range(1, len(parts))]


def is_excluded(path, pattern):
    """What the documentation says of a pattern, written down as directly as possible."""
    while pattern.startswith("./"):
        pattern = pattern[2:]
    is_anchored, pattern = pattern.startswith("/"), pattern.rstrip("/")
    if is_anchored:
        return any(fnmatchcase(prefix, pattern or "/") for prefix in ["/", *prefixes(path)])
    if pattern in {"", "."}:
        return False
    return any(fnmatchcase(prefix, f"*/{pattern}") for prefix in ["/", *prefixes(path)])


class Synchronising(RuleBasedStateMachine):
    """Both sides change at will, and are synchronised now and then."""

    @initialize(
        excludes=st.lists(patterns, max_size=2),
        mirrored=st.sets(st.one_of(st.just("/"), st.sampled_from(["/a", "/data", "/sd"])), max_size=2),
        mounts=st.sampled_from([(), ("/sd",)]),
    )
    def begin(self, excludes, mirrored, mounts):
        self.excludes = excludes
        self.mirrored = mirrored
        self.host = {}
        self.empty_directories = set()
        self.board = MemoryBoard(mounts=mounts)

    # What users do on either side

    @rule(path=paths, data=contents)
    def host_writes(self, path, data):
        if any(name.startswith(".") for name in path.split("/")) or is_temporary(path):
            return  # never read
        if any(path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in self.host):
            return  # one of them would have to be a file and a directory
        if any(is_excluded(path, pattern) for pattern in self.excludes):
            return
        self.host[path] = data

    @precondition(lambda self: self.host)
    @rule(data=st.data())
    def host_removes(self, data):
        del self.host[data.draw(st.sampled_from(sorted(self.host)))]

    @rule(path=paths, data=contents)
    def board_writes(self, path, data):
        if (
            any(prefix in self.board.files for prefix in prefixes(path)[:-1])
            or path in self.board.directories
        ):
            return
        self.board.files[path] = data
        self.board.directories |= set(prefixes(path)[:-1])

    @rule(path=paths)
    def board_makes_a_directory(self, path):
        if not any(prefix in self.board.files for prefix in prefixes(path)):
            self.board.directories |= set(prefixes(path))

    @rule(path=paths)
    def a_transfer_broke_off(self, path):
        if not any(prefix in self.board.files for prefix in prefixes(path)[:-1]):
            self.board.directories |= set(prefixes(path)[:-1])
            self.board.files[temporary(path)] = b"part"

    # Synchronising

    def plan(self, *, upload_only=False, missing=()):
        files = {path: HostFile(Path("/host"), data) for path, data in sorted(self.host.items())}
        rules = Rules(frozenset(self.mirrored), (("/", Excludes(self.excludes)),))
        sizes = {len(data) for data in self.host.values()}
        tree = HostTree(files, frozenset(), missing)
        return plan(tree, self.board.tree(digest_sizes=sizes), rules, upload_only=upload_only)

    @rule(upload_only=st.booleans())
    def look(self, upload_only):
        before = self.board.state()
        self.plan(upload_only=upload_only)
        assert self.board.state() == before

    @rule(upload_only=st.booleans(), missing=st.sampled_from([(), ("lib",)]))
    def synchronise(self, upload_only, missing):
        files, directories = self.board.state()
        planned = self.plan(upload_only=upload_only, missing=missing)
        assert apply(planned, self.board) == []
        self.check_plan(planned, files, directories)
        self.check_nothing_else(planned, files, directories)
        if upload_only or missing:
            assert not planned.deletes
        else:
            self.check_mirrored()
        again = self.plan(upload_only=upload_only, missing=missing)
        assert again.is_empty
        assert again.blocked == planned.blocked

    @rule(upload_only=st.booleans(), steps=st.integers(0, 12))
    def synchronise_until_the_plug_is_pulled(self, upload_only, steps):
        files, directories = self.board.state()
        planned = self.plan(upload_only=upload_only)
        self.board.steps_left = steps
        with suppress(ConnectionLostError):
            apply(planned, self.board)
        self.board.steps_left = None
        for path in {*files, *self.board.files}:
            if path not in {temporary(written) for written in planned.contents}:
                now, old = self.board.files.get(path), files.get(path)
                new = None if path in planned.deletes else planned.contents.get(path, old)
                assert now in (old, new), path
        for path in directories - self.board.directories:
            assert f"{path}/" in planned.deletes
        self.synchronise(upload_only, ())

    # What has to be true then

    def may_go(self, path):
        """Whether the board's file or directory is one that may be deleted at all."""
        hidden = any(name.startswith(".") for name in path.split("/"))
        excluded = any(is_excluded(path, pattern) for pattern in self.excludes)
        mirrored = [
            top
            for top in self.mirrored
            if path.startswith(top.rstrip("/") + "/")
            and not any(mount in prefixes(path) and mount not in prefixes(top) for mount in self.board.mounts)
        ]
        return (
            mirrored
            and not hidden
            and not excluded
            and not path.endswith(("/webrepl_cfg.py", "/settings.toml"))
        )

    def check_plan(self, planned, files, directories):
        on_the_way = {temporary(path) for path in self.host}
        for path in planned.deletes:
            assert path.rstrip("/") in (directories if path.endswith("/") else files)
            assert self.may_go(path.rstrip("/")) or path in on_the_way, path
            assert path not in self.host
        for path, data in planned.contents.items():
            assert self.host[path] == data != files.get(path)
        blocked = {text.partition(": ")[0] for text in planned.blocked}
        assert len(blocked) + len(planned.contents) + self.count_same() >= len(self.host)

    def count_same(self):
        return sum(self.board.files.get(path) == data for path, data in self.host.items())

    def check_nothing_else(self, planned, files, directories):
        gone = {*planned.deletes, *map(temporary, planned.contents)}
        expected = {path: data for path, data in files.items() if path not in gone}
        assert self.board.files == expected | dict(planned.contents)
        kept = {path for path in directories if f"{path}/" not in planned.deletes}
        made = {prefix for path in planned.contents for prefix in prefixes(path)[:-1]}
        assert self.board.directories == kept | made

    def check_mirrored(self):
        """What is left that the host has not, may not be deleted."""
        for path in self.board.files:
            assert path in self.host or not self.may_go(path), path

    @invariant()
    def the_board_has_a_sound_file_system(self):
        if hasattr(self, "board"):
            for path in self.board.files:
                assert set(prefixes(path)[:-1]) <= self.board.directories
                assert path not in self.board.directories


Synchronising.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
TestSynchronising = Synchronising.TestCase
