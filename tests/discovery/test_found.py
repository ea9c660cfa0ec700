import pytest

from iot_kernel.discovery import Advert, Candidate, Skipped


@pytest.mark.parametrize("what", [Advert("ws://a:1"), Candidate("ws://a:1"), Skipped("ws://a:1", "reason")])
def test_what_was_found_is_a_value(what):
    assert what == type(what)(*(getattr(what, name) for name in type(what).__match_args__))
    assert hash(what) is not None
    with pytest.raises(AttributeError):
        what.url = "ws://b:1"
