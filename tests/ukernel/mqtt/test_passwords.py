"""Users and passwords of brokers, from the secrets file."""

import pytest

from tests.each import each
from ukernel.pipes.mqtt.address import parse_broker
from ukernel.pipes.mqtt.passwords import log_in

KNOWN = """
import time
mqtt_pwds = {"me@broker": "one", "me@broker:1884": "two", "you@other": "three", "a@both": "x", "b@both": "y"}
"""


@pytest.fixture
def known(tmp_path):
    def log_in_to(url, text=KNOWN):
        file = tmp_path / "secrets.py"
        file.write_text(text)
        address = log_in(parse_broker(url), {"IOT_SECRETS": str(file)})
        return address.user, address.password

    return log_in_to


@each(
    "url, expected",
    [
        ("mqtt://broker", ("me", "one")),
        ("mqtt://me@broker", ("me", "one")),
        ("mqtt://broker:1884", ("me", "two")),
        ("mqtt://nobody@broker", ("nobody", "")),
        ("mqtt://me:own@broker", ("me", "own")),
        ("mqtts://other/x", ("you", "three")),
        ("mqtt://unknown", ("", "")),
        ("mqtt://b@both", ("b", "y")),
    ],
)
def test_who_logs_in(known, url, expected):
    assert known(url) == expected


def test_several_users(known):
    with pytest.raises(ValueError, match=r"has several users for it \(a, b\): name one in the url"):
        known("mqtt://both")


@each(
    "text, problem",
    [
        ("mqtt_pwds = ['secret']", r'mqtt_pwds must be {"user@host": "password", …} \(line 1\)'),
        ("mqtt_pwds = {'me@broker': 1}", "must be"),
        ("mqtt_pwds = dict(secret=1)", "must have a plain value"),
        ("mqtt_pwds = {'secret", "not valid Python"),
        ("#" * 100_001, "larger than 100000 bytes"),
    ],
)
def test_files_that_cannot_be_used(known, text, problem):
    with pytest.raises(ValueError, match=problem) as error:
        known("mqtt://broker", text)
    assert "secret'" not in str(error.value)


def test_no_file(tmp_path):
    address = parse_broker("mqtt://broker")
    assert log_in(address, {"IOT_SECRETS": str(tmp_path / "none.py")}) == address
    with pytest.raises(ValueError, match="cannot be read"):
        log_in(address, {"IOT_SECRETS": str(tmp_path)})
