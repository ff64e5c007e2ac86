"""`anyqta withdraw`: what never left is kept back here, the rest is asked for where it went."""

import asyncio
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from measurements.store.outbox import Answer, CollectorRow, Outbox, Parcel
from measurements.store.store import Store
from probe import home as homes
from probe.consent.scrub import uid_to_minute
from probe.engine.interrupts import run_in_loop
from probe.engine.request import WithdrawRequest
from probe.upload.answers import NoAnswer
from probe.upload.collectors import parse_collector
from probe.upload.line import Line, NotReached
from probe.upload.meeting import meet
from probe.upload.outbox import State, written
from probe.upload.proxies import Proxy, parse_proxy
from probe.upload.withdrawals import MOST, Secret, withdraw
from probe.wiring.upload import NONCE_BYTES, now, tls_in


@dataclass(slots=True, kw_only=True)
class Withdrawn:
    """How it went with one collector. `kept_back`: what had never been sent to it."""

    url: str
    withdrawn: int = 0
    refused: int = 0
    kept_back: int = 0
    left: int = 0
    trouble: str = ""


def count(request: WithdrawRequest) -> int:
    """How many measurements it is about, for whoever is asked."""
    found = set[str]()
    with homes.open_store(request.home, read_only=True) as store:
        for uid in request.uids:
            store.resolve(uid)  # also where no collector is known: a wrong one is told
        for row in _collectors(store, request):
            found |= {parcel.measurement_uid for parcel in _parcels(store, row, request)}
    return len(found)


def withdraw_all(request: WithdrawRequest) -> list[Withdrawn]:
    """From all collectors at once. Blocks; Ctrl-C ends it, and what was not answered stays."""
    try:
        return run_in_loop(lambda _: _withdraw_all(request))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _withdraw_all(request: WithdrawRequest) -> list[Withdrawn]:
    proxy = None if request.proxy is None else parse_proxy(request.proxy)
    tls = tls_in(request.ca_file)
    done: list[Withdrawn] = []
    with homes.open_store(request.home) as store:
        async with asyncio.TaskGroup() as group:
            for row in _collectors(store, request):
                parcels = _parcels(store, row, request)
                if parcels:
                    out = Withdrawn(url=row.url, left=len(parcels))
                    done.append(out)
                    group.create_task(_from_one(store, row, parcels, out, _line(row, proxy, tls)))
    return done


def _line(row: CollectorRow, proxy: Proxy | None, tls: ssl.SSLContext) -> Callable[[], Line]:
    return lambda: Line(row.url, proxy=proxy, tls=tls, sleep=asyncio.sleep)


async def _from_one(
    store: Store,
    row: CollectorRow,
    parcels: list[Parcel],
    out: Withdrawn,
    line: Callable[[], Line],
) -> None:
    at_home = [p.measurement_uid for p in parcels if p.state == State.WAITING]
    _record(store, row, at_home)
    out.kept_back = len(at_home)
    out.left -= len(at_home)
    away = [p for p in parcels if p.state != State.WAITING]
    if not away:
        return
    try:
        async with line() as open_line:
            nonce = secrets.token_urlsafe(NONCE_BYTES)
            about = await meet(open_line, nonce=nonce, expected=row.public_key)
            if row.public_key is None:
                Outbox(store).pin(row.id, about.key, f"{now():%Y-%m-%d}")
            for start in range(0, len(away), MOST):
                part = away[start : start + MOST]
                told = [
                    Secret(p.measurement_uid, uid_to_minute(p.measurement_uid), p.withdraw_secret)
                    for p in part
                ]
                answers = await withdraw(open_line, told, key=about.key, now=now())
                gone = [uid for uid, is_gone in answers if is_gone]
                _record(store, row, gone)
                out.withdrawn += len(gone)
                out.refused += len(part) - len(gone)
                out.left -= len(part)
    except (NotReached, NoAnswer) as exc:
        out.trouble = str(exc)


def _record(store: Store, row: CollectorRow, uids: list[str]) -> None:
    answers = [Answer(measurement_uid=uid, state=State.WITHDRAWN) for uid in uids]
    Outbox(store).record(row.id, answers, written(now()))


def _collectors(store: Store, request: WithdrawRequest) -> list[CollectorRow]:
    only = {parse_collector(text).url for text in request.collectors}
    return [row for row in Outbox(store).collectors() if not only or row.url in only]


def _parcels(store: Store, row: CollectorRow, request: WithdrawRequest) -> list[Parcel]:
    outbox = Outbox(store)
    if request.uids:
        uids = [store.resolve(uid) for uid in request.uids]
        return outbox.withdrawable(row.id, uids=list(dict.fromkeys(uids)))
    return outbox.withdrawable(row.id, run_id=request.run_id)
