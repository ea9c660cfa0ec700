"""Tells what `profile_small` found, and puts everything back."""


def __iot_x__(variables, rows, state):
    from builtins import print

    print(end="\x1eMARK('ticks_us',%d,%d,-1,[" % (state[4], state[5]))
    for row in rows:
        for name in variables:
            if variables[name] is row[6]:
                variables[name] = row[5]
        if row[1]:
            print(end="('',%r,0,%d,%d,%d,[])," % (row[0], row[1], row[2], row[3]))
    print(end="])\x1f")


try:
    __iot_x__(globals(), *__iot_profile__(None, 1))
finally:
    del __iot_x__, __iot_profile__
