"""Sets of Parquet files as other programs read them: one table."""

import duckdb
import pandas as pd
import pytest

from tests.ukernel.recordings.taped import Message, open_tape, tape_all


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two recordings into one set, the second still under way."""
    path = tmp_path_factory.mktemp("recorded") / "adc.parquet"
    tape_all(
        path, [(n, n / 2) for n in range(60)], rotate="1 min", step=1, labels=["count", "volts"], lost={30: 2}
    )
    tape, place = open_tape(path, "1 min", ["count", "volts"])
    with place:
        for number in range(60, 130):
            tape.take(Message(2000.0 + number), (number, number / 2))
        tape._flush()
        yield path
        tape.end()


def test_duckdb(recorded):
    question = f"select count(*), sum(count), max(volts), sum(lost) from '{recorded}/*.parquet'"
    assert duckdb.sql(question).fetchall() == [(120, sum(range(120)), 59.5, 2)]
    kinds = duckdb.sql(f"describe from '{recorded}/*.parquet'").fetchall()
    assert [kind[:2] for kind in kinds] == [
        ("time", "DOUBLE"), ("lost", "BIGINT"), ("count", "BIGINT"), ("volts", "DOUBLE"),
    ]  # fmt: skip


def test_pandas(recorded):
    table = pd.read_parquet(recorded)
    assert table["count"].tolist() == list(range(120))
    assert list(table.columns) == ["time", "lost", "count", "volts"]


def test_duckdb_reads_sets_of_csv(tmp_path):
    path = tmp_path / "adc.csv"
    tape_all(path, range(10), rotate="2 s", step=0.5)
    assert duckdb.sql(f"select count(*), sum(value) from '{path}/*.csv'").fetchall() == [(10, 45)]
