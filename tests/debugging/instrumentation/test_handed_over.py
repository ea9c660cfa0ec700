"""What a checkpoint hands over goes as three arguments at most."""

from iot_kernel.debugging.instrumentation.handed_over import arguments
from tests.each import each


@each(
    "names, unsure, texts",
    [
        ("", "", []),
        ("a", "", ["a"]),
        ("abc", "", ["a", "b", "c"]),
        ("abcd", "", ["a", "b", "(c,d)"]),
        ("abcde", "", ["a", "b", "(c,d,e)"]),
        ("", "x", ["lambda __iot_i__:x"]),
        ("a", "xy", ["a", "lambda __iot_i__:x if __iot_i__==0 else y"]),
        ("abc", "x", ["a", "b", "(c,lambda __iot_i__:x)"]),
    ],
)
def test_the_arguments(names, unsure, texts):
    assert arguments(list(names), list(unsure)) == texts
