"""Gives a function that takes data, and without data returns the beginning of its digest."""


def __iot_digest__(name):
    import hashlib
    from builtins import getattr

    check = (getattr(hashlib, name, None) or (lambda: hashlib.new(name)))()

    def feed(data=None):
        if data is None:
            return check.digest()[:8]
        return check.update(data)

    return feed
