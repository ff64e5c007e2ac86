"""The record: frozen data of one measurement, and its JSON form. Imports nothing of ours."""
