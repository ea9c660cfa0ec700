"""What a cell awaits outside of functions: the text with its calls, on the same lines."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.top_level_await import await_edits, edited, may_await
from tests.each import each


def rewritten(source):
    data = source.encode()
    lines = data.split(b"\n")
    edits = await_edits(
        ast.parse(source).body, data, lambda line, at: len(b"\n".join([*lines[: line - 1], b""])) + at
    )
    return edited(data, edits, 0, len(data)).decode()


@each(
    ("source", "text"),
    [
        ("await x", "__iot_a__( x)"),
        ("await(x)", "__iot_a__((x))"),
        ("a = -await x ** 2", "a = -__iot_a__( x) ** 2"),
        ("f(await g(await h()), 'é', await i)", "f(__iot_a__( g(__iot_a__( h()))), 'é', __iot_a__( i))"),
        ("s = f'{await x!r}'", "s = f'{__iot_a__( x)!r}'"),
        ('s = f"""é\n{1}{await x}"""', 's = f"""é\n{1}{__iot_a__( x)}"""'),
        ("[await f(x) for x in await y]", "[__iot_a__( f(x)) for x in __iot_a__( y)]"),
        ("async for a, b in x:\n  c", "for a, b in __iot_a__((x),1):\n  c"),
        ("async for a in *x, y: c", "for a in __iot_a__((*x, y),1): c"),
        (
            "if a:\n  async  for i in await x:\n    await i",
            "if a:\n  for i in __iot_a__((__iot_a__( x)),1):\n    __iot_a__( i)",
        ),
        ("async with x: y", "with __iot_a__((x),2): y"),
        ("async with a as b, c: pass", "with __iot_a__((a),2) as b, __iot_a__((c),2): pass"),
        (
            "async with (a\n as b,\n c): pass",
            "with (__iot_a__((a),2)\n as b,\n __iot_a__((c),2)): pass",
        ),
        ("{i async for (i) in x if await i}", "{i for (i) in __iot_a__((x),1) if __iot_a__( i)}"),
        (
            "[i for i in x async for j in i async for k in j]",
            "[i for i in x for j in __iot_a__((i),1) for k in __iot_a__((j),1)]",
        ),
        ("['async' async for i in x]", "['async' for i in __iot_a__((x),1)]"),
        ("@await d\ndef f(a=await b): pass", "@__iot_a__( d)\ndef f(a=__iot_a__( b)): pass"),
        ("lambda a=await b: a", "lambda a=__iot_a__( b): a"),
    ],
)
def test_outside_of_functions(source, text):
    assert rewritten(source) == text
    assert text.count("\n") == source.count("\n")
    compile(text, "<stdin>", "exec")


@each(
    "source",
    [
        "async def f():\n  async for x in y: await z\n  return [await i async for i in j]",
        "def f():\n  await x",
        "class A:\n  a = await x",
        "lambda: await_",
        "# await\n'async with'",
    ],
)
def test_what_stands_in_functions_and_classes_stays(source):
    assert rewritten(source) == source


@each("source", ["async \\\n with x: y", "[i async # a comment\n for i in x]"])
def test_words_that_are_far_apart_are_left_to_the_board(source):
    with pytest.raises(ValueError):
        rewritten(source)


def test_other_code_is_not_looked_through():
    assert may_await("await x")
    assert may_await("async with x: y")
    assert not may_await("x = 1\nfor i in x: wait()")


class Calls(ast.NodeTransformer):
    """Does to the tree what is to be done to the text."""

    def visit_Await(self, node):
        return call(self.visit(node.value))

    def visit_AsyncFor(self, node):
        self.generic_visit(node)
        return ast.For(node.target, call(node.iter, 1), node.body, node.orelse)

    def visit_AsyncWith(self, node):
        self.generic_visit(node)
        items = [ast.withitem(call(item.context_expr, 2), item.optional_vars) for item in node.items]
        return ast.With(items, node.body)

    def visit_comprehension(self, node):
        self.generic_visit(node)
        if not node.is_async:
            return node
        return ast.comprehension(node.target, call(node.iter, 1), node.ifs, 0)

    def visit_AsyncFunctionDef(self, node):
        return node

    def visit_Lambda(self, node):
        return node


def call(*arguments):
    first, *rest = arguments
    return ast.Call(ast.Name("__iot_a__", ast.Load()), [first, *map(ast.Constant, rest)], [])


def wrapped(*templates):
    return lambda inner: st.builds(
        lambda template, *parts: template % parts, st.sampled_from(templates), inner, inner
    )


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "f(1)", "'é async for'", "lambda: await_"]),
    wrapped(
        "await f(%s, %s)",
        "f(%s,\n  await (%s))",
        "[%s async for i in (%s)]",
        "{i async for i in (%s) if (%s)}",
        "[i for j in k for i in [%s] if await f(%s)]",
        "(%s, 'ü', %s)",
        'f"""é {(%s)} {await f(%s)}"""',
    ),
    max_leaves=4,
)
STATEMENTS = st.recursive(
    st.builds("{} = {}".format, st.sampled_from(["a", "é"]), EXPRESSIONS)
    | st.builds("async for i in {}: pass".format, EXPRESSIONS)
    | st.builds("async with ({}) as a, f({}): 'é'; await b".format, EXPRESSIONS, EXPRESSIONS)
    | st.just("async def f():\n  await x"),
    lambda inner: st.builds(
        lambda head, body: f"{head}\n" + "\n".join(f"    {line}" for line in body.split("\n")),
        st.sampled_from(["if a:", "async with x:", "async  for i in y:", "try: b\nfinally:", "for é in a:"]),
        inner,
    ),
    max_leaves=3,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=3))
def test_any_code_becomes_what_its_tree_becomes(statements):
    source = "\n".join(statements)
    try:
        tree = ast.parse(source)
    except SyntaxError:  # quotes of one kind inside each other
        return
    expected = ast.dump(Calls().visit(tree))
    assert ast.dump(ast.parse(rewritten(source))) == expected
