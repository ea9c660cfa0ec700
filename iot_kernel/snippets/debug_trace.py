"""Stops code without checkpoints, where the firmware has ``sys.settrace``; comes behind debug.py.

A line of such code is like a checkpoint, with a tuple in the place of the number: the file, the function, the
line where that begins, or the module for files, and the line; its first value is the frame. Traced are the
functions of cells that the host names, and modules whose files are there, unless they have checkpoints.

A trace function that raises, because of Ctrl-C, is the last one that the firmware calls until it is reset.
"""


def __iot_trace__(commands, shown, page, described, evaluated, deeper, step):
    import builtins
    import os
    import sys

    import micropython

    functions = {}
    others = set()
    readable = {}
    places = {}
    live = [None]  # the frame that stands
    plain = commands.copy()
    deeper[0] = 0

    class Lines:
        """What the firmware calls for the lines of one frame; it takes no memory where nothing stops."""

        def __init__(self, *place):
            self.place = place
            self.lines = stops(place[0])
            self.is_new = True
            self.step = step
            self.live = live
            self.call = self.__iot__

        def __iot__(self, frame, event, _):
            if event == "line" and (self.is_new or frame.f_lineno in self.lines or self.step()):
                self.is_new = False
                try:
                    here = self.place + (frame.f_lineno,)
                    self.live[0] = frame
                    __iot_b__(here, frame)
                except MemoryError:
                    pass  # the heap is locked, so that nothing can stop
                finally:
                    self.live[0] = None
            return self.call

    def stops(file):
        if file not in places:
            places[file] = set()
        return places[file]

    def enter(frame, *_):
        code = frame.f_code
        file = code.co_filename
        name = code.co_name
        if file == "<stdin>":
            for first, last in functions.get(name, ()):
                if first <= code.co_firstlineno <= last:
                    return Lines(file, name, first).call
        elif (name[0] != "<" or name == "<module>") and is_readable(file):
            module = frame.f_globals.get("__name__")
            if module in sys.modules and module not in others:
                return Lines(file, name, module).call
        return None

    def is_readable(file):
        if file not in readable:
            try:
                os.stat(file)
                readable[file] = True
            except OSError:
                readable[file] = False
        return readable[file]

    def measure():
        """Finds out how much deeper the stack is than at a checkpoint; says whether anything is traced."""
        depths = []
        kept = __iot_b__

        def checkpoint(number, *_):
            depths.append(micropython.stack_use())

        def probe():
            __iot_b__(0, 0)

        line = Lines("", "", 0).call
        builtins.__iot_b__ = checkpoint
        sys.settrace(lambda *_: line)
        try:
            probe()
        finally:
            sys.settrace(None)
            builtins.__iot_b__ = kept
        deeper[0] = depths[0] - depths[-1]
        return len(depths) > 1

    # What the host asks for

    def trace(some, modules, is_first):
        sys.settrace(None)
        if is_first:
            functions.clear()
            others.clear()
        for name, first, last in some:
            functions.setdefault(name, []).append((first, last))
        others.update(modules)
        is_alive = measure()
        sys.settrace(enter)
        return is_alive

    def place(new, is_first):
        if is_first:
            for lines in places.values():
                lines.clear()
        for number in new:
            if type(number) is tuple:
                stops(number[0]).add(number[3])
        plain["place"](new, is_first)

    def pairs_of(index):
        frame = live[0]
        is_known = frame and shown[index][2][0] is frame and hasattr(frame, "f_locals")
        return list(frame.f_locals.items()) if is_known else []

    def local(index, names, unsure, start):
        if names != ("*",):
            return plain["local"](index, names, unsure, start)
        pairs = pairs_of(index)
        return page(pairs[start:], start, len(pairs))

    def run(index, code, names, unsure, settable, module, executes):
        pairs = pairs_of(index) if names == ("*",) else ()
        if not pairs:
            names = () if names == ("*",) else names
            return plain["run"](index, code, names, unsure, settable, module, executes)
        result, space = evaluated(code, pairs, module, executes)
        if not executes:
            return None, described(result)
        return [name for name, value in pairs if space.get(name) is not value], None

    def text(file, start):
        with open(file, "rb") as stream:
            stream.seek(start)
            return stream.read(1500)

    commands["trace"] = trace
    commands["untrace"] = lambda: sys.settrace(None)
    commands["place"] = place
    commands["local"] = local
    commands["run"] = run
    commands["text"] = text


__iot_trace__(*__iot_parts__)
