"""The collector: takes what probes send, checks it, judges it again, stores it, and says so."""
