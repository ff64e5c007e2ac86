"""A naive probe: one visit, any failure is called blocked. It is the figure to beat, and shows the runner to work.

`ANYQTA_LAB_PROBE="… -m tests.netlab.baseline" python -m tests.netlab run`
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.netlab.visit import Json, visit


def judge(seen: Json) -> Json:
    """Words of CONTRACT §1, without any thought."""
    if seen["stage"] == "ok":
        return {"status": "accessible", "layer": None, "mechanism": None}
    word = {"cert": "mitm"}.get(seen["word"], seen["word"])
    return {"status": "blocked", "layer": seen["stage"], "mechanism": word}


def main() -> None:
    """Take the product's options, heed -f alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command")
    parser.add_argument("-f", type=Path, required=True)
    options, _ = parser.parse_known_args()
    urls = options.f.read_text().split()
    with ThreadPoolExecutor(32) as pool:
        for seen in pool.map(visit, urls):
            line = {"input": seen["input"], "verdict": judge(seen)}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
