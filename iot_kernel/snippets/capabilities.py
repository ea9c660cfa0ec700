"""Says what the firmware has for files."""


def __iot_capabilities__(say):
    import gc
    from builtins import Exception, __import__, getattr, hasattr

    def module(name):
        for prefix in PREFIXES:  # see iot_kernel.snippets.from_firmware
            try:
                return __import__(prefix + name)
            except Exception:
                pass

    os = module("os")
    binascii = module("binascii")
    hashlib = module("hashlib")
    algorithm = "crc32" if hasattr(binascii, "crc32") else "adler32"
    for name in ("sha1", "sha256"):
        try:
            getattr(hashlib, name, 0) or hashlib.new(name)
            algorithm = name
        except Exception:
            pass
    try:
        epoch = module("time").gmtime(0)[0]
    except Exception:
        epoch = 1970
    inflates = hasattr(module("deflate"), "DeflateIO")
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
