"""What ``machine`` of the virtual board has on each of MicroPython's ports: a uid, pins, an analog input.

Pins are wires to nowhere: an output keeps its level, an input has that of its pull resistor until a program
drives it with `Pin.drive`. Their callbacks run where the level changes.
"""

import math as _math
import random as _random
import time as _time

try:
    from umachine import PinBase
except ImportError:  # the WebAssembly port has none
    PinBase = object

PWRON_RESET = 1
HARD_RESET = 2
SOFT_RESET = 5

_FULL_SCALE_UV = 3_300_000

_uid = b""
_frequency = 240_000_000


def power_on(uid):
    """Called once, before programs run."""
    global _uid
    _uid = bytes(int(uid[at : at + 2], 16) for at in range(0, len(uid), 2))


def unique_id():
    return _uid


def freq(hz=None):
    """Gets or sets the clock frequency, a number without effect."""
    global _frequency
    if hz is None:
        return _frequency
    _frequency = hz
    return None


def idle():
    _time.sleep_ms(1)


def lightsleep(milliseconds=0):
    _time.sleep_ms(milliseconds)


def disable_irq():
    return 0


def enable_irq(_state=0):
    pass


class _Wire:
    """What a pin's number stands for, however many Pin objects there are."""

    def __init__(self):
        self.level = 0
        self.mode = None
        self.handler = None
        self.trigger = 0

    def drive(self, level, pin):
        level = 1 if level else 0
        edge = level - self.level
        self.level = level
        if edge and self.handler and self.trigger & (Pin.IRQ_RISING if edge > 0 else Pin.IRQ_FALLING):
            self.handler(pin)


_wires = {}


class Switch:
    """What has a level: its ``value`` sets it, or gives it."""

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class Pin(PinBase, Switch):
    """A pin; objects for the same number are the same pin."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, number, mode=None, pull=None, value=None):
        self._number = number
        self._wire = _wires.setdefault(number, _Wire())
        self.init(mode, pull, value)

    def init(self, mode=None, pull=None, value=None):
        if mode is not None:
            self._wire.mode = mode
        if pull is not None:
            self._wire.level = 1 if pull == Pin.PULL_UP else 0
        if value is not None:
            self.drive(value)

    def value(self, level=None):
        if level is None:
            return self._wire.level
        if self._wire.mode != Pin.IN:
            self.drive(level)
        return None

    def drive(self, level):
        """Puts a level on the wire from outside, as a button or another chip would."""
        self._wire.drive(level, self)

    def irq(self, handler=None, trigger=3, hard=False):
        self._wire.handler = handler
        self._wire.trigger = trigger
        return self

    def toggle(self):
        self.value(1 - self._wire.level)

    high = Switch.on
    low = Switch.off

    def __repr__(self):
        return "Pin(%r, %s)" % (self._number, "IN" if self._wire.mode == Pin.IN else "OUT")


class ADC:
    """An analog input with a sine on it: 1.65 V plus and minus 1.2 V, with 5 mV of noise.

    The pin's number is the sine's frequency in hertz; pins 0 and those with names have 1 Hz. The sensor
    in the chip gives the voltage of a Pico's, 0.706 V at 27 °C and 1.721 mV less for each degree more: a
    finger warms it from 24 to 27 °C and lets it cool, every 12 s.
    """

    CORE_TEMP = "CORE_TEMP"
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    def __init__(self, pin, atten=None):
        number = pin._number if isinstance(pin, Pin) else pin
        self._is_in_chip = number == ADC.CORE_TEMP
        self._frequency = number if isinstance(number, int) and number > 0 else 1

    def read_uv(self):
        seconds = _time.ticks_ms() % 1_000_000 / 1000
        if self._is_in_chip:
            degrees = 25.5 - 1.5 * _math.cos(_math.pi * seconds / 6) + _random.uniform(-0.1, 0.1)
            return int(706_000 - 1721 * (degrees - 27))
        volts = (
            1.65 + 1.2 * _math.sin(2 * _math.pi * self._frequency * seconds) + _random.uniform(-0.005, 0.005)
        )
        return int(volts * 1e6)

    def read_u16(self):
        return self.read_uv() * 65535 // _FULL_SCALE_UV

    def read(self):
        return self.read_u16() >> 4

    def atten(self, _attenuation):
        pass

    def width(self, _bits):
        pass


class PWM:
    """A pulse on a pin, as far as its settings can be read back."""

    def __init__(self, pin, freq=1000, duty_u16=0, duty_ns=None):
        self._pin = pin
        self._frequency = freq
        self._duty = duty_u16
        if duty_ns is not None:
            self.duty_ns(duty_ns)

    init = __init__

    def freq(self, hz=None):
        if hz is None:
            return self._frequency
        self._frequency = hz
        return None

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        self._duty = max(0, min(duty, 65535))
        return None

    def duty_ns(self, nanoseconds=None):
        if nanoseconds is None:
            return self._duty * 1_000_000_000 // (65535 * self._frequency)
        return self.duty_u16(nanoseconds * self._frequency * 65535 // 1_000_000_000)

    def deinit(self):
        self._duty = 0
