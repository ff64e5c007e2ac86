"""What the lab saw in each scenario, kept: so that rules can be judged again without a lab.

``tests/golden/NAME/`` holds measurement.json (the OONI document, scrubbed), observations.json (a
short projection of it) and verdict.json. ``python -m tests.golden`` is its command.
"""
