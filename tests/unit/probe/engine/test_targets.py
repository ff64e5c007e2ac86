"""probe/engine/targets.py"""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.engine.targets import (
    CannotReadError,
    EmptyListError,
    NoTargetLeftError,
    ParsedTargets,
    Target,
    UnknownListError,
    bundled_names,
    join,
    load_bundled,
    load_file,
    only_categories,
    parse_targets,
    require_targets,
)

HEADER = "url,category_code,category_description,date_added,source,notes\n"


def urls(parsed: ParsedTargets) -> list[str]:
    """Just the URLs."""
    return [target.url for target in parsed.targets]


def problems(parsed: ParsedTargets) -> list[tuple[int, str]]:
    """The line and the first word of each reason."""
    return [(problem.line, problem.reason) for problem in parsed.problems]


def test_one_url_a_line() -> None:
    """Comments, blank lines, bare hosts, all three ends of line."""
    text = "# mine\n\nexample.org # why\r\n  https://a.example.org/#part\rhttp://b.example.org"
    parsed = parse_targets(text, "mine.txt")

    assert [
        Target(url="https://example.org/", source="mine.txt", line=3),
        Target(url="https://a.example.org/", source="mine.txt", line=4),
        Target(url="http://b.example.org/", source="mine.txt", line=5),
    ] == list(parsed.targets)
    assert parsed.problems == ()


def test_a_bad_line_is_named_and_skipped() -> None:
    """The rest of the list is measured all the same."""
    parsed = parse_targets("example.org\nnot a url\nftp://x.org/\nexample.com\n", "x")

    assert ["https://example.org/", "https://example.com/"] == urls(parsed)
    assert [
        (2, "there is a space inside it"),
        (3, "only http and https are measured, not ftp"),
    ] == problems(parsed)


def test_citizen_lab_csv() -> None:
    """Their columns, with quoted commas and a quoted quotation mark."""
    text = HEADER + (
        'https://selftanu.kz/,LGBT,LGBT,2024-02-12,us,"a, b ""c"""\n'
        "http://example.org,news,News Media,2014-04-15,citizenlab,\n"
    )
    parsed = parse_targets(text, "kz")

    assert (
        Target(
            url="https://selftanu.kz/",
            category_code="LGBT",
            source="kz",
            line=2,
            notes='a, b "c"',
        ),
        Target(url="http://example.org/", category_code="NEWS", source="kz", line=3),
    ) == parsed.targets


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffurl,category_code\r\nexample.org,NEWS\r\n",
        "# a comment first\nURL;Category_Code\nexample.org;NEWS",
        "url\tcategory_code\nexample.org\tNEWS\n",
        'category_code,"url"\nNEWS,"example.org"\n',
        " url , category_code \n example.org , NEWS \n",
    ],
)
def test_the_header_decides_the_columns(text: str) -> None:
    """A byte-order mark, semicolons or tabs, another order, spaces: spreadsheets do all of it."""
    (target,) = parse_targets(text, "x").targets
    assert ("https://example.org/", "NEWS") == (target.url, target.category_code)


def test_a_csv_with_only_urls() -> None:
    """One column is a CSV too."""
    assert ["https://example.org/"] == urls(parse_targets("url\nexample.org\n", "x"))


def test_short_and_long_rows() -> None:
    """A row without its last columns is read; one without its URL is named."""
    parsed = parse_targets(HEADER + "example.org\n,NEWS\nexample.com,NEWS,a,b,c,d,e,f\n", "x")
    assert ["https://example.org/", "https://example.com/"] == urls(parsed)
    assert [(3, "it is empty")] == problems(parsed)


def test_a_field_over_several_lines() -> None:
    """Line numbers stay those of the file."""
    parsed = parse_targets(HEADER + 'a.org,NEWS,,,,"one\ntwo"\nb.org,NEWS\n', "x")
    assert [(2, "one\ntwo"), (4, "")] == [(t.line, t.notes) for t in parsed.targets]


def test_a_quotation_mark_that_never_closes_costs_one_line() -> None:
    """A csv reader would swallow the rest of the file."""
    rest = "".join(f"s{n}.org,NEWS\n" for n in range(100))
    parsed = parse_targets(HEADER + 'a.org,"NEWS\n' + rest, "x")
    assert [(2, "a quotation mark is never closed")] == problems(parsed)
    assert len(parsed.targets) == 100


def test_bytes_that_are_not_utf8_are_named() -> None:
    """With their line; the others are read."""
    parsed = parse_targets(b"example.org\nhttps://\xff\xfe.org/\n\xd1\x8f.org\n", "x")
    assert [(2, "it is not UTF-8")] == problems(parsed)
    assert ["https://example.org/", "https://xn--41a.org/"] == urls(parsed)


def test_utf16_from_powershell() -> None:
    """`echo example.org > list.txt` on Windows."""
    assert ["https://example.org/"] == urls(parse_targets("example.org\r\n".encode("utf-16"), "x"))


def test_duplicates_are_counted_not_repeated() -> None:
    """Two spellings of one URL are one target; http and https are two."""
    parsed = parse_targets("Example.org\nhttps://example.org:443/#x\nhttp://example.org/\n", "x")
    assert (2, 1) == (len(parsed.targets), parsed.duplicates)


def test_a_problem_is_safe_to_show() -> None:
    """Nothing in it moves the cursor."""
    (problem,) = parse_targets("https://a.org/\x1b[2J\x00\n", "x").problems
    assert problem.text == r"https://a.org/\x1b[2J\x00"


def test_private_addresses_only_where_asked() -> None:
    """A list from a stranger must not reach the volunteer's router."""
    text = "http://127.0.0.1/\nhttp://192.168.0.1/\n"
    assert [] == urls(parse_targets(text, "x"))
    assert len(parse_targets(text, "x", allow_private=True).targets) == 2


def test_lists_together() -> None:
    """The first mention counts; what all lists had to say is kept."""
    one = parse_targets(HEADER + "a.org,NEWS\na.org,NEWS\n", "one")
    two = parse_targets("a.org\nb.org\n:\n", "two")
    both = join([one, two])
    assert [("one", "https://a.org/"), ("two", "https://b.org/")] == [
        (target.source, target.url) for target in both.targets
    ]
    assert (2, 1) == (both.duplicates, len(both.problems))


def test_only_some_categories() -> None:
    """In any case; what has none of them is an error that says what there is."""
    parsed = parse_targets(HEADER + "a.org,NEWS\nb.org,LGBT\nc.org,\n", "x")
    assert ["https://b.org/"] == urls(only_categories(parsed, ["lgbt", "HUMR"]))
    with pytest.raises(NoTargetLeftError, match="GAME; there is: LGBT 1, NEWS 1, none 1"):
        only_categories(parsed, ["game"])


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", HEADER, "\ufeff"])
def test_an_empty_list_is_an_error(text: str) -> None:
    """Measuring nothing must not look like success."""
    with pytest.raises(EmptyListError, match="mine is empty"):
        require_targets(parse_targets(text, "mine"), "mine")


def test_a_list_that_leaves_nothing_says_why() -> None:
    """With the number of the first line that was refused."""
    with pytest.raises(
        NoTargetLeftError, match=r"2 line\(s\) refused, the first is line 2 \(a b\)"
    ):
        require_targets(parse_targets("\na b\nc d\n", "mine"), "mine")


def test_files(tmp_path: Path) -> None:
    """A file is read; a folder, a missing file and an empty one say so."""
    good = tmp_path / "good.txt"
    good.write_text("example.org\n")
    assert ["https://example.org/"] == urls(load_file(good))
    with pytest.raises(CannotReadError, match="No such file"):
        load_file(tmp_path / "missing.txt")
    with pytest.raises(CannotReadError, match="Is a directory"):
        load_file(tmp_path)
    good.write_text("")
    with pytest.raises(EmptyListError):
        load_file(good)


def test_a_file_without_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-f /dev/zero` ends."""
    monkeypatch.setattr("probe.engine.targets.MAX_FILE", 2**20)
    with pytest.raises(CannotReadError, match="larger than 1 MiB"):
        load_file(Path("/dev/zero"))


def test_a_hundred_thousand_lines_take_about_a_second() -> None:
    """So that a million takes seconds. The limit is ten times what it takes."""
    text = "\n".join(f"https://site{n}.example.org/{n}" for n in range(100_000))
    start = time.perf_counter()
    assert len(parse_targets(text, "x").targets) == 100_000
    assert time.perf_counter() - start < 10


@given(st.one_of(st.text(), st.binary(), st.text().map(lambda text: HEADER + text)))
def test_any_file_is_read_to_its_end(raw: str | bytes) -> None:
    """Whatever it holds, lines are targets, duplicates or problems, each in the file's order."""
    parsed = parse_targets(raw, "x")
    lines = [target.line or 0 for target in parsed.targets]
    assert lines == sorted(lines)
    assert len(set(urls(parsed))) == len(parsed.targets)
    assert all(problem.text.isprintable() and problem.reason for problem in parsed.problems)


ROW = st.tuples(st.text('ab,";\n# ', max_size=12), st.sampled_from(["NEWS", "", "LGBT"]))


@given(st.lists(ROW, max_size=8))
def test_a_csv_survives_any_notes(rows: list[tuple[str, str]]) -> None:
    """What a csv writer quotes is read back whole."""
    body = "".join(
        f's{n}.org,{code},,,,"{notes.replace(chr(34), chr(34) * 2)}"\n'
        for n, (notes, code) in enumerate(rows)
    )
    parsed = parse_targets(HEADER + body, "x")
    assert [(notes.strip(), code or None) for notes, code in rows] == [
        (target.notes, target.category_code) for target in parsed.targets
    ]
    assert parsed.problems == ()


# --- the bundled lists -----------------------------------------------------------------------


def test_an_unknown_list_names_the_known_ones() -> None:
    """Also for a name that is a path."""
    with pytest.raises(UnknownListError, match=r"there is: .*kz"):
        load_bundled("../kz")


@pytest.mark.parametrize("name", ["kz", "controls"])
def test_a_bundled_list_is_clean(name: str) -> None:
    """No problem, no duplicate; every target has its category and its claim."""
    assert name in bundled_names()
    parsed = load_bundled(name)
    assert parsed.problems == ()
    assert parsed.duplicates == 0
    for target in parsed.targets:
        assert target.category_code, target.url
        assert target.notes, target.url


def test_the_kazakh_list_holds_what_it_is_for() -> None:
    """selftanu.kz, the news and rights sites, tools against blocking, and controls."""
    parsed = load_bundled("kz")
    assert 45 <= len(parsed.targets) <= 80
    assert "https://selftanu.kz/" in urls(parsed)
    for code, least in {"LGBT": 4, "NEWS": 10, "HUMR": 4, "ANON": 6, "CTRL": 4}.items():
        assert len(only_categories(parsed, [code]).targets) >= least, code
