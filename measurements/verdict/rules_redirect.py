"""The HTTP table's rows for redirects that no certificate vouches for (methods.md §1.8)."""

from measurements.verdict.http_rows import HOST, blocked, opened, server, unsure
from measurements.verdict.rule import Rule
from measurements.verdict.view_http import HTTPView

REDIRECT_RULES: tuple[Rule[HTTPView], ...] = (
    blocked(
        "http.redirect_injected",
        lambda v: v.is_redirect and v.by_name,
        "A request with the name {host} is redirected to {target} by someone on the way: the same "
        "request, written otherwise or to another address, shows it.",
        0.96,
    ),
    server(
        "http.broken_redirect_plain",
        lambda v: v.broken_redirect,
        "{host} redirects to an address that no browser can open.",
        0.85,
        wants=HOST,
    ),
    opened(
        "http.redirect_known",
        lambda v: v.is_redirect and (v.redirect_known is True or v.twin_agrees),
        "{host} redirects to {target}, as it does the control, or over TLS.",
        0.95,
    ),
    opened(
        "http.redirect_home",
        lambda v: v.is_redirect and v.stays_home,
        "{host} redirects within its own site.",
        0.9,
    ),
    opened(
        "http.redirect_same_end",
        lambda v: v.is_redirect and v.end_is_the_sites is True,
        "{host} redirects to {target}; the page at the end is the one that the control gets.",
        0.9,
    ),
    blocked(
        "http.redirect_here_only",
        lambda v: (
            v.is_redirect
            and v.redirect_known is False
            and v.experimented
            and v.variants_agree
            and (v.looks("blockpage") or v.twin_differs)
        ),
        "{host} redirects to {target}, a stranger, here; the control was not sent there.",
        0.75,
    ),
    server(
        "http.redirect_by_server",
        lambda v: (
            v.is_redirect
            and v.experimented
            and v.variants_agree
            and v.host_keyed is False
            and bool(v.letters("h3"))
        ),
        "{host} redirects to {target} however it is asked, and only at its own address: it is the "
        "server's doing.",
        0.65,
    ),
    blocked(
        "http.redirect_foreign",
        lambda v: (
            v.is_redirect
            and (v.redirect_known is False or v.end_is_the_sites is False)
            and v.ends_in_blockpage
        ),
        "{host} redirects to {target}, a stranger; the control is not sent there.",
        0.72,
        wants=HOST,
    ),
    unsure(
        "http.redirect_elsewhere",
        lambda v: v.is_redirect and (v.redirect_known is False or v.end_is_the_sites is False),
        "{host} redirects to {target}, where the control is not sent: it may be the site's choice for "
        "this country, or someone on the way.",
        0.5,
        wants=HOST,
    ),
    unsure(
        "http.redirect_unvouched",
        lambda v: v.is_redirect and (v.ends_in_blockpage or not v.control_ok),
        "{host} redirects to {target}, and nothing vouches for that.",
        0.5,
        wants=HOST,
    ),
    opened(
        "http.redirect_unchecked",
        lambda v: v.is_redirect,
        "{host} redirects to {target}.",
        0.7,
    ),
)
