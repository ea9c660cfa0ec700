"""Addresses of packages: what people write, and where that is fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.sources import (
    HOSTS,
    Hosted,
    Local,
    Web,
    describing,
    is_module,
    parse_place,
)
from tests.each import each

RAW = "https://raw.githubusercontent.com"


@each(
    ("text", "ref", "url"),
    [
        ("github:org/repo/a/b.py", "", f"{RAW}/org/repo/HEAD/a/b.py"),
        ("github:org/repo/b.py", "v1.0", f"{RAW}/org/repo/v1.0/b.py"),
        ("github:org/repo/b.py", "feature/x", f"{RAW}/org/repo/feature/x/b.py"),
        ("github:org/repo.git/b.py", "", f"{RAW}/org/repo/HEAD/b.py"),
        ("github:/org/repo/b c.py", "", f"{RAW}/org/repo/HEAD/b%20c.py"),
        ("gitlab:org/repo/b.py", "main", "https://gitlab.com/org/repo/-/raw/main/b.py"),
        ("codeberg:o/r/b.py", "main", "https://codeberg.org/api/v1/repos/o/r/raw/b.py?ref=main"),
        ("https://example.com/x/b.py", "", "https://example.com/x/b.py"),
        ("HTTP://example.com/x y/b.py", "", "HTTP://example.com/x%20y/b.py"),
        ("https://example.com/x%20y?a=b&c#d", "", "https://example.com/x%20y?a=b&c#d"),
        ("https://github.com/o/r/raw/main/b.py", "", "https://github.com/o/r/raw/main/b.py"),
        (
            "https://github.com/o/r/releases/download/1/b.mpy",
            "",
            "https://github.com/o/r/releases/download/1/b.mpy",
        ),
        ("https://github.com/o/r/blob/main/d/b.py", "", f"{RAW}/o/r/main/d/b.py"),
    ],
)
def test_where_a_file_is_fetched(text, ref, url):
    place = parse_place(text, ref)
    assert place.url == url
    assert is_module(place) == (place.name.endswith((".py", ".mpy")))


@each(
    ("text", "meant"),
    [
        ("https://github.com/o/r", "github:o/r"),
        ("https://www.github.com/o/r.git", "github:o/r"),
        ("https://github.com/o/r/", "github:o/r"),
        ("https://github.com/o/r/tree/dev/lib/x", "github:o/r/lib/x@dev"),
        ("https://github.com/o/r/tree/dev", "github:o/r@dev"),
        ("https://github.com/o", "https://github.com/o"),
    ],
)
def test_a_page_about_a_repository_is_the_repository(text, meant):
    assert str(parse_place(text)) == meant


@each("text", ["urequests", "umqtt.simple", "a/b:c", "", "x@1"])
def test_other_words_are_no_addresses(text):
    assert parse_place(text) is None


@each(
    ("text", "ref", "problem"),
    [
        ("file:///etc/passwd", "", "'file:' is no known way to fetch a package"),
        ("ftp://example.com/x", "", "'ftp:' is no known way"),
        ("http:///x", "", "needs the name of a host"),
        ("https://[::1/x", "", "needs the name of a host"),
        ("https://host:70000/x", "", "needs the name of a host"),
        ("github:org", "", "expected github:OWNER/REPOSITORY"),
        ("github:", "", "expected github:OWNER/REPOSITORY"),
        ("github:o o/r", "", "expected github:OWNER/REPOSITORY"),
        ("github:o/r/../../../x", "", "leads out of the repository"),
        ("github:o/r/x.py", "..", "no valid branch"),
        ("github:o/r/x.py", "a/../../b", "no valid branch"),
        ("github:o/r/x.py", "a b", "no valid branch"),
        ("https://host/x\ny", "", "no valid address"),
        ("https://host/" + "x" * 1000, "", "no valid address"),
    ],
)
def test_what_cannot_be_an_address(text, ref, problem):
    with pytest.raises(PackageError, match=problem) as caught:
        parse_place(text, ref)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["https://ann:secret@host/x.py", "https://ann@host/x.py"])
def test_passwords_are_not_shown(text):
    with pytest.raises(PackageError, match="host: an address with a user name or password") as caught:
        parse_place(text)
    assert "secret" not in str(caught.value)


@each(
    ("package", "description"),
    [
        (Hosted("github", "o", "r"), f"{RAW}/o/r/HEAD/package.json"),
        (Hosted("github", "o", "r", "a", "v1"), f"{RAW}/o/r/v1/a/package.json"),
        (Hosted("github", "o", "r", "a.json"), f"{RAW}/o/r/HEAD/a.json"),
        (Web("https://host/x"), "https://host/x/package.json"),
        (Web("https://host/x/"), "https://host/x/package.json"),
        (Web("https://host"), "https://host/package.json"),
        (Web("https://host/x.json?a=b"), "https://host/x.json?a=b"),
    ],
)
def test_where_the_description_is(package, description):
    assert describing(package).url == description


@each(
    ("description", "relative", "source"),
    [
        (Hosted("github", "o", "r", "package.json"), "x.py", f"{RAW}/o/r/HEAD/x.py"),
        (Hosted("github", "o", "r", "a/package.json", "v1"), "b/x.py", f"{RAW}/o/r/v1/a/b/x.py"),
        (Hosted("github", "o", "r", "a/package.json"), "../src/x.py", f"{RAW}/o/r/HEAD/src/x.py"),
        (Hosted("github", "o", "r", "a/package.json"), "/x.py", f"{RAW}/o/r/HEAD/a/x.py"),
        (Web("https://host/x/package.json"), "y.py", "https://host/x/y.py"),
        (Web("https://host/x/package.json"), "../y.py", "https://host/y.py"),
        (Web("https://host/x/package.json"), "../../../y.py", "https://host/y.py"),
        (Web("https://host/x/package.json"), "/y.py", "https://host/x/y.py"),
        (Web("https://host/x/package.json"), "//evil.example/y.py", "https://host/x/evil.example/y.py"),
        (Web("https://host/x/package.json"), "a b.py", "https://host/x/a%20b.py"),
        (Web("https://host/package.json?a=b"), "x.py", "https://host/x.py"),
    ],
)
def test_files_relative_to_a_description(description, relative, source):
    assert description.parent.inside(relative).url == source


@each("relative", ["../x.py", "a/../../x.py", "..", ".", "", "a/.."])
def test_no_way_out(relative):
    with pytest.raises(PackageError, match="leads out"):
        Hosted("github", "o", "r").inside(relative)
    with pytest.raises(PackageError, match="leads out"):
        Local("/home/ann/package").inside(relative)


def test_local_files():
    package = Local("/home/ann/package")
    assert str(describing(package)) == "/home/ann/package/package.json"
    assert str(describing(package).parent.inside("/etc/passwd")) == "/home/ann/package/etc/passwd"
    assert package.name == "package"


@given(st.text(max_size=60), st.sampled_from(sorted(HOSTS)), st.text(max_size=20))
def test_any_text_behind_a_host_is_fetched_from_there_or_refused(rest, host, ref):
    try:
        place = parse_place(f"{host}:{rest}", ref)
    except PackageError as error:
        assert str(error).isprintable()
    else:
        assert place.url.isascii()
        assert place.url.startswith(HOSTS[host].partition("{")[0])
        assert "/../" not in f"{place.url}/"


@given(st.text(max_size=60))
def test_any_url_is_read_or_refused(rest):
    try:
        place = parse_place(f"https://{rest}")
    except PackageError as error:
        assert str(error).isprintable()
    else:
        assert place.url.isprintable()
        describing(place)
        assert isinstance(place.name, str)


@given(st.text(max_size=60))
def test_any_relative_source_stays_on_its_server(relative):
    assert Web("https://host/x/package.json").parent.inside(relative).url.startswith("https://host/")
