"""Tells what `profile_small` found, and puts everything back."""


def __iot_x__(rows, state, wrap):
    from builtins import globals, print, range
    from time import ticks_diff, ticks_us

    variables = globals()

    def plain():
        pass

    new = wrap(plain, "")
    rows.pop()
    state[0] = 1
    begin = ticks_us()
    for _ in range(10):
        new()
    middle = ticks_us()
    for _ in range(10):
        plain()
    cost = ticks_diff(middle, begin) - ticks_diff(ticks_us(), middle)
    state[0] = 0
    print(end="\x1eMARK('ticks_us',%d,%d,%d,[" % (state[4], state[5], cost))
    for row in rows:
        for name in variables:
            if variables[name] is row[6]:
                variables[name] = row[5]
        if row[1]:
            print(end="('',%r,0,%d,%d,%d,[])," % (row[0], row[1], row[2], row[3]))
    print(end="])\x1f")


try:
    __iot_x__(*__iot_profile__(None, 1))
finally:
    del __iot_x__, __iot_profile__
