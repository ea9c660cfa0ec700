"""What the base of the kernel says by itself."""

from iot_kernel.kernel.proxy import no_debugger


def test_without_a_debugger_there_is_still_an_answer():
    answer = no_debugger({"seq": 5, "command": "debugInfo"})
    assert (answer["success"], answer["request_seq"], answer["command"]) == (False, 5, "debugInfo")
