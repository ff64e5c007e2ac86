"""Settings are read strictly: what is wrong is named with its place and what is allowed."""

import pytest

from probe import words
from probe.settings import Settings, SettingsError, parse

FILE = "/home/x/config.toml"


def test_nothing_said_is_the_default() -> None:
    """An empty file and an empty environment."""
    assert Settings() == parse("", {}, source=FILE)


def test_every_key() -> None:
    """One text stands for a list of one."""
    text = """
        control = "https://a.example/"
        resolver = ["9.9.9.9", "[2620:fe::fe]:53"]
        doh = ["https://9.9.9.9/dns-query"]
        concurrency = 7
        max_runtime = 60
        diagnose = false
        list = "controls"
        collector = "https://c.example/#key=x"
        proxy = "socks5h://127.0.0.1:9050"
        upload = false
        ca_file = "/etc/ca.pem"
        keep_days = 90
    """
    assert Settings(
        control=("https://a.example/",),
        resolver=("9.9.9.9", "[2620:fe::fe]:53"),
        doh=("https://9.9.9.9/dns-query",),
        concurrency=7,
        max_runtime=60.0,
        diagnose=False,
        list="controls",
        collector=("https://c.example/#key=x",),
        proxy="socks5h://127.0.0.1:9050",
        upload=False,
        ca_file="/etc/ca.pem",
        keep_days=90,
    ) == parse(text, {}, source=FILE)


def test_the_environment_wins_over_the_file() -> None:
    """Controls by commas or spaces; an empty variable means none."""
    file = 'control = "https://f/"\ncollector = "https://f/"'
    environ = {
        "ANYQTA_CONTROL": "https://a/, https://b/ https://c/",
        "ANYQTA_COLLECTOR": "https://d/, https://e/",
        "SSL_CERT_FILE": "/ca.pem",
    }
    settings = parse(file, environ, source=FILE)
    assert ("https://a/", "https://b/", "https://c/") == settings.control
    assert (("https://d/", "https://e/"), "/ca.pem") == (settings.collector, settings.ca_file)
    assert () == parse(file, {"ANYQTA_CONTROL": " "}, source=FILE).control
    assert ("https://f/",) == parse(file, {"ANYQTA_COLLECTOR": " "}, source=FILE).collector


def test_a_proxys_password_is_not_repeated() -> None:
    """Where it is written wrongly, the message says how it should be."""
    with pytest.raises(SettingsError, match="socks5h://127") as caught:
        parse('proxy = "me:secret@h:1"', {}, source=FILE)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("contrl = 1", "no setting 'contrl'; there is: control, resolver"),
        ("control = 1", "control must be a text or a list"),
        ('control = "a.example"', "begins with https:// or http://"),
        ("resolver = [1]", "resolver must be a text"),
        ("concurrency = 0", "from 1 to 500"),
        ("concurrency = true", "from 1 to 500"),
        ("concurrency = 1.5", "from 1 to 500"),
        ("max_runtime = -1", "seconds above 0"),
        ("max_runtime = inf", "seconds above 0"),
        ("max_runtime = nan", "seconds above 0"),
        ('diagnose = "yes"', "true or false"),
        ("upload = 1", "true or false"),
        ("collector = [1]", "begins with https:// or http://"),
        ('list = ""', "list must be a text"),
        ("control = [", "is not TOML: look at its end ("),
        ("diagnose = true\nlist kz", "is not TOML: look at line 2, column 6 ("),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    """File, key, what is allowed."""
    with pytest.raises(SettingsError) as caught:
        parse(text, {}, source=FILE)
    assert says in str(caught.value)
    assert FILE in str(caught.value)


def test_a_wrong_variable_is_named() -> None:
    """By its name."""
    with pytest.raises(SettingsError, match="ANYQTA_CONTROL must be"):
        parse("", {"ANYQTA_CONTROL": "nonsense"}, source=FILE)


@pytest.mark.parametrize("value", ["0", "-1", "36501", "true", "1.5", '"90"'])
def test_days_are_whole_and_some(value: str) -> None:
    """Never all of it by a slip."""
    with pytest.raises(SettingsError, match="keep_days must be a whole number of days"):
        parse(f"keep_days = {value}", {}, source=FILE)
    assert 1 == parse("keep_days = 1", {}, source=FILE).keep_days


@pytest.mark.parametrize(
    ("language", "said"), [("ru", "строка 2, столбец 6"), ("kk", "2-жол, 6-баған")]
)
def test_where_it_is_no_toml_is_told_in_ones_own_language(language: str, said: str) -> None:
    """What the library says stays as it is, behind."""
    with pytest.raises(SettingsError) as caught:
        parse("diagnose = true\nlist kz", {}, source="/home/x/config.toml")
    words.use(language)
    try:
        told = words.told(str(caught.value))
    finally:
        words.use(words.ENGLISH)
    assert said in told
    assert "/home/x/config.toml" in told
    assert "(Expected '=' after a key in a key/value pair)" in told
