"""Lines of a text and the checkpoints that are there."""

from iot_kernel.debugging.instrumentation.instrument import instrument


def test_a_breakpoint_goes_to_the_next_checkpoint():
    made = instrument("# comment\ndef f():\n\n  return 1\nx = 1; y = 2\n")
    assert [getattr(made.find(line), "line", None) for line in range(1, 7)] == [4, 4, 4, 4, 5, None]
    assert [point.line for point in made.checkpoints].count(5) == 2
