"""``machine`` of the virtual board on the WebAssembly port: its pins, and resets that run main.py again."""

from pins import ADC, PWM, Pin, disable_irq, enable_irq, freq, idle, lightsleep  # noqa: F401 - passed on

PWRON_RESET = 1
HARD_RESET = 2
SOFT_RESET = 5

_uid = b""


def power_on(uid):
    """Called once, before programs run."""
    global _uid
    _uid = bytes(int(uid[at : at + 2], 16) for at in range(0, len(uid), 2))


def unique_id():
    return _uid


def reset():
    raise SystemExit


soft_reset = reset


def reset_cause():
    return PWRON_RESET


class Signal:
    """A pin whose level may mean its contrary."""

    def __init__(self, pin, invert=False):
        self._pin = pin
        self._invert = invert

    def value(self, level=None):
        if level is None:
            return self._pin.value() ^ self._invert
        return self._pin.value(bool(level) ^ self._invert)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
