"""What a test that builds the lab is marked with."""

import os

import pytest

NEEDS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="the network lab needs root (namespaces, TUN)",
)
IN_THE_LAB = [pytest.mark.netlab, pytest.mark.slow, NEEDS_ROOT]
