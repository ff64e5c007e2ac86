"""`python -m probe.cli` is `anyqta`."""

from probe.cli.app import main

main()
