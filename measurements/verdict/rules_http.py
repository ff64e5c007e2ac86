"""The HTTP table (methods.md §1.8, §1.12, §2.3 H1-H6). First match wins; ids are for ever."""

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.rule import Rule
from measurements.verdict.view_http import HTTPView

_HOST = ("http_host",)
_PACE = ("throttling",)
_REFUSALS = frozenset({401, 403, 407, 409, 429, 451})


def _page_mechanism(v: HTTPView) -> Mechanism | None:
    """The word for interference with a plain request, by what came back."""
    if v.status == 0:
        return v.mechanism
    return Mechanism.REDIRECT if v.is_redirect else Mechanism.BLOCKPAGE


def _trigger(v: HTTPView) -> Trigger | None:
    if v.other_path_passes:
        return Trigger.HTTP_URL
    if v.host_keyed or v.escaped is not None:
        return Trigger.HTTP_HOST
    return Trigger.HTTP_HOST if v.other_name_passes and v.status == 0 else None


def _pace_trigger(v: HTTPView) -> Trigger | None:
    if v.slower_than in {"c_sni", "c_split", "c_records", "c_none"}:
        return Trigger.SNI
    if v.slower_than == "c_host":
        return Trigger.HTTP_HOST
    return Trigger.IP_PORT if v.slower_than == "c_twin" else Trigger.IP


def _throttled(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {
        "status": Status.THROTTLED,
        "mechanism": Mechanism.THROTTLING,
        "locus": Locus.NETWORK,
    } | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def _blocked(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {
        "status": Status.BLOCKED,
        "mechanism": _page_mechanism,
        "trigger": _trigger,
        "locus": Locus.NETWORK,
    } | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def _server(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.SERVER_SIDE, "locus": Locus.SERVER} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def _open(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.ACCESSIBLE} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


def _unsure(id_: str, when: object, why: str, confidence: float, **more: object) -> Rule[HTTPView]:
    fields: dict[str, object] = {"status": Status.INCONCLUSIVE} | more
    return Rule(id=id_, layer=Layer.HTTP, when=when, why=why, confidence=confidence, **fields)  # type: ignore[arg-type]


_PACE_RULES = (
    _throttled(
        "http.throttled",
        lambda v: v.slower_than is not None,
        "Downloads from {host} crawl, while the same server gives the same bytes at three times the pace at least "
        "when the name is not to be seen.",
        0.95,
        trigger=_pace_trigger,
    ),
    _throttled(
        "http.throttled_address",
        lambda v: v.slower_than_line and v.control_is_quick,
        "Downloads from {host} crawl, while this line is fast for others and the control gets the page quickly.",
        0.8,
        trigger=_pace_trigger,
    ),
    _throttled(
        "http.frozen",
        lambda v: v.broken_off and v.throttling_run and v.control_has_all
        and any(v.paces(arm).ratio is not None and (v.paces(arm).ratio or 1) <= 0.34
                for arm in ("c_sni", "c_split", "c_records", "c_none", "c_twin", "c_host", "c_line")),
        "The page of {host} begins and then stops, each time; other transfers on this line go on.",
        0.75,
        trigger=_pace_trigger,
    ),
    _throttled(
        "http.slow_once",
        lambda v: v.slow and not v.throttling_run and v.broken_off and v.control_has_all,
        "The page of {host} began and came too slowly to end in time, while the control had all of it.",
        0.65,
        wants=_PACE,
    ),
)

_NO_ANSWER_RULES = (
    _unsure(
        "http.line_broken",
        lambda v: v.status == 0 and v.line_broken,
        "The request to {host} got no answer ({how}), but neither did one to the control's own address.",
        0.8,
        locus=Locus.LOCAL,
    ),
    _blocked(
        "http.host_blocked",
        lambda v: v.status == 0 and (v.host_keyed or v.escaped is not None) and not v.gone,
        "A request with the name {host} fails ({how}, {tries} tries), while another name, or the same name written "
        "otherwise, is answered.",
        0.96,
    ),
    Rule(
        id="http.down",
        layer=Layer.HTTP,
        when=lambda v: v.status == 0 and v.control_fails,
        status=Status.DOWN,
        why="{host} takes the connection and gives no answer ({how}), and none to the control either.",
        locus=Locus.SERVER,
        confidence=0.88,
    ),
    _unsure(
        "http.flaky",
        lambda v: v.status == 0 and v.gone,
        "The request to {host} failed once ({how}) and was answered each time that it was tried again.",
        0.5,
        wants=("revisit",),
    ),
    _blocked(
        "http.blocked",
        lambda v: v.status == 0 and v.control_ok and v.again and v.other_name_passes,
        "A request with the name {host} fails each time ({how}), while another name passes at the same address and "
        "the control gets the page.",
        0.88,
    ),
    _blocked(
        "http.blocked_each_time",
        lambda v: v.status == 0 and v.control_ok and v.again,
        "The request to {host} fails each time ({how}), while the control gets the page.",
        0.78,
    ),
    _unsure(
        "http.uneven",
        lambda v: v.status == 0 and v.experimented,
        "The request to {host} fails now and then ({how}): the trials do not agree.",
        0.4,
        wants=("revisit",),
    ),
    _blocked(
        "http.blocked_once",
        lambda v: v.status == 0 and v.control_ok,
        "The request to {host} got no answer here ({how}), while the control gets the page.",
        0.75,
        wants=_HOST,
    ),
    _unsure(
        "http.no_answer",
        lambda v: v.status == 0,
        "The request to {host} got no answer ({how}), and no control could say whether others get one.",
        0.5,
        wants=_HOST,
    ),
)

_AUTHENTICATED_RULES = (
    _server(
        "http.broken_redirect",
        lambda v: v.authenticated and v.broken_redirect,
        "{host} itself redirects to an address that no browser can open.",
        0.93,
    ),
    _open(
        "http.authentic_redirect",
        lambda v: v.authenticated and v.is_redirect,
        "{host} itself sends the browser on to {target}.",
        0.98,
    ),
    _server(
        "http.authentic_geoblock",
        lambda v: v.authenticated and v.looks("geoblock", "captcha") and not v.like_control,
        "{host} itself, behind its own certificate, serves this place a refusal ({looks}, status {status}); the "
        "control gets {control_status}.",
        0.92,
    ),
    Rule(
        id="http.down_status",
        layer=Layer.HTTP,
        when=lambda v: v.authenticated
        and v.status >= 500  # noqa: PLR2004
        and v.control is not None
        and (v.control_fails or v.control.status_code >= 500),  # noqa: PLR2004
        status=Status.DOWN,
        why="{host} answers with an error of its own ({status}), to the control as well.",
        locus=Locus.SERVER,
        confidence=0.85,
    ),
    _server(
        "http.authentic_refusal",
        lambda v: v.authenticated
        and (v.status in _REFUSALS or v.status >= 500)  # noqa: PLR2004
        and not (v.control_ok and v.control is not None and v.control.status_code == v.status
                 and v.status not in _REFUSALS),
        "{host} itself, behind its own certificate, refuses with status {status}; the control gets {control_status}.",
        0.92,
    ),
    _open(
        "http.authentic",
        lambda v: v.authenticated,
        "The page came from {host} itself, behind a good certificate (status {status}).",
        0.98,
    ),
)

_REDIRECT_RULES = (
    _blocked(
        "http.redirect_injected",
        lambda v: v.is_redirect and (v.host_keyed or v.escaped is not None),
        "A request with the name {host} is redirected to {target} by someone on the way: the same request, written "
        "otherwise or to another address, shows it.",
        0.96,
    ),
    _server(
        "http.broken_redirect_plain",
        lambda v: v.broken_redirect,
        "{host} redirects to an address that no browser can open.",
        0.85,
        wants=_HOST,
    ),
    _open(
        "http.redirect_known",
        lambda v: v.is_redirect and (v.redirect_known is True or v.twin_agrees),
        "{host} redirects to {target}, as it does the control, or over TLS.",
        0.95,
    ),
    _open(
        "http.redirect_home",
        lambda v: v.is_redirect and v.stays_home,
        "{host} redirects within its own site.",
        0.9,
    ),
    _open(
        "http.redirect_same_end",
        lambda v: v.is_redirect and v.end_is_the_sites is True,
        "{host} redirects to {target}; the page at the end is the one that the control gets.",
        0.9,
    ),
    _blocked(
        "http.redirect_here_only",
        lambda v: v.is_redirect and v.redirect_known is False and v.experimented and v.variants_agree
        and (v.looks("blockpage") or v.twin_differs),
        "{host} redirects to {target}, a stranger, here; the control was not sent there.",
        0.75,
    ),
    _server(
        "http.redirect_by_server",
        lambda v: v.is_redirect and v.experimented and v.variants_agree and v.host_keyed is False
        and bool(v.letters("h3")),
        "{host} redirects to {target} however it is asked, and only at its own address: it is the server's doing.",
        0.65,
    ),
    _blocked(
        "http.redirect_foreign",
        lambda v: v.is_redirect and (v.redirect_known is False or v.end_is_the_sites is False),
        "{host} redirects to {target}, a stranger; the control is not sent there.",
        0.72,
        wants=_HOST,
    ),
    _open(
        "http.redirect_unchecked",
        lambda v: v.is_redirect,
        "{host} redirects to {target}.",
        0.7,
    ),
)

_PAGE_RULES = (
    _blocked(
        "http.tampered",
        lambda v: v.altered,
        "The page of {host} arrives altered: asked for in ways that a machine between cannot read, it is the same "
        "each time and different from this.",
        0.93,
        mechanism=Mechanism.TAMPERED,
    ),
    _open(
        "http.same_page_changed",
        lambda v: v.like_control and v.maybe_altered and not v.experimented,
        "The page is much like the one that the control gets, though not the same to the byte, where the control got "
        "the same twice.",
        0.8,
        wants=_HOST,
    ),
    _open(
        "http.same_page",
        lambda v: v.identical,
        "The page is the one that the control gets.",
        0.97,
    ),
    _blocked(
        "http.page_replaced",
        lambda v: (v.host_keyed or v.escaped is not None) and not v.like_control and not v.gone,
        "A request with the name {host} gets a foreign page ({looks}, status {status}) from someone on the way: the "
        "same request, written otherwise or to another address, shows it.",
        0.96,
    ),
    _open(
        "http.similar_page",
        lambda v: v.like_control,
        "The page is the one that the control gets, give or take ({why}).",
        0.92,
    ),
    _server(
        "http.refuses_everyone",
        lambda v: v.control_ok and v.control is not None and v.status == v.control.status_code
        and v.status in _REFUSALS,
        "{host} refuses with status {status}, and refuses the control as well.",
        0.8,
    ),
    _server(
        "http.twin_agrees",
        lambda v: v.twin_agrees and (v.status >= 400 or v.looks("captcha", "geoblock")),  # noqa: PLR2004
        "{host} says the same over TLS, behind its own certificate: it is the site itself that refuses "
        "({looks}, status {status}).",
        0.95,
    ),
    _open(
        "http.twin_same_page",
        lambda v: v.twin_agrees,
        "The page is the one that the site itself gives over TLS.",
        0.93,
    ),
    Rule(
        id="http.down_status_plain",
        layer=Layer.HTTP,
        when=lambda v: v.status >= 500  # noqa: PLR2004
        and v.control is not None
        and (v.control_fails or v.control.status_code >= 500),  # noqa: PLR2004
        status=Status.DOWN,
        why="{host} answers with an error of its own ({status}), and the control gets no page either.",
        locus=Locus.SERVER,
        confidence=0.8,
    ),
    _server(
        "http.challenge",
        lambda v: v.looks("captcha", "geoblock") and v.experimented and v.host_keyed is False,
        "{host} answers with {looks} (status {status}), however it is asked, and only at its own address: it is "
        "the site itself that refuses this place.",
        0.88,
    ),
    _blocked(
        "http.blockpage_twin",
        lambda v: v.unlike_control and v.twin_differs and v.experimented and v.again,
        "Over plain HTTP {host} shows another page ({looks}) than the site itself shows over TLS, and than the "
        "control gets.",
        0.9,
    ),
    _blocked(
        "http.blockpage_known",
        lambda v: v.unlike_control and v.looks("blockpage") and v.experimented and v.again
        and not v.letters("h3"),
        "{host} shows a block page ({looks}), while the control gets the site.",
        0.8,
    ),
    _server(
        "http.refusal_by_server",
        lambda v: v.unlike_control and v.experimented and v.variants_agree and bool(v.letters("h3"))
        and not v.host_keyed and not v.looks("blockpage"),
        "{host} answers otherwise than to the control (status {status}), however it is asked, and only at its own "
        "address: it is the server's doing.",
        0.75,
    ),
    _blocked(
        "http.blockpage_likely",
        lambda v: v.unlike_control and v.looks("blockpage"),
        "{host} shows a block page ({looks}), while the control gets the site.",
        0.75,
        wants=_HOST,
    ),
    _server(
        "http.challenge_once",
        lambda v: v.looks("captcha", "geoblock") and not v.like_control,
        "{host} answers with {looks} (status {status}); the control gets {control_status}.",
        0.75,
        wants=_HOST,
    ),
    _server(
        "http.refusal_likely",
        lambda v: v.unlike_control and v.status in _REFUSALS,
        "{host} refuses with status {status}; the control gets {control_status}.",
        0.55,
        wants=_HOST,
    ),
    _blocked(
        "http.different_page",
        lambda v: v.unlike_control,
        "{host} shows another page than the control gets ({why}).",
        0.6,
        wants=_HOST,
    ),
    _open(
        "http.site_up_control_not",
        lambda v: v.control_fails and 200 <= v.status < 400 and not v.looks("blockpage", "login_portal"),  # noqa: PLR2004
        "{host} answers here (status {status}), though not to the control.",
        0.85,
    ),
    _unsure(
        "http.uncompared",
        lambda v: v.looks("blockpage", "login_portal", "captcha", "geoblock"),
        "{host} shows something like {looks}, and there is nothing to compare it with.",
        0.5,
        wants=_HOST,
    ),
    _open(
        "http.unlike_unknown",
        lambda v: v.control_ok and 200 <= v.status < 400,  # noqa: PLR2004
        "{host} answers with a page that can be the control's ({why}).",
        0.7,
        wants=_HOST,
    ),
    _open(
        "http.not_found",
        lambda v: v.control_ok and v.control is not None and v.status == v.control.status_code,
        "{host} answers with status {status}, to the control as well.",
        0.85,
    ),
    _unsure(
        "http.no_reference",
        lambda _: True,
        "{host} answers with status {status} over plain HTTP, and nothing vouches that the page is the site's.",
        0.5,
        wants=_HOST,
        outcome=Outcome.UNKNOWN,
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
    _server(
        "http.too_many_redirects",
        lambda v: v.too_many,
        "{host} redirects more than ten times: no browser would follow.",
        0.9,
    ),
    *_PACE_RULES,
    *_NO_ANSWER_RULES,
    *_AUTHENTICATED_RULES,
    *_REDIRECT_RULES,
    *_PAGE_RULES,
)

# Rules that say "open" and still want pairs of downloads, because the page came slowly.
SLOW = _PACE
