"""``machine`` of the virtual board on the WebAssembly port: its pins, and resets that run main.py again."""

from common_machine import (  # noqa: F401 - most are passed on
    ADC,
    HARD_RESET,
    PWM,
    PWRON_RESET,
    SOFT_RESET,
    Pin,
    Switch,
    disable_irq,
    enable_irq,
    freq,
    idle,
    lightsleep,
    power_on,
    unique_id,
)


def reset():
    raise SystemExit


soft_reset = reset


def reset_cause():
    return PWRON_RESET


class Signal(Switch):
    """A pin whose level may mean its contrary."""

    def __init__(self, pin, invert=False):
        self._pin = pin
        self._invert = invert

    def value(self, level=None):
        if level is None:
            return self._pin.value() ^ self._invert
        return self._pin.value(bool(level) ^ self._invert)
