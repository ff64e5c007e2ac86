"""Data that ships with the probe; the source and date of each file are in README.md beside this."""
