"""Measurement → Scrubbed: the only thing that can leave. What may is named; the rest is dropped."""

import re
from collections.abc import Callable
from typing import Never, NoReturn, final

from measurements.schema.codec import to_document
from measurements.schema.measurement import Measurement
from measurements.schema.records import BodyFeatures, HTTPTransaction
from measurements.schema.submission import canonical
from probe.consent.blank import Home, address_is_known, blank, told_outside
from probe.consent.known import Known
from probe.consent.needles import Needles
from probe.consent.parts import Wishes, environment, records, said_by_controls, verdict_of
from probe.consent.policy import reason_of_url

Features = Callable[[HTTPTransaction], BodyFeatures]
_UID_TIME = re.compile(r"([0-9]{12})[0-9]{2}(?:\.[0-9]+)?(?=_)")
_NAME = re.compile(r"[A-Za-z0-9 ._+-]{1,64}")
_CATEGORY = re.compile(r"[A-Z]{2,10}")
_WITHHELD = re.compile(r"certificates: [0-9]{1,4}")


class Held(Exception):  # noqa: N818 - it says what becomes of it
    """This measurement stays at home; the message says why, in words for the volunteer."""


@final
class Scrubbed:
    """A measurement that may leave, as the bytes that will. Only `scrub` makes one."""

    __slots__ = ("_document", "_measurement_uid")
    _document: bytes
    _measurement_uid: str

    def __init__(self, *, only_scrub_makes_one: Never) -> None:
        raise TypeError("only scrub() makes a Scrubbed")

    def __init_subclass__(cls) -> None:
        """There are none."""
        raise TypeError("Scrubbed has no subclasses")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """It is as it is."""
        raise TypeError("a Scrubbed does not change")

    def __delattr__(self, name: str) -> NoReturn:
        """It is as it is."""
        raise TypeError("a Scrubbed does not change")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Neither pickled nor copied: what comes back might be anything."""
        raise TypeError("a Scrubbed is not copied")

    def __repr__(self) -> str:
        """Nothing of what is in it."""
        return f"<Scrubbed, {len(self._document)} bytes>"

    @property
    def measurement_uid(self) -> str:
        """Under which it goes: the local one, to the minute."""
        return self._measurement_uid

    @property
    def document(self) -> bytes:
        """Canonical JSON (submission.canonical)."""
        return self._document


def scrub(
    m: Measurement,
    *,
    needles: Needles,
    bodies: bool,
    features: Features,
    last: Needles | None = None,
) -> Scrubbed:
    """What may leave of `m`. `needles`: the addresses and names of today. Raises Held.

    Where the public address was not known while `m` was measured, a page may hold it unnoticed: then
    no body goes, and no hash of one that the control has not seen.

    `last`: what the search at the end looks for, where more is known by then than `needles`.
    """
    reason = reason_of_url(m.input)
    if reason is not None:
        raise Held(reason)
    told = told_outside(m)
    needles, last = needles.beside(told), (last or needles).beside(told)
    strict = not address_is_known(m)
    m = blank(m, needles)
    known = Known.of(m, needles)
    wishes = Wishes(
        home=Home(needles, told),
        known=known,
        bodies=bodies and not strict,
        strict=strict,
    )
    leaving = _leaving(m, wishes, features)
    try:
        document = canonical(to_document(leaving))
    except TypeError as exc:  # half a character, a number of more than 64 bits
        raise Held("it holds something that cannot be written down exactly") from exc
    if last.sparing(m.input).found_in(document):
        raise Held("one of your own addresses or names was found in it, in a place not foreseen")
    return _made(leaving.measurement_uid, document)


def uid_to_minute(uid: str) -> str:
    """The uid without the seconds of its time. Unique still: chance makes the rest of it."""
    return _UID_TIME.sub(r"\g<1>00", uid, count=1)


def _time_to_minute(iso: str) -> str:
    return f"{iso[:16]}:00Z"


def _made(uid: str, document: bytes) -> Scrubbed:
    made = object.__new__(Scrubbed)
    object.__setattr__(made, "_measurement_uid", uid)
    object.__setattr__(made, "_document", document)
    return made


def _leaving(m: Measurement, wishes: Wishes, features: Features) -> Measurement:
    """A new measurement, field by field: what is not named here does not leave."""
    withheld = dict(m.annotations).get("withheld", "")
    at_home = m.resolver_ip is None or not wishes.is_outside(m.resolver_ip)
    return Measurement(
        measurement_uid=uid_to_minute(m.measurement_uid),
        run_id=m.measurement_start_time[:10],  # a run may go on under the next month's key
        input=m.input,
        measurement_start_time=_time_to_minute(m.measurement_start_time),
        test_start_time=_time_to_minute(m.test_start_time),
        test_runtime=m.test_runtime,
        software_name=_if_plain(m.software_name),
        software_version=_if_plain(m.software_version),
        test_name=m.test_name,
        test_version=_if_plain(m.test_version),
        category_code=m.category_code if _CATEGORY.fullmatch(m.category_code or "") else None,
        probe=m.probe,
        resolver=m.resolver,
        resolver_ip=None if at_home else m.resolver_ip,
        annotations=(("withheld", withheld),) if _WITHHELD.fullmatch(withheld) else (),
        findings=environment(m),
        records=records(m.records, wishes, features),
        controls=tuple(said_by_controls(c, wishes) for c in m.controls),
        verdict=None if m.verdict is None else verdict_of(m.verdict, wishes.known),
    )


def _if_plain(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""
