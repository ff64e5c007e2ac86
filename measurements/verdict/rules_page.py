"""The HTTP table's rows for pages that no certificate vouches for (methods.md §1.8)."""

from measurements.schema.words import Mechanism, Outcome
from measurements.verdict.http_rows import HOST, REFUSALS, blocked, down, opened, server, unsure
from measurements.verdict.rule import Rule
from measurements.verdict.view_http import HTTPView


def _fine(status: int) -> bool:
    return 200 <= status < 400


PAGE_RULES: tuple[Rule[HTTPView], ...] = (
    blocked(
        "http.tampered",
        lambda v: v.altered,
        "The page of {host} arrives altered: asked for in ways that a machine between cannot "
        "read, it is the same each time and different from this.",
        0.93,
        mechanism=Mechanism.TAMPERED,
    ),
    server(
        "http.refuses_everyone",
        lambda v: (
            v.control_ok
            and v.control is not None
            and v.status == v.control.status_code
            and (v.status in REFUSALS or (v.status >= 500 and v.looks("captcha", "geoblock")))
            and not v.by_name
        ),
        "{host} refuses with status {status}, and refuses the control as well.",
        0.8,
    ),
    down(
        "http.down_status_plain",
        lambda v: (
            v.status >= 500
            and not v.looks("captcha", "geoblock")  # who asks for proof is up
            and v.control is not None
            and (v.control_fails or v.control.status_code >= 500)
        ),
        "{host} answers with an error of its own ({status}), and the control gets no page either.",
        0.8,
    ),
    opened(
        "http.same_page_changed",
        lambda v: v.like_control and v.maybe_altered and not v.experimented,
        "The page is much like the one that the control gets, though not the same to the byte, "
        "where the control got the same twice.",
        0.8,
        wants=HOST,
    ),
    unsure(
        "http.blockpage_everywhere",
        lambda v: v.like_control and v.surely_blockpage,
        "{host} shows what looks like a block page ({looks}), and shows it to the control as well: it "
        "is the site's own, or the control is behind the same filter.",
        0.5,
    ),
    opened(
        "http.same_page",
        lambda v: v.identical,
        "The page is the one that the control gets.",
        0.97,
    ),
    blocked(
        "http.page_replaced",
        lambda v: v.by_name and not v.like_control and not v.twin_agrees,
        "A request with the name {host} gets a foreign page ({looks}, status {status}) from "
        "someone on the way: the same request, written otherwise or to another address, shows it.",
        0.96,
    ),
    opened(
        "http.similar_page",
        lambda v: v.like_control,
        "The page is the one that the control gets, give or take ({why}).",
        0.92,
    ),
    server(
        "http.twin_agrees",
        lambda v: v.twin_agrees and (v.status >= 400 or v.looks("captcha", "geoblock")),
        "{host} says the same over TLS, behind its own certificate: it is the site itself that "
        "refuses ({looks}, status {status}).",
        0.95,
    ),
    opened(
        "http.twin_same_page",
        lambda v: v.twin_agrees,
        "The page is the one that the site itself gives over TLS.",
        0.93,
    ),
    server(
        "http.challenge",
        lambda v: (
            v.looks("captcha", "geoblock")
            and v.experimented
            and v.variants_agree
            and v.only_here
            and not v.twin_differs
        ),
        "{host} answers with {looks} (status {status}), however it is asked, and only at its own "
        "address: it is the site itself that refuses this place.",
        0.75,
    ),
    blocked(
        "http.blockpage_twin",
        lambda v: (
            v.unlike_control
            and v.twin_differs
            and v.experimented
            and v.again
            and not v.looks("captcha")  # a site deals these as it likes
        ),
        "Over plain HTTP {host} shows another page ({looks}) than the site itself shows over TLS, "
        "and than the control gets.",
        0.9,
    ),
    blocked(
        "http.blockpage_known",
        lambda v: (
            v.unlike_control
            and v.looks("blockpage")
            and v.experimented
            and v.again
            and not v.letters("h3")
        ),
        "{host} shows a block page ({looks}), while the control gets the site.",
        0.8,
    ),
    server(
        "http.refusal_by_server",
        lambda v: (
            v.unlike_control
            and v.experimented
            and v.variants_agree
            and v.only_here
            and not v.surely_blockpage
            and not v.twin_differs
        ),
        "{host} answers otherwise than to the control (status {status}), however it is asked, and "
        "only at its own address: it is the server's doing.",
        0.75,
    ),
    blocked(
        "http.blockpage_likely",
        lambda v: v.unlike_control and v.surely_blockpage,
        "{host} shows a block page ({looks}), while the control gets the site.",
        0.75,
        wants=HOST,
    ),
    server(
        "http.challenge_once",
        lambda v: (
            v.looks("captcha") and v.unlike_control and not v.twin_differs and not v.there_too
        ),
        "{host} answers with {looks} (status {status}); the control gets {control_status}. Sites do "
        "that to visitors whom they take for machines; without encryption, somebody on the way "
        "could as well.",
        0.6,
        wants=HOST,
    ),
    unsure(
        "http.geoblock_once",
        lambda v: v.looks("captcha", "geoblock") and v.unlike_control,
        "{host} answers with {looks} (status {status}); the control gets {control_status}. Without"
        " encryption it cannot be told whether the site itself says so, or somebody on the way.",
        0.6,
        wants=HOST,
    ),
    unsure(
        "http.refusal_likely",
        lambda v: v.unlike_control and v.status in REFUSALS,
        "A refusal comes for {host} (status {status}); the control gets {control_status}. Without"
        " encryption it cannot be told whether the site itself says so, or somebody on the way.",
        0.6,
        wants=HOST,
    ),
    unsure(
        "http.different_page",
        lambda v: v.unlike_control,
        "{host} shows another page than the control gets ({why}).",
        0.6,
        wants=HOST,
    ),
    opened(
        "http.site_up_control_not",
        lambda v: (
            v.control_fails
            and not v.control_knows_no_name
            and _fine(v.status)
            and not v.looks("blockpage", "login_portal")
        ),
        "{host} answers here (status {status}), though not to the control.",
        0.85,
    ),
    unsure(
        "http.uncompared",
        lambda v: v.looks("blockpage", "login_portal", "captcha", "geoblock"),
        "{host} shows something like {looks}, and there is nothing to compare it with.",
        0.5,
        wants=HOST,
    ),
    opened(
        "http.unlike_unknown",
        lambda v: v.control_ok and 200 <= v.status < 400,
        "{host} answers with a page that can be the control's ({why}).",
        0.7,
        wants=HOST,
    ),
    opened(
        "http.not_found",
        lambda v: v.control_ok and v.control is not None and v.status == v.control.status_code,
        "{host} answers with status {status}, to the control as well.",
        0.85,
    ),
    unsure(
        "http.no_reference",
        lambda _: True,
        "{host} answers with status {status} over plain HTTP, and nothing vouches that the page "
        "is the site's.",
        0.5,
        wants=HOST,
        outcome=Outcome.UNKNOWN,
    ),
)
