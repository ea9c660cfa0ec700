"""What is planned, as small tables: what the host has, what the board has, what is to be done."""

from dataclasses import dataclass, field

import pytest

from iot_kernel.errors import ConfigError
from iot_kernel.sync.plan import plan
from tests.each import each
from tests.sync.memory import MemoryBoard, host_tree, rules


@dataclass
class Case:
    says: str
    host: str
    board: str
    plan: str
    excludes: tuple = ("boot_out.txt",)
    mirrored: tuple = ("/",)
    mounts: tuple = ()
    modules: tuple = ()
    missing: tuple = ()
    upload_only: bool = False
    blocked: tuple = ()
    notes: tuple = ()
    more: dict = field(default_factory=dict)


CASES = [
    Case(
        "the same on both sides",
        host="/main.py=1 /lib/a.py=2",
        board="/main.py=1 /lib/a.py=2",
        plan="",
    ),
    Case(
        "new, different and gone",
        host="/main.py=new /lib/a.py=2",
        board="/main.py=old /lib/b.py=2",
        plan="DELETE /lib/b.py, ADD /lib/a.py, UPDATE /main.py",
    ),
    Case(
        "the same size, but another content",
        host="/main.py=12",
        board="/main.py=21",
        plan="UPDATE /main.py",
    ),
    Case(
        "an empty board",
        host="/main.py=1 /lib/a/b.py=2 /data/=",
        board="",
        plan="ADD /data/, ADD /lib/a/b.py, ADD /main.py",
    ),
    Case(
        "a directory goes after what is in it",
        host="/main.py=1",
        board="/main.py=1 /old/sub/b.py=1 /old/a.py=2 /old.py=3",
        plan="DELETE /old/sub/b.py, DELETE /old/sub/, DELETE /old/a.py, DELETE /old/, DELETE /old.py",
    ),
    Case(
        "an empty directory that the host has as well stays",
        host="/main.py=1 /data/=",
        board="/main.py=1 /data/= /rest/=",
        plan="DELETE /rest/",
    ),
    Case(
        "what a pattern covers stays, with its directory and all beneath",
        host="/main.py=1",
        board="/main.py=1 /boot_out.txt=x /data/log.csv=1 /data/2021/log.csv=2 /rest.csv=3",
        excludes=("boot_out.txt", "/data"),
        plan="DELETE /rest.csv",
    ),
    Case(
        "a directory stays for the sake of one excluded file",
        host="/main.py=1",
        board="/main.py=1 /old/a.py=1 /old/deep/keep.txt=1",
        excludes=("keep.txt",),
        plan="DELETE /old/a.py",
    ),
    Case(
        "names that begin with a dot stay, and so does what they are in",
        host="/main.py=1",
        board="/main.py=1 /.env=1 /.git/config=1 /old/.keep=1 /old/a.py=1",
        plan="DELETE /old/a.py",
    ),
    Case(
        "passwords for the network stay",
        host="/main.py=1",
        board="/main.py=1 /webrepl_cfg.py=x /settings.toml=x",
        plan="",
    ),
    Case(
        "mount points and what is in other file systems stay",
        host="/main.py=1",
        board="/main.py=1 /sd/song.wav=1 /flash/= /a.py=1",
        mounts=("/sd", "/flash"),
        plan="DELETE /a.py",
    ),
    Case(
        "a file system that is mirrored itself",
        host="/flash/main.py=1",
        board="/flash/main.py=2 /flash/lib/state.py=1 /sd/song.wav=1",
        mirrored=("/flash",),
        mounts=("/sd", "/flash"),
        plan="DELETE /flash/lib/state.py, DELETE /flash/lib/, UPDATE /flash/main.py",
    ),
    Case(
        "nothing is deleted outside of the mirrored directories",
        host="/lib/a.py=1 /main.py=2",
        board="/lib/b.py=1 /boot.py=1 /library.py=1 /old/=",
        mirrored=("/lib",),
        plan="DELETE /lib/b.py, ADD /lib/a.py, ADD /main.py",
    ),
    Case(
        "a mirrored directory is not deleted itself",
        host="/main.py=1",
        board="/main.py=1 /lib/b.py=1",
        mirrored=("/lib",),
        plan="DELETE /lib/b.py",
    ),
    Case(
        "a file becomes a directory",
        host="/x/a.py=1",
        board="/x=file",
        plan="DELETE /x, ADD /x/a.py",
    ),
    Case(
        "a directory becomes a file",
        host="/x=file",
        board="/x/a.py=1 /x/b/=",
        plan="DELETE /x/b/, DELETE /x/a.py, DELETE /x/, ADD /x",
    ),
    Case(
        "a directory cannot become a file while something in it is protected",
        host="/x=file /y=1",
        board="/x/.keep=1 /x/a.py=1",
        plan="DELETE /x/a.py, ADD /y",
        blocked=("/x: /x/ is a directory on the board, and must not be deleted",),
    ),
    Case(
        "a file cannot become a directory while it is protected",
        host="/data/a.py=1",
        board="/data=1",
        excludes=("/data",),
        plan="",
        blocked=("/data/a.py: /data is a file on the board, and must not be deleted",),
    ),
    Case(
        "upload only",
        host="/a.py=1 /x/b.py=1 /y/=",
        board="/old.py=1 /x=1 /y=1",
        upload_only=True,
        plan="ADD /a.py",
        blocked=(
            "/x/b.py: /x is a file on the board, and must not be deleted",
            "/y: /y is a file on the board, and must not be deleted",
        ),
    ),
    Case(
        "nothing is deleted while a source is missing",
        host="/a.py=1",
        board="/old.py=1 /lib/b.py=1 /main.py.~iot=x",
        missing=("'lib' is not there",),
        plan="ADD /a.py",
        more={"kept": 4},
    ),
    Case(
        "what broken transfers left is removed",
        host="/a.py=1",
        board="/a.py=1 /b.py.~iot=x /data/c.~iot=x /.d.~iot=x /sd/e.~iot=x",
        excludes=("/data",),
        mounts=("/sd",),
        plan="DELETE /b.py.~iot",
    ),
    Case(
        "what a broken transfer of one of these files left is removed anywhere",
        host="/main.py=1",
        board="/main.py=1 /main.py.~iot=x /other.py.~iot=x",
        mirrored=(),
        plan="DELETE /main.py.~iot",
    ),
    Case(
        "a compiled module takes the place of its source, anywhere",
        host="/x.mpy=M1",
        board="/x.py=1 /y.py=1",
        modules=("/x.mpy",),
        mirrored=(),
        plan="DELETE /x.py, ADD /x.mpy",
    ),
    Case(
        "a source that stays is imported rather than its compiled form",
        host="/x.mpy=M1",
        board="/x.py=1 /x.mpy=M1",
        modules=("/x.mpy",),
        upload_only=True,
        plan="",
        notes=("/x.py stays on the board, which imports it rather than its compiled form",),
    ),
    Case(
        "a board without hashlib",
        host="/a.py=1 /b.py=1",
        board="/a.py=1",
        plan="ADD /b.py",
        notes=("compared by size and crc32: this board's firmware has no hashlib",),
        more={"algorithm": "crc32"},
    ),
]


def lines(planned):
    steps = [("DELETE", planned.deletes), ("ADD", planned.adds), ("UPDATE", planned.updates)]
    return ", ".join(f"{verb} {path}" for verb, paths in steps for path in paths)


@each("case", CASES)
def test_plan(case):
    board = MemoryBoard(case.board, mounts=case.mounts, algorithm=case.more.get("algorithm", "sha256"))
    host = host_tree(case.host, missing=case.missing, modules=case.modules)
    planned = plan(
        host,
        board.tree(digest_sizes=host.sizes),
        rules(*case.excludes, mirrored=case.mirrored),
        upload_only=case.upload_only,
    )
    assert lines(planned) == case.plan
    assert planned.is_empty is (case.plan == "")
    assert planned.blocked == case.blocked
    assert planned.notes == case.notes
    assert planned.missing == case.missing
    assert planned.kept == case.more.get("kept", 0)
    written = [path for path in (*planned.adds, *planned.updates) if not path.endswith("/")]
    assert list(planned.contents) == written
    assert planned.size == sum(len(host.files[path].data) for path in written)


def test_a_flat_board_takes_flat_files():
    board = MemoryBoard("/a.py=1", is_flat=True).tree(digest_sizes={1})
    assert lines(plan(host_tree("/a.py=2 /b.py=1"), board, rules())) == "ADD /b.py, UPDATE /a.py"


@pytest.mark.parametrize("host", ["/lib/a.py=1", "/lib/="])
def test_a_flat_board_takes_no_directories(host):
    board = MemoryBoard(is_flat=True).tree()
    with pytest.raises(ConfigError, match=r"boards\.yaml.*/lib.* this board's file system has n"):
        plan(host_tree(host), board, rules())


def test_a_digest_that_a_board_does_not_tell_is_no_match():
    board = MemoryBoard("/a.py=1").tree(digest_sizes=())
    assert lines(plan(host_tree("/a.py=1"), board, rules())) == "UPDATE /a.py"
