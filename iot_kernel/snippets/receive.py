"""Receives files through the standard input, in blocks, and answers each with a frame; see files/upload.py.

While it runs, Ctrl-C is a byte like any other. Whatever happens, it reads until the host has nothing more to
send, or for a while nothing has come: what it left would be taken for code.
"""


def __iot_receive__(nonce, longest, frame, variables):
    import gc
    import sys

    import micropython
    import uio as io
    import uos as os
    import uselect as select
    import ustruct as struct
    from ubinascii import crc32

    try:
        import uhashlib as hashlib

        kind = int(not hasattr(hashlib, "sha256"))
        new = hashlib.sha1 if kind else hashlib.sha256
    except (ImportError, AttributeError):
        kind = 2
        new = None
    try:
        import deflate
    except Exception:
        deflate = None
    read = sys.stdin.buffer.readinto
    poll = select.poll()
    poll.register(sys.stdin, 1)
    micropython.kbd_intr(3)
    gc.collect()
    free = gc.mem_free()
    unit = min(longest, max(256, free // 16 & ~255))
    window = 0
    if deflate:
        window = 10
        while window < 15 and free > 40 << window:
            window += 1
    buffer = bytearray(unit)
    view = memoryview(buffer)
    plain = memoryview(bytearray(unit)) if deflate else None
    head = bytearray(4)
    taken = 0

    def answer():
        frame(taken, struct.pack("<BBHHHBB", nonce, failed, taken & 0xFFFF, placed, unit, window, kind))

    def parents(path):
        at = path.find("/", 1)
        while at > 0:
            try:
                os.mkdir(path[:at])
            except OSError:
                pass
            at = path.find("/", at + 1)

    def create(size):
        try:
            file = open(temporary, "wb")
        except OSError as error:
            if error.args[0] != 2:
                raise
            parents(temporary)
            file = open(temporary, "wb")
        if hasattr(os, "statvfs"):
            found = os.statvfs(temporary.rsplit("/", 1)[0] or "/")
            if found[0] * found[3] < size:
                file.close()
                raise OSError(28)
        return file

    def replace(path):
        try:
            os.rename(temporary, path)
        except OSError as error:
            if error.args[0] != 17:
                raise
            os.remove(path)
            os.rename(temporary, path)

    def quiet():
        while poll.poll(300):
            read(head[:1])

    def take(data):
        nonlocal digest
        file.write(data)
        if new:
            digest.update(data)
        else:
            digest = crc32(data, digest)

    def inflate(size):
        nonlocal held
        total = struct.unpack("<I", buffer)[0]
        at = source.tell()
        rest = source.read(held - at)
        source.seek(0)
        source.write(rest)
        source.write(view[4:size])
        source.seek(0)
        held = len(rest) + size - 4
        while total:
            count = inflater.readinto(plain[: min(total, unit)])
            if not count:
                raise OSError(5)
            take(plain[:count])
            total -= count

    file = temporary = digest = inflater = source = None
    held = failed = placed = 0
    lost = True
    micropython.kbd_intr(-1)
    try:
        answer()
        while True:
            if not poll.poll(8000):
                raise OSError(110)
            read(head)
            step, size, check = struct.unpack("<BHB", head)
            is_whole = (step + size + (size >> 8) + check) & 255 == 255
            if is_whole and step == 0 and size == 0xA55A:
                lost = False
                answer()
                break
            if not is_whole or not 0 < step < 5 or size > unit:
                raise OSError(71)
            read(view[:size])
            if not failed:
                try:
                    if step == 1:
                        temporary = bytes(view[5:size]).decode()
                        file = create(struct.unpack("<I", view[1:5])[0]) if temporary else io.BytesIO()
                        digest = new() if new else 0
                        inflater = None
                        if buffer[0]:
                            held = 0
                            source = io.BytesIO()
                            inflater = deflate.DeflateIO(source, deflate.RAW, buffer[0])
                    elif step == 2:
                        take(view[:size])
                    elif step == 3:
                        inflate(size)
                    else:
                        found = digest.digest() if new else struct.pack("<I", digest)
                        name = bytes(view[1 + len(found) : size]).decode()
                        if found != bytes(view[1 : 1 + len(found)]):
                            failed = 255
                        elif temporary:
                            file.close()
                            replace(name)
                            temporary = None
                            placed += 1
                        else:
                            variables[name] = file.getvalue()
                            placed += 1
                except OSError as error:
                    failed = error.args[0] or 5
                except MemoryError:
                    failed = 12
            taken += 1
            answer()
    finally:
        if lost:
            quiet()
        micropython.kbd_intr(3)
        if file:
            file.close()
        if temporary:
            try:
                os.remove(temporary)
            except OSError:
                pass


__iot_receive__(NONCE, LONGEST, __iot_frame__, VARIABLES)
