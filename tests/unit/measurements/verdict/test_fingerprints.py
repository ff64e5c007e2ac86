# ruff: noqa: RUF001 - pages in many alphabets
"""What pages are; each kind with its negative twin. All pages are made up."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.records import Headers
from measurements.verdict.fingerprints import PageKind, classify_page, is_block_location

FILLER = "The council met on Tuesday to discuss the new bridge over the river. " * 60
RUSSIAN_FILLER = "Во вторник состоялось заседание городского совета, где обсуждали мост. " * 60


def html(title: str, body: str, head: str = "") -> bytes:
    """A page."""
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def kind(body: bytes | str, status: int = 200, headers: Headers = (), title: str = "") -> PageKind:
    """Only the kind, after the sanity of the rest."""
    raw = body.encode() if isinstance(body, str) else body
    found = classify_page(status, headers, title or None, raw)
    assert 0.0 <= found.confidence < 1.0
    assert bool(found.why) == (found.kind is not PageKind.NONE)
    return found.kind


BLOCKPAGES = {
    "en-court": html(
        "Blocked", "<h1>This website has been blocked</h1> by order of the High Court."
    ),
    "en-plain": html("Access restricted", "<p>Access to this website is restricted."),
    "en-law": html("Notice", "The page you requested is prohibited under the laws of the country."),
    "ru-law": html("Доступ ограничен", "<h1>Доступ к ресурсу ограничен</h1> согласно 149-ФЗ"),
    "ru-registry": html("", "Запрашиваемый сайт внесён в единый реестр запрещённой информации."),
    "ru-denied": html("Доступ запрещён", "<h2>Доступ запрещён</h2>по решению суда"),
    "ru-1251": html("Доступ ограничен", "Доступ к сайту ограничен оператором связи")
    .decode()
    .encode("cp1251"),
    "kk": html("Сайт бұғатталған", "<h1>Сайтқа қолжетімділік шектелген</h1> ҚР заңнамасына сәйкес"),
    "kk-text": html("", "Бұл интернет-ресурсқа қол жеткізу сот шешімімен шектелген."),
    "ky": html("Сайт бөгөттөлгөн", "Бул сайтка кирүү чектелген. Мыйзам боюнча."),
    "uz": html("Sayt bloklangan", "Ushbu saytga kirish qonun asosida cheklangan."),
    "uz-cyrillic": html("", "Ушбу сайтга кириш қонунга мувофиқ чекланган."),
    "tg": html("", "Дастрасӣ ба ин сомона маҳдуд аст. Тибқи қонун."),
    "tr": html(
        "Erişim Engellendi", "Bu internet sitesine erişim mahkeme kararıyla engellenmiştir."
    ),
    "az": html("", "Bu sayta giriş məhdudlaşdırılıb. Qanunvericiliyə əsasən, qərar."),
    "fa": html("", "دسترسی به این سایت مسدود شده است. بر اساس قوانین"),
    "ar": html("الموقع محجوب", "عفوا، هذا الموقع محجوب وفقا للقوانين"),
    "zh": html("提示", "根据法律法规，您访问的网站已被屏蔽。"),
    "ko": html("", "불법·유해 정보(사이트)에 대한 차단 안내 방송통신심의위원회"),
    "id": html("Internet Positif", "Situs ini diblokir sesuai peraturan perundang-undangan."),
    "es": html("Sitio bloqueado", "El acceso a este sitio ha sido bloqueado por orden judicial."),
    "pt": html("", "O acesso a este site foi bloqueado por ordem judicial."),
    "it": html("Sito oscurato", "Accesso al sito inibito, provvedimento dell'autorità."),
    "fr": html(
        "", "L'accès à ce site est bloqué sur décision judiciaire, autorité administrative."
    ),
    "de": html("Seite gesperrt", "Der Zugang zu dieser Seite wurde gesperrt (Gesetz)."),
    "pl": html("", "Dostęp do tej strony został zablokowany, ustawa o grach, rejestr."),
    "el": html("", "Η πρόσβαση σε αυτή την ιστοσελίδα έχει διακοπεί. Επιτροπή, νόμος νόμο"),
    "bare": html("Blocked", ""),
    "frame": b"<html><iframe src='http://block.isp.example/page?u=1' width=100%></iframe></html>",
    "refresh": b"<meta http-equiv=refresh content='0;url=http://zapret.isp.example/'>",
    "script": b"<script>window.location.href='http://195.0.2.1/blocked.html'</script>",
}


@pytest.mark.parametrize("name", BLOCKPAGES)
def test_block_pages(name: str) -> None:
    """In the words of many countries, without knowing the operator."""
    assert kind(BLOCKPAGES[name]) is PageKind.BLOCKPAGE


@pytest.mark.parametrize("name", [n for n in BLOCKPAGES if n not in {"frame", "refresh", "script"}])
def test_the_same_words_in_an_article_are_no_block_page(name: str) -> None:
    """Longer, linked, marked as an article: news about blocking."""
    body = BLOCKPAGES[name].decode("utf-8", "ignore") if name != "ru-1251" else ""
    meta = '<meta property="og:type" content="article"><link type="application/rss+xml">'
    links = "".join(f'<a href="/{n}">link {n}</a>' for n in range(50))
    assert kind(f"{meta}{links}{body}<p>{FILLER}") is PageKind.NONE


NOT_BLOCKPAGES = {
    "news-en": html(
        "Court orders providers to block the site",
        f"<article><h1>Access to the site was blocked by the ministry</h1>{FILLER}</article>",
    ),
    "news-ru": html(
        "Доступ к сайту заблокирован по решению суда",
        f"<h1>Доступ к сайту заблокирован</h1><p>{RUSSIAN_FILLER}",
        '<meta property="og:type" content="article">',
    ),
    "news-ru-unmarked": html("Сайт заблокирован: что делать", RUSSIAN_FILLER * 2),
    "login": html("Sign in", "Access to the member area is restricted to members. Please log in."),
    "short": html("Welcome", "<h1>Welcome</h1>A small site about bees."),
    "shop": html("Shop", "Add to cart. Delivery restrictions apply. " * 20),
    "vendor-blog": html("FortiGuard Labs blog", f"<h1>FortiGuard finds malware</h1>{FILLER * 3}"),
    "vendor-page": html("Products", "Fortinet FortiGate firewalls and other appliances for you."),
    "blockchain": html("Chain explorer", "<h1>Latest blocks</h1>Height 1, height 2."),
    "empty": b"",
    "css": html("Bees", "<p>All about bees", "<link href='/reset.css'>"),
}


@pytest.mark.parametrize("name", NOT_BLOCKPAGES)
def test_what_is_no_block_page(name: str) -> None:
    """A false positive is worse than a miss."""
    assert kind(NOT_BLOCKPAGES[name]) is PageKind.NONE


@pytest.mark.parametrize(
    "body",
    [
        html("403 Forbidden", "<center><h1>403 Forbidden</h1></center><hr>nginx"),
        html("403 Forbidden", "You don't have permission to access this resource."),
        html("Access denied", "<h1>Access denied</h1>"),
        html("Доступ запрещен", "<h1>Доступ запрещен</h1>"),
        html("", "Access to this resource on the server is denied!"),
    ],
)
def test_a_servers_own_refusal_is_an_error(body: bytes) -> None:
    """Nobody is named, nothing is "blocked": any server says so."""
    assert kind(body, 403) is PageKind.ERROR


def test_errors() -> None:
    """By status, or by the title."""
    assert kind(b"", 500) is PageKind.ERROR
    assert kind(html("502 Bad Gateway", "nginx")) is PageKind.ERROR
    assert kind(html("502 Bad Gateway", FILLER)) is PageKind.NONE


@pytest.mark.parametrize(
    ("vendor", "body", "headers", "status"),
    [
        ("FortiGuard", html("Web Page Blocked", "FortiGuard: this URL is blocked"), (), 403),
        ("Sophos", html("Blocked", "Sophos: the site is blocked by policy"), (), 403),
        ("Zscaler", html("Not allowed", "Zscaler: not allowed to browse this site"), (), 403),
        ("Cisco Umbrella", html("x", "<a href=https://block.opendns.com/?url=1>"), (), 200),
        ("Netsweeper", html("x", "<img src=/netsweeper/logo.png> denied"), (), 200),
        ("Squid", html("ERROR", "Access Denied", "<!-- ERR_ACCESS_DENIED -->"), (), 403),
        ("Squid", b"", (("X-Squid-Error", "ERR_ACCESS_DENIED 0"),), 403),
        ("Barracuda", b"denied", (("Via", "1.1 x (http_scan_byf/3.5)"),), 403),
        ("WireFilter", b"", (("Server", "Protected by WireFilter 8000"),), 403),
        ("Rostelecom", b"", (("Location", "http://warning.rt.ru/?id=17"),), 302),
        ("Korea (KCSC)", b"", (("Location", "http://www.warning.or.kr"),), 302),
        ("Iran (national filter)", b"<iframe src='http://10.10.34.35:80'></iframe>", (), 403),
    ],
)
def test_vendors_are_named(vendor: str, body: bytes, headers: Headers, status: int) -> None:
    """A product's mark names it."""
    found = classify_page(status, headers, None, body)
    assert (found.kind, found.label) == (PageKind.BLOCKPAGE, vendor)
    assert found.confidence < 1


def test_vendors_negative_twins() -> None:
    """A proxy that let the page through; a page that links a lot; a location without a redirect."""
    assert kind(html("Bees", "About bees"), headers=(("Via", "1.1 barracuda"),)) is PageKind.NONE
    links = "<a href=/x>x</a>" * 50
    assert kind(html("x", f"{links} bluecoat jacket")) is PageKind.NONE
    assert kind(b"", 200, (("Location", "http://warning.rt.ru/"),)) is PageKind.NONE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://block.isp.example/", True),
        ("http://isp.example/blocked.html?url=x", True),
        ("https://zapret.example/", True),
        ("http://lawfilter.isp.example", True),
        ("http://rkn.isp.example", True),
        ("/php/urlblock.php?args=x", True),
        ("http://203.0.113.1/149/", True),
        ("https://www.example.com/login?next=/blocked", False),
        ("https://blockchain.example/", False),
        ("https://example.com/blocks/1", False),
        ("https://example.com/kazakhstan", False),
        ("", False),
    ],
)
def test_block_locations(url: str, expected: bool) -> None:
    """The host and the path tell, the query does not: it holds the blocked URL."""
    assert is_block_location(url) is expected
    answer = kind(b"", 302, (("location", url),))
    assert answer is (PageKind.BLOCKPAGE if expected else PageKind.NONE)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (html("Just a moment...", "Enable JavaScript"), (("cf-mitigated", "challenge"),), 403),
        (html("Just a moment...", "", "<script>_cf_chl_opt={}</script>"), (), 503),
        (html("Attention Required! | Cloudflare", "Sorry, you have been blocked"), (), 403),
        (html("Access denied", "<div id=cf-error-details>Error 1020"), (), 403),
        (
            html(
                "Access Denied",
                'You don\'t have permission to access "http&#58;&#47;&#47;x" on this server.<P>'
                "Reference&#32;&#35;18&#46;7",
            ),
            (("Server", "AkamaiGHost"),),
            403,
        ),
        (html("DDoS-Guard", "Checking your browser before accessing"), (), 403),
        (html("", "Request unsuccessful. Incapsula incident ID: 4711"), (), 403),
        (html("", "<script src=/_Incapsula_Resource?a=1></script>incident"), (), 200),
        (b"", (("x-amzn-waf-action", "challenge"),), 202),
        (html("Human Verification", "<script>AwsWafIntegration.x</script> verify"), (), 405),
        (html("Access to this page has been denied", "<div id=px-captcha>"), (), 403),
        (html("Ой!", "Подтвердите, что вы не робот", "<form action=/showcaptcha>"), (), 200),
        (html("Sorry", "unusual traffic from your computer network"), (), 429),
        (html("Robot check", "<div class=h-captcha></div>js.hcaptcha.com/1/api.js"), (), 200),
        (
            html("", "The requested URL was rejected. Please consult with your administrator"),
            (),
            200,
        ),
        (html("Vercel Security Checkpoint", "x"), (), 429),
    ],
)
def test_challenges(body: bytes, headers: Headers, status: int) -> None:
    """The site's own guard refuses a robot: that is no censorship."""
    assert kind(body, status, headers) is PageKind.CAPTCHA


def test_challenges_negative_twins() -> None:
    """Ordinary pages carry the guards' scripts, too."""
    jsd = "<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>"
    assert (
        kind(html("Bees", f"About bees{jsd}"), headers=(("Server", "cloudflare"),)) is PageKind.NONE
    )
    contact = "<script src=https://www.google.com/recaptcha/api.js></script>"
    assert (
        kind(html("Contact", f"Write to us about bees. {'Bees are fun. ' * 40}{contact}"))
        is PageKind.NONE
    )
    assert kind(html("How captcha works", FILLER + contact)) is PageKind.NONE
    script = "<script src=/_Incapsula_Resource?a=1></script>"
    assert kind(html("Bees", f"About bees{script}")) is PageKind.NONE


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (html("Sorry", "This content is not available in your country."), 200),
        (html("451", "Due to the GDPR not for visitors from the European Economic Area"), 451),
        (html("", "Сервис недоступен в вашей стране"), 403),
        (html("", "Доступ из вашей страны закрыт"), 403),
        (html("", "Қызмет сіздің елде қолжетімді емес"), 200),
        (html("Access denied", "<div id=cf-error-details>banned the country or region your IP"
              " address is in"), 403),
        (html("", "Users from your country cannot access this page"), 403),
        (html("", "Dieses Video ist in deinem Land nicht verfügbar"), 200),
        (html("", "Serwis nie jest dostępny w Twoim kraju"), 200),
    ],
)  # fmt: skip
def test_geoblocks(body: bytes, status: int) -> None:
    """The site refuses the country."""
    assert kind(body, status) is PageKind.GEOBLOCK


def test_geoblocks_negative_twins() -> None:
    """An authority named: a block page. A long page, an article: nothing."""
    named = html(
        "Blocked", "This site is blocked in your country by order of the ministry of justice"
    )
    assert kind(named) is PageKind.BLOCKPAGE
    assert kind(html("News", f"{FILLER * 3} not available in your country")) is PageKind.NONE
    article = html("News", f"<article>{FILLER[:2000]} not available in your country</article>")
    assert kind(article) is PageKind.NONE


def test_status_451() -> None:
    """RFC 7725: who blocks says so in a Link."""
    blocked_by = (("Link", '<https://isp.example/legal>; rel="blocked-by"'),)
    found = classify_page(451, blocked_by, None, b"")
    assert (found.kind, found.label) == (PageKind.BLOCKPAGE, "https://isp.example/legal")
    assert found.confidence == 0.9
    plain = classify_page(451, (("Link", "<https://x.example/>; rel=next"),), None, b"")
    assert (plain.kind, plain.label, plain.confidence) == (PageKind.BLOCKPAGE, "", 0.6)
    assert kind(b"", 200, blocked_by) is PageKind.NONE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (html("x", "<script src=https://img.sedoparking.com/x.js></script>"), PageKind.PARKED),
        (html("x.kz", "Домен продается. Цена договорная"), PageKind.PARKED),
        (html("Welcome to nginx!", "If you see this page"), PageKind.PARKED),
        (html("Domains", f"How to know that this domain is for sale? {FILLER}"), PageKind.NONE),
        (b"<WISPAccessGatewayParam/>", PageKind.LOGIN_PORTAL),
        (html("Hotspot login", "Enter your room number"), PageKind.LOGIN_PORTAL),
        (html("Уведомление", "На вашем счете недостаточно средств"), PageKind.LOGIN_PORTAL),
        (html("Banks", f"недостаточно средств {RUSSIAN_FILLER}"), PageKind.NONE),
    ],
)
def test_parked_and_portals(body: bytes, expected: PageKind) -> None:
    """Not the site, and no censorship either."""
    assert kind(body) is expected


def test_portal_by_redirect() -> None:
    """To the guest portal of the café."""
    assert (
        kind(b"", 302, (("Location", "http://10.0.0.1/guest/s/default/"),)) is PageKind.LOGIN_PORTAL
    )


def test_names_near_each_other_in_one_language() -> None:
    """An act far from its subject is not of it."""
    bees = "Bees fly over the meadow. " * 8
    apart = f"<title>x</title>The site. {bees} They were blocked by a court order."
    assert kind(apart) is PageKind.NONE
    often = f"<title>x</title>The site. {bees}" + f"{bees} blocked " * 7
    assert kind(often) is PageKind.NONE
    assert kind(html("On the blocked roads of the north and the south", bees)) is PageKind.NONE


def test_the_given_title_is_used() -> None:
    """Where the body has been scrubbed of it."""
    assert kind(b"", title="Access restricted") is PageKind.NONE
    assert kind(b"<p>see above", title="Access restricted") is PageKind.BLOCKPAGE
    assert classify_page(None, (), None, None).kind is PageKind.NONE


def test_fast() -> None:
    """An ordinary long page takes some milliseconds (a generous bound: machines differ)."""
    body = html("News", f"<p>{FILLER * 8}")
    classify_page(200, (), None, body)
    start = time.perf_counter()
    for _ in range(5):
        classify_page(200, (), None, body)
    assert time.perf_counter() - start < 1


HEADERS = st.lists(
    st.tuples(st.sampled_from(["Location", "Link", "Server", "X"]), st.text(max_size=50)),
    max_size=3,
).map(tuple)


@given(st.integers(0, 999), HEADERS, st.text(max_size=40), st.binary(max_size=500))
def test_never_raises(status: int, headers: Headers, title: str, body: bytes) -> None:
    """Whatever comes."""
    kind(body, status, headers, title)
