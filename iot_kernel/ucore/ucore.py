"""Pipes and displays: channels of bytes and pictures, from this board to the computer that runs the notebook.

    import ucore

    with ucore.open_pipe("adc") as pipe:
        pipe.write(struct.pack("<f", 1.5))

    ucore.display("<b>hot</b>", mime="text/html")

Runs on the board: MicroPython and CircuitPython; one file, so that it is installed as one. Messages leave it
as frames among its output, laid out as docs/reference/protocol.md tells, each with one ``write``; nothing
loops over bytes. For firmware that has less, functions at the end take the place of others: without
``sys.stdout.buffer`` output is text, where LF becomes CR LF, and there may be no ``binascii.crc32``.

MicroPython puts a function's state on the heap where it takes more than 11 words (variables, stack, 3 for
each ``try``), and then every call makes the next objects search all of a heap in use, which takes up to a
hundred times as long as the rest. What each ``write`` runs through stays below that: few variables, used
twice, with short names where minifying would make one more of them, arguments as one tuple, no ``*``.

Threads take turns. A timer's callback cannot wait for the code that it interrupts, so what it writes
meanwhile is sent as soon as that code is done with its own message.
"""

import sys
from struct import pack

try:
    from binascii import crc32
except ImportError:
    crc32 = None
try:
    from time import ticks_us
except ImportError:
    try:
        from time import monotonic_ns

        def ticks_us():
            """Tells the time where there is no other clock, on CircuitPython."""
            return monotonic_ns() // 1000

    except ImportError:
        ticks_us = None

try:
    from _thread import allocate_lock, get_ident

    _lock = allocate_lock()
except ImportError:  # then nobody but callbacks comes between

    class _NoLock:
        def acquire(self):
            pass

        release = acquire

    _lock = _NoLock()

    def get_ident():
        """Names the only thread there is."""
        return 1


#: Grows with what can be called; the notebook's side tells an older one by it.
VERSION = 2

#: Bytes of one message.
LONGEST_MESSAGE = 65535

#: Bytes of a name in UTF-8.
LONGEST_NAME = 64

#: Messages of callbacks that wait for the code they interrupted; one more is lost.
MOST_WAITING = 16

_CONTROL = 1
# One for each open pipe. Escaping would make frames of the other three longer.
_CHANNELS = [channel for channel in range(255, 15, -1) if channel not in (0x3E, 0xFD, 0xFE)]
_MORE = 0x8000
_CONTINUES = 0x4000
_LONGEST = 4096
_SMALLEST = 64
_SHORT = 256  # bytes that are always sent in one piece

_is_text = not hasattr(sys.stdout, "buffer")
_send = sys.stdout.write if _is_text else sys.stdout.buffer.write
_open = {}  # never changed but exchanged: threads look into it while another one opens a pipe
_waiting = []
_owner = None  # the thread whose turn it is
_generation = 0
_longest = _LONGEST  # bytes in one piece; less where memory turns out to be short


class _Channel:
    """Counts the pieces of one channel."""

    def __init__(self, number, generation, is_stamped):
        self.number = number
        self.generation = generation
        self.is_stamped = is_stamped
        self.is_open = True
        self.sequence = 0
        self.missed = 0  # messages of callbacks that could not wait


_control = _Channel(_CONTROL, 0, False)


class Pipe:
    """An open pipe; made by `open_pipe`. At the end of a ``with`` block it is closed."""

    def __init__(self, name, channel):
        self.name = name
        self._channel = channel

    def write(self, data):
        """Sends a message: the reader gets it whole, as one ``bytes`` object.

        Args:
            data: bytes, or what has bytes inside; at most 65 535 of them. A bytearray is not copied first, so
                no other thread should change it meanwhile.

        Returns:
            Whether it was sent; False where the pipe has been closed, or opened anew by somebody else.
        """
        if not isinstance(data, (bytes, bytearray)):
            data = _bytes_of(data)
        if len(data) > LONGEST_MESSAGE:
            raise ValueError("a message has at most 65535 bytes, not %d" % len(data))
        channel = self._channel
        stamp = pack("<I", ticks_us() & 0x3FFFFFFF) if channel.is_stamped else b""
        return _in_turn(_message, (channel, stamp, data))

    def close(self):
        """Closes the pipe of this name; the reader's stream ends behind the last message."""
        close_pipe(self.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return "<%s pipe %r>" % ("open" if self._channel.is_open else "closed", self.name)


def _bytes_of(data):
    if isinstance(data, str):
        raise TypeError("a pipe takes bytes, not str: use encode()")
    try:
        memoryview(data)  # refuses what has no bytes; bytes(5) would make five
    except TypeError:
        raise TypeError("a pipe takes bytes, not %r: use struct.pack()" % (data,))
    return bytes(data)


def open_pipe(name, timestamps=False):
    """Opens a pipe, unless it is open.

    Args:
        name: what readers ask for: 1 to 64 bytes of UTF-8 without control characters.
        timestamps: send this board's time of each ``write`` as well, 4 bytes a message.

    Returns:
        A `Pipe`; for a pipe that is open another handle to it.

    Raises:
        TypeError: the name is no text.
        ValueError: this cannot be a name.
        OSError: with 24, EMFILE: 237 pipes are open; with 16, EBUSY: a timer's callback calls it in the
            middle of a ``write``.
    """
    if not isinstance(name, str):
        raise TypeError("the name of a pipe is a str")
    size = len(name.encode())
    if not 0 < size <= LONGEST_NAME or [1 for letter in name if ord(letter) < 32 or ord(letter) == 127]:
        raise ValueError("the name of a pipe has 1 to 64 bytes and no control characters")
    channel = _in_turn(_opened, (name, bool(timestamps and ticks_us)))
    if channel is None:
        raise OSError(16)
    return Pipe(name, channel)


def close_pipe(name):
    """Closes a pipe, whoever opened it; does nothing where it is not open."""
    _in_turn(_closed, (name,))


def is_pipe_open(name):
    """Returns whether a pipe is open: what a producer's loop asks to know when to end."""
    return name in _open


def announce():
    """Says once more which pipes are open, to a reader that came late."""
    _in_turn(_announced, None)


def _in_turn(do, it):
    """Does something to the output while nobody else does.

    Between taking the lock and ``try`` no jump and no call stands, nor between leaving and giving it back:
    that is where callbacks and Ctrl-C come in.
    """
    global _owner
    me = get_ident()
    if _owner == me:  # a callback: what it interrupted has the lock, and goes on when it returns
        return _wait(do, it)
    _lock.acquire()
    _owner = me
    try:
        it = do(it)  # another variable would be the twelfth word
        if _waiting:
            _catch_up()
    finally:
        _owner = None
        _lock.release()
    if _waiting:  # of a callback between the last look and the end of the turn
        _in_turn(_nothing, None)
    return it


def _catch_up():
    """Does what callbacks could not wait for."""
    while _waiting:
        later, arguments = _waiting.pop(0)
        try:
            later(arguments)
        except MemoryError:  # not the fault of the code whose turn it is
            if later is _message:
                arguments[0].missed += 1


def _wait(action, arguments):
    if action is _opened:
        return None
    if action is _message:
        if not arguments[0].is_open:
            return False
        if len(_waiting) >= MOST_WAITING:
            arguments[0].missed += 1
            return False
        arguments = arguments[0], arguments[1], bytes(arguments[2])
    _waiting.append((action, arguments))
    return True


def _nothing(_):
    pass


def _opened(arguments):
    global _generation, _open
    name, is_stamped = arguments
    if name in _open:
        return _open[name]
    if not _CHANNELS:
        raise OSError(24, "237 pipes are open, and there are no more")
    _generation = (_generation + 1) & 255
    channel = _Channel(_CHANNELS[-1], _generation, is_stamped)
    pipes = _open.copy()
    pipes[name] = channel
    _open = pipes  # no Ctrl-C comes between this and the next line
    _CHANNELS.pop()
    _tell(b"o", name, channel)
    return channel


def _closed(arguments):
    global _open
    pipes = _open.copy()
    channel = pipes.pop(arguments[0], None)
    if channel is not None:
        _CHANNELS.insert(0, channel.number)
        channel.is_open = False
        _open = pipes
        _tell(b"c", arguments[0], channel)


def _announced(_):
    for name, channel in _open.items():
        _tell(b"s", name, channel)


def _tell(kind, name, channel):
    data = kind + bytes((channel.number, channel.generation, channel.is_stamped)) + name.encode()
    try:
        _piece(_control, 0, data)
    except KeyboardInterrupt:  # half of it may be on its way, or all; readers ignore what they know already
        _piece(_control, 0, b"s" + data[1:] if kind == b"o" else data)
        raise


def _message(arguments):
    """Sends a message: a channel, a stamp or no bytes, and the data."""
    channel, stamp, data = arguments
    if not channel.is_open:
        return False
    channel.sequence += channel.missed
    channel.missed = 0
    if len(data) > _SHORT:
        return _pieces(channel, stamp, data)
    _piece(channel, 0, stamp + data if stamp else data)
    return True


def _pieces(channel, stamp, data, flags=0, more=0):
    """Sends a message in as many pieces as it needs, or what is a part of one.

    Args:
        channel: where.
        stamp: in front of it.
        data: of the message.
        flags: of the first piece: whether others came before.
        more: the flag of the last piece where others follow.
    """
    global _longest
    size = len(data)
    begin = 0
    while True:
        end = min(size, begin + _longest - len(stamp))
        try:
            piece = data if end - begin == size else data[begin:end]
            _piece(channel, flags | (_MORE if end < size else more), stamp + piece)
        except MemoryError:
            if _longest <= _SMALLEST:
                _longest = _LONGEST
                raise
            _longest //= 2
            continue
        if end >= size:
            return True
        begin, flags, stamp = end, _CONTINUES, b""


def _piece(to, n, data):
    """Sends a piece.

    Args:
        to: the channel.
        n: the flags of its length; a number of this and that from then on.
        data: of the message.
    """
    n = (len(data) | n) ^ 128
    data = pack("<BHB", to.number, n, ~(to.number + n + (n >> 8)) & 255) + data
    n = to.sequence & 255
    data += pack("<I", (crc32(data, n) & 0xFFFFFF) << 8 | n)
    data = _escaped(data)
    to.sequence = n + 1
    n = _send(data)
    while n and n < len(data):  # a full buffer may take less than all; None says all
        data = data[n:]
        n = _send(data)


def _escaped(data):
    data = data.replace(b"\xfd", b"\xfdf").replace(b"\xfe", b"\xfde").replace(b">", b"\xfdg")
    return b"\xfe" + data.replace(b"\x01", b"\xfda").replace(b"\x04", b"\xfdd")


if _is_text:
    _escaped_marks = _escaped

    def _escaped(data):
        return _escaped_marks(data).replace(b"\n", b"\xfdn")


if crc32 is None:

    def _remainder(data):
        return int.from_bytes(data, "big") % 4194301

    try:
        _has_long = _remainder(b"\1" * 9) == 1940899
    except OverflowError:
        _has_long = False
    if not _has_long:

        def _remainder(data):
            rest = 0
            for byte in data:
                rest = (rest * 256 + byte) % 4194301
            return rest

    def _piece(to, n, data):
        n = (len(data) | n | 0x2000) ^ 128
        data = pack("<BHB", to.number, n, ~(to.number + n + (n >> 8)) & 255) + data
        data += bytes((to.sequence & 255,))
        n = _remainder(data)
        data = _escaped(data + bytes((n & 255, n >> 8 & 255, n >> 16)))
        to.sequence += 1
        n = _send(data)
        while n and n < len(data):
            data = data[n:]
            n = _send(data)


# Displays: what the notebook shows (layout: docs/reference/protocol.md). Small boards get it when needed.

#: What objects are asked for, and what it is. The first may answer for all others.
_METHODS = (
    ("_repr_mimebundle_", None),
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_json_", "application/json"),
    ("_repr_latex_", "text/latex"),
)

#: Bits of a pixel, by the numbers that framebuf has for its formats.
_BITS = (1, 16, 4, 1, 1, 2, 8)

#: The format in which rows of another picture are read, by the highest value that its pixels take.
_ROWS = {1: 3, 3: 5, 15: 2, 255: 6, 65535: 1}

#: Bytes of one display: browsers become slow with more, and the notebook's file grows by a third more.
LONGEST_DISPLAY = 10000000

_BAND = 1024  # bytes of rows that are read at once

_displays = _Channel(2, 0, False)


class DisplayHandle:
    """Something that is shown and may be replaced; made by `display`."""

    def __init__(self, display_id):
        self.display_id = display_id

    def display(self, *things, **options):
        """Shows things once more, as `display` does; `update` then replaces them there, too."""
        display(*things, display_id=self.display_id, **options)

    def update(self, thing, **options):
        """Shows another thing in its place; the options are those of `display`."""
        update_display(thing, self.display_id, **options)

    def __repr__(self):
        return "<DisplayHandle display_id=%s>" % self.display_id


def display(*things, display_id=None, **options):
    """Shows things below the cell.

    Args:
        *things: objects, which are asked as IPython does for ``_repr_html_`` and others; framebuf's pictures.
        display_id: a name to replace them by; True for one that is made up.
        **options: ``mime``: the things are data of this type: str, bytes, or what json can write.
            ``width``, ``height``: the things are the pixels of a picture.
            ``format``: how they are stored, one of framebuf's numbers; RGB565 if there is none.
            ``swap``: of RGB565, the upper byte comes first, as many displays have it.
            ``metadata``: for the frontend, a dictionary by MIME types.

    Returns:
        A `DisplayHandle` where there is a display id.

    Raises:
        ValueError: it is longer than `LONGEST_DISPLAY`, or it is no picture of that size.
    """
    if display_id is True:
        display_id = _new_id()
    for thing in things:
        _show(b"d", display_id, _items(thing, **options))
    if display_id is not None:
        return DisplayHandle(display_id)


def update_display(thing, display_id, **options):
    """Shows a thing in place of what has been shown with this id; the options are those of `display`."""
    _show(b"u", display_id, _items(thing, **options))


def clear_output(wait=False):
    """Takes away what the cell has shown.

    Args:
        wait: only when something else is to be shown.
    """
    _show(b"w" if wait else b"c", None, ())


def show_value(value):
    """Shows what the value of a cell's last expression is beside its repr; the notebook's side calls it."""
    items = _ask(value, [])
    if items:
        _show(b"v", None, items)


def _new_id():
    try:
        from os import urandom
    except ImportError:
        return "%x-%x-%x" % (id(_new_id), _displays.sequence, ticks_us() if ticks_us else 0)
    return "".join(["%02x" % byte for byte in urandom(8)])


def _show(kind, name, items):
    name = b"" if name is None else str(name).encode()
    if len(name) > 255:
        raise ValueError("a display id has at most 255 bytes")
    size = sum([item[0] for item in items])
    if size > LONGEST_DISPLAY:
        raise ValueError("a display has at most %d bytes, not %d" % (LONGEST_DISPLAY, size))
    parts = []
    short = kind + bytes((len(name),)) + name
    for size, head, data in items:
        short += head
        if size <= _SHORT and isinstance(data, (bytes, bytearray)):
            short += data
        else:
            parts.append(short)
            parts.append(data)
            short = b""
    parts.append(short)
    if _owner == get_ident():  # a callback, whose data may be others when its turn comes
        if len(_waiting) >= MOST_WAITING:
            _displays.missed += 1
            return
        parts = [bytes(part) if isinstance(part, bytearray) else part for part in parts]
    _in_turn(_shown, parts)


def _shown(parts):
    """Sends a display: parts that are bytes, or give bytes one after the other; the last are bytes."""
    _displays.sequence += _displays.missed
    _displays.missed = flags = 0
    for part in parts[:-1]:
        for data in (part,) if isinstance(part, (bytes, bytearray)) else part:
            _pieces(_displays, b"", data, flags, _MORE)
            flags = _CONTINUES
    _pieces(_displays, b"", parts[-1], flags)


def _item(kind, name, data, size=None):
    """Returns a representation: how long it is, what stands in front of it, and the content."""
    name = name.encode()[:255]
    size = len(data) if size is None else size
    return size, kind + pack("<BI", len(name), size) + name, data


def _items(thing, mime=None, width=0, height=0, format=None, swap=False, metadata=None):  # noqa: A002  framebuf's word
    """Returns all representations of a thing; see `display`."""
    if mime is not None:
        if not isinstance(mime, str) or "/" not in mime:
            raise ValueError("%r is no MIME type such as 'text/html'" % (mime,))
        items = [_typed(mime, thing)]
    elif width or height or format is not None:
        items = [_picture(thing, width, height, 1 if format is None else format, swap)]
    else:
        items = _ask(thing, [_item(b"t", "text/plain", repr(thing).encode())], swap)
    if metadata:
        items.append(_item(b"m", "", _json(metadata)))
    return items


def _typed(mime, data):
    """Returns data of a MIME type: text, bytes, or for what is neither, JSON."""
    if isinstance(data, str):
        return _item(b"t", mime, data.encode())
    if isinstance(data, (bytes, bytearray)):
        return _item(b"b", mime, data)
    if mime[-4:] == "json" and not isinstance(data, memoryview):
        return _item(b"j", mime, _json(data))
    try:
        memoryview(data)
    except TypeError:
        raise TypeError("%s takes str or bytes, not %r" % (mime, data))
    return _item(b"b", mime, bytes(data))


def _json(data):
    from json import dumps

    return dumps(data).encode()


def _ask(thing, items, swap=False):
    """Asks an object's class for representations; what goes wrong is told, and costs no other one."""
    known = ()
    for method, mime in _METHODS:
        if mime not in known and hasattr(type(thing), method):
            try:
                known = _answer(thing, method, mime, items) or known
            except Exception as error:
                _note(items, thing, method, error)
    if hasattr(type(thing), "blit"):
        try:
            items.extend(_framebuffer(thing, swap))
        except Exception as error:
            _note(items, thing, "blit", error)
    return items


def _note(items, thing, method, error):
    text = "%s: %s" % (type(error).__name__, error)
    items.append(_item(b"e", "%s.%s" % (type(thing).__name__, method), text.encode()))


def _answer(thing, method, mime, items):
    """Asks for one representation, or for a bundle of them, whose types it returns."""
    method = getattr(thing, method)
    if not callable(method):
        return None
    data = method() if mime else method(include=None, exclude=None)
    extra = None
    if isinstance(data, tuple) and len(data) == 2:
        data, extra = data
    if data is None:
        return None
    types = (mime,) if mime else tuple(data)
    for name in types:
        items.append(_typed(name, data if mime else data[name]))
    if extra:
        items.append(_item(b"m", mime or "", _json(extra)))
    return None if mime else types


def _picture(data, width, height, layout, swap):
    """Returns the pixels of a picture that lie in a buffer."""
    if not isinstance(data, (bytes, bytearray)):
        data = _bytes_of(data)
    if not (0 < width < 65536 and 0 < height < 65536 and 0 <= layout < len(_BITS)):
        raise ValueError("a picture needs width=, height= and one of framebuf's formats")
    size = (width * _BITS[layout] + 7) // 8 * height if layout else (height + 7) // 8 * width
    if len(data) < size:
        raise ValueError(
            "a picture of %d x %d pixels has %d bytes in this format, not %d"
            % (width, height, size, len(data))
        )
    head = _head(width, height, layout, swap, size)
    return head[0], head[1], data if len(data) == size else data[:size]


def _head(width, height, layout, swap, size):
    head = pack("<HHBB", width, height, layout, bool(swap))
    return size, _item(b"p", "image/png", b"", size + len(head))[1] + head


def _framebuffer(thing, swap):
    """Returns the picture that a FrameBuffer holds, alone or nothing.

    It tells neither its size nor its layout. But it gives None for pixels outside, and the highest value that
    a pixel can be set to says how many bits it has.
    """
    try:
        import framebuf
    except ImportError:
        return ()
    color = thing.pixel(0, 0) if isinstance(thing, framebuf.FrameBuffer) else None
    if color is None:
        return ()
    width = _first(lambda n: thing.pixel(n, 0) is None)
    height = _first(lambda n: thing.pixel(0, n) is None)
    thing.pixel(0, 0, 65535)
    most = thing.pixel(0, 0)
    thing.pixel(0, 0, color)
    layout = _ROWS[most]
    stride = (width * _BITS[layout] + 7) // 8
    band = bytearray(stride * min(height, _BAND // stride + 1))
    copy = framebuf.FrameBuffer(band, width, len(band) // stride, layout).blit
    size, head = _head(width, height, layout, swap, stride * height)
    return ((size, head, _bands(thing, copy, band, stride, height)),)


def _first(holds):
    """Returns the smallest number above 0, or 65536, for which something holds, as for all beyond."""
    low = 0
    high = 1
    while high < 65536 and not holds(high):
        low = high
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _bands(thing, copy, band, stride, height):
    """Gives some rows of a picture at a time, always in the same memory."""
    rows = len(band) // stride
    for y in range(0, height, rows):
        copy(thing, 0, -y)
        yield band if y + rows <= height else band[: stride * (height - y)]
