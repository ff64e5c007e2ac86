"""`anyqta upload`: real collectors, the real clock, the home's store and keys."""

import asyncio
import random
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import certifi

from measurements.store.outbox import Outbox
from measurements.store.query import Filter
from measurements.store.store import Store
from measurements.verdict.features import features_of
from probe import home as homes
from probe.consent.needles import Needles
from probe.consent.record import Sharing
from probe.consent.scrub import scrub
from probe.engine.interrupts import run_in_loop
from probe.engine.request import UploadRequest
from probe.net import machine
from probe.upload.collectors import Collector, parse_collector
from probe.upload.line import Line
from probe.upload.proxies import parse_proxy
from probe.upload.uploader import Circumstances, Delivery, News, Terms, Uploader
from probe.wiring.keyring import Keyring
from probe.wiring.ledger import NOBODY, StoreLedger

Tell = Callable[[News], None]
NONCE_BYTES = 18
_EVER = "0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How an upload went. `offline`: no collector was reached, and this computer has no network."""

    deliveries: tuple[Delivery, ...]
    interrupted: bool = False
    offline: bool = False

    @property
    def all_answered(self) -> bool:
        """Nothing waits, nothing was rejected."""
        return not any(d.waiting or d.counts.get("rejected") for d in self.deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many measurements wait for any of the collectors; are new to one; were measured before
    sharing was agreed to."""

    waiting: int
    new: int
    earlier: int


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def upload(request: UploadRequest, tell: Tell) -> Report:
    """To all collectors at once, each by itself. Blocks; Ctrl-C ends it cleanly."""
    return run_in_loop(lambda stop: upload_within(request, _while_heard(tell, stop)))


async def upload_within(
    request: UploadRequest, tell: Tell, count: Callable[[int], object] = lambda _: None
) -> Report:
    """The same in a loop that runs; cancelled, it ends cleanly. `count` is told of bytes, about."""
    collectors = [parse_collector(text) for text in request.collectors]
    proxy = None if request.proxy is None else parse_proxy(request.proxy)
    deliveries = [Delivery(url=collector.url) for collector in collectors]
    tls = tls_in(request.ca_file)
    interrupted = False
    with homes.open_store(request.home) as store:
        keyring = Keyring(request.home)
        if request.invite is not None:
            keyring.keep_invite(collectors[0].url, request.invite)
        try:
            async with asyncio.TaskGroup() as group:
                for collector, delivery in zip(collectors, deliveries, strict=True):
                    ledger = ledger_for(store, collector, request)
                    terms = _terms(request, collector, keyring, ledger)
                    around = Circumstances(
                        now=now, chance=random.SystemRandom().random, sleep=asyncio.sleep, tell=tell
                    )
                    line = Line(
                        collector.url, proxy=proxy, tls=tls, sleep=asyncio.sleep, count=count
                    )
                    group.create_task(_deliver(line, ledger, terms, around, delivery))
        except asyncio.CancelledError:
            interrupted = True
    tried = [delivery for delivery in deliveries if delivery.tried]
    return Report(
        deliveries=tuple(deliveries),
        interrupted=interrupted,
        offline=bool(tried) and not any(d.reached for d in tried) and not machine.own_addresses(),
    )


async def _deliver(
    line: Line, ledger: StoreLedger, terms: Terms, around: Circumstances, delivery: Delivery
) -> None:
    async with line:
        await Uploader(line, ledger, terms, around, delivery).deliver()


def _terms(
    request: UploadRequest, collector: Collector, keyring: Keyring, ledger: StoreLedger
) -> Terms:
    """What is owed is noted here; then how to bring it."""
    wanted = wanted_of(request)
    ledger.owe(ledger.unoffered(after(wanted, request.agreed_since)))
    restricted = wanted != Filter()
    return Terms(
        key=keyring.key(collector.url, now()),
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        expected=collector.key,
        trust_new_key=request.trust_new_key,
        invite=keyring.invite(collector.url),
        alone=request.alone,
        hurry=request.hurry,
        only=frozenset(ledger.store.iter_uids(wanted)) if restricted else None,
    )


def ledger_for(
    store: Store, collector: Collector, request: UploadRequest, *, make: bool = True
) -> StoreLedger:
    """The outbox of one collector. Without `make` nothing is written."""
    outbox = Outbox(store)
    if make:
        collector_id = outbox.collector(collector.url).id
    else:
        known = {row.url: row.id for row in outbox.collectors()}
        collector_id = known.get(collector.url, NOBODY)
    needles = needles_here(request.home)
    return StoreLedger(
        store=store,
        collector_id=collector_id,
        sharing=Sharing(
            upload=True,
            bodies=request.bodies,
            since=request.agreed_since or _EVER,
            alone=request.alone,
        ),
        needles=needles,
        scrub=lambda m, last: scrub(
            m, needles=needles, bodies=request.bodies, features=features_of, last=last
        ),
        now=now,
    )


def wanted_of(request: UploadRequest) -> Filter:
    """What the command line names."""
    return Filter(run_id=request.run_id, since=request.since, until=request.until)


def after(wanted: Filter, since: str | None) -> Filter:
    """The same, and not before `since`."""
    if since is None:
        return wanted
    return Filter(run_id=wanted.run_id, since=max(since, wanted.since or since), until=wanted.until)


def standing(request: UploadRequest) -> Standing:
    """Numbers, for whoever is asked. `request.agreed_since` is the stored yes; writes nothing."""
    waiting, new, earlier = set[str](), set[str](), set[str]()
    wanted = wanted_of(request)
    with homes.open_store(request.home, read_only=True) as store:
        meant = set(store.iter_uids(wanted))
        for text in request.collectors:
            ledger = ledger_for(store, parse_collector(text), request, make=False)
            waiting |= {p.measurement_uid for p in ledger.owed()} & meant
            unoffered = set(ledger.unoffered(wanted))
            agreed = set(ledger.unoffered(after(wanted, request.agreed_since)))
            new |= agreed
            earlier |= unoffered - agreed
    return Standing(waiting=len(waiting), new=len(new), earlier=len(earlier))


def needles_here(home: Path) -> Needles:
    """What is known now of this computer, to be looked for in all that leaves it."""
    names = (*machine.own_names(), str(home))
    return Needles.of(machine.all_addresses(), names=names)


def tls_in(ca_file: Path | None) -> ssl.SSLContext:
    """The bundled Mozilla list, with what `ca_file` adds; not the system's. Raises HomeError.

    Every Python alike: from 3.13 on ssl refuses chains whose authority lacks key usages or identifiers,
    as authorities of operators' own often do, and takes any certificate of the list for an anchor.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as exc:
            raise homes.HomeError(
                f"the certificates of SSL_CERT_FILE ({ca_file}) cannot be used: {exc.strerror}"
            ) from exc
    return context


def _while_heard(tell: Tell, stop: Callable[[], object]) -> Tell:
    """Until nobody reads any more: then it ends, and what was not answered is kept."""
    heard = True

    def told(news: News) -> None:
        nonlocal heard
        if not heard:
            return
        try:
            tell(news)
        except OSError:
            heard = False
            stop()

    return told
