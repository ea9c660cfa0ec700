"""Samples of several pipes on one time axis, as `collect` returns them. Tables need pandas."""

from __future__ import annotations

import math
from typing import Any

from ukernel.pipes.timed import Timed


class TimedPipes(dict[str, Timed]):
    """The samples of several pipes, by name: ``pipes["a:adc"].times`` and ``pipes["a:adc"].values``.

    The times of all are seconds since 1970 of this computer's clock: that of each board is mapped to it, see
    `Timed`. What nobody can know is a delay that all samples of one board had in common.
    """

    @property
    def error(self) -> float:
        """How far the times of two pipes may be off against one another, in seconds.

        These are the two largest errors together; NaN where one pipe has too few samples to tell.
        """
        errors = [timed.error for timed in self.values() if len(timed)]
        if not errors or any(map(math.isnan, errors)):
            return math.nan
        return math.fsum(sorted(errors)[-2:])

    def frame(self) -> Any:  # noqa: ANN401  pandas has no annotations of its own
        """Gives one table of all: a pandas DataFrame with a row for each time and a column for each pipe.

        The index are the times, UTC, in order. Boards do not sample at the same moments, so a pipe has NaN at
        the times of others: ``frame.interpolate("time")`` fills these, ``frame.resample("10ms").mean()``
        brings all to one rhythm. A pipe whose samples have several values has the columns ``name[0]``,
        ``name[1]``, ...

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "a table needs the package pandas (in a %%host cell: %pip install pandas)"
            ) from error
        parts = []
        for name, timed in self.items():
            part = pd.DataFrame(_columns(name, timed), index=pd.to_datetime(timed.times, unit="s", utc=True))
            parts.append(part[~part.index.duplicated()])  # two samples within one tick of the clock
        return pd.concat(parts, axis=1, sort=True).sort_index()

    def __repr__(self) -> str:
        error = "" if math.isnan(self.error) else f", error {self.error * 1000:.2g} ms"
        lines = "".join(f"\n  {name!r}: {timed!r}" for name, timed in self.items())
        return f"<{len(self)} pipes on one time axis{error}{lines}>"


def _columns(name: str, timed: Timed) -> dict[str, Any]:
    """A pipe's values as columns, by their names."""
    values = timed.values
    if getattr(values, "ndim", 1) == 1:
        return {name: list(values)}
    return {f"{name}[{number}]": column for number, column in enumerate(values.reshape(len(values), -1).T)}
