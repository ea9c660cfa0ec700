"""Says which ulab the firmware has, and how many bytes its floats have; nothing without ulab."""


def __iot_ulab__(say):
    from builtins import Exception

    try:
        import ulab
        from ulab import numpy

        say(ulab.__version__, numpy.array([0.0]).itemsize)
    except Exception:
        pass
