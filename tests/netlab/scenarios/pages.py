"""Redirects and pages that differ for innocent reasons, and servers that shun some clients themselves."""

from __future__ import annotations

from tests.netlab.model import Answer, Expect, Name, Page, Scenario, Site
from tests.netlab.scenarios.build import Options, domain, scenario, spot

SIDE = Expect("server_side")


def _redirects() -> list[Scenario]:
    end = Page("redirect", 302, location="/end", text="/")
    there = spot("moved-there")
    away: Options = {
        "more_sites": (Site((there.name,), there.v4, http=Page()),),
        "more_names": (Name(there.name, Answer(there.v4)),),
    }
    return [
        scenario("to-https", why="http leads to https.", scheme="http"),
        scenario(
            "to-www",
            why="The bare name leads to www.",
            site={"https": Page("redirect", 301, location=f"https://www.{domain('to-www')}/home", text="/")},
        ),
        scenario("three-steps", why="Three redirects.", site={"https": Page("chain", count=3)}),
        scenario(
            "see-other",
            why="303 to a page.",
            site={"https": Page("redirect", 303, location="/end", text="/")},
        ),
        scenario(
            "permanent",
            why="308 to a page.",
            site={"https": Page("redirect", 308, location="/end", text="/")},
        ),
        scenario("found-http", why="302 within http.", scheme="http", site={"http": end}),
        scenario(
            "moved",
            why="Leads to another owner's site.",
            site={"https": Page("redirect", 301, location=f"https://{there.name}/")},
            **away,
        ),
        scenario(
            "cookie-loop",
            why="Redirects to itself until a cookie comes back.",
            site={"https": Page("cookie_loop")},
        ),
        scenario(
            "twelve-steps",
            SIDE,
            "More redirects than anybody follows.",
            site={"https": Page("chain", count=12)},
        ),
        scenario(
            "loop",
            SIDE,
            "Redirects to itself for ever.",
            site={"https": Page("redirect", 302, location="/")},
        ),
        scenario(
            "leads-to-down",
            Expect("down", also_status=("server_side",)),
            "Leads to a name that nobody knows.",
            site={"https": Page("redirect", 302, location="https://gone-for-good.org/")},
        ),
    ]


def _pages() -> list[Scenario]:
    def both(slug: str, page: Page, why: str) -> list[Scenario]:
        site = {"http": page, "https": page}
        return [
            scenario(slug, why=why, site=dict(site)),
            scenario(f"{slug}-http", why=why + " (http)", site=dict(site), scheme="http"),
        ]

    def shunned(slug: str, page: Page, why: str) -> list[Scenario]:
        site: Options = {"http": Page(), "probe_page": page}
        return [
            scenario(slug, SIDE, why, site=site),
            scenario(f"{slug}-http", SIDE, why + " (http)", site=site, scheme="http"),
        ]

    return [
        *both("plain-page", Page(), "Nothing special."),
        *both("dynamic-page", Page("dynamic", size=20_000), "Another body each time."),
        *both(
            "languages",
            Page("languages", size=20_000),
            "Russian for the probe, English for the control.",
        ),
        *both("empty-page", Page("empty"), "An empty body."),
        *both("untitled", Page("no_title"), "No title."),
        *both("until-close", Page("no_length"), "Ends with the connection, without a length."),
        *both("chunked-page", Page("chunked"), "Chunked."),
        *both("gzip-page", Page("gzipped"), "Compressed."),
        *both("big-file", Page("big", size=33_554_432), "32 MiB, more than any cap."),
        *both("rst-after", Page("rst_after"), "The server ends with RST after the whole answer."),
        *both(
            "slow-server",
            Page("slow", size=60_000, delay=0.4),
            "Slow for everybody: 3.5 s for 60 KB.",
        ),
        *both("slow-start", Page(delay=2.5), "Thinks 2.5 s before each answer."),
        scenario("h2-page", why="HTTP/2.", site={"h2": True}),
        *shunned("captcha", Page("captcha", 503), "A CDN challenges this client only."),
        *shunned("challenge-403", Page("captcha", 403), "A CDN challenges this client only, with 403."),
        *shunned("geo-403", Page("geoblock", 403), "The site itself answers 403 to this country."),
        *shunned("geo-451", Page("geoblock", 451), "The site itself answers 451 to this country."),
        *shunned(
            "geo-200",
            Page("geoblock_200"),
            "The site itself answers 200 and a refusal to this country.",
        ),
        scenario(
            "block-news",
            why="A newspaper's article that quotes a block page.",
            scheme="http",
            site={
                "http": Page(
                    title="Как блокируют сайты",
                    text="<p>На экране появляется: «Доступ ограничен».</p>" * 80,
                )
            },
        ),
    ]


SCENARIOS = [*_redirects(), *_pages()]
