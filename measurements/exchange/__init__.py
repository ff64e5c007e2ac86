"""Measurements from elsewhere, and to elsewhere: OONI's format first."""
