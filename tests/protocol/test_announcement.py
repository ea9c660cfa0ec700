"""What boards say of their pipes: there and back, and what is no announcement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.announcement import OPENED, Announcement, decode, encode


def test_an_example():
    told = Announcement(OPENED, 16, 3, "adc µ", is_stamped=True)
    assert encode(told) == b"o\x10\x03\x01adc \xc2\xb5"


@given(
    st.builds(
        Announcement,
        st.sampled_from([b"o", b"c", b"s"]),
        st.integers(0, 255),
        st.integers(0, 255),
        st.text(),
        st.booleans(),
    )
)
def test_there_and_back(told):
    assert decode(encode(told)) == told


@pytest.mark.parametrize("data", [b"", b"o", b"o\x10\x03", b"o\x10\x03\x00\xff"])
def test_others_are_refused(data):
    with pytest.raises(ValueError, match=r"buffer|decode"):
        decode(data)
