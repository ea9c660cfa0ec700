"""Which cell a frame means; where that is not certain, less is told and nothing wrong."""

import traceback
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.traceback import CodeFrame
from iot_kernel.kernel.frame_places import FramePlace, find_places
from iot_kernel.kernel.ran_cells import MOST_LIVES, RanCells, RanCode
from tests.each import each

#: What a wrong guess would take for the function that has failed.
DIVIDE = "def f(x):\n    return 1 / x"
CALLED = "def f(x):\n    y = x\n    return 1 / y"


def ran(*cells):
    """Cells of which the last one failed in its last line."""
    past = [RanCode(text, 1, number) for number, text in enumerate(cells, 1)]
    return [*past[:-1], replace(past[-1], failed=cells[-1].count("\n") + 1)]


def told(*cells, inner):
    """What is told of frames in functions, when the last cell fails in its last line."""
    past = ran(*cells)
    frames = [CodeFrame("<stdin>", cells[-1].count("\n") + 1, "<module>")]
    frames += [CodeFrame("<stdin>", line, name) for name, line in inner]
    return [shown(place) for place in find_places(frames, past)[1:]]


def shown(place):
    return place and (place.numbers, place.line, place.source.strip())


def test_the_outermost_frame_is_in_the_cell_that_failed():
    past = [RanCode("a\nb", 1, 1), RanCode("c\n  d  \ne", 4, 7)]
    assert find_places([CodeFrame("<stdin>", 2, "<module>")], past) == [FramePlace((7,), 5, "  d  ")]


@each(
    ("cells", "inner", "places"),
    [
        # the function of an earlier cell
        ([DIVIDE, "f(0)"], [("f", 2)], [((1,), 2, "return 1 / x")]),
        ([DIVIDE, "g = 1", "f(0)"], [("f", 2)], [((1,), 2, "return 1 / x")]),
        # of this cell
        ([DIVIDE, f"a = 1\n{DIVIDE}\nf(0)"], [("f", 3)], [((2,), 3, "return 1 / x")]),
        # unknown: defined by another kernel, or in a place where there is no such function
        (["f(0)"], [("f", 2)], [None]),
        ([DIVIDE, "f(0)"], [("f", 9)], [None]),
        ([DIVIDE, "f(0)"], [("other", 2)], [None]),
        # one that calls another
        (
            ["def g(x):\n    pass\n    return f(x)", DIVIDE, "g(0)"],
            [("g", 3), ("f", 2)],
            [((1,), 3, "return f(x)"), ((2,), 2, "return 1 / x")],
        ),
        # a method
        (
            ["class A:\n    def f(self):\n        1 / 0", "a = A()", "a.f()"],
            [("f", 3)],
            [((1,), 3, "1 / 0")],
        ),
        # what has no name, and what runs where it stands
        (["k = lambda: 1 / 0", "k()"], [("<lambda>", 1)], [((1,), 1, "k = lambda: 1 / 0")]),
        (
            ["[1 / i for i in b'']", "a = [\n 1 / i for i in (0,)]"],
            [("<listcomp>", 2)],
            [((2,), 2, "1 / i for i in (0,)]")],
        ),
        (["x", "class A:\n    x = 1 / 0\n\n"], [("A", 2)], [None]),
        (["x", "class A: x = 1 / 0"], [("A", 1)], [((2,), 1, "class A: x = 1 / 0")]),
    ],
)
def test_functions(cells, inner, places):
    assert told(*cells, inner=inner) == places


@each(
    ("cells", "line", "place"),
    [
        # a plain call means what was defined last
        ([DIVIDE, CALLED, "f(0)"], 2, ((2,), 2, "y = x")),
        ([CALLED, DIVIDE, "f(0)"], 2, ((2,), 2, "return 1 / x")),
        # ... and where its lines do not fit, some other is meant
        ([CALLED, DIVIDE, "f(0)"], 3, None),
        # ... unless the name was given to something else, or to what may be either
        ([DIVIDE, CALLED, "f = old", "f(0)"], 2, None),
        ([DIVIDE, f"if x:\n    pass\n{CALLED}", "del f\nf = old", "f(0)"], 2, None),
        ([DIVIDE, "try:\n    import f\nexcept Exception as f: pass", "f(0)"], 2, None),
        ([DIVIDE, "def put():\n    global f\n    f = old\nput()", "f(0)"], 2, None),
        ([DIVIDE, "if x:\n    def f(x): return 3", "f(0)"], 2, None),
        # a callback may be an older one
        ([DIVIDE, "call(f)", CALLED, "call.now()"], 2, ((1, 3), 2, "")),
        ([DIVIDE, "call(f)", f"{DIVIDE}\n", "call.now()"], 2, ((3,), 2, "return 1 / x")),
        ([DIVIDE, CALLED, CALLED.replace("y = x", "z = x"), "call.now()"], 2, None),
        # a name of a function's own, and one that an object has
        ([DIVIDE, CALLED, "def g(f):\n    f(0)", "f.f(0)"], 2, ((1, 2), 2, "")),
        # the same text in the same line, in functions that differ elsewhere
        ([DIVIDE, f"{DIVIDE} + 0\n", f"{DIVIDE}\n", "call.now()"], 2, ((2, 3), 2, "")),
        (
            ["def f(x):\n    1 / x\n    a", "def f(x):\n    1 / x\n    b", "call.now()"],
            2,
            ((1, 2), 2, "1 / x"),
        ),
    ],
)
def test_a_function_that_was_defined_again(cells, line, place):
    assert told(*cells, inner=[("f", line)]) == [place]


def test_very_many_definitions_are_not_looked_at():
    cells = [f"class A{number}:\n    def f(self): return {number}" for number in range(200)]
    assert told(*cells[:2], "x.f()", inner=[("f", 2)]) == [((1, 2), 2, "")]
    assert told(*cells, "x.f()", inner=[("f", 2)]) == [None]


def test_a_local_name_is_none_of_all_cells():
    cells = [DIVIDE, CALLED, "def g(f):\n    f(0)", "g(h)"]
    assert told(*cells, inner=[("g", 2), ("f", 2)]) == [((3,), 2, "f(0)"), ((1, 2), 2, "")]


@each(
    ("failed", "place"),
    [
        (None, ((2,), 2, "y = x")),  # it ran to its end
        (5, ((2,), 2, "y = x")),  # it failed behind the definition
        (1, ((1,), 2, "return 1 / x")),  # before it
        (0, None),  # nobody knows where
    ],
)
def test_a_cell_that_failed_has_defined_what_stands_before(failed, place):
    past = [
        RanCode(DIVIDE, 1, 1),
        RanCode(f"{CALLED}\n\nz", 1, 2, failed=failed),
        RanCode("f(0)", 1, 3, failed=1),
    ]
    frames = [CodeFrame("<stdin>", 1, "<module>"), CodeFrame("<stdin>", 2, "f")]
    found = find_places(frames, past)[1]
    assert (found and shown(found)) == place


def test_without_the_outer_frames_nothing_is_certain():
    past = [RanCode(DIVIDE, 1, 1), RanCode("def g(): f(0)", 1, 2), RanCode(f"{CALLED}\ng()", 1, 3, failed=0)]
    frames = [CodeFrame("<stdin>", 1, "g"), CodeFrame("<stdin>", 2, "f")]
    assert list(map(shown, find_places(frames, past))) == [((2,), 1, "def g(): f(0)"), None]


def test_parts_that_begin_further_down():
    past = [RanCode(DIVIDE, 3, 1), RanCode("f(0)", 2, 2, failed=1)]
    frames = [CodeFrame("<stdin>", 1, "<module>"), CodeFrame("<stdin>", 2, "f")]
    assert [shown(place) for place in find_places(frames, past)] == [
        ((2,), 2, "f(0)"),
        ((1,), 4, "return 1 / x"),
    ]


@each("text", ["def f(:", "x\0", "(" * 500, "#" * 60_000 + "\ndef f(x): pass", "\ufeffdef f(x): pass"])
def test_code_that_cannot_be_parsed(text):
    past = [RanCode(text, 1, 1), RanCode("f(0)", 1, 2, failed=1)]
    frames = [CodeFrame("<stdin>", 1, "<module>"), CodeFrame("<stdin>", 1, "f")]
    assert [shown(place) for place in find_places(frames, past)] == [((2,), 1, "f(0)"), None]


def test_the_past_of_a_board_is_bounded_and_ends_with_its_life():
    cells = RanCells()
    cells.note("", RanCode("x", 1, 1))
    assert cells.of("") == []
    for number in range(1500):
        cells.note("a", RanCode("x" * 1000, 1, number))
    assert cells.of("b") == []
    assert 100 < len(cells.of("a")) <= 400
    assert cells.of("a")[-1].number == 1499
    for number in range(MOST_LIVES):
        cells.note(f"life {number}", RanCode("x", 1, 1))
    assert cells.of("a") == []


NAMES = st.sampled_from(["f", "g"])
CLASSES = st.sampled_from(["A", "B"])
FILLER = st.sampled_from(["", "    pass\n", "    pass\n    pass\n"])
RAISE = "raise ValueError('MARK')"  # each of them another one, so that no two lines are the same by chance

#: What people write in cells: definitions, uses of what was defined, and what makes both hard to tell apart.
CELLS = st.one_of(
    st.builds("def {0}(x=0):\n{1}    {2}".format, NAMES, FILLER, st.just(RAISE)),
    st.builds("\n{3}\ndef {0}(x=0):\n{1}    {2}\n{0}()".format, NAMES, FILLER, st.just(RAISE), NAMES),
    st.builds("def {0}(x=0):\n{1}    {2}()  # MARK".format, NAMES, FILLER, NAMES),
    st.builds("def {0}(x=0):\n{1}    [{2}() for i in 'a']  # MARK".format, NAMES, FILLER, NAMES),
    st.builds("def {0}({1}={1}):\n    {1}()  # MARK".format, NAMES, NAMES),
    st.builds(
        "def {0}():\n    def {1}():\n    {2}    {3}\n    return {1}()".format,
        NAMES,
        NAMES,
        FILLER,
        st.just(RAISE),
    ),
    st.builds("def {0}():\n    global {1}\n    {1} = kept['{2}']".format, NAMES, NAMES, NAMES),
    st.builds("if kept:\n    def {0}():\n    {1}    {2}".format, NAMES, FILLER, st.just(RAISE)),
    st.builds(
        "class {0}:\n    def {1}(self):\n    {2}    {3}".format, CLASSES, NAMES, FILLER, st.just(RAISE)
    ),
    st.builds("thing = {0}()".format, CLASSES),
    st.builds("{0} = lambda: {1}()".format, NAMES, NAMES),
    st.builds("kept['{0}'] = {1}".format, NAMES, NAMES),
    st.builds("{0} = kept['{1}']".format, NAMES, NAMES),
    st.builds("del {0}\n{1}()".format, NAMES, NAMES),
    st.builds("a = 1\n{0}()".format, NAMES),
    st.builds("kept['{0}']()".format, NAMES),
    st.builds("thing.{0}()".format, NAMES),
)


@given(st.lists(CELLS, min_size=2, max_size=12))
def test_what_is_told_is_true(texts):
    """Python itself runs the cells, and knows of each frame where it is."""
    texts = [text.replace("MARK", f"mark {number}") for number, text in enumerate(texts)]
    variables, past = {"kept": {}}, []
    for number, text in enumerate(texts):
        try:
            exec(compile(text, str(number), "exec"), variables)
            past.append(RanCode(text, 1, number))
        except Exception as error:
            truth = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.isdigit()]
            past.append(RanCode(text, 1, number, failed=truth[0].lineno))
            frames = [CodeFrame("<stdin>", frame.lineno, frame.name) for frame in truth]
            for frame, place in zip(truth, find_places(frames, past), strict=True):
                line = past[int(frame.filename)].source(frame.lineno)
                if place is not None:
                    assert place.source in ("", line)
                    assert place.source or not place.numbers or int(frame.filename) in place.numbers
