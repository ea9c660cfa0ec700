"""Tables: text that is laid out by columns, pages that say the same, and nothing that is shown raw."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.device.info import DeviceInfo
from iot_kernel.discovery import Skipped
from iot_kernel.files.tree import RemoteFile, Space, Tree
from iot_kernel.magics.colours import banner, plain, red
from iot_kernel.magics.tables import (
    LONGEST_LINE,
    MOST_CHARACTERS,
    MOST_ROWS,
    Box,
    Cell,
    Column,
    Note,
    Table,
    as_bundle,
    row,
    show,
)
from iot_kernel.pipes.hub import Hub
from iot_kernel.sync.compare import Compared
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.sync.tree import HostTree
from tests.magics.context import ANSI, RecordingContext
from tests.pipes.kernels import FakeBoard

NAMES = (Column("name"), Column("size", is_number=True), Column())


class Page(HTMLParser):
    """Reads a page: its cells, its other texts, and which tags and attributes it has."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.texts, self.tags, self.attributes, self._open = [], [], set(), set(), []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data
        else:
            self.texts.append(data)


def table(*rows, columns=NAMES, headings=None):
    return Table(columns, [row(*cells) for cells in rows], headings)


def test_text_stands_in_columns_and_the_last_one_is_not_padded():
    made = table(("a", "10", "x"), ("longer", "5", "y"), ("b", "5"))
    assert made.as_text() == "a       10  x\nlonger   5  y\nb        5\n"
    assert table(("a", "10", "x"), headings=plain).as_text() == "name  size  \na       10  x\n"


def test_columns_with_a_width_let_longer_texts_stick_out():
    columns = (Column("name", width=4, gap=1), Column("level", width=7))
    made = table(("abcdef", "x"), ("a", "y"), columns=columns, headings=banner)
    assert made.as_text() == f"{banner('name level  ')}\nabcdef x\na    y\n"


def test_colours_and_indentation_do_not_move_columns():
    made = table((Cell("a", red, 2), "1", "x"), ("bbb", "2", "y"), columns=(Column(), Column(), Column()))
    assert made.as_text() == f"  {red('a')}  1  x\nbbb  2  y\n"
    whole = Table(NAMES, [row("a", "1", colour=red)])
    assert whole.as_text() == red("a  1") + "\n"


def test_other_scripts_take_the_room_they_take_in_a_terminal():
    assert table(("温度", "1"), ("a\u0301", "2")).as_text() == "温度  1\na\u0301     2\n"


def test_a_page_has_the_headings_and_the_same_cells():
    page = Page(as_bundle([table(("a", "10", "x"), ("b", "5"))])["text/html"])
    assert page.rows == [["name", "size", ""], ["a", "10", "x"], ["b", "5"]]


def test_columns_without_headings_have_no_row_of_them():
    assert Page(table(("a", "b"), columns=(Column(), Column())).as_html()).rows == [["a", "b"]]


def test_the_last_cell_takes_the_columns_that_are_left():
    assert 'colspan="3"' in table(("only",)).as_html()
    assert "colspan" not in table(("a", "1", "x")).as_html()


def test_notes_and_boxes():
    blocks = [Note("title", banner), Note(), Box([Note("a\n  b", is_code=True)])]
    bundle = as_bundle(blocks)
    assert bundle["text/plain"] == f"{banner('title')}\n\na\n  b\n"
    assert [text for text in Page(bundle["text/html"]).texts if text.strip()] == ["title", "a\n  b"]


def test_what_says_nothing_is_not_shown():
    ctx = RecordingContext(magics=object())
    show(ctx, table())
    assert ctx.displays == []
    show(ctx, table(), Note("end"))
    ((data, display_id, update),) = ctx.displays
    assert (data["text/plain"], display_id, update) == ("end\n", None, False)
    assert "<table" not in data["text/html"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = [
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "</td></table><img src=x onerror=alert(1)>",
    "\u202egnp.exe",
    "\x1b[2J\x07\x00\r",
    "a" * 2_000,
    "&lt;",
]
TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td"}


@given(st.lists(st.tuples(TEXT | st.sampled_from(HOSTILE), TEXT | st.sampled_from(HOSTILE)), max_size=5))
def test_whatever_is_in_a_cell_it_stays_there(rows):
    bundle = as_bundle([*(Note(text) for text, _ in rows), table(*rows)])
    page = Page(bundle["text/html"])
    assert page.tags <= TAGS
    assert page.attributes <= {"style", "class", "colspan"}
    assert [len(cells) for cells in page.rows[1:]] == [2] * len(rows)
    for text in (bundle["text/plain"], *page.texts, *(cell for cells in page.rows for cell in cells)):
        assert all(line.isprintable() for line in text.split("\n"))
    assert bundle["text/plain"].count("\n") == 2 * len(rows) + sum(text.count("\n") for text, _ in rows)
    assert max(map(len, bundle["text/plain"].split("\n"))) <= 2 * LONGEST_LINE + 2


@pytest.mark.parametrize("name", HOSTILE)
def test_both_forms_say_the_same(name):
    made = table((name, "1"))
    ((said, _),) = Page(made.as_html()).rows[1:]
    assert made.as_text() == f"{said}  1\n"
    assert len(said) <= LONGEST_LINE


def test_ten_thousand_rows_are_whole_in_text_and_bounded_in_a_page():
    made = table(*[(f"name{number}", "1") for number in range(10_000)])
    assert made.as_text().count("\n") == 10_000
    page = Page(made.as_html())
    assert len(page.rows) == 1 + MOST_ROWS + 1
    assert page.rows[-1] == [f"… and {10_000 - MOST_ROWS:,} more"]
    assert page.rows[-2][0] == f"name{MOST_ROWS - 1}"


def test_long_rows_are_bounded_together():
    made = table(*[("x" * LONGEST_LINE, "<" * LONGEST_LINE, "y") for _ in range(MOST_ROWS)])
    text = made.as_html()
    assert len(text) < MOST_CHARACTERS * 1.01
    (more,) = Page(text).rows[-1]
    assert len(Page(text).rows) - 2 + int(re.sub(r"\D", "", more)) == MOST_ROWS


def test_as_many_rows_as_are_shown_need_no_word_about_more():
    assert "more" not in table(*[("a",)] * MOST_ROWS).as_html()


def entries(*names):
    files = {f"/{name}": RemoteFile(f"/{name}", 1, None, None) for name in names}
    return Tree(files, frozenset(), frozenset(), frozenset(), "sha256", Space(1, 2), False, None)


@pytest.fixture
def said(monkeypatch):
    """Runs a magic where board, network and files have a name; returns what is displayed."""

    def run(magic, *names):
        hub = Hub()
        board = FakeBoard(hub)
        for name in names[:200]:
            board.open(name)
        tree = entries(*names)
        name = names[0]
        about = DeviceInfo(**dict.fromkeys(DeviceInfo.__dataclass_fields__, name))
        files = SimpleNamespace(tree=lambda _: tree, absolute=str, space=lambda: None)
        device = SimpleNamespace(url=name, info=about, files=files)
        publications = SimpleNamespace(listed=list)
        session = SimpleNamespace(
            hub=hub,
            current=device,
            name=name,
            device=lambda: device,
            publications=publications,
            is_held=True,
        )
        configuration = SimpleNamespace(by_uid=lambda _: None)
        found = Discovery(
            rows=[Row(Entry(name, uid=name), name, name)], skipped=[Skipped(name, name)], notes=[name]
        )
        plan = SyncPlan(names, names, names, {})
        compared = Compared(plan, HostTree({}), tree, clock_is_right=True)
        for place, value in {
            "discover.search": lambda *_, **__: found,
            "devices.shadowing": lambda *_: list(names),
            "sync.described": lambda *_: None,
            "sync.compare": lambda *_, **__: compared,
            "sync.check_free_space": lambda *_: None,
        }.items():
            monkeypatch.setattr(f"iot_kernel.magics.{place}", value)
        ctx = RecordingContext(session=session, registry=SimpleNamespace(configuration=configuration))
        ctx.run(magic)
        assert ctx.stderr == ""
        return [data for data, _, _ in ctx.displays]

    return run


MAGICS = ["%discover -v", "%info", "%pipes", "%rlist -a", "%rdiff"]


@pytest.mark.parametrize("magic", MAGICS)
def test_names_do_no_harm_in_any_listing(said, magic):
    for name in HOSTILE:
        (bundle,) = said(magic, name)
        page = Page(bundle["text/html"])
        assert page.tags <= TAGS
        assert page.attributes <= {"style", "class", "colspan"}
        assert len(bundle["text/html"]) < 20_000
        assert all(line.isprintable() for line in ANSI.sub("", bundle["text/plain"]).split("\n"))


@pytest.mark.parametrize("magic", ["%rlist", "%rdiff"])
def test_ten_thousand_files_are_one_bounded_page(said, magic):
    (bundle,) = said(magic, *(f"name{number}" for number in range(10_000)))
    assert bundle["text/plain"].count("name") >= 10_000
    assert len(bundle["text/html"]) < MOST_CHARACTERS * 1.01
