"""Says how large the file system is that holds a path; None where there is none, or it cannot tell."""


def __iot_space__(say, path):
    import os
    from builtins import Exception

    found = None
    try:
        found = os.statvfs(path)
        if not found[2]:
            found = os.statvfs(os.getcwd())
    except Exception:
        pass
    say(found)
