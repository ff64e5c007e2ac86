"""The catalogs as a command; `.ci/words` calls it.

python -m tests.words [DOMAIN…]          extract, update the .po, compile the .mo; tells what is not translated yet
python -m tests.words check [DOMAIN…]    only tells what is wrong
"""

import sys

from tests.words import table
from tests.words.catalogs import (
    DOMAINS,
    compiled,
    extracted,
    file,
    for_the_site,
    site_file,
    updated,
)
from tests.words.problems import problems
from tests.words.sources import LANGUAGES


def main() -> int:
    """Parse and call."""
    words = sys.argv[1:]
    check = words[:1] == ["check"]
    domains = tuple(words[1:] if check else words) or DOMAINS
    if set(domains) - set(DOMAINS):
        sys.exit(f"{__doc__}\nDomains: {', '.join(DOMAINS)}")
    found = extracted()
    count = 0
    for domain in domains:
        for language in LANGUAGES:
            if not check:
                file(domain, language).write_bytes(updated(domain, language, found[domain]))
                file(domain, language, "mo").write_bytes(compiled(domain, language))
            wrong = problems(domain, language, found[domain])
            count += len(wrong)
            sys.stdout.write("".join(f"{language}/{domain}.po: {line}\n" for line in wrong))
            sys.stdout.write(
                f"{language}/{domain}: {len(found[domain])} texts, {len(wrong)} problems\n"
            )
    for language in () if check else LANGUAGES:
        site_file(language).write_bytes(for_the_site(language))
    if not check:
        table.FILE.write_text(table.page(), encoding="utf-8")
    return 1 if check and count else 0


if __name__ == "__main__":
    sys.exit(main())
