"""What package.json may say, and what nobody believes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.packages.description import (
    FILES_LIMIT,
    Description,
    PackageFile,
    parse_description,
    parse_index,
    safe_path,
)
from iot_kernel.packages.errors import PackageError
from tests.each import each

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def parse(**content):
    return parse_description(json.dumps(content).encode(), "https://host/package.json")


def test_of_the_index():
    found = parse(v=1, hashes=[["aioble/server.mpy", "e39dbf64"]], deps=[["ssl", "latest"]], version="0.1")
    assert found == Description(
        "0.1", (PackageFile("aioble/server.mpy", digest="e39dbf64"),), (("ssl", "latest"),)
    )


def test_of_a_repository():
    found = parse(urls=[["a.py", "lib/a.py"], ["m.mpy", "https://host/m.mpy", 2822]], version="0.2")
    assert found.items == (
        PackageFile("a.py", source="lib/a.py"),
        PackageFile("m.mpy", source="https://host/m.mpy", tag=2822),
    )


def test_what_may_be_left_out():
    assert parse() == Description("", (), ())
    assert parse(urls=None, hashes=None, deps=None, version=None) == Description("", (), ())
    assert parse(deps=["a", ["b"], ["c", None], ["d", "1"]]).dependencies == (
        ("a", ""),
        ("b", ""),
        ("c", ""),
        ("d", "1"),
    )


@each(
    ("text", "tidy"),
    [
        ("a.py", "a.py"),
        ("a/b.py", "a/b.py"),
        ("./a.py", "a.py"),
        ("a//b.py", "a/b.py"),
        ("a b'\".py", "a b'\".py"),
    ],
)
def test_paths(text, tidy):
    assert safe_path(text) == tidy


@each(
    "text",
    [
        "../a.py",
        "a/../b.py",
        "/a.py",
        "/",
        "",
        ".",
        "..",
        "a/",
        "a\\b.py",
        "C:evil.py",
        "a/b:c.py",
        "a\0b",
        "a\nb.py",
        "x" * 300,
        None,
        1,
        ["a"],
    ],
)
def test_paths_that_lead_out_or_are_none(text):
    assert safe_path(text) is None
    for key, source in (("urls", "x.py"), ("hashes", "e39dbf64")):
        with pytest.raises(PackageError, match="outside of the target directory"):
            parse(**{key: [[text, source]]})


@given(st.text())
def test_no_path_leads_out(text):
    path = safe_path(text)
    assert path is None or not (path.startswith("/") or ".." in path.split("/") or "\0" in path)


@each(
    ("data", "problem"),
    [
        (b"", "this should be JSON, and is not"),
        (b"\xff\xfe{", "should be JSON"),
        (b"[" * 100_000, "should be JSON"),
        (b"<!DOCTYPE html><html>", r"is not \(it is a web page\)"),
        (b"1" * 5000, "should be JSON"),
        (b"[]", "does not describe a package"),
        (b'{"urls": {}, "hashes": 3}', "'hashes' should be a list"),
        (b'{"urls": "abc"}', "'urls' should be a list"),
        (b'{"urls": [["a.py"]]}', "should list pairs, and has"),
        (b'{"urls": ["a.py", "b.py"]}', "should list pairs"),
        (b'{"urls": [["a.py", "b.py", "c"]]}', "should list pairs"),
        (b'{"urls": [["a.py", 3]]}', "should list pairs"),
        (b'{"hashes": [["a.py", "../../x"]]}', "is no SHA-256"),
        (b'{"hashes": [["a.py", "ABCDEF01"]]}', "is no SHA-256"),
        (b'{"hashes": [["a.py", "abc"]]}', "is no SHA-256"),
        (b'{"deps": [1]}', "'deps' should list names and versions"),
        (b'{"deps": [["a", 1]]}', "'deps' should list names and versions"),
        (json.dumps({"urls": [["a", "b"]] * (FILES_LIMIT + 1)}).encode(), "at most 500 entries"),
    ],
)
def test_what_describes_no_package(data, problem):
    with pytest.raises(PackageError, match=problem) as caught:
        parse_description(data, "https://host/package.json")
    assert caught.value.package == "https://host/package.json"
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@given(JSON, st.sampled_from(["", "urls", "hashes", "deps", "version"]))
def test_any_json_describes_a_package_or_does_not(content, key):
    try:
        found = parse_description(json.dumps({key: content} if key else content).encode(), "here")
    except PackageError as error:
        assert str(error).isprintable()
    else:
        assert all(safe_path(item.path) == item.path for item in found.items)


def test_the_list_of_an_index():
    packages = [
        {"name": "aioble", "versions": {"6": ["0.1", "0.2"], "py": ["0.2"]}},
        {"name": "odd", "versions": {"6": 3, "py": [None, "1"]}},
        {"name": "odder", "versions": []},
        {"name": 3},
        None,
    ]
    found = parse_index(json.dumps({"v": 2, "packages": packages}).encode(), "here")
    assert found == {"aioble": {"0.1", "0.2"}, "odd": {"1"}, "odder": set()}


@each("data", [b"", b"{}", b'{"packages": {}}', b"[]"])
def test_what_lists_no_packages(data):
    with pytest.raises(PackageError):
        parse_index(data, "here")


@given(JSON)
def test_any_json_lists_packages_or_does_not(content):
    try:
        found = parse_index(json.dumps({"packages": content}).encode(), "here")
    except PackageError:
        return
    assert all(isinstance(name, str) for name in found)
