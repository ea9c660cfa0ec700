"""Which package of an index has a module. Pure: nothing is fetched."""

from __future__ import annotations

from collections.abc import Collection

#: micropython-lib's packages in August 2026, from which micropython.org's index is made; without those that
#: only bundle others.
_NAMES = """
__future__ abc aioble aioespnow aiohttp aiorepl argparse base64 binascii bisect bmi270 bmm150 cbor2 cmd
collections collections-defaultdict colorsys contextlib copy curses.ascii datetime dht ds18x20 errno
espflash fnmatch functools gzip hashlib heapq hmac hs3003 html hts221 inspect io iperf3 itertools keyword
lcd160cr locale logging lora lora-async lora-stm32wl5 lora-sx126x lora-sx127x lora-sync lps22h lsm6dsox
lsm9ds1 mhz19 mip neopixel nrf24l01 ntptime onewire operator os os-path pathlib pickle pkg_resources
pkgutil pprint pyjwt quopri random requests sdcard senml shutil ssd1306 ssl stat string struct tarfile
tempfile textwrap threading time traceback types uaiohttpclient ucontextlib udnspkt umqtt.robust
umqtt.simple unittest upysh urequests urllib.urequest usb-device usb-device-cdc usb-device-hid
usb-device-keyboard usb-device-midi usb-device-mouse utop uu uuid venv warnings webrepl wm8960 xmltok zlib
"""
LIBRARY = frozenset(_NAMES.split())

#: Modules that have another name than their package.
_MODULES = {
    "jwt": "pyjwt",
    "webrepl_setup": "webrepl",
    "lora.async_modem": "lora-async",
    "lora.sync_modem": "lora-sync",
    "lora.stm32wl5": "lora-stm32wl5",
    "lora.sx126x": "lora-sx126x",
    "lora.sx127x": "lora-sx127x",
}


def package_of(module: str, names: Collection[str]) -> str | None:
    """The package that has a module; None where none is known.

    Args:
        module: its name, with those of the packages around it: ``umqtt.simple``.
        names: of the packages in an index.
    """
    by_module = {name.replace("-", "."): name for name in names}
    return by_module.get(_MODULES.get(module, module).replace("-", "."))
