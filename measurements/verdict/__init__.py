"""What observations mean. Pure: no socket, clock, chance or file; data in, data out."""
