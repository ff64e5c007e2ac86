"""Host names as lists, registries and targets spell them, brought to one spelling."""

import re
from urllib.parse import urlsplit

from measurements.verdict.addresses import canonical_host, registrable_domain

# A host as DNS has it (underscores occur; a top level begins with a letter: "art.41-1" is none), or an
# address; what is left after IDNA is ASCII.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(
    rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]|(?:\d{{1,3}}\.){{3}}\d{{1,3}}"
)
_ADDRESS = re.compile(r"[0-9a-f]*:[0-9a-f:.]+")


def host_in(text: str) -> str | None:
    """The host that a URL, or a bare name, names; without www.; None where there is none."""
    text = text.strip().replace("\\", "/")
    if "://" not in text:
        text = f"//{text.lstrip('/')}"
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return None
    name = canonical_host(host)
    if not (_HOST.fullmatch(name) or _ADDRESS.fullmatch(name)):
        return None
    rest = name.removeprefix("www.")
    return rest if "." in rest or ":" in rest else name


def names_of(url: str) -> list[tuple[str, str]]:
    """The names under which a target may be listed: its host, and the parents of that.

    The last parent is the registrable domain: a listed example.kz concerns news.example.kz too; a
    listed .kz does not.
    """
    host = host_in(url)
    if host is None:
        return []
    domain = registrable_domain(host)
    names = [(host, "host")]
    while domain is not None and host != domain and "." in host:
        host = host.partition(".")[2]
        names.append((host, "parent"))
    return names
