"""Tells what `describe` does of a thing in a module of the firmware, which `firmware` finds; see there."""


def __iot_describe_firmware__(module, inside, most):
    from builtins import Exception, print, repr

    said = None
    try:
        said = __iot_short_value__(__iot_firmware__(module, inside), most)
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
