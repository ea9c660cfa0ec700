"""What is said where no board is found."""

from iot_kernel.boards.errors import DeviceNotFoundError
from tests.each import each


@each(
    ("wanted", "hint"),
    [
        ("192.168.1.20", "'%connect ws://192.168.1.20' connects a board that has a WebREPL at this address"),
        (
            "10.0.0.7:8266",
            "'%connect ws://10.0.0.7:8266' connects a board that has a WebREPL at this address",
        ),
        ("ttyACM0", "'%connect /dev/ttyACM0' connects the board at this port"),
        ("cu.usbmodem14101", "'%connect /dev/cu.usbmodem14101' connects the board at this port"),
        ("sim", "as an address: '%connect sim://'"),
        ("sim:garden", "as an address: '%connect sim://garden'"),
        ("sim:/garden", "as an address: '%connect sim://garden'"),
        ("serial:/dev/ttyACM0", "as an address: '%connect serial:///dev/ttyACM0'"),
        ("ws:192.168.1.20", "as an address: '%connect ws://192.168.1.20'"),
    ],
)
def test_an_address_that_is_written_otherwise(wanted, hint):
    assert str(DeviceNotFoundError(wanted)) == (
        f"no board is called '{wanted}' ({hint}; '%discover' looks for boards)"
    )


@each("wanted", ["lamp", "30:ae:a4:30:84:34", "serial", "similar", "1.2.3", "sim:a'b"])
def test_a_name_is_a_name(wanted):
    assert str(DeviceNotFoundError(wanted)) == f"no board is called '{wanted}' ('%discover' looks for boards)"
