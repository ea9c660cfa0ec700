"""One file that comes in parts: in any order, some twice, some never, wrong ones."""

import hashlib
import itertools
import zlib

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.partial import MOST_RANGES, MOST_RUNS, TO_THE_END, Parts
from tests.each import each

CONTENT = bytes(range(256)) * 4


def ending(content):
    return len(content), b"\0" + hashlib.sha256(content).digest()


def test_nothing_is_known_at_first():
    parts = Parts(100)
    assert parts.missing() == ((0, TO_THE_END),)
    assert (parts.content, parts.count, parts.has_end) == (None, 0, False)


def test_empty():
    parts = Parts(0)
    parts.end(*ending(b""))
    assert parts.content == b""


@given(st.binary(max_size=300), st.lists(st.integers(1, 300), max_size=8), st.randoms())
def test_any_cutting_in_any_order_some_parts_twice(content, cuts, random):
    places = sorted({0, *[cut for cut in cuts if cut < len(content)], len(content)})
    pieces = [(a, content[a:b]) for a, b in itertools.pairwise(places)]
    actions = [lambda parts, piece=piece: parts.add(*piece) for piece in [*pieces, *pieces[::2]]]
    actions.append(lambda parts: parts.end(*ending(content)))
    random.shuffle(actions)
    parts = Parts(300)
    for action in actions:
        action(parts)
    assert parts.content == content
    assert parts.count == len(content)


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.booleans(), st.integers(1, 64))
def test_what_is_missing_brings_the_rest(arrived, has_end, unit):
    content = CONTENT[: unit * len(arrived)]
    parts = Parts(10_000)
    for index, is_here in enumerate(arrived):
        if is_here:
            parts.add(index * unit, content[index * unit : (index + 1) * unit])
    if has_end:
        parts.end(*ending(content))
    for start, end in parts.missing() if parts.content is None else ():
        for at in range(start, min(end, len(content)), 7):
            parts.add(at, content[at : min(at + 7, end)])
    if not has_end:
        assert parts.content is None
        parts.end(*ending(content))
    assert parts.content == content


def test_there_are_never_many_ranges():
    parts = Parts(10_000)
    for at in range(0, 1000, 2):
        parts.add(at, b"x")
    assert parts.missing() == tuple((at, at + 1) for at in range(1, 2 * MOST_RANGES, 2))


def test_longer_ones_replace_what_they_cover():
    parts = Parts(100)
    parts.add(0, b"abc")
    parts.add(0, b"abcdef")
    parts.add(2, b"c")
    assert parts.missing() == ((6, TO_THE_END),)
    parts.end(*ending(b"abcdef"))
    assert parts.content == b"abcdef"


def test_a_digest_that_does_not_fit_begins_anew():
    parts = Parts(100)
    parts.add(0, b"abd")
    parts.end(*ending(b"abc"))
    assert (parts.content, parts.times_wrong, parts.count) == (None, 1, 0)
    assert parts.missing() == ((0, TO_THE_END),)
    parts.add(0, b"abc")
    parts.end(3, b"\2" + zlib.crc32(b"abc").to_bytes(4, "little"))
    assert parts.content == b"abc"


@each("digest", [b"", b"\0", b"\3xxxx", b"\xff"])
def test_digests_of_no_kind(digest):
    parts = Parts(100)
    parts.add(0, b"abc")
    parts.end(3, digest)
    assert parts.content is None


def test_too_long():
    parts = Parts(10)
    parts.add(8, b"abc")
    assert parts.is_too_long
    assert parts.count == 0
    parts = Parts(10)
    parts.end(11, b"\0")
    assert parts.is_too_long
    parts = Parts(10)
    parts.add(0, bytes(10))
    parts.end(*ending(bytes(10)))
    assert parts.content == bytes(10)
    assert not parts.is_too_long


def test_single_bytes_here_and_there_are_not_all_kept():
    parts = Parts(1 << 20)
    for at in range(0, 1 << 20, 16):
        parts.add(at, b"x")
    assert parts.count == MOST_RUNS
    parts.add(0, b"x" * 100)
    assert parts.missing()[0] == (100, 112)
    assert parts.count == MOST_RUNS + 93


def test_what_is_too_long_is_not_kept():
    parts = Parts(1000)
    parts.add(0, bytes(500))
    parts.add(500, bytes(501))
    parts.add(0, bytes(500))
    assert parts.is_too_long
    assert not parts._runs
