"""Says what the firmware has for files."""


def __iot_abilities__(say):
    import gc
    import os

    algorithm = "adler32"
    try:
        import binascii
    except ImportError:
        binascii = None
    if hasattr(binascii, "crc32"):
        algorithm = "crc32"
    try:
        import hashlib

        for name in ("sha1", "sha256"):
            try:
                getattr(hashlib, name, 0) or hashlib.new(name)
                algorithm = name
            except Exception:
                pass
    except ImportError:
        pass
    try:
        import time

        epoch = time.gmtime(0)[0]
    except Exception:
        epoch = 1970
    try:
        import deflate

        inflates = hasattr(deflate, "DeflateIO")
    except ImportError:
        inflates = False
    gc.collect()
    free = gc.mem_free() if hasattr(gc, "mem_free") else 0
    say(
        hasattr(os, "mkdir"),
        hasattr(os, "rename"),
        hasattr(binascii, "a2b_base64"),
        inflates,
        algorithm,
        epoch,
        free,
    )
