"""Which package has a module."""

from iot_kernel.packages.index_names import LIBRARY, package_of
from tests.each import each


@each(
    ("module", "package"),
    [
        ("logging", "logging"),
        ("umqtt.simple", "umqtt.simple"),
        ("usb.device.keyboard", "usb-device-keyboard"),
        ("collections.defaultdict", "collections-defaultdict"),
        ("jwt", "pyjwt"),
        ("nosuch", None),
        ("logging.handlers", None),
        ("umqtt", None),
        ("", None),
    ],
)
def test_modules_of_micropython_lib(module, package):
    assert package_of(module, LIBRARY) == package
    assert package_of(module, ()) is None


def test_names_with_dashes():
    assert package_of("wonder.lamp", ["wonder-lamp"]) == "wonder-lamp"
    assert package_of("lamp", ["wonder-lamp", "Lamp"]) is None
