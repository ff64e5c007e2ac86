"""How a scripted peer answers: the same script drives the fake network and real servers.

A TCP peer is called with b"" when a connection comes, then with all that it has received so far,
each time that something has come; a UDP peer with each datagram. Both give what to do next: bytes
to send, END to close in order, RESET to reset.
"""

from collections.abc import Callable, Sequence
from enum import Enum


class Do(Enum):
    """What a peer can do besides sending bytes."""

    END = "end"
    RESET = "reset"


END, RESET = Do.END, Do.RESET
Action = bytes | Do
Peer = Callable[[bytes], Sequence[Action]]


def silent(_: bytes) -> Sequence[Action]:
    """Takes everything, says nothing."""
    return ()


def greets(*actions: Action) -> Peer:
    """Does this as soon as it is connected to."""
    return lambda received: () if received else actions


def answers(*actions: Action, after: bytes = b"") -> Peer:
    """Does this once, when what came ends with `after` (with any byte, for b"")."""
    spent: list[bool] = []

    def peer(received: bytes) -> Sequence[Action]:
        if received and received.endswith(after) and not spent:
            spent.append(True)
            return actions
        return ()

    return peer


def echoes(datagram: bytes) -> Sequence[Action]:
    """A UDP peer that sends back what came."""
    return (datagram,) if datagram else ()
