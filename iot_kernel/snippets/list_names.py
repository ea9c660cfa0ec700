"""Tells the names in a directory that begin with some letters; behind those of directories stands a slash."""


def __iot_list_names__(path, prefix, most):
    import os
    from builtins import Exception, getattr, isinstance, len, print, repr, tuple

    found = None
    try:
        listing = getattr(os, "ilistdir", os.listdir)
        entries = listing(path) if path else listing()
        found = []
        for entry in entries:
            name, kind = entry[:2] if isinstance(entry, tuple) else (entry, None)
            if name.startswith(prefix):
                if len(found) == most:
                    found.append(None)
                    break
                try:
                    kind = kind or os.stat(path + "/" + name if path else name)[0] & 0xF000
                except Exception:
                    pass
                found.append(name + "/" if kind == 0x4000 else name)
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(found), end="")
