"""The composition root: only here are the real network, clock, chance and store picked."""
