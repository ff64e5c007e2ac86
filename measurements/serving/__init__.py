"""What every server of ours needs at its door: who may come in, and how often. Imports nothing of ours."""
