"""What is special about the kernel of host cells; the rest of it is tested through the real kernel."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager, leading_empty_lines

from iot_kernel.subkernel.kernel import first_lines
from tests.each import each


@each(
    ("source", "expected"),
    [
        ("x = 1\n", "x = 1\n"),
        ("%%host\nx = 1\n", "\nx = 1\n"),
        ("%%host  \nx = 1\n", "\nx = 1\n"),
        ("%%host", "\n"),
        ("%%host;\nx\n", "\nx\n"),
        ("%%host # why\nx\n", "\nx\n"),
        ("\n\n%%host\nx = 1\n", "\n\n\nx = 1\n"),
        ("\n\nx = 1\n", "\n\nx = 1\n"),
        ("\n%%time\nx\n", "%%time\nx\n"),
        ("%%host\n%%bash\nls\n", "%%bash\nls\n"),
        ("%%host\n\n%%bash\nls\n", "%%bash\nls\n"),
        ("\n    x = 1\n    y = 2\n", "    x = 1\n    y = 2\n"),
        ("%%hostile\nx\n", "%%hostile\nx\n"),
        ("%%host x\ny\n", "%%host x\ny\n"),
        ("x\n%%host\n", "x\n%%host\n"),
        ("", ""),
        ("\n \n", "\n \n"),
    ],
)
def test_first_lines(source, expected):
    assert "".join(first_lines(source.splitlines(keepends=True))) == expected


@pytest.mark.parametrize("source", ["%%host\nx = 1\ny = 2\n", "\n\nx\n", "%%host\n\n\nz\n"])
def test_no_line_moves(source):
    lines = source.splitlines(keepends=True)
    after = first_lines(lines)
    assert len(after) == len(lines)
    assert all(a == b or b == "\n" for a, b in zip(lines, after, strict=True))


def test_ipython_removes_leading_lines_where_the_kernel_keeps_them():
    transforms = TransformerManager().cleanup_transforms
    assert leading_empty_lines in transforms, "IPython removes them elsewhere: see Subkernel.__init__"
