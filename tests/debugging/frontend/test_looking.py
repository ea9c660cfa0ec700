"""Every look at what stands has a request of the protocol; `test_standing` tests what it shows."""

from iot_kernel.debugging.frontend.looking import LOOKS
from tests.debugging.frontend.scripted_debugger import Session


def test_requests_about_numbers_that_are_not_ours_are_the_sub_kernels():
    session = Session()
    session.attach()
    for command in LOOKS:
        assert session.request(command, frameId=5, variablesReference=7, srcFrameId=5) is None
        assert session.request(command) is None
