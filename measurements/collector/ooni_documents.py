"""What OONI's collector protocol says: names of reports, the documents in them. Pure.

A report is nothing that is kept: its name tells what it was opened for and carries a proof that
we gave it, so it holds after a restart and on every worker. github.com/ooni/spec, bk-003.
"""

import hashlib
import hmac
import re
import sys
import zlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from measurements.collector.validate import SCRUBBED
from measurements.schema.submission import canonical
from measurements.verdict.addresses import is_bogon

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Json = dict[str, Any]

DATA_FORMAT = "0.2.0"
RANDOM_BYTES = 8
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _PROOF = 5, 11  # characters; 65 bits of proof
_REPORT_ID = re.compile(
    r"\d{8}T\d{6}Z_[a-z0-9]{1,64}_[A-Z]{2}_\d{1,10}_n1_[0-9A-Za-z]{16}", re.ASCII
)
_VERSION = re.compile(r"[0-9A-Za-z_.+-]{1,64}", re.ASCII)
_TEST_NAME = re.compile(r"[a-zA-Z0-9_\- ]{1,64}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_ASN = re.compile(r"AS[0-9]{1,10}", re.ASCII)
_CC = re.compile(r"[A-Z]{2}", re.ASCII)
_WANTED = {
    "data_format_version": re.compile(r"0\.2\.0"),
    "format": re.compile("json"),
    "probe_asn": _ASN,
    "probe_cc": _CC,
    "software_name": _VERSION,
    "software_version": _VERSION,
    "test_name": _TEST_NAME,
    "test_version": _VERSION,
}


class BadRequest(ValueError):  # noqa: N818 - it says what it is
    """This is not what the protocol wants; `code` is for programs, the message for people."""

    def __init__(self, says: str, code: str = "malformed") -> None:
        """`says` has nothing of what was sent."""
        super().__init__(says)
        self.code = code


@dataclass(frozen=True, slots=True)
class Report:
    """What a report was opened for, as its name has it."""

    test_name: str
    cc: str
    asn: str  # digits alone


def check_opening(fields: object) -> Report:
    """What a report is to be opened for. Raises BadRequest."""
    if not isinstance(fields, dict):
        raise BadRequest("expected a JSON object")
    for name, wanted in _WANTED.items():
        value = fields.get(name)
        if not isinstance(value, str) or not wanted.fullmatch(value):
            raise BadRequest(f"{name}: expected {wanted.pattern}")
    started = fields.get("test_start_time")
    if started is not None and not (isinstance(started, str) and _TIME.fullmatch(started)):
        raise BadRequest("test_start_time: expected a time like 2026-11-25 01:02:03")
    if fields.get("content"):
        raise BadRequest("content: send measurements to /report/{report_id}")
    if plain_name(fields["test_name"]) != "webconnectivity":
        raise BadRequest("test_name: this collector takes web_connectivity only", "test_name")
    return Report(plain_name(fields["test_name"]), fields["probe_cc"], fields["probe_asn"][2:])


def plain_name(test_name: str) -> str:
    """A test's name as it stands in a report's: web_connectivity is webconnectivity."""
    return re.sub("[^a-z0-9]", "", test_name.lower())


def name_report(report: Report, *, now: str, secret: bytes, random: bytes) -> str:
    """A report's name; `now` is like 20261125T010203Z."""
    tail = _letters(int.from_bytes(random, "big"), _RANDOM)
    head = f"{now}_{report.test_name}_{report.cc}_{report.asn}_n1_{tail}"
    return head + _proof(head, secret)


def read_report_id(report_id: str, *, secret: bytes) -> Report:
    """What a report was opened for. Raises BadRequest where it is none of ours."""
    head = report_id[:-_PROOF]
    if not _REPORT_ID.fullmatch(report_id) or not hmac.compare_digest(
        report_id[-_PROOF:], _proof(head, secret)
    ):
        raise BadRequest(
            "this collector has not opened such a report: open one with POST /report", "report_id"
        )
    _, test_name, cc, asn, _, _ = report_id.split("_")
    return Report(test_name, cc, asn)


def _proof(head: str, secret: bytes) -> str:
    digest = hashlib.blake2b(head.encode(), key=secret, digest_size=16).digest()
    return _letters(int.from_bytes(digest, "big"), _PROOF)


def _letters(number: int, count: int) -> str:
    out = ""
    for _ in range(count):
        number, digit = divmod(number, len(_ALPHABET))
        out += _ALPHABET[digit]
    return out


def decompressed(data: bytes, encoding: str, *, most: int) -> bytes:
    """A body as it was before `Content-Encoding`. Raises BadRequest."""
    if encoding in {"", "identity"}:
        return data
    try:
        if encoding == "gzip":
            gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
            text, rest = gzip.decompress(data, most + 1), gzip.unused_data
            whole = gzip.eof
        else:
            other = zstd.ZstdDecompressor()
            text = other.decompress(data, max_length=most + 1)
            whole, rest = other.eof, other.unused_data
    except (zlib.error, zstd.ZstdError):
        raise BadRequest(f"the body is not {encoding}") from None
    if len(text) > most:
        raise BadRequest(f"the body has more than {most} bytes when unpacked", "too_large")
    if not whole or rest:
        raise BadRequest(f"the body is no whole {encoding}, or something follows it")
    return text


def content_of(update: object, report_id: str, report: Report) -> Json:
    """The measurement in an update. Raises BadRequest where it is not of this report."""
    if not isinstance(update, dict) or update.get("format") != "json":
        raise BadRequest('expected {"format": "json", "content": {…}}')
    content = update.get("content")
    if not isinstance(content, dict):
        raise BadRequest("content: expected a JSON object")
    if content.get("report_id") is not None and content["report_id"] not in ("", report_id):
        raise BadRequest("content.report_id is not that of the report", "mismatch")
    for name, wanted in (
        ("probe_cc", report.cc),
        ("probe_asn", f"AS{report.asn}"),
        ("test_name", report.test_name),
    ):
        value = content.get(name)
        if isinstance(value, str) and name == "test_name":
            value = plain_name(value)
        if value != wanted:
            raise BadRequest(f"content.{name} is not that of the report", "mismatch")
    return content


def document_of(content: Json, report_id: str) -> bytes:
    """The canonical document: with an id, and without what says where somebody is.

    The id is made of the content without the report's name: what is sent again under another
    report, because the answer was lost, is known. Raises BadRequest.
    """
    whole = {key: value for key, value in content.items() if key != "probe_ip"}
    resolver = whole.get("resolver_ip")
    if isinstance(resolver, str) and resolver and is_bogon(resolver):
        whole["resolver_ip"] = ""
    try:
        if not whole.get("measurement_uid"):
            whole["measurement_uid"] = _uid(whole)
        return canonical(whole | {"report_id": report_id})
    except TypeError:
        raise BadRequest("content: it is nested too deeply") from None


def _uid(content: Json) -> str:
    """OONI's form, with the measurement's own time in the place of the time when it came."""
    rest = {key: value for key, value in content.items() if key != "report_id"}
    digest = hashlib.sha512(canonical(rest)).hexdigest()[:16]
    time = re.sub(r"\D", "", str(content.get("measurement_start_time"))[:19], flags=re.ASCII)
    cc, test = content.get("probe_cc"), plain_name(str(content.get("test_name")))
    return f"{time[:14]}.000000_{cc}_{test}_{digest}"


def without_address(document: bytes, address: str) -> bytes:
    """`document` without the sender's address in text, in the forms in which programs write it.

    It is looked for where it stands by itself: 1.2.3.4 is not in 11.2.3.45. An address that is
    nobody's (a proxy's on this computer) is no secret, and might be evidence.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return document
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if is_bogon(str(ip)):
        return document
    if isinstance(ip, IPv6Address):
        short = ":".join(f"{int(part, 16):x}" for part in ip.exploded.split(":"))
        forms, around = [str(ip), ip.exploded, short], "0-9a-f:"
    else:
        forms, around = [str(ip)], "0-9"
    plain = document.lower() if isinstance(ip, IPv6Address) else document
    if not any(form.encode() in plain for form in forms):
        return document
    pattern = "|".join(re.escape(form) for form in sorted(set(forms), key=len, reverse=True))
    expression = rf"(?<![{around}])(?<!\d\.)(?:{pattern})(?![{around}])(?!\.\d)"
    return re.sub(expression.encode(), SCRUBBED.encode(), document, flags=re.IGNORECASE)
