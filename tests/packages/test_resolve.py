"""From names to files, in a world that is a dictionary."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.references import parse_reference
from iot_kernel.packages.resolve import FILES_LIMIT, PACKAGES_LIMIT, IndexQuery, resolve
from iot_kernel.packages.sources import Local, Web

INDEX = "https://index/v2"
RAW = "https://raw.githubusercontent.com"
UNIX = 2822


class World:
    """Descriptions by their addresses; counts what is asked for."""

    def __init__(self):
        self.descriptions = {}
        self.asked = []

    def index(self, name, *, kind="py", version="1.0", hashes=(), deps=(), called="latest", urls=()):
        content = {"hashes": hashes, "deps": deps, "version": version, "urls": urls}
        self.descriptions[f"{INDEX}/package/{kind}/{name}/{called}.json"] = content

    def read(self, place):
        address = str(place) if isinstance(place, Local) else place.url
        self.asked.append(address)
        if address not in self.descriptions:
            raise PackageNotFoundError(address, "there is nothing at this address")
        return json.dumps(self.descriptions[address]).encode()

    def resolve(self, *texts, mpy=None):
        self.chosen = []
        wanted = IndexQuery(Web(INDEX), mpy)
        return resolve(map(parse_reference, texts), wanted, self.read, self.chosen.append)


@pytest.fixture
def world():
    return World()


def files(plan):
    return {path: getattr(file.source, "url", str(file.source)) for path, file in plan.files.items()}


def shown(world, *texts):
    """What is announced, of these references or of those before."""
    if texts:
        world.resolve(*texts)
    return [(chosen.name, chosen.version, chosen.origin) for chosen in world.chosen]


def test_a_package_of_the_index(world):
    world.index("urequests", hashes=[["urequests.py", "0123abcd"]], version="0.10")
    plan = world.resolve("urequests")
    assert files(plan) == {"urequests.py": f"{INDEX}/file/01/0123abcd"}
    assert plan.files["urequests.py"].digest == "0123abcd"
    assert shown(world) == [("urequests", "0.10", INDEX)]


def test_compiled_for_the_board(world):
    world.index("x", hashes=[["x.py", "00000000"]])
    world.index("x", kind="6", hashes=[["x.mpy", "11111111"]])
    assert list(files(world.resolve("x", mpy=UNIX))) == ["x.mpy"]
    assert list(files(world.resolve("x"))) == ["x.py"]


def test_sources_where_there_is_nothing_compiled_for_the_board(world):
    world.index("x", hashes=[["x.py", "00000000"]])
    plan = world.resolve("x", mpy=5)
    assert list(files(plan)) == ["x.py"]
    assert plan.notes == ["x: the index has no files for .mpy version 5, only sources"]


def test_a_version(world):
    world.index("x", version="0.5", called="0.5", hashes=[["x.py", "00000000"]])
    assert shown(world, "x@0.5") == [("x", "0.5", INDEX)]


def test_an_old_name(world):
    world.index("urequests", hashes=[["urequests.py", "00000000"]])
    world.index("user", deps=[["micropython-urequests", "latest"]])
    assert shown(world, "micropython-urequests", "user") == [
        ("urequests", "1.0", INDEX),
        ("user", "1.0", INDEX),
    ]


def test_a_name_that_really_begins_so(world):
    world.index("micropython-thing", hashes=[["thing.py", "00000000"]])
    assert shown(world, "micropython-thing") == [("micropython-thing", "1.0", INDEX)]


def test_dependencies(world):
    world.index("a", deps=[["b", "latest"], ["c", "1.0"]], hashes=[["a.py", "aaaaaaaa"]])
    world.index("b", deps=[["c", "latest"]], hashes=[["b.py", "bbbbbbbb"]])
    world.index("c", called="1.0", hashes=[["c.py", "cccccccc"]])
    plan = world.resolve("a")
    assert sorted(plan.files) == ["a.py", "b.py", "c.py"]
    assert [name for name, *_ in shown(world)] == ["a", "b", "c"]
    assert plan.notes == []


def test_what_depends_on_itself(world):
    world.index("a", deps=[["b", ""]])
    world.index("b", deps=[["a", "latest"], ["b", ""]])
    assert [name for name, *_ in shown(world, "a", "a")] == ["a", "b"]
    assert len(world.asked) == 2


def test_the_version_a_user_names_goes_first(world):
    world.index("a", deps=[["b", "2.0"]])
    world.index("b", called="1.0")
    plan = world.resolve("a", "b@1.0")
    assert shown(world) == [("a", "1.0", INDEX), ("b", "1.0", INDEX)]
    assert plan.notes == ["a asked for b@2.0; b@1.0 is installed"]


def test_a_repository(world):
    world.descriptions[f"{RAW}/o/r/v1/package.json"] = {
        "urls": [["r/a.py", "src/a.py"], ["b.py", "github:o/r/b.py"], ["c.py", "https://host/c.py"]],
        "deps": [["github:o/other", "main"], ["x", "latest"]],
        "version": "0.2",
    }
    world.descriptions[f"{RAW}/o/other/main/package.json"] = {"urls": [["o.py", "o.py"]]}
    world.index("x", kind="6", hashes=[["x.mpy", "00000000"]])
    plan = world.resolve("github:o/r@v1", mpy=UNIX)
    assert files(plan) == {
        "r/a.py": f"{RAW}/o/r/v1/src/a.py",
        "b.py": f"{RAW}/o/r/v1/b.py",
        "c.py": "https://host/c.py",
        "o.py": f"{RAW}/o/other/main/o.py",
        "x.mpy": f"{INDEX}/file/00/00000000",
    }
    assert shown(world) == [
        ("r", "0.2", "github:o/r@v1"),
        ("other", "main", "github:o/other@main"),
        ("x", "1.0", INDEX),
    ]


def test_a_repository_may_use_the_index_for_its_files(world):
    world.descriptions[f"{RAW}/o/r/HEAD/package.json"] = {"hashes": [["a.py", "0123abcd"]]}
    assert files(world.resolve("github:o/r")) == {"a.py": f"{INDEX}/file/01/0123abcd"}


@pytest.mark.parametrize(
    ("text", "path", "source"),
    [
        ("github:o/r/d/a.py@v1", "a.py", f"{RAW}/o/r/v1/d/a.py"),
        ("https://host/d/a.mpy", "a.mpy", "https://host/d/a.mpy"),
        ("/home/ann/a.py", "a.py", "/home/ann/a.py"),
    ],
)
def test_a_single_file(world, text, path, source):
    plan = world.resolve(text)
    assert files(plan) == {path: source}
    assert world.chosen[0].origin == text
    assert world.asked == []


def test_a_package_on_this_computer(world):
    world.descriptions["/home/ann/thing/package.json"] = {
        "urls": [["a.py", "src/a.py"], ["b.py", "https://host/b.py"]],
        "version": "dev",
    }
    plan = world.resolve("/home/ann/thing")
    assert files(plan) == {"a.py": "/home/ann/thing/src/a.py", "b.py": "https://host/b.py"}
    assert shown(world) == [("thing", "dev", "/home/ann/thing")]


def test_a_description_with_another_name(world):
    world.descriptions["https://host/x/extra.json"] = {"urls": []}
    assert shown(world, "https://host/x/extra.json") == [("extra", "", "https://host/x/extra.json")]


def test_files_for_some_boards_only(world):
    world.descriptions["https://host/package.json"] = {
        "urls": [
            ["m.py", "m.py"],
            ["m_native.mpy", "x64.mpy", UNIX],
            ["m_native.mpy", "armv6m.mpy", 6 | 3 << 8 | 4 << 10],
        ]
    }
    assert files(world.resolve("https://host", mpy=UNIX))["m_native.mpy"] == "https://host/x64.mpy"
    assert sorted(files(world.resolve("https://host"))) == ["m.py"]


def test_two_packages_with_the_same_file(world):
    world.index("a", hashes=[["p/__init__.py", "00000000"], ["p/a.py", "aaaaaaaa"]])
    world.index("b", hashes=[["p/__init__.py", "00000000"], ["p/a.py", "bbbbbbbb"]])
    plan = world.resolve("a", "b")
    assert files(plan)["p/a.py"].endswith("aaaaaaaa")
    assert plan.notes == [f"b has another p/a.py; the one of {INDEX}/file/aa/aaaaaaaa is installed"]


def test_a_file_that_is_a_directory(world):
    world.index("a", hashes=[["p", "00000000"], ["p/a.py", "aaaaaaaa"]])
    with pytest.raises(PackageError, match="p cannot be a file and a directory"):
        world.resolve("a")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("urequest", "has no such package; it has urequests"),
        ("micropython-urequest", "has no such package; it has urequests"),
        ("xyzzy", "packages from elsewhere have addresses"),
        ("urequests@9", "no such version of it; there are 0.9, 1.0"),
        ("micropython-urequests@9", "no such version of it; there are 0.9, 1.0"),
    ],
)
def test_what_the_index_does_not_have(world, text, problem):
    world.index("urequests")
    world.descriptions[f"{INDEX}/index.json"] = {
        "packages": [{"name": "urequests", "versions": {"py": ["0.9", "1.0"]}}, {"name": "logging"}]
    }
    with pytest.raises(PackageNotFoundError, match=problem) as caught:
        world.resolve(text)
    assert caught.value.package == text


def test_an_index_without_a_list(world):
    with pytest.raises(PackageNotFoundError, match="has no such package"):
        world.resolve("x")


def test_too_many_packages(world):
    for number in range(PACKAGES_LIMIT + 1):
        world.index(f"p{number}", deps=[[f"p{number + 1}", ""]])
    with pytest.raises(PackageError, match="more than 50 packages"):
        world.resolve("p0")
    assert len(world.asked) == PACKAGES_LIMIT


def test_too_many_files(world):
    for name in "abc":
        world.index(name, hashes=[[f"{name}{number}.py", "00000000"] for number in range(FILES_LIMIT // 2)])
    with pytest.raises(PackageError, match="more than 1000 files"):
        world.resolve("a", "b", "c")


@pytest.mark.parametrize("source", ["file:///etc/passwd", "ftp://host/x", "github:o", "../../../x"])
def test_sources_that_are_refused(world, source):
    world.descriptions[f"{RAW}/o/r/HEAD/package.json"] = {"urls": [["x.py", source]]}
    with pytest.raises(PackageError):
        world.resolve("github:o/r")


@pytest.mark.parametrize("name", ["./x.py", "/etc/passwd", "~/x.json", "-x", ""])
def test_dependencies_that_are_refused(world, name):
    world.index("a", deps=[[name, ""]])
    with pytest.raises(PackageError):
        world.resolve("a")


NAMES = st.sampled_from(["a", "b", "c", "d"])
CONTENTS = st.fixed_dictionaries(
    {
        "hashes": st.lists(
            st.tuples(st.sampled_from(["x.py", "y/z.py", "w.py"]), st.just("00000000")), max_size=3
        ),
        "deps": st.lists(st.tuples(NAMES, st.sampled_from(["", "latest", "1.0"])), max_size=4),
    }
)


@given(st.dictionaries(NAMES, CONTENTS), st.lists(NAMES, min_size=1, max_size=5))
def test_any_net_of_dependencies_ends(packages, wanted):
    world = World()
    for name, content in packages.items():
        for called in ("latest", "1.0"):
            world.index(name, called=called, **content)
    try:
        world.resolve(*wanted)
    except PackageNotFoundError:
        assert set(packages) != {"a", "b", "c", "d"}
        return
    names = [chosen.name for chosen in world.chosen]
    assert len(names) == len(set(names))
    assert set(wanted) <= set(names)
