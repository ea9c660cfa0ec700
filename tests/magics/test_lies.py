"""What a board tells writes nothing outside of a target, fills nothing, and reaches no terminal raw."""

import pytest

from iot_kernel.files import tree
from iot_kernel.files.errors import TooMuchError
from tests.files.liar import lie

pytestmark = pytest.mark.board


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The current directory of this computer; beside it is a file that nobody is to change."""
    place = tmp_path / "around/place"
    place.mkdir(parents=True)
    (tmp_path / "around/precious").write_text("precious")
    monkeypatch.chdir(place)
    return place


def inside(place):
    """All that is around the current directory, which is what was there but for this directory's own."""
    around = place.parent
    assert sorted(path.name for path in around.iterdir()) == ["place", "precious"]
    assert (around / "precious").read_text() == "precious"
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))


LIES = ["../evil.txt", "../../x", "/", "", "..", "a/b", "a\0b"]
ODD = ["x\\..\\y", "C:evil", "a:b", "\\\\server\\x"]


@pytest.mark.parametrize("name", [*LIES, *ODD])
@pytest.mark.parametrize(
    "cell", ["%cp -r :/lie t", "%cp -r :/lie .", "%cp -r :/lie/ new/t", "%cp :/lie/* .", "%cp -r :/lie/* t/"]
)
def test_names_are_refused_and_nothing_is_written(bit, place, name, cell):
    bit.run(lie(["fine.txt", name]))
    (place / "t").mkdir()
    with pytest.raises(OSError, match=r"no name of a file|not safe on this computer") as caught:
        bit.run(cell)
    assert "lie" in caught.value.filename
    assert inside(place) == ["t"]


@pytest.mark.parametrize("name", ODD[1:3])
def test_what_is_refused_can_be_copied_alone_and_listed(bit, place, name):
    bit.run(lie([name]))
    bit.run(f"%cp :'/lie/{name}' other.txt")
    assert (place / "other.txt").read_bytes() == b"lie"
    assert name in bit.run("%rlist /lie")
    assert name in bit.run("%ls /lie")


@pytest.mark.parametrize(
    ("link", "leads", "cell"),
    [
        ("t/lie/main.py", "../../precious", "%cp -r :/lie t"),
        ("t/lie/main.py", "../../../precious", "%cp -r :/lie t"),
        ("t/lie", "../..", "%cp -r :/lie t"),
        ("t/main.py", "../../precious", "%cp :/lie/*.py t"),
        ("t/main.py", "../../precious", "%cp :/lie/main.py t/"),
        ("main.py", "../precious", "%cp :/lie/main.py ."),
        ("main.py", "../nowhere", "%cp :/lie/main.py ."),
    ],
)
def test_links_that_stand_in_the_target_are_not_followed(bit, place, link, leads, cell):
    bit.run(lie(["aaa.py", "main.py"]))
    (place / "t").mkdir()
    (place / link).parent.mkdir(exist_ok=True)
    (place / link).symlink_to(leads)
    before = inside_link_free(place)
    with pytest.raises(PermissionError, match="a link there leads out of"):
        bit.run(cell)
    assert inside_link_free(place) == before


def inside_link_free(place):
    around = place.parent
    assert (around / "precious").read_text() == "precious"
    return sorted(path.relative_to(around).as_posix() for path in around.rglob("*"))


def test_a_link_that_is_named_is_followed(bit, place):
    bit.run(lie(["main.py"]))
    (place / "real").mkdir()
    (place / "t").symlink_to("real")
    (place / "inner").symlink_to("real/inner.py")
    bit.run("%cp -r :/lie t")
    bit.run("%cp :/lie/main.py inner")
    assert inside(place) == ["inner", "real", "real/inner.py", "real/lie", "real/lie/main.py", "t"]


@pytest.mark.parametrize(
    "cell", ["%rlist /lie", "%ls /lie", "%cp -r :/lie t", "%cp :/lie/*x .", "%ls /lie/*"]
)
def test_listings_without_end_are_ended(bit, place, cell, monkeypatch):
    monkeypatch.setattr(tree, "MOST_ENTRIES", 20_000)
    bit.run(lie(endless=True))
    with pytest.raises(TooMuchError, match="listing its files: the board sent more than 20000 entries"):
        bit.run(cell)
    assert bit.run("print(1+1)") == "2\n"
    assert inside(place) == []


@pytest.mark.parametrize("cell", ["%rlist", "%rlist /lie", "%cp -r :/lie t", "%cp -r :/ t"])
def test_a_directory_in_itself(bit, place, cell):
    bit.run(lie(["loop"]))
    with pytest.raises(TooMuchError, match="levels deep"):
        bit.run(cell)
    assert inside(place) == []


@pytest.mark.parametrize("cell", ["%rdiff", "%rsync", "%rsync -u"])
@pytest.mark.parametrize("names", [["../evil.txt"], ["loop"], ["a/b"]])
def test_nothing_is_synchronised_with_a_board_that_lies(bit, board, devices, unix, cell, names):
    source = devices.parent / "iot_projects/libs"
    source.mkdir(parents=True)
    (source / "main.py").write_text("new")
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n  resources:\n    - libs\n")
    (unix.directory / "main.py").write_text("old")
    (unix.directory / "other.py").write_text("kept")
    bit.run(lie(names))
    with pytest.raises((OSError, TooMuchError), match=r"no name of a file|levels deep"):
        bit.run(cell)
    assert {path.name: path.read_text() for path in unix.directory.iterdir()} == {
        "main.py": "old",
        "other.py": "kept",
    }


RED = "\x1b[31mred\x07\x9b31m\u202e"


def test_control_characters_in_names_reach_no_terminal(bit, place):
    bit.run(lie([RED, "a"]))
    for cell in ("%ls /lie", "%rlist /lie", "%rlist", "%ls /lie/* /", "%ls /lie/*red*"):
        check_plain(bit.run(cell))


def test_control_characters_in_directories_reach_no_terminal(bit, unix):
    (unix.directory / f"{RED}d").mkdir()
    (unix.directory / f"{RED}d/x").touch()
    for cell in ("%ls", "%rlist", "%ls /*d /"):
        check_plain(bit.run(cell))


def check_plain(said):
    assert "red" in said
    assert "\x1b[31mred" not in said
    assert not set(said) & {"\x07", "\x9b", "\u202e"}
