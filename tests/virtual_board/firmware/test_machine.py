"""The board's `machine`."""

import ast

import pytest

from tests.virtual_board.firmware.dialogue import RAW_BANNER

pytestmark = pytest.mark.board


def value(raw, code):
    return ast.literal_eval(raw.run("import machine, time\nfrom machine import *\n" + code).decode())


class TestPin:
    def test_an_output_keeps_its_level(self, raw):
        code = "p = Pin(2, Pin.OUT)\np.on()\na = p(), Pin(2).value()\np.toggle()\nprint((a, p.value()))"
        assert value(raw, code) == ((1, 1), 0)

    def test_an_input_follows_its_pull_until_driven(self, raw):
        code = (
            "p = Pin(3, Pin.IN, Pin.PULL_UP)\na = p.value()\np.value(0)\nb = p.value()\np.drive(0)\n"
            "print((a, b, p.value()))"
        )
        assert value(raw, code) == (1, 1, 0)

    def test_calls_on_edges(self, raw):
        code = (
            "seen = []\np = Pin(4, Pin.IN)\np.irq(lambda pin: seen.append(pin.value()), Pin.IRQ_FALLING)\n"
            "for level in (1, 1, 0, 0, 1, 0): p.drive(level)\nprint(seen)"
        )
        assert value(raw, code) == [0, 0]

    def test_is_a_pin_to_the_ports_own_classes(self, raw):
        assert value(raw, "p = Pin(5, Pin.OUT, value=1)\nprint(Signal(p, invert=True).value())") == 0


class TestADC:
    def test_reads_a_wave_within_its_range(self, raw):
        volts = value(
            raw,
            "a = ADC(4)\nv = []\n"
            "for _ in range(100):\n v.append(a.read_uv() / 1e6)\n time.sleep_ms(5)\nprint(v)",
        )
        assert 0.4 < min(volts) < 0.6 < 2.7 < max(volts) < 2.9

    def test_has_the_scale_of_boards(self, raw):
        raw16, microvolts = value(raw, "a = ADC(Pin(1))\nprint((a.read_u16(), a.read_uv()))")
        assert raw16 / 65535 * 3.3 == pytest.approx(microvolts / 1e6, abs=0.1)

    def test_the_chips_own_sensor_tells_a_temperature_as_a_picos_does(self, raw):
        code = (
            "sensor, t = ADC(ADC.CORE_TEMP), []\n"
            "for _ in range(50):\n"
            " t.append(27 - (sensor.read_u16() * 3.3 / 65535 - 0.706) / 0.001721)\n time.sleep_ms(10)\n"
            "print(t)"
        )
        degrees = value(raw, code)
        assert len(set(degrees)) > 5
        assert 23.5 < min(degrees) < max(degrees) < 27.5


class TestClock:
    def test_can_be_set(self, raw):
        code = (
            "r = RTC()\nr.datetime((2030, 1, 2, 0, 3, 4, 5, 0))\n"
            "set = time.mktime((2030, 1, 2, 3, 4, 5, 0, 0))\n"
            "print((r.datetime()[:7], time.localtime()[:6], time.time() - set < 5))"
        )
        assert value(raw, code) == ((2030, 1, 2, 2, 3, 4, 5), (2030, 1, 2, 3, 4, 5), True)

    @pytest.mark.parametrize("reset", [b"\x04", b"import machine\nmachine.reset()\x04"])
    def test_outlives_a_reset(self, raw, reset):
        raw.run("import machine\nmachine.RTC().datetime((2030, 1, 2, 0, 3, 4, 5, 0))")
        raw.say(reset)
        if reset == b"\x04":
            raw.hear(RAW_BANNER)
        else:
            raw.enter_raw()
        assert value(raw, "print(RTC().datetime()[:3])") == (2030, 1, 2)

    def test_starts_with_the_hosts(self, raw):
        assert value(raw, "print(time.time())") == pytest.approx(__import__("time").time(), abs=60)


class TestTimer:
    def test_periodic(self, raw):
        code = (
            "n = 0\ndef tick(timer):\n global n\n n += 1\n if n == 3: timer.deinit()\n"
            "Timer(-1, mode=Timer.PERIODIC, period=5, callback=tick)\n"
            "while n < 3: time.sleep_ms(1)\ntime.sleep_ms(150)\nprint(n)"
        )
        assert value(raw, code) == 3

    def test_one_shot_and_an_error_in_the_callback(self, raw):
        raw.run(
            "from machine import Timer\nTimer(0).init(mode=Timer.ONE_SHOT, period=1, callback=lambda t: 1/0)"
        )
        assert b"ZeroDivisionError" in raw.hear(b"divide by zero\r\n")

    def test_runs_at_the_prompt(self, raw):
        raw.run("import machine\nmachine.Timer(0, period=30, callback=lambda t: print('tick'))")
        raw.hear(b"tick\r\ntick\r\n")


class TestBoard:
    def test_id_is_that_of_the_directory(self, switch_on, unix):
        ids = []
        for _ in range(2):
            board = switch_on()
            board.enter_raw()
            ids.append(value(board, "print(unique_id())"))
            board.close()
        assert ids[0] == ids[1]
        assert len(ids[0]) == 6

    def test_why_it_started(self, raw):
        causes = [value(raw, "print(reset_cause() == PWRON_RESET)")]
        raw.ask(b"\x04", RAW_BANNER)
        causes.append(value(raw, "print(reset_cause() == SOFT_RESET)"))
        raw.say(b"machine.reset()\x04import machine\nmachine.reset()\x04")
        raw.enter_raw()
        causes.append(value(raw, "print(reset_cause() == HARD_RESET)"))
        assert causes == [True, True, True]

    def test_frequency_and_pulses(self, raw):
        assert value(raw, "freq(80_000_000)\nprint(freq())") == 80_000_000
        code = (
            "p = PWM(Pin(6), freq=1000, duty_u16=32768)\np.duty_ns(250_000)\nprint((p.freq(), p.duty_u16()))"
        )
        assert value(raw, code) == (1000, 16383)
