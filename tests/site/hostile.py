"""A published file full of what strangers could send: planted through the real collector.

Each payload stands wherever a sender has a word: URL, title, headers, certificates, answers, networks, the
control's page; and in the state registry. `ALARM` occurs in each: where it shows, it must be plain text.
"""

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from measurements.analysis.publish import publish
from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHTTP,
    Measurement,
    Place,
)
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.submission import seal
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.intake import Intake
from measurements.store.store import Store
from probe.wiring.snapshot import import_registry
from tests.fakes.real_collector import item, key, served
from tests.unit.measurements.store.examples import a_measurement

ALARM = "zq9alarm"
DAYS = tuple(f"2026-10-{day}" for day in (11, 12, 13, 14, 21, 22, 23, 24))  # open, then reset
SENDERS, K = 4, 3
ASN = 64666
PAYLOADS = (
    f"<script>{ALARM}()</script>",
    f'"><img src=x onerror={ALARM}()>',
    f"' onmouseover='{ALARM}()' x='",
    f"javascript:{ALARM}()",
    f"JaVaScRiPt\t:{ALARM}()",
    f"data:text/html,<script>{ALARM}()</script>",
    f"]]><{ALARM}/>",
    f"--><{ALARM}>",
    f"</title></style></textarea></svg><{ALARM}>",
    f"{{{{7*191919}}}}{{% {ALARM} %}}",
    f"=cmd|'/C {ALARM}'!A0",
    f"@SUM({ALARM})",
    f"+{ALARM}",
    f"-{ALARM}",
    f"'; DROP TABLE measurements; -- {ALARM}",
    f'"; ATTACH {ALARM}; --',
    f"\u202e{ALARM}\u2066",
    f"{ALARM}\u200b\ufeff\u00ad",
    f"{ALARM}" + "W" * 10_000,
    f"\x1b[31m{ALARM}\x07",
    f"&lt;{ALARM}&#60;script&#62;",
    f"//{ALARM}.example/\\{ALARM}",
    f"%0d%0aSet-Cookie:{ALARM}=1",
    f"\t=cmd|'/C {ALARM}'!A0",
    f"a;\r\n@SUM({ALARM});\uff1d{ALARM}",
    f"{ALARM}\x00<{ALARM}>\u2028&{ALARM};\ufffe",
    f"<svg xmlns='http://www.w3.org/2000/svg' onload='{ALARM}()'><![CDATA[<{ALARM}>",
)
# Names that look like another's; the second is the first as DNS has it.
HOMOGRAPHS = ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "https://xn--80ak6aa92e.com/")
LONGEST, TITLE = 2048, 2000  # what is longer is refused
COMPUTED = str(7 * 191919)  # what a template that believed it would say


def oneline(text: str) -> str:
    """Without control characters: where the collector would refuse the whole otherwise."""
    return "".join(c for c in text if c >= " " and c != "\x7f")


def inputs() -> list[str]:
    """The URLs that were measured: raw, and as a browser would write them."""
    out = []
    for i, payload in enumerate(PAYLOADS):
        site = f"https://hostile-{i}.example/"
        out.append((site + oneline(payload).replace(" ", "/"))[:LONGEST])
        out.append(site + quote(payload[:500]) + "?a=" + quote(payload[:300], safe=""))
    return [*out, *HOMOGRAPHS]


def certificate(name: str) -> bytes:
    """One whose every name is this."""
    secret = ec.generate_private_key(ec.SECP256R1())
    told = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
        ]
    )
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(told)
        .issuer_name(told)
        .public_key(secret.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365))
        .sign(secret, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


def seen(payload: str, host: str, url: str, chain: bytes | None) -> Records:
    """What the probe saw; without a chain the connection was reset."""
    answer = DNSAnswer(answer_type="CNAME", value=payload[:TITLE], as_org_name=payload[:TITLE])
    address = DNSAnswer(answer_type="A", value="93.184.215.14", as_org_name=payload[:TITLE])
    return Records(
        queries=(
            DNSQuery(
                transaction_id=1,
                engine="getaddrinfo",
                role="system",
                resolver_address="8.8.8.8:53",
                hostname=host,
                query_type="A",
                t0=0.0,
                t=0.1,
                answers=(answer, address),
            ),
        ),
        tcp_connects=(TCPConnect(transaction_id=2, ip="93.184.215.14", port=443, t0=0.1, t=0.2),),
        tls_handshakes=(
            TLSHandshake(
                transaction_id=2,
                ip="93.184.215.14",
                port=443,
                server_name=host,
                t0=0.2,
                t=0.3,
                tls_version=oneline(payload)[:40],
                failure=None if chain else "connection_reset",
                peer_certificates=(chain,) if chain else (),
            ),
        ),
        http_transactions=()
        if chain is None
        else (
            HTTPTransaction(
                transaction_id=2,
                url=url,
                ip="93.184.215.14",
                port=443,
                t0=0.3,
                t=0.5,
                status_code=200,
                headers=(("Server", payload), ("Location", payload), ("Content-Type", payload)),
                body=f"<title>{payload}</title>{'what every page says, ' * 40}".encode(),
                body_length=len(payload) + 900,
                title=payload[:TITLE],
                alpn=oneline(payload)[:20],
            ),
        ),
    )


def told(payload: str, host: str, url: str) -> ControlAnswered:
    """What the control says."""
    return ControlAnswered(
        depth=0,
        url=url,
        address="https://control.example/",
        dns=ControlDNS(addresses=("93.184.215.14",)),
        endpoints=(ControlEndpoint(ip="93.184.215.14", port=443, tls_done=True, server_name=host),),
        http=ControlHTTP(
            status_code=200,
            body_length=len(payload) + 900,
            title=payload[:TITLE],
            headers=(("Server", payload),),
        ),
    )


def hostile(number: int, url: str, sender: int, chain: bytes, day: str) -> Measurement:
    """One measurement in which everything is the payload."""
    payload = PAYLOADS[number // 2 % len(PAYLOADS)]
    host = f"hostile-{number // 2}.example"
    is_open = day < "2026-10-2"
    records = seen(payload, host, url, chain if is_open else None)
    control = told(payload, host, url)
    verdict = Verdict(
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=Mechanism.TIMEOUT,
        confidence=0.9,
        summary=payload[:TITLE],
        rules_version=1,
    )
    return a_measurement(
        f"{day.replace('-', '')}06{number % 60:02d}00.{sender:06d}_KZ_webconnectivity_{number:016x}",
        run_id=f"run-{sender}",
        input=url,
        category_code="NEWS",
        measurement_start_time=f"{day}T06:{number % 60:02d}:00Z",
        test_start_time=f"{day}T06:00:00Z",
        probe=Place(asn=ASN + number % 3, cc="KZ", as_org_name=PAYLOADS[number % 3][:60]),
        records=records,
        controls=(control,),
        verdict=verdict,
    )


async def plant(folder: Path) -> tuple[Path, list[str]]:
    """The published file, and the uids that the collector would not take."""
    refused: list[str] = []
    urls = inputs()
    chains = [certificate(PAYLOADS[i // 2 % len(PAYLOADS)]) for i in range(len(urls))]
    async with served(folder, mode="open", k=K, limits={"new_senders": 100}) as collector:
        for sender in range(SENDERS):
            sent = [
                hostile(i, url, sender, chains[i], day)
                for day in DAYS
                for i, url in enumerate(urls)
            ]
            whole = seal([item(m) for m in sent], key=key(sender))
            answer = await collector.ask(whole, client=f"127.0.0.{sender + 10}")
            assert answer.status == 200, answer.body
            refused += [
                f"{told.get('reason')} {m.input}"
                for m, told in zip(sent, answer.body["answers"], strict=True)
                if told["status"] != "accepted"
            ]
        source = collector.db
    with Store.open(source) as store:  # as its operator would
        Intake(store).release(list(store.iter_uids()))
    target = folder / "published.db"
    publish(source, target, k=K, today="2027-12-31")
    plant_registry(target, folder / "registry.jsonl")
    return target, refused


def plant_registry(target: Path, file: Path) -> None:
    """The same words in the state's registry."""
    rows: Sequence[dict[str, str]] = [
        {
            "id": str(i),
            "urladdress": f"https://hostile-{i}.example/ {payload[:200]}",
            "name": payload,
            "categoryname": payload,
            "courtname": payload,
            "documentname": payload,
            "courtdate": "27.11.2024",
        }
        for i, payload in enumerate(PAYLOADS)
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    import_registry(target, file, day="2026-10-21", whole=True, on_bad=lambda _: None)
