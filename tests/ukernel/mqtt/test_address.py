"""Urls of brokers."""

import pytest

from tests.each import each
from ukernel.pipes.mqtt.address import BrokerAddress, parse_broker


@each(
    "url, expected",
    [
        ("mqtt://broker", BrokerAddress("mqtt", "broker", 1883, "iot")),
        ("mqtt://broker/", BrokerAddress("mqtt", "broker", 1883, "iot")),
        ("mqtts://broker/home/lab/", BrokerAddress("mqtts", "broker", 8883, "home/lab")),
        ("mqtt://10.0.0.7:1884/x", BrokerAddress("mqtt", "10.0.0.7", 1884, "x")),
        ("mqtt://[::1]/x", BrokerAddress("mqtt", "::1", 1883, "x")),
        ("mqtt://me@broker/x%20y", BrokerAddress("mqtt", "broker", 1883, "x y", "me")),
        ("mqtt://me:s%40cret@broker/x", BrokerAddress("mqtt", "broker", 1883, "x", "me", "s@cret")),
    ],
)
def test_urls(url, expected):
    assert parse_broker(url) == expected


@each(
    "url",
    [
        "broker",
        "http://broker",
        "mqtt://",
        "mqtt:///prefix",
        "mqtt://broker:0/x",
        "mqtt://broker:70000",
        "mqtt://broker:x",
        "mqtt://broker/a+b",
        "mqtt://broker/a%23",
        "mqtt://broker/a?b=c",
        "mqtt://broker/a#b",
        "mqtt://broker/$SYS",
        "mqtt://broker/a%00",
        "mqtt://broker/" + "x" * 2000,
        "mqtt://me:secret@/x",
        "tcp://me:secret@broker/x",
    ],
)
def test_what_is_no_url_of_a_broker(url):
    with pytest.raises(ValueError, match=r"broker|prefix") as error:
        parse_broker(url)
    assert "secret" not in str(error.value)


def test_only_text_is_a_url():
    with pytest.raises(TypeError, match="not bytes"):
        parse_broker(b"mqtt://broker")


def test_a_password_shows_nowhere():
    address = parse_broker("mqtts://me:secret@[::1]:1/x")
    assert str(address) == "mqtts://me@[::1]:1/x"
    assert "secret" not in repr(address)
