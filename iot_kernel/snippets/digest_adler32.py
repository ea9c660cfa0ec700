"""Gives a function that takes data, and without data returns its Adler-32: for firmware with no digest."""


def __iot_digest__(name):
    low, high = 1, 0

    def feed(data=None):
        nonlocal low, high
        if data is None:
            return high << 16 | low
        for byte in data:
            low += byte
            high += low
        low %= 65521
        high %= 65521

    return feed
