"""Tables of cases in one test: as `pytest.mark.parametrize`, for cases that need no set-up of their own.

A test for each of thousands of cases costs more than the cases do. All that fail are listed, with their rows.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Test = Callable[..., None]


def each(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Runs a test for each row.

    Args:
        names: of its arguments, as for `parametrize`; with one name in a text, a row is that argument itself.
        rows: may not be empty.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    is_single = isinstance(names, str) and len(wanted) == 1
    table = [(row,) if is_single else tuple(row) for row in rows]
    assert table

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run(*args: Any, **others: Any) -> None:
            failures = []
            for row in table:
                case = dict(zip(wanted, row, strict=True))
                try:
                    test(*args, **others, **case)
                except Exception as error:
                    said = ", ".join(f"{name}={value!r:.200}" for name, value in case.items())
                    error.add_note(f"row: {said}")
                    failures.append(error)
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(table)} rows fail", failures)

        signature = inspect.signature(test)
        rest = [parameter for name, parameter in signature.parameters.items() if name not in wanted]
        assert len(rest) + len(wanted) == len(signature.parameters), f"{test.__name__} takes no {wanted}"
        run.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return run

    return decorate
