"""Says how large a file system is."""


def __iot_space__(say, path):
    import os

    space = os.statvfs(path)
    if not space[2]:
        space = os.statvfs(os.getcwd())
    say(space)
