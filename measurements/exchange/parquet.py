"""Parquet, for those who compute: typed, compressed, the same bytes for the same rows.

pyarrow is needed here alone, and only by those who publish: the extra `publish`.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from measurements.exchange.ooni import ExchangeError

if TYPE_CHECKING:
    from measurements.exchange.csv_table import Cell

_ROWS = 20_000  # in memory at once, and in a row group
_LEVEL = 9


def version() -> str | None:
    """pyarrow's version; None where it is not installed."""
    try:
        import pyarrow  # noqa: PLC0415 - 55 MB that only publishers have
    except ImportError:
        return None
    return str(pyarrow.__version__)


def write_parquet(
    path: Path, columns: Sequence[tuple[str, str]], rows: "Iterable[Sequence[Cell]]"
) -> int:
    """A file with (name, type) columns; how many rows. Raises ExchangeError without pyarrow."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - as above
        from pyarrow import parquet as pq  # noqa: PLC0415
    except ImportError as exc:
        raise ExchangeError(
            "Parquet needs pyarrow, which is not installed. Install it with"
            " `.ci/setup --publish`, or leave Parquet out with --no-parquet."
        ) from exc
    types = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns])
    count, source = 0, iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=_LEVEL) as writer:
        while batch := list(islice(source, _ROWS)):
            arrays = [
                pa.array([_value(row[i]) for row in batch], type=field.type)
                for i, field in enumerate(schema)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=_ROWS)
            count += len(batch)
    return count


def _value(value: "Cell") -> "Cell":
    """Halves of surrogate pairs become U+FFFD; Parquet holds UTF-8 and everything in it."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value
