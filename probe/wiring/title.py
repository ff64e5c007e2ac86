"""What the list of processes shows of this program: its name and the command, not what is measured.

Linux only. Between its start and this, and where the system keeps a record of every start (auditd), it
is seen all the same; the shell's history has it in any case. `-f FILE` keeps addresses out of both.
"""

import contextlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

_SELF = Path("/proc/self")
_START, _END = 45, 46  # proc_pid_stat(5): arg_start and arg_end, counted from the state
_COMMAND = re.compile(r"[a-z]+")
# Who runs these wants to tell one server from the other.
_OPERATORS = frozenset({"serve", "collector", "snapshot", "site", "registry"})


def hide_arguments(argv: Sequence[str]) -> bool:
    """Have `ps` show no more than `python anyqta run`. Whether it does. Nothing fails by it."""
    if sys.platform != "linux" or len(argv) < 2 or argv[1] in _OPERATORS:  # noqa: PLR2004 - one word
        return False
    with contextlib.suppress(OSError, ValueError, IndexError):
        # the name of the program stands in brackets, and may hold anything
        rest = (_SELF / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        start, end = int(rest[_START]), int(rest[_END])
        shown = (_SELF / "cmdline").read_bytes()
        words = shown.split(b"\0")[:-1]
        if not start or end - start != len(shown) or len(words) < len(argv):
            return False
        keep = len(words) - len(argv) + (2 if _COMMAND.fullmatch(argv[1]) else 1)
        kept = sum(len(word) + 1 for word in words[:keep])
        memory = os.open(_SELF / "mem", os.O_WRONLY)
        try:
            os.pwrite(memory, bytes(len(shown) - kept), start + kept)
        finally:
            os.close(memory)
        return True
    return False
