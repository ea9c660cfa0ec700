"""What magics show in tables: given once, shown as HTML in notebooks and as text everywhere else.

A magic makes blocks, `Table` and `Note`, and calls `show`. Both forms come of the same blocks, so neither
can say what the other does not. Text is for consoles, logs and programs: columns of blanks, with ANSI
colours. HTML has no scripts and no style sheets, and long tables scroll in boxes of their own. Where a
notebook is not trusted, JupyterLab takes some of the inline styles away, and what is left is a plainer
table.

No text is ever shown raw: whatever it holds, it changes neither a terminal nor a page.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from iot_kernel.magics.colours import Colour, banner, dim, plain
from iot_kernel.magics.magic import MagicContext
from iot_kernel.text import printable

#: characters of a cell, or of a line of a note; the longest path that other modules show
LONGEST_LINE = 1_000

#: rows of a table in HTML: more than anybody reads, and a page with as many stays quick
MOST_ROWS = 1_000

#: characters of the rows of a table in HTML, likewise: every browser draws that much at once
MOST_CHARACTERS = 1_000_000

#: Names with dollar signs are no formulas; MathJax 3 and 2 leave out what has these classes.
_CLASSES = "mathjax_ignore tex2jax_ignore"

#: Of JupyterLab's tables, for what stands between them, too.
_FONT = "font-size: var(--jp-ui-font-size1, 13px)"

_BOX = "max-height: 32em; overflow: auto; margin-bottom: 0.25em"  # half of a laptop's window
_TABLE = "margin: 0; font-size: inherit"
_PADDING = "padding: 0.25em 0.75em; vertical-align: top"
_LINES = "text-align: left; white-space: pre-wrap; overflow-wrap: anywhere"
_NARROW = "min-width: 10em"  # where other columns leave too little; a table then scrolls to the side
_SHORT = "text-align: left; white-space: pre"
_NUMBER = "text-align: right; white-space: pre; font-variant-numeric: tabular-nums"

#: Headings stay above what scrolls only where the colour behind them is known, so that they cover it.
_ABOVE = "position: sticky; top: calc(0 * var(--jp-border-width))"
_COVER = "background: var(--jp-layout-color0, transparent)"
_HEADING = (_PADDING, banner.css, _ABOVE, _COVER)

_GAP = "height: 0.75em"
_INDENT = 0.4  # em for a blank


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: what stands above it.
        width: characters that it takes in text; longer ones stick out. None for what the longest one takes.
        gap: blanks in text between it and the next one.
        is_number: whether it is right-aligned.
        is_short: whether its texts are never broken into lines.
    """

    heading: str = ""
    width: int | None = None
    gap: int = 2
    is_number: bool = False
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what stands in it.
        colour: of the text.
        indent: blanks before it.
    """

    text: str
    colour: Colour = plain
    indent: int = 0


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table.

    Attributes:
        cells: one a column; the last one takes the columns that are left.
        colour: of the whole row.
        is_marked: whether it is enough in HTML that the first cell has that colour.
    """

    cells: tuple[Cell, ...]
    colour: Colour = plain
    is_marked: bool = False


def row(*cells: str | Cell, colour: Colour = plain) -> TableRow:
    """Makes a row; a text is a cell without a colour of its own."""
    return TableRow(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells), colour)


@dataclass(frozen=True, slots=True)
class Note:
    """A line, or several, between tables; an empty one is a blank line in text.

    Attributes:
        text: without a newline at its end.
        colour: of the text.
        is_code: whether it is laid out in columns, as the help of a magic is.
    """

    text: str = ""
    colour: Colour = plain
    is_code: bool = False

    def as_text(self) -> str:
        """Returns it for a terminal."""
        return f"{self.colour(self._lines)}\n"

    def as_html(self) -> str:
        """Returns it for a page."""
        if not self.text:
            return f"<div {_style(_GAP)}></div>"
        tag = "pre" if self.is_code else "div"
        return f"<{tag} {_style(_PADDING, _LINES, self.colour.css)}>{html.escape(self._lines)}</{tag}>"

    @property
    def _lines(self) -> str:
        return "\n".join(map(_clean, self.text.split("\n")))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells.

    Attributes:
        columns: from left to right.
        rows: from top to bottom.
        headings: how the columns' headings look in text; None where they stand in HTML only.
    """

    columns: Sequence[Column]
    rows: Sequence[TableRow]
    headings: Colour | None = None

    def as_text(self) -> str:
        """Returns it for a terminal: columns padded with blanks."""
        texts = [column.heading for column in self.columns]
        heads = [] if self.headings is None else [row(*texts, colour=self.headings)]
        widths = [
            _widest(index, (*heads, *self.rows)) if column.width is None else column.width
            for index, column in enumerate(self.columns)
        ]
        lines = [self._line(one, widths, pads_end=True) for one in heads]
        lines += [self._line(one, widths) for one in self.rows]
        return "".join(f"{line}\n" for line in lines)

    def as_html(self) -> str:
        """Returns it for a page; empty without rows."""
        if not self.rows:
            return ""
        head = self._html_head() if any(column.heading for column in self.columns) else ""
        body = "".join(self._html_rows())
        return f"<div {_style(_BOX)}><table {_style(_TABLE)}>{head}<tbody>{body}</tbody></table></div>"

    def _line(self, one: TableRow, widths: Sequence[int], *, pads_end: bool = False) -> str:
        parts = []
        last = len(one.cells) - 1
        for index, (cell, column, width) in enumerate(zip(one.cells, self.columns, widths, strict=False)):
            text = " " * cell.indent + cell.colour(_clean(cell.text))
            padding = " " * (width - _width(cell))
            if column.is_number:
                text = padding + text
            elif index < last or (pads_end and column.width is not None):
                text += padding
            parts.append(text + " " * column.gap * (index < last))
        return one.colour("".join(parts))

    def _html_head(self) -> str:
        cells = "".join(
            f"<th {_style(*_HEADING, _layout(column))}>{html.escape(column.heading)}</th>"
            for column in self.columns
        )
        return f"<thead><tr>{cells}</tr></thead>"

    def _html_rows(self) -> Iterator[str]:
        """Yields the rows as far as they fit, and one that says how many do not."""
        left = MOST_CHARACTERS
        for count, one in enumerate(self.rows):
            text = self._html_row(one)
            left -= len(text)
            if count == MOST_ROWS or left < 0:
                yield self._html_row(row(f"… and {len(self.rows) - count:,} more", colour=dim))
                return
            yield text

    def _html_row(self, one: TableRow) -> str:
        cells = "".join(
            self._html_cell(cell, column, len(self.columns) - index if index == len(one.cells) - 1 else 1)
            for index, (cell, column) in enumerate(zip(_marked(one), self.columns, strict=False))
        )
        style = f" {_style(one.colour.css)}" if one.colour.css and not one.is_marked else ""
        return f"<tr{style}>{cells}</tr>"

    def _html_cell(self, cell: Cell, column: Column, span: int) -> str:
        indent = f"padding-left: {0.75 + _INDENT * cell.indent:g}em" if cell.indent else ""
        spans = f' colspan="{span}"' if span > 1 else ""
        style = _style(_PADDING, _layout(column) if span == 1 else _LINES, indent, cell.colour.css)
        return f"<td{spans} {style}>{html.escape(_clean(cell.text))}</td>"


@dataclass(frozen=True, slots=True)
class Box:
    """Blocks that scroll together.

    Attributes:
        blocks: from top to bottom.
    """

    blocks: Sequence[Note]

    def as_text(self) -> str:
        """Returns them for a terminal."""
        return as_text(self.blocks)

    def as_html(self) -> str:
        """Returns them for a page."""
        return f"<div {_style(_BOX)}>{''.join(block.as_html() for block in self.blocks)}</div>"


Shown = Table | Note | Box


def show(ctx: MagicContext, *blocks: Shown) -> None:
    """Shows blocks in one display; nothing where there is nothing to be said."""
    bundle = as_bundle(blocks)
    if bundle["text/plain"]:
        ctx.display(bundle)


def as_bundle(blocks: Sequence[Shown]) -> dict[str, str]:
    """Returns both forms of some blocks, by their MIME types."""
    page = as_page("".join(block.as_html() for block in blocks))
    return {"text/html": page, "text/plain": as_text(blocks)}


def as_page(content: str) -> str:
    """Returns a page with the font of tables.

    Args:
        content: HTML.
    """
    return f'<div class="{_CLASSES}" {_style(_FONT)}>{content}</div>'


def as_text(blocks: Iterable[Shown]) -> str:
    """Returns some blocks for a terminal."""
    return "".join(block.as_text() for block in blocks)


@lru_cache(maxsize=256)  # the cells of a column have the same
def _style(*declarations: str) -> str:
    return f'style="{"; ".join(filter(None, declarations))}"'


def _marked(one: TableRow) -> tuple[Cell, ...]:
    """The cells of a row as HTML shows them, the first one in the row's colour where that is enough."""
    first, *rest = one.cells
    return (replace(first, colour=one.colour), *rest) if one.is_marked else one.cells


def _layout(column: Column) -> str:
    return _NUMBER if column.is_number else _SHORT if column.is_short else f"{_LINES}; {_NARROW}"


def _clean(text: str) -> str:
    """Makes a text one line of printable characters, of a bounded length."""
    return text if len(text) <= LONGEST_LINE and text.isprintable() else printable(text, LONGEST_LINE)


def _widest(index: int, rows: Sequence[TableRow]) -> int:
    return max((_width(one.cells[index]) for one in rows if index < len(one.cells)), default=0)


def _width(cell: Cell) -> int:
    """Columns in a terminal; East Asian characters take two, and what joins the one before takes none."""
    text = _clean(cell.text)
    if text.isascii():
        return cell.indent + len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return cell.indent + len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
