"""How packages are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.references import IndexPackage, parse_dependency, parse_reference
from iot_kernel.packages.sources import Hosted, Local, Web
from tests.each import each


@each(
    ("text", "meant"),
    [
        ("urequests", IndexPackage("urequests")),
        ("umqtt.simple", IndexPackage("umqtt.simple")),
        ("aioble@0.5.0", IndexPackage("aioble", "0.5.0")),
        ("aioble==0.5.0", IndexPackage("aioble", "0.5.0")),
        ("aioble@latest", IndexPackage("aioble")),
        ("aioble@", IndexPackage("aioble")),
        ("hmac@3.4.2-4", IndexPackage("hmac", "3.4.2-4")),
        ("github:org/repo", Hosted("github", "org", "repo")),
        ("github:org/repo@v1", Hosted("github", "org", "repo", ref="v1")),
        ("gitlab:org/repo/lib@feature/x", Hosted("gitlab", "org", "repo", "lib", "feature/x")),
        ("https://unpkg.com/thing@1.0/package.json", Web("https://unpkg.com/thing@1.0/package.json")),
        ("./thing", Local("thing")),
        ("./thing/package.json", Local("thing", "package.json")),
        ("thing.py", Local(".", "thing.py")),
        ("../a/thing.mpy", Local("../a", "thing.mpy")),
        ("~/thing/other.json", Local("~/thing", "other.json")),
        ("/home/ann/thing/", Local("/home/ann/thing")),
        ("$HOME/thing@2", Local("$HOME/thing@2")),
    ],
)
def test_what_a_user_writes(text, meant):
    assert parse_reference(text) == meant


@each(
    ("text", "problem"),
    [
        ("", "cannot be the name"),
        ("-x", "cannot be the name"),
        ("a b", "cannot be the name"),
        ("org/repo", "addresses begin with https:// or github:OWNER/REPOSITORY"),
        ("päckchen", "cannot be the name"),
        ("x@../../y", "is no valid version"),
        ("x@1/2", "is no valid version"),
        ("./x\n", "no valid path"),
        ("file:///x.py", "no known way to fetch"),
        ("x" * 200, "cannot be the name"),
    ],
)
def test_what_is_no_package(text, problem):
    with pytest.raises(PackageError, match=problem):
        parse_reference(text)


@each(
    ("name", "version", "meant"),
    [
        ("senml", "0.1.0", IndexPackage("senml", "0.1.0")),
        ("senml", "latest", IndexPackage("senml")),
        ("senml", "", IndexPackage("senml")),
        ("github:org/repo", "main", Hosted("github", "org", "repo", ref="main")),
        ("github:org/repo@v2", "", Hosted("github", "org", "repo", ref="v2")),
        ("github:org/repo", "latest", Hosted("github", "org", "repo")),
        ("https://host/x/package.json", "", Web("https://host/x/package.json")),
    ],
)
def test_what_a_package_depends_on(name, version, meant):
    assert parse_dependency(name, version) == meant


@each("name", ["./x.py", "/etc/passwd", "~/x.json", "../x", "$HOME/x.py", "file:///x.py"])
def test_no_package_depends_on_files_of_this_computer(name):
    with pytest.raises(PackageError):
        parse_dependency(name)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    for parse in (parse_reference, parse_dependency):
        try:
            found = parse(text)
        except PackageError as error:
            assert str(error).isprintable()
        else:
            assert str(found)
            assert parse is parse_reference or not isinstance(found, Local)
