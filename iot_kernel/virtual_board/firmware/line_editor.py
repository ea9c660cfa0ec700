"""Line editing at the friendly prompt: enough for a person with a terminal program."""

import terminal

HISTORY = 50  # lines; a board keeps 8, the unix port 50

_history = []
_newline = 0  # the CR or LF that ended the last line


def read(prompt):
    """Reads one line with echo and editing.

    Returns:
        The line, and the control key (1 to 5) that ended it instead of Enter; 0 for Enter. Ctrl-A, -B, -D and
        -E end only an empty line; in a line with text they edit.
    """
    terminal.write(prompt.encode())
    line = _Line()
    while True:
        byte = terminal.read_byte()
        if 1 <= byte <= 5 and (byte == 3 or not line.text):
            return line.text, byte
        if _ends_line(byte):
            terminal.write(b"\r\n")
            _remember(line.text)
            return line.text, 0
        line.key(byte)


def _ends_line(byte):
    """Tells whether Enter was pressed: CR or LF, and the second of a pair of both is none."""
    global _newline
    if byte not in b"\r\n":
        _newline = 0
        return False
    pressed = _newline in (0, byte)
    _newline = byte if pressed else 0
    return pressed


def _remember(text):
    if text and (not _history or _history[0] != text):
        _history.insert(0, text)
        del _history[HISTORY:]


class _Line:
    """One line being edited: its text, the cursor, and what the terminal shows."""

    def __init__(self):
        self.text = ""
        self.cursor = 0
        self._recall = -1
        self._escape = b""
        self._partial = b""

    def key(self, byte):
        if self._escape:
            self._escape_key(byte)
        elif byte == 27:
            self._escape = b"\x1b"
        elif byte in _KEYS:
            _KEYS[byte](self)
        elif byte >= 128:
            self._utf8(byte)
        elif byte >= 32:
            self._insert(chr(byte))

    def _utf8(self, byte):
        self._partial += bytes((byte,))
        try:
            self._insert(self._partial.decode())
        except UnicodeError:
            if len(self._partial) < 4:
                return
        self._partial = b""

    def _escape_key(self, byte):
        self._escape += bytes((byte,))
        opens = len(self._escape) == 2 and byte in b"[O"
        if opens or (48 <= byte <= 57 and len(self._escape) < 4):
            return
        action = _ESCAPES.get(self._escape[1:])
        self._escape = b""
        if action:
            action(self)

    def _insert(self, text):
        self._replace(self.cursor, self.cursor, text)

    def _replace(self, start, end, text):
        """Puts text in place of text[start:end]; the cursor goes behind it."""
        back = self.cursor - start
        tail = text + self.text[end:]
        shorter = len(text) < end - start
        self.text = self.text[:start] + tail
        self.cursor = start + len(text)
        terminal.write(
            _left(back) + (b"\x1b[K" if shorter else b"") + tail.encode() + _left(len(tail) - len(text))
        )

    def _move(self, cursor):
        if cursor < self.cursor:
            terminal.write(_left(self.cursor - cursor))
        else:
            terminal.write(self.text[self.cursor : cursor].encode())
        self.cursor = cursor

    def left(self):
        self._move(max(self.cursor - 1, 0))

    def right(self):
        self._move(min(self.cursor + 1, len(self.text)))

    def home(self):
        self._move(0)

    def end(self):
        self._move(len(self.text))

    def backspace(self):
        if self.cursor:
            self._replace(self.cursor - 1, self.cursor, "")

    def delete(self):
        if self.cursor < len(self.text):
            self._replace(self.cursor, self.cursor + 1, "")

    def kill_right(self):
        self._replace(self.cursor, len(self.text), "")

    def kill_left(self):
        self._replace(0, self.cursor, "")

    def tab(self):
        self._insert("    ")

    def older(self):
        self._show(self._recall + 1)

    def newer(self):
        self._show(self._recall - 1)

    def _show(self, index):
        if -1 <= index < len(_history):
            self._recall = index
            self._replace(0, len(self.text), _history[index] if index >= 0 else "")


def _left(count):
    if count <= 4:
        return b"\b" * count
    return b"\x1b[%dD" % count


_KEYS = {
    1: _Line.home,
    2: _Line.left,
    4: _Line.delete,
    5: _Line.end,
    6: _Line.right,
    8: _Line.backspace,
    9: _Line.tab,
    11: _Line.kill_right,
    14: _Line.newer,
    16: _Line.older,
    21: _Line.kill_left,
    127: _Line.backspace,
}

_ESCAPES = {
    b"[A": _Line.older,
    b"[B": _Line.newer,
    b"[C": _Line.right,
    b"[D": _Line.left,
    b"[H": _Line.home,
    b"[F": _Line.end,
    b"OH": _Line.home,
    b"OF": _Line.end,
    b"[1~": _Line.home,
    b"[7~": _Line.home,
    b"[4~": _Line.end,
    b"[8~": _Line.end,
    b"[3~": _Line.delete,
}

_COMPOUND = ("if", "while", "for", "try", "with", "def", "class", "async")


def wants_more(text):
    """Tells whether the statement goes on in another line, by the rules of MicroPython's prompt."""
    depth, quote = _nesting(text)
    if len(quote) == 3:
        return True
    if depth > 0 and not quote:
        return True
    if text.endswith("\\"):
        return True
    compound = text.startswith("@") or any(_starts_with_word(text, word) for word in _COMPOUND)
    return compound and not text.endswith("\n")


def _starts_with_word(text, word):
    following = text[len(word) : len(word) + 1]
    return text.startswith(word) and not (following.isalpha() or following.isdigit() or following == "_")


def _nesting(text):
    """Gives how many brackets are open at the end of the text, and the quote that is."""
    depth = 0
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        if quote and char == "\\":
            at += 1
        elif char in "'\"":
            mark = char * 3 if text[at : at + 3] == char * 3 and len(quote) != 1 else char
            if not quote:
                quote = mark
            elif quote == mark:
                quote = ""
            at += len(mark) - 1
        elif not quote:
            depth += (char in "([{") - (char in ")]}")
        at += 1
    return depth, quote
