"""The error that a notebook showed last."""

from iot_kernel.kernel.last_error import LastError


def test_the_last_error_is_kept():
    last = LastError()
    assert last.text == ""
    last.note({"status": "error", "ename": "NameError", "evalue": "x"})
    last.note({"status": "ok"})
    assert last.text == "NameError: x"
    last.note({"status": "error", "ename": "UsageError", "evalue": "%x: error: no"})
    assert last.text == "%x: error: no"
