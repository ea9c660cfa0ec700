"""Texts that `tests.debugging.instrumentation.programs` puts programs together from."""

#: What coroutines wait for, and what runs some of them in turn.
ASYNCHRONOUS = """\
class Later:
    n = 0
    def __await__(self):
        print('later')
        yield 1; return 5
    __iter__ = __await__
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1; await Later()
        if self.n > 2: raise StopAsyncIteration
        return self.n
def together(*tasks):
    tasks = list(tasks)
    while tasks:
        task = tasks.pop(0)
        try: task.send(None); tasks.append(task)
        except StopIteration as done: print('done', done.args)
        except Exception as error: show(error)"""

#: Pieces of several lines, or with a body on the line of their head; ``{k}`` is a number of its own.
PIECES = (
    "if {e}: pass\nelif str({e}): print('elif'); {n} = {e}\nelse: print('else')",
    "if {e} and \\\n   not {m}: print('and'); {n} = {e};",
    "while True:\n    print({e}); break\nelse: print('never')",
    "if 0: {n} = 1\nelif not 0: print('folded')",
    "if __debug__: print({n})",
    "L{k} = const({k})\nif L{k} > 2: print(L{k})\nwhile L{k} > {k}: pass",
    "for {n} in range(2): print('one line', {n}); {m} = {e}",
    "for {n} in [3, 4]: continue\nelse: print('else', {n})",
    "for i, ({n}, *{m}) in enumerate([(1, 2, 3), ({e}, 5)]): print(i, {n}, {m})",
    "with Manager() as {n}, \\\n  Manager(): print({n}); {m} = {e}",
    "try: {n} = {e}\nexcept TypeError as {m}: raise\nelse: print('else')\nfinally: {n} = 1; print('end')",
    "try:\n    try: raise KeyError({e})\n    finally: print('first')\nexcept KeyError as {n}: pass",
    "try: {n} + {m}\nexcept: raise ValueError('other') from None",
    "class K{k}: {n} = {e}; print({n})",
    (
        "class K{k}(list):\n    {m} = {e}\n    @property\n    def p(self): return {e}\n    @staticmethod\n"
        "    def s({n}, *, k={e}): return {n}, k\nprint(K{k}().p, K{k}.s({e}), K{k}([1]) + [2])"
    ),
    "@tagged('ü')\n@decorate\ndef d{k}(x, y={e}, **more): return x, y, len(more)\nprint(d{k}({e}))",
    (
        "def o{k}():\n    kept = [{e}]\n    def i(y={e}):\n        nonlocal kept\n"
        "        kept = [y]; return kept\n"
        "    def j(): return kept, {n}\n    i(); return j\nprint(o{k}()())"
    ),
    (
        "def y{k}(x):\n    try:\n        got = yield x\n"
        "        while got: got = yield 'got'; got = yield got\n"
        "    except ValueError: yield 'thrown'\n    finally: x = got = print\n"
        "{n} = {e}; g = y{k}({n}); print(next(g), g.send({n}))\nprint(g.throw(ValueError('in')), g.close())"
    ),
    "print([(x, y) for x in range(3) if x for y in [x, {e}]], sum(x for x in (1, 2)), {{x for x in [1]}})",
    "print((lambda x=[1, {e}], *, k=0: x if k else {n})(k={e}))",
    "{n} = '''first; # no comment\n  second\n'''; print({n})  # a comment; {m}",
    "print(f'{{{n}}} {{1 + 1}} {{len(\"ä\")}}')",
    "typed: int = {e}; {n} = typed",
    "{n} = {m} = {e}; {n}, *{m} = {e}, 1, 2; print({m})",
    "many = [1, 2, 3]; many[1:], many[0] = [{e}], 5; del many[0]; many[0:0] = 'ü'; print(many)",
    "if {e}:\n\tprint('a tab')\n\n  # a comment that stands anywhere\n\tprint({e})",
    "print(*[{e}, 1], **{{'end': ';\\n'}})",
)
