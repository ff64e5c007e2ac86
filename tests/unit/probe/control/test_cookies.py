"""probe/control/cookies.py: cookies of one visit."""

from probe.control.cookies import Cookies


def test_a_cookie_comes_back_to_its_host_only() -> None:
    """Host-only without Domain, below it with one."""
    cookies = Cookies()
    cookies.take("www.example.kz", "a=1; Path=/; HttpOnly")
    cookies.take("www.example.kz", "b=2; Domain=.example.kz")
    assert cookies.header("www.example.kz", secure=True) == "a=1; b=2"
    assert cookies.header("m.example.kz", secure=True) == "b=2"
    assert cookies.header("evil.kz", secure=True) is None


def test_nobody_sets_cookies_for_others() -> None:
    """Not for another host, not for a whole top-level domain."""
    cookies = Cookies()
    cookies.take("www.example.kz", "a=1; Domain=other.kz")
    cookies.take("www.example.kz", "a=1; Domain=kz")
    cookies.take("www.example.kz", "nonsense")
    cookies.take("www.example.kz", "a=\r\nX: y")
    assert cookies.header("www.example.kz", secure=True) is None


def test_secure_and_deleted() -> None:
    """Secure ones stay off plain HTTP; Max-Age 0 deletes."""
    cookies = Cookies()
    cookies.take("e.kz", "a=1; Secure")
    cookies.take("e.kz", "b=2")
    assert cookies.header("e.kz", secure=False) == "b=2"
    cookies.take("e.kz", "b=; Max-Age=0")
    assert cookies.header("e.kz", secure=False) is None


def test_hostile_amounts_are_not_sent() -> None:
    """A site cannot make us send a header that grows at every hop."""
    cookies = Cookies()
    for number in range(200):
        cookies.take("e.kz", f"c{number}={'x' * 1000}")
    assert cookies.header("e.kz", secure=True) is None
