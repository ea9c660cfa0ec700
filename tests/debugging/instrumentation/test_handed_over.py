"""What a checkpoint hands over is one argument."""

from iot_kernel.debugging.instrumentation.handed_over import argument
from tests.each import each


@each(
    "names, unsure, text",
    [
        ("", "", []),
        ("a", "", ["a"]),
        ("ab", "", ["(a,b)"]),
        ("abc", "", ["(a,(b,c))"]),
        ("abcd", "", ["(a,(b,(c,d)))"]),
        ("abcde", "", ["(a,b,c,d,e)"]),
        ("", "x", ["lambda __iot_i__:x"]),
        ("a", "xy", ["(a,lambda __iot_i__:x if __iot_i__==0 else y)"]),
        ("abcd", "x", ["(a,b,c,d,lambda __iot_i__:x)"]),
    ],
)
def test_the_argument(names, unsure, text):
    assert argument(list(names), list(unsure)) == text
