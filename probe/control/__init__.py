"""The view from outside: OONI's test-helper protocol, its server, its client. It never judges."""
