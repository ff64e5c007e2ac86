"""The only sockets. Everything else reaches the network through the protocols in network.py."""
