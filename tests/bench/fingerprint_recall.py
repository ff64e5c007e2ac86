"""How much of OONI's fingerprints_http.csv our generic patterns know. Prints; judges nothing.

python -m tests.bench.fingerprint_recall fingerprints_http.csv

A row is a fragment (an address, a tracker's id, a file name), not a page, so this is a lower bound.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from measurements.schema.records import Headers
from measurements.verdict.fingerprints import PageKind, classify_page


def answer(location: str, pattern: str) -> tuple[int, Headers, bytes]:
    """An answer that shows the pattern and nothing else."""
    if location == "body":
        is_url = "." in pattern and not set(pattern) & set(" <\"'")
        return 200, (), (f'<iframe src="{pattern}">' if is_url else pattern).encode()
    name = location.removeprefix("header.")
    return (302 if name == "location" else 403), ((name, pattern),), b""


def main(path: str) -> None:
    """Print known/all for each scope and place; for `fp` rows known means wrongly so."""
    known: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            group = f"{row['scope']:5} {row['location_found'].split('.')[0]}"
            status, headers, body = answer(row["location_found"], row["pattern"])
            rows[group] += 1
            known[group] += classify_page(status, headers, None, body).kind is PageKind.BLOCKPAGE
    for group in sorted(rows):
        print(f"{group:12} {known[group]:4} / {rows[group]:4}  {known[group] / rows[group]:.0%}")


if __name__ == "__main__":
    main(sys.argv[1])
