"""The golden files as a command.

python -m tests.golden rebuild [PATTERN…]   from one lab run (root; minutes)
python -m tests.golden rejudge [PATTERN…]   verdicts and observations from what is kept (seconds)
python -m tests.golden wrong                lines for KNOWN-WRONG: what the truth does not say
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys

from tests.golden.cases import FOLDER, cases, known_wrong, said
from tests.golden.record import rebuild, refresh
from tests.golden.truth import is_right
from tests.netlab.scenarios import ALL


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> int:
    """Parse and call."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.golden",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("rebuild", "rejudge", "wrong"))
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    options = parser.parse_args()
    patterns = options.patterns or ["*"]

    def chosen(name: str) -> bool:
        return any(fnmatch.fnmatch(name, p) for p in patterns)

    if options.action == "wrong":
        known = known_wrong()
        for case in cases():
            if chosen(case.name) and not is_right(ALL[case.name], case.read("verdict")):
                _, reason = known.get(case.name, ("", "(why?)"))
                _say(f"{case.name} {said(case.read('verdict'))} {reason}")
        return 0
    if options.action == "rejudge":
        odd = [line for case in cases() if chosen(case.name) for line in refresh(case)]
    elif os.geteuid() != 0:
        sys.exit("rebuild runs the lab, which needs root (namespaces, TUN). rejudge does not.")
    else:
        odd = rebuild([s for s in ALL.values() if chosen(s.name)])
    _say("\n".join(["", *odd]))
    size = sum(p.stat().st_size for p in FOLDER.glob("*/*.json"))
    _say(f"{len(cases())} scenarios, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
