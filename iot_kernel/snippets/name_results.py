"""Gives results that are kept their names: ``_3`` for that of cell 3."""


def __iot_x__():
    import builtins as b

    for number in ASKED:
        name = "_%d" % number
        for kept in __iot_kept__[0]:
            if kept[0] == number:
                b.setattr(b, name, kept[1])


__iot_x__()
del __iot_x__
