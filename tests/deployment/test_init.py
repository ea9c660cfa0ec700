"""The modules that are called pure touch nothing, and know no board."""

from tests.test_layers import imports_of

PURE = ("errors", "notebook", "program", "imports", "layout", "plan", "places")

ALLOWED = (
    *("__future__", "ast", "collections", "dataclasses", "json", "re", "typing", "warnings"),
    *("iot_kernel.errors", "iot_kernel.text", "iot_kernel.syntax.cell", "iot_kernel.files.tree"),
    *(
        "iot_kernel.device.traceback",
        "iot_kernel.deployment.prepare.Prepared",
    ),  # the latter for type checkers
    *(f"iot_kernel.deployment.{name}" for name in PURE),
)


def test_pure_modules():
    wrong = [
        (name, imported)
        for name in PURE
        for imported in imports_of(f"iot_kernel.deployment.{name}")
        if not any(imported == one or imported.startswith(f"{one}.") for one in ALLOWED)
    ]
    assert wrong == []
