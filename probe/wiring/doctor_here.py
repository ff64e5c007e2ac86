"""`anyqta doctor`: what this computer shows without a packet."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from measurements.store.health import SCHEMA_VERSION, examine
from probe import home as homes
from probe.engine import doctor
from probe.engine.doctor import Check, DatabaseFacts
from probe.engine.environment import Local, local_findings
from probe.engine.location import LocationDB, LocationError
from probe.engine.schedulers import KINDS
from probe.engine.targets import bundled_names, load_bundled
from probe.experiments.locations import locate
from probe.net import machine
from probe.net import resolvers as resolv
from probe.wiring import schedule as scheduling
from probe.wiring import watch_book
from probe.wiring.keyring import FOLDER as KEYS
from probe.wiring.measure import version

_RESOLVED = (
    *("usr/lib/systemd/resolved.conf.d", "usr/local/lib/systemd/resolved.conf.d"),
    *("etc/systemd/resolved.conf", "run/systemd/resolved.conf.d", "etc/systemd/resolved.conf.d"),
)
_STUBS = frozenset({"127.0.0.53", "127.0.0.54"})  # systemd-resolved's own
_ANDROID = ("private_dns_mode", "private_dns_specifier")
_PATIENCE = 3.0


def here(home: Path, trouble: str | None = None) -> list[Check]:
    """All of it. `trouble`: with the settings."""
    today, map_made = homes.now().date(), _map_made()
    return [
        *doctor.version(version(), (sys.version_info[0], sys.version_info[1])),
        doctor.privileges(root=_is_root()),
        doctor.disk(_free(home)),
        *_permissions(home),
        doctor.database(_database(home)),
        doctor.settings(str(home / homes.CONFIG), trouble, exists=(home / homes.CONFIG).exists()),
        *_schedule(home),
        doctor.data_age("Map of networks", map_made, today),
        doctor.data_age("Site lists", _lists_made(), today),
        *doctor.calendar(today, map_made),
        *_way_out(),
        doctor.private_dns(private_dns(Path("/"), os.environ), seen=_tells_of_dns(os.environ)),
        doctor.crashes(str(home / homes.CRASHES), crash_names(home)),
    ]


def local() -> Local:
    """As a run reads it."""
    return Local(
        environ=machine.proxies() | os.environ,
        default_interface=machine.default_interface(machine.own_addresses()),
        hosts=machine.hosts_file(),
        bypass=machine.bypass_tools(),
    )


def _way_out() -> list[Check]:
    found = local()
    findings = local_findings(found, _listed_hosts() if found.hosts else ())
    offline = not machine.own_addresses()
    seen = offline or found.default_interface is not None
    return doctor.way_out(found.default_interface, findings, seen=seen)


def _listed_hosts() -> tuple[str, ...]:
    places = (locate(t.url) for name in bundled_names() for t in load_bundled(name).targets)
    return tuple(dict.fromkeys(place.host for place in places if place is not None))


def _is_root() -> bool | None:
    return os.geteuid() == 0 if hasattr(os, "geteuid") else None


def _free(home: Path) -> int | None:
    for folder in (home, *home.parents):
        if folder.exists():
            with suppress(OSError):
                return shutil.disk_usage(folder).free
            return None
    return None


def _permissions(home: Path) -> list[Check]:
    if os.name == "nt" or not home.exists():
        return doctor.permissions(str(home), (), (), exists=home.exists())
    try:
        open_ = list(open_to_others(home))
    except OSError as exc:
        return [doctor.unreadable(str(home), exc.strerror or "")]
    keys = [path for path in open_ if Path(path).parts[:1] == (KEYS,) or path.endswith(".key")]
    return doctor.permissions(str(home), open_, keys, exists=True)


def open_to_others(home: Path) -> Iterator[str]:
    """What others than its owner may read, write or enter, the home itself as `.`. Where others
    cannot enter the home, nothing in it is open to them; keys are looked at all the same."""
    closed = not home.stat().st_mode & doctor.OTHERS
    if not closed:
        yield "."
    for path in sorted(home.rglob("*")):
        if path.is_symlink() or not path.lstat().st_mode & doctor.OTHERS:
            continue
        yield str(path.relative_to(home))


def _database(home: Path) -> DatabaseFacts:
    path = homes.database(home)
    if not path.exists():
        return DatabaseFacts(exists=False)
    try:
        found = examine(path)
    except OSError as exc:
        says = f"{path} cannot be read: {exc.strerror}. Check that it is yours."
        return DatabaseFacts(exists=True, trouble=says)
    return DatabaseFacts(
        exists=True,
        bytes=found.bytes,
        measurements=found.measurements,
        version=found.version,
        newest=SCHEMA_VERSION,
        trouble=found.trouble,
    )


def _schedule(home: Path) -> list[Check]:
    note = home / "schedule.json"
    try:
        kind, told = str(json.loads(note.read_text("utf-8"))["kind"]), note.stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    kept, last = watch_book.read(home), told
    if kept is not None and kept.ended is not None:
        last = max(last, kept.ended)
    name = scheduling.job(home, 0).name
    known = kind in KINDS and scheduling.choose(kind).installed(name) is not None
    return doctor.schedule(kind, known=known, idle=(homes.now().timestamp() - last) / 86400)


def _map_made() -> date | None:
    try:
        with LocationDB.open() as found:
            return found.freshness
    except (LocationError, OSError):
        return None


def _lists_made() -> date | None:
    """The newest row of the lists."""
    days = [d for name in bundled_names() if (d := list_made(name)) is not None]
    return max(days, default=None)


def list_made(name: str) -> date | None:
    """When a bundled list last had something added."""
    from probe import data  # noqa: PLC0415 - only its place is needed

    path = Path(data.__file__).with_name("lists") / f"{name}.csv"
    newest = None
    with suppress(OSError, UnicodeDecodeError):
        for line in path.read_text("utf-8").splitlines():
            for word in line.split(","):
                with suppress(ValueError):
                    day = date.fromisoformat(word.strip())
                    newest = day if newest is None else max(newest, day)
    return newest


def crash_names(home: Path) -> list[str]:
    """The reports, oldest first."""
    with suppress(OSError):
        return sorted(path.name for path in (home / homes.CRASHES).glob("*.txt"))
    return []


def private_dns(root: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Who encrypts this computer's own questions: which part of the system, and how."""
    found: dict[str, str] = {}
    own = [resolver.ip for resolver in resolv.configured(root / "etc/resolv.conf")]
    if any(ip in _STUBS for ip in own):
        mode = resolved_mode(root)
        if mode not in {"", "no", "false", "0", "off"}:
            found["systemd-resolved"] = f"DNS over TLS is on ({mode})"
    elif any(ip.startswith("127.") or ip == "::1" for ip in own):
        found["a program on this computer"] = "it answers DNS, and may ask in its own way"
    if "ANDROID_ROOT" in environ:
        mode, name = (_android(key) for key in _ANDROID)
        if mode not in {"", "off", "null"}:
            found["Android"] = f"Private DNS is on ({name if mode == 'hostname' else mode})"
    return found


def _tells_of_dns(environ: Mapping[str, str]) -> bool:
    """Linux has files for it; Android's program may be out of reach; the others have neither."""
    if "ANDROID_ROOT" in environ:
        return bool(_android(_ANDROID[0]))
    return sys.platform == "linux"


def resolved_mode(root: Path) -> str:
    """resolved.conf(5): DNSOverTLS, the last file that names it wins."""
    mode = ""
    for name in _RESOLVED:
        place = root / name
        for path in sorted(place.glob("*.conf")) if place.is_dir() else [place]:
            with suppress(OSError):
                for line in path.read_text("utf-8", "replace").splitlines():
                    key, _, value = line.partition("=")
                    if key.strip() == "DNSOverTLS":
                        mode = value.strip().lower()
    return mode


def _android(key: str) -> str:
    program = shutil.which("settings")
    if program is None:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - Android's own, fixed words
            (program, "get", "global", key),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return done.stdout.strip() if not done.returncode else ""
    return ""
