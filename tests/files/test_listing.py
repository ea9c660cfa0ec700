"""Listings in groups: what is known is not said again."""

import pytest

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files import listing
from iot_kernel.files.listing import Listings
from iot_kernel.files.tree import digest

FIRST = (1, True, None)
A, B, C = [(b"",), (b"a", 1, 0, None, False)], [(b"b", 1, 0, None, False)], [(b"c", 1, 0, None, False)]


def whole(listings, key, answers):
    """The answers as if there were no groups, which are kept."""
    found = []
    ungrouped = listings.ungrouped(key, found.append)
    for answer in answers:
        ungrouped.take(answer)
    listings.keep(key, ungrouped.groups)
    return found


def test_what_is_known_is_left_out():
    listings = Listings()
    assert listings.known("/") == ()
    assert whole(listings, "/", [FIRST, (b"A", A), (b"B", B)]) == [FIRST, *A, *B]
    assert listings.known("/") == (b"A", b"B")
    assert listings.known("/lib") == ()
    assert whole(listings, "/", [FIRST, (b"A", None), (b"C", C)]) == [FIRST, *A, *C]
    assert listings.known("/") == (b"A", b"C")


def test_answers_without_groups_are_as_they_are():
    answers = [FIRST, (b"/lib", True), (b"",), (b"a", 1, 0, None, False)]
    assert whole(Listings(), "/", answers) == answers


def test_numbers_are_digests_too():
    listings = Listings()
    whole(listings, "/", [(-7, A)])
    assert listings.known("/") == (-7,)
    assert whole(listings, "/", [(-7, None)]) == A


@pytest.mark.parametrize("answer", [(b"A", None), (b"A", [1]), (7, [[b"a"]])])
def test_nonsense(answer):
    with pytest.raises(RemoteProtocolError):
        whole(Listings(), "/", [answer])


def test_they_do_not_grow(monkeypatch):
    monkeypatch.setattr(listing, "MOST_GROUPS", 2)
    listings = Listings()
    for number in range(10):
        whole(listings, number, [(b"A", A), (b"B", B), (b"C", C)])
    assert listings.known(9) == (b"A", b"B")
    assert [number for number in range(10) if listings.known(number)] == [6, 7, 8, 9]


def said(device, monkeypatch):
    """Collects what the board prints."""
    seen, run = [], device.exec

    def listen(code, *, on_output=None, **options):
        if on_output is None:
            return run(code, **options)
        return run(code, on_output=lambda text: (seen.append(text), on_output(text)), **options)

    monkeypatch.setattr(device, "exec", listen)
    return seen


@pytest.mark.board
def test_on_boards(device, files, monkeypatch):
    files.write_files({f"/file{number}.py": b"x" * number for number in range(40)})
    sizes = set(range(40))
    first = files.tree(digest_sizes=sizes)
    if first.is_flat:
        return
    seen = said(device, monkeypatch)
    second = files.tree(digest_sizes=sizes)
    assert len("".join(seen)) < 500
    assert (second.files, second.directories) == (first.files, first.directories)
    files.write("/file7.py", b"y" * 7)
    del seen[:]
    third = files.tree(digest_sizes=sizes)
    assert "file7.py" in "".join(seen)
    assert third.files["/file7.py"].digest == digest(b"y" * 7, third.algorithm)
    assert third.files.keys() == first.files.keys()
    files.remove("/file7.py")
    assert third.files.keys() - files.tree(digest_sizes=sizes).files.keys() == {"/file7.py"}
    assert files.tree().files["/file8.py"].digest is None
    assert files.listing("/").files.keys() == files.tree().files.keys()
