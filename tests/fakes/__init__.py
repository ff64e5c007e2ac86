"""One fake for each protocol in probe/net/network.py, and small real peers on loopback."""
