"""Sketches of bodies."""

import random
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.page_text import BODY_CAP
from measurements.verdict.sketch import (
    K_MARKUP,
    K_TEXT,
    WORDLESS,
    contained,
    read_sketch,
    shingles,
    similarity,
    text_overlap,
)


def words(seed: int, count: int, alphabet: str = "abcdefghijklmnop") -> str:
    """A text that is the same for a seed."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(alphabet, k=chance.randint(3, 9))) for _ in range(count))


def test_a_sketch_is_small_sorted_and_32_bit() -> None:
    """It travels in every answer of the control."""
    sketch = shingles(words(1, 5000).encode())
    assert len(sketch) == K_TEXT
    assert list(sketch) == sorted(sketch)
    assert all(0 < n < 1 << 32 for n in sketch)


def test_the_same_in_every_process() -> None:
    """The control and the probe must agree: no builtin hash()."""
    code = (
        "from measurements.verdict.sketch import shingles; print(shingles('қала жол үй'.encode()))"
    )
    out = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert out[0] == out[1] == f"{shingles('қала жол үй'.encode())}\n"


def test_known_value() -> None:
    """A change of this number needs a new key on the wire: old controls would look different."""
    assert shingles(b"one two three") == (1854496610,)


def test_similarity_follows_the_share_of_words() -> None:
    """Within the sampling error of 64 hashes."""
    a, b, c = words(1, 600), words(2, 600), words(3, 600)
    half = similarity(shingles(f"{a} {b}".encode()), shingles(f"{a} {c}".encode()))
    assert half is not None
    assert 0.15 < half < 0.55  # a third of the union
    assert similarity(shingles(a.encode()), shingles(a.encode())) == 1.0
    assert similarity(shingles(a.encode()), shingles(b.encode())) == 0.0


def test_scripts_digits_and_tokens_do_not_count() -> None:
    """What changes at each visit is left out."""
    text = words(1, 100)
    first = f"<p>{text} 12:31 views 4711 a8f3c9d1</p><script>n='x{1}'</script>"
    second = f"<p>{text} 18:05 views 11 77ab03ee</p><script>n='yy'</script><!-- z -->"
    assert similarity(shingles(first.encode()), shingles(second.encode())) == 1.0


def test_other_scripts() -> None:
    """Kazakh, Chinese, Thai, Arabic texts have words."""
    for text in (
        "Қазақстан Республикасы Үкіметінің ресми сайты ашылды",
        "中华人民共和国国务院新闻办公室发布",
        "เว็บไซต์นี้ถูกระงับการเผยแพร่",
        "هذا الموقع محجوب من قبل الهيئة",
    ):
        assert len(shingles(text.encode())) >= 3
        assert similarity(shingles(text.encode()), shingles(text.upper().encode())) == 1.0


def test_the_markup_survives_a_translation() -> None:
    """Other words in the same markup are similar, but not equal."""
    names = [
        f"<div class='{a}-{b}'>" for a in ("news", "nav", "card") for b in ("head", "body", "foot")
    ]
    markup = "{0}".join(names) + "{0}"
    here = shingles(markup.format(words(1, 30)).encode())
    there = shingles(markup.format(words(2, 30, "абвгдежзик")).encode())
    assert similarity(here, there) == 0.9


def test_no_words() -> None:
    """A body without words has a sketch that says so; no body has none."""
    assert shingles(b"") == (WORDLESS,)
    assert shingles(b"<html><body></body></html>") == (WORDLESS,)
    assert similarity(shingles(b""), shingles(b"")) == 1.0
    assert similarity((), shingles(b"a")) is None
    assert similarity(shingles(b"a"), ()) is None


def test_binary_bodies() -> None:
    """Images are compared by their pieces."""
    image = b"\x89PNG\0" + random.Random(1).randbytes(50_000)
    assert similarity(shingles(image), shingles(image)) == 1.0
    assert similarity(shingles(image), shingles(b"\x89PNG\0" + b"x" * 50_000)) == 0.0


def test_only_the_first_512_kib_count() -> None:
    """The control has 16 MiB where the probe has the cap."""
    body = (words(1, 100_000)).encode()
    assert len(body) > BODY_CAP
    assert shingles(body) == shingles(body[:BODY_CAP])


def test_a_beginning_is_contained_in_the_whole() -> None:
    """Frozen after some kilobytes, a page is still that page."""
    text = words(1, 400)
    whole, part = read_sketch(shingles(text.encode())), read_sketch(shingles(text[:1200].encode()))
    limit = min(whole.text_limit, part.text_limit)
    assert contained(part.text, whole.text, limit).share > 0.95
    assert text_overlap(part, whole).share < 0.6
    assert contained(part.text, whole.text, 0) == (0.0, 0)


def test_fewer_names_than_needed_do_not_count() -> None:
    """Two empty shells with the same two class names are not the same page."""
    shell = "<div class='main-page'><div class='main-body'>{}"
    assert (
        similarity(
            shingles(shell.format(words(1, 40)).encode()),
            shingles(shell.format(words(2, 40)).encode()),
        )
        == 0.0
    )


def test_a_name_in_a_path_counts_without_its_token() -> None:
    """Digits in a file's name are a build number."""
    assert shingles(b"<script src='https://cdn.example/app-main.js?v=3'></script>") == shingles(
        b"<script src='//other.example/x/app-main.js?v=4'></script>"
    )


@given(st.binary(max_size=2000))
def test_never_raises(body: bytes) -> None:
    """Whatever the body, the sketch is small and like itself."""
    sketch = shingles(body)
    assert 1 <= len(sketch) <= K_TEXT + K_MARKUP
    assert similarity(sketch, sketch) == 1.0


@given(st.lists(st.integers(0, 2**40), max_size=200), st.lists(st.integers(-5, 2**33), max_size=90))
def test_made_up_sketches_are_harmless(a: list[int], b: list[int]) -> None:
    """A foreign control may send any numbers."""
    found = similarity(tuple(a), tuple(b))
    assert found is None or 0.0 <= found <= 1.0
