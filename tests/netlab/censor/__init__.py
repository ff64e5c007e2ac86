"""The user-space censor: one process between two TUN devices."""
