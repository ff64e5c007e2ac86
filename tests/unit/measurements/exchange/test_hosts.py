"""One spelling for a host, wherever it was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.exchange.hosts import host_in, names_of


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("torproject.org", "torproject.org"),
        ("https://www.TorProject.org/download?x=1#y", "torproject.org"),
        ("http://example.kz:8080/", "example.kz"),
        ("//example.kz/path", "example.kz"),
        (" https:\\\\example.kz\\a ", "example.kz"),
        ("пример.рф/путь", "xn--e1afmkfd.xn--p1ai"),
        ("example.kz.", "example.kz"),
        ("www.kz", "www.kz"),
        ("http://192.0.2.7/x", "192.0.2.7"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("user:pw@example.kz/x", "example.kz"),
    ],
)
def test_a_host_is_found(text: str, host: str) -> None:
    """Case, www., port, path and script do not matter."""
    assert host == host_in(text)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "нет сайта", "localhost", "http://", "http://[x", "a b.kz", "art.41-1", "1.2"],
)
def test_what_is_none_is_none(text: str) -> None:
    """It is told as a bad row."""
    assert host_in(text) is None


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """Registries hold anything."""
    assert host_in(text) is None or host_in(host_in(text) or "") is not None


def test_a_target_is_listed_by_its_name_or_a_parent() -> None:
    """Up to the registrable domain, never a public suffix."""
    assert [("a.news.example.com.kz", "host"), ("news.example.com.kz", "parent")] == names_of(
        "https://www.a.news.example.com.kz/x"
    )[:2]
    assert ("example.com.kz", "parent") == names_of("https://a.example.com.kz/")[-1]
    assert [("example.kz", "host")] == names_of("http://example.kz/")
    assert [("192.0.2.7", "host")] == names_of("http://192.0.2.7/")
    assert [] == names_of("nonsense")
