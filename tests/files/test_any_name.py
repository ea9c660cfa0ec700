"""Any name and any content survive the way to a board and back, by every way there is."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_kernel.device.device import Device
from iot_kernel.files.paths import is_temporary
from iot_kernel.files.tree import digest
from tests.real_boards import kinds

pytestmark = pytest.mark.board

AWKWARD = [
    *(
        "a b",
        " ",
        "-rf",
        "--",
        "'",
        '"',
        "'\"",
        "\\",
        "\\x00",
        "{}",
        "%s",
        "$HOME",
        "*",
        "?",
        "[a]",
        "#",
        ";",
        ":",
    ),
    *("\n", "\r\n", "\t", "\x03", "\x04", "\x1b[31m", "\x1e", "\x1f", "\x85", "\u202e", "\ufeff", "e\u0301"),
    *("é", "日本", "😀", "ﬃ", "x" * 80, "...", "~", "import", "PATH", "NONCE"),
]

#: Names that the file systems of computers allow, too; the awkward ones more often.
names = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(AWKWARD),
).filter(lambda name: name not in {".", ".."} and len(name.encode()) <= 160 and not is_temporary(name))
contents = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda piece, times: piece * times, st.binary(min_size=1, max_size=20), st.integers(0, 2000)),
)
a_few = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
one_or_two = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)


@pytest.fixture(scope="module")
def virtual(tmp_path_factory):
    """A virtual board for many examples."""
    with kinds.unix(tmp_path_factory.mktemp("board") / "disk") as board:
        device = Device(board.url)
        device.open()
        device.directory = board.directory
        yield device
        device.close()


@pytest.fixture(scope="module")
def other(request, microbit_process, wasm_process):
    """The other boards, for a few examples each."""
    process = {"microbit": microbit_process, "wasm": wasm_process}[request.param]
    process.renew()
    device = Device(process.url)
    device.open()
    yield device
    device.close()


def check_there_and_back(files, path, content):
    files.write(path, content)
    assert files.read(path) == content
    tree = files.tree(digest_sizes={len(content)})
    assert tree.files[path].size == len(content)
    assert tree.files[path].digest == digest(content, tree.algorithm)
    assert not tree.leftovers
    assert files.stat(path).size == len(content)


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
class TestVirtualBoard:
    @given(directories=st.lists(names, max_size=3), name=names, content=contents)
    @a_few
    def test_there_and_back(self, virtual, fast, directories, name, content):
        files = virtual.files
        files._is_fast = fast
        path = "/" + "/".join([*directories, name])
        check_there_and_back(files, path, content)
        assert (virtual.directory / path[1:]).read_bytes() == content
        files.remove(path)
        if directories:
            files.remove_tree(f"/{directories[0]}")
        assert not any(virtual.directory.iterdir())

    @given(tree=st.dictionaries(names, contents, max_size=6), prefix=names)
    @a_few
    def test_several(self, virtual, fast, tree, prefix):
        files = virtual.files
        files._is_fast = fast
        wanted = {f"/{prefix}/{name}": content for name, content in tree.items()}
        files.write_files(wanted)
        found = files.tree().files
        assert list(found) == sorted(wanted)
        assert files.read_files(list(wanted)) == list(wanted.values())
        files.remove_files(list(wanted))
        if wanted:
            files.remove_directories([f"/{prefix}"])
        assert not any(virtual.directory.iterdir())


@pytest.mark.parametrize("other", ["microbit", "wasm"], indirect=True)
@given(name=names.filter(lambda name: len(name.encode()) <= 80), content=st.binary(max_size=300))
@one_or_two
def test_other_boards(other, name, content):
    check_there_and_back(other.files, f"/{name}", content)
    other.files.remove(f"/{name}")
