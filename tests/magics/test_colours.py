"""The colours are the first IoT Kernel's."""

from iot_kernel.magics.colours import alarm, banner, blue, dim, green, red


def test_codes():
    assert banner("a") == "\x1b[46m\x1b[30ma\x1b[0m"
    assert alarm("a") == "\x1b[46m\x1b[31ma\x1b[0m"
    assert dim("a") == "\x1b[2ma\x1b[0m"
    assert red("a") == "\x1b[31ma\x1b[0m"
    assert green("a") == "\x1b[32ma\x1b[0m"
    assert blue("a") == "\x1b[34ma\x1b[0m"
