"""Tells of what kind a thing on the board is, with a short value; runs no code of the user's.

The thing is found by `follow` and told of by `short_value`, which say how.
"""


def __iot_describe__(chain, most):
    from builtins import Exception, print, repr

    said = None
    try:
        said = __iot_short_value__(__iot_follow__(chain)[0], most)
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
