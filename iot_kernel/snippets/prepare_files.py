"""Makes the directories that files need; says which file cannot be put where it belongs, and why."""


def __iot_prepare__(say, files):
    import os
    from builtins import Exception, OSError

    spaces = {}
    used = {}

    def space(top):
        for where in (top, "/", os.getcwd()):
            try:
                found = os.statvfs(where)
                if found[2]:
                    return found
            except Exception:
                pass

    def blocks(size, unit):
        return (size + unit - 1) // unit

    index = 0
    for path, size in files:
        failed = old = 0
        try:
            found = os.stat(path)
            old = found[6]
            failed = found[0] & 0xF000 == 0x4000 and "EISDIR"
        except OSError:
            pass
        top = path[: path.find("/", 1)] if "/" in path[1:] else "/"
        if top not in spaces:
            spaces[top] = space(top)
        now = spaces[top]
        if now:
            unit = now[1]
            before = used.get(now, 0)
            new = blocks(size, unit)
            if before + new > now[4]:
                failed = failed or "ENOSPC"
            used[now] = before + new - blocks(old, unit)
        try:
            failed or __iot_mkdirs__(say, path[: path.rfind("/")])
        except OSError as error:
            failed = "ENOTDIR" if error.args[0] == "EEXIST" else error.args[0]
        if failed:
            say(index, failed)
            return
        index += 1
