"""The HTTP table (methods.md §1.8, §1.12, §2.3 H1-H6). First match wins; ids are for ever."""

from measurements.schema.words import Layer, Locus
from measurements.verdict.http_rows import (
    HOST,
    PACE,
    REFUSALS,
    blocked,
    down,
    opened,
    server,
    throttled,
    unsure,
)
from measurements.verdict.rule import Rule
from measurements.verdict.rules_page import PAGE_RULES
from measurements.verdict.rules_redirect import REDIRECT_RULES
from measurements.verdict.symbols import LOCAL
from measurements.verdict.view_http import HTTPView

_PACE_RULES: tuple[Rule[HTTPView], ...] = (
    throttled(
        "http.throttled",
        lambda v: v.slower_than is not None,
        "Downloads from {host} crawl, while the same server gives the same bytes at three times "
        "the pace at least when the name is not to be seen.",
        0.95,
    ),
    throttled(
        "http.throttled_address",
        lambda v: v.slower_than_line and v.control_is_quick,
        "Downloads from {host} crawl, while this line is fast for others and the control gets the "
        "page quickly.",
        0.8,
    ),
    throttled(
        "http.frozen",
        lambda v: (
            v.broken_off
            and v.throttling_run
            and v.control_has_all
            and any(
                v.paces(arm).ratio is not None and (v.paces(arm).ratio or 1) <= 0.34
                for arm in ("c_sni", "c_split", "c_records", "c_none", "c_twin", "c_host", "c_line")
            )
        ),
        "The page of {host} begins and then stops, each time; other transfers on this line go on.",
        0.75,
    ),
    throttled(
        "http.slow_once",
        lambda v: v.slow and not v.throttling_run and v.broken_off and v.control_has_all,
        "The page of {host} began and came too slowly to end in time, while the control had all "
        "of it.",
        0.65,
        wants=PACE,
    ),
)

_NO_ANSWER_RULES: tuple[Rule[HTTPView], ...] = (
    unsure(
        "http.line_broken",
        lambda v: v.status == 0 and v.line_broken,
        "The request to {host} got no answer ({how}), but neither did one to the control's own "
        "address.",
        0.8,
        locus=Locus.LOCAL,
    ),
    blocked(
        "http.host_blocked",
        lambda v: v.status == 0 and v.by_name,
        "A request with the name {host} fails ({how}, {tries} tries), while another name, or the "
        "same name written otherwise, is answered.",
        0.96,
    ),
    unsure(
        "http.flaky",
        lambda v: v.status == 0 and v.gone,
        "The request to {host} failed once ({how}) and was answered each time that it was tried "
        "again.",
        0.5,
        wants=("revisit",),
    ),
    down(
        "http.down",
        lambda v: v.status == 0 and v.control_fails and not v.gone,
        "{host} takes the connection and gives no answer ({how}), and none to the control either.",
        0.88,
        wants=HOST,
    ),
    blocked(
        "http.blocked",
        lambda v: v.status == 0 and v.control_ok and v.again and v.other_name_passes,
        "A request with the name {host} fails again and again ({how}), while another name passes at the "
        "same address and the control gets the page.",
        0.88,
    ),
    blocked(
        "http.blocked_each_time",
        lambda v: v.status == 0 and v.control_ok and v.again,
        "The request to {host} fails again and again ({how}), while the control gets the page.",
        0.78,
    ),
    unsure(
        "http.uneven",
        lambda v: v.status == 0 and v.experimented,
        "The request to {host} fails now and then ({how}): the trials do not agree.",
        0.4,
        wants=("revisit",),
    ),
    blocked(
        "http.blocked_once",
        lambda v: v.status == 0 and v.control_ok,
        "The request to {host} got no answer here ({how}), while the control gets the page.",
        0.75,
        wants=HOST,
    ),
    unsure(
        "http.no_answer",
        lambda v: v.status == 0,
        "The request to {host} got no answer ({how}), and no control could say whether others get "
        "one.",
        0.5,
        wants=HOST,
    ),
)

_AUTHENTICATED_RULES: tuple[Rule[HTTPView], ...] = (
    server(
        "http.broken_redirect",
        lambda v: v.authenticated and v.broken_redirect,
        "{host} itself redirects to an address that no browser can open.",
        0.93,
    ),
    opened(
        "http.authentic_redirect",
        lambda v: v.authenticated and v.is_redirect,
        "{host} itself sends the browser on to {target}.",
        0.98,
    ),
    server(
        "http.authentic_geoblock",
        lambda v: v.authenticated and v.looks("geoblock", "captcha") and not v.like_control,
        "{host} itself, behind its own certificate, serves this place a refusal ({looks}, status "
        "{status}); the control gets {control_status}.",
        0.92,
    ),
    down(
        "http.down_status",
        lambda v: (
            v.authenticated
            and v.status >= 500
            and not v.looks("geoblock", "captcha")  # who asks for proof is up
            and v.control is not None
            and (v.control_fails or v.control.status_code >= 500)
        ),
        "{host} answers with an error of its own ({status}), to the control as well.",
        0.85,
    ),
    server(
        "http.authentic_refusal",
        lambda v: (
            v.authenticated
            and (
                v.status in REFUSALS
                or v.status >= 500
                or (v.status >= 400 and v.control_ok and 0 < v.control_status < 400)
            )
            and not (
                v.control_ok
                and v.control is not None
                and v.control.status_code == v.status
                and v.status not in REFUSALS
                and not v.looks("geoblock", "captcha")
            )
        ),
        "{host} itself, behind its own certificate, refuses with status {status}; the control "
        "gets {control_status}.",
        0.92,
    ),
    opened(
        "http.authentic",
        lambda v: v.authenticated,
        "The page came from {host} itself, behind a good certificate (status {status}).",
        0.98,
    ),
)

HTTP_RULES: tuple[Rule[HTTPView], ...] = (
    Rule(
        id="http.no_data",
        layer=Layer.HTTP,
        when=lambda v: v.fetch is None,
        status=None,
        why="No request could be sent to {host}.",
    ),
    server(
        "http.too_many_redirects",
        lambda v: v.too_many and (v.authenticated or not v.control_ok),
        "{host} redirects more than ten times: no browser would follow.",
        0.9,
    ),
    unsure(
        "http.redirect_loop",
        lambda v: v.too_many,
        "{host} redirects more than ten times here, while the control gets a page.",
        0.5,
        wants=HOST,
    ),
    unsure(
        "http.local",
        lambda v: v.status == 0 and v.letter == LOCAL,
        "This computer could not finish its request to {host}.",
        0.5,
        locus=Locus.LOCAL,
    ),
    *_PACE_RULES,
    *_NO_ANSWER_RULES,
    *_AUTHENTICATED_RULES,
    *REDIRECT_RULES,
    *PAGE_RULES,
)

# Rules that say "open" and still want pairs of downloads, because the page came slowly.
SLOW = PACE
