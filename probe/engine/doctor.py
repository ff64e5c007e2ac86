"""What `doctor` says of this computer, from what was read off it. Pure: facts in, sentences out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from measurements.schema.measurement import Finding

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
LITTLE_SPACE, NO_SPACE = 500 * 10**6, 30 * 10**6
OLD_DAYS = 365
OTHERS = 0o077
IDLE_DAYS = 15  # the rarest is weekly
_FEW = 3


class State(StrEnum):
    """In words, as colour alone says nothing."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line: what was looked at, how it is, and what to do. `network`: of the outside."""

    name: str
    state: State
    says: str
    todo: str = ""
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """Of the file. `trouble`: a sentence that says what to do too."""

    exists: bool
    bytes: int = 0
    measurements: int | None = None
    version: int | None = None
    newest: int = 0
    trouble: str | None = None


def ok(name: str, says: str) -> Check:
    """All is well."""
    return Check(name=name, state=State.OK, says=says)


def warning(name: str, says: str, todo: str) -> Check:
    """It works, but not as it should."""
    return Check(name=name, state=State.WARNING, says=says, todo=todo)


def broken(name: str, says: str, todo: str) -> Check:
    """It does not work."""
    return Check(name=name, state=State.BROKEN, says=says, todo=todo)


def unseen(name: str, says: str, todo: str) -> Check:
    """It cannot be told here, which is not the same as that all is well."""
    return Check(name=name, state=State.UNCHECKED, says=says, todo=todo)


def version(anyqta: str, python: tuple[int, int]) -> list[Check]:
    """Of the program and of Python."""
    number = ".".join(map(str, python))
    if python < OLDEST_PYTHON:
        todo = "install Python 3.11 or newer, and anyqta with it"
        about = broken("Python", f"{number} is too old.", todo)
    elif python > NEWEST_PYTHON:
        todo = "if something fails, try it with Python 3.14, and report it"
        about = warning("Python", f"{number} is newer than what anyqta was tested with.", todo)
    else:
        about = ok("Python", f"{number}.")
    says = f"{anyqta}. (It never asks anybody whether there is a newer one.)"
    return [ok("Version", says), about]


def privileges(*, root: bool | None) -> Check:
    """Root is not needed."""
    if root:
        says = "anyqta runs as root (administrator), and needs no such right."
        return warning("Privileges", says, "run it as an ordinary user")
    return ok("Privileges", "an ordinary user's, which is all that is needed.")


def disk(free: int | None) -> Check:
    """Where the home is."""
    if free is None:
        todo = "check that the disk of the home folder is there (--home, ANYQTA_HOME)"
        return broken("Disk space", "cannot be read.", todo)
    says = f"{free / 10**9:.1f} GB free." if free >= 10**9 else f"{free / 10**6:.0f} MB free."
    todo = "free some, or delete old results: anyqta prune --older-than 90"
    if free < NO_SPACE:
        return broken("Disk space", says, todo)
    if free < LITTLE_SPACE:
        return warning("Disk space", says, todo)
    return ok("Disk space", says)


def permissions(
    home: str, open_: Sequence[str], keys: Sequence[str], *, exists: bool
) -> list[Check]:
    """`open_`: paths in the home that others may read or write; `keys`: those of keys among them."""
    if not exists:
        return [
            ok("Home folder", f"{home} does not exist yet; the first run makes it, for you only.")
        ]
    todo = f"chmod -R go= '{home}'"
    others = [path for path in open_ if path not in keys]
    if "." in others:
        says = f"others on this computer can look into {home}."
        about = warning("Home folder", says, todo)
    elif others:
        says = f"others on this computer can get at {_some(others)} in {home}."
        about = warning("Home folder", says, todo)
    else:
        about = ok("Home folder", f"{home}, for you only.")
    if keys:
        says = f"others on this computer can read {_some(keys)}."
        worse = f"{todo}; who read them can send in your name"
        return [about, broken("Keys", says, worse)]
    return [about, ok("Keys", "for you only.")]


def unreadable(home: str, why: str) -> Check:
    """The folder cannot be looked into."""
    todo = "make it yours again, or name another folder with --home"
    return broken("Home folder", f"{home} cannot be used: {why}.", todo)


def database(facts: DatabaseFacts) -> Check:
    """Sound, of this version, so large."""
    if not facts.exists:
        return ok("Database", "there is none yet: nothing has been measured.")
    if facts.trouble is not None:
        return Check(name="Database", state=State.BROKEN, says=facts.trouble)
    if facts.version is not None and facts.version > facts.newest:
        says = "it was written by a newer version of anyqta."
        return broken("Database", says, "update anyqta, or name another folder with --home")
    size = f"{facts.bytes / 10**6:.1f} MB"
    if facts.version == facts.newest:
        says = f"sound; measurements: {facts.measurements}; {size}; version {facts.version}."
    else:
        says = (
            f"sound; measurements: {facts.measurements}; {size}; version {facts.version}, which the"
            f" next run brings to {facts.newest}; it keeps a copy."
        )
    return ok("Database", says)


def settings(path: str, trouble: str | None, *, exists: bool) -> Check:
    """config.toml, and what the environment says."""
    if trouble is not None:
        todo = f"mend it, or take it away: {path}"
        return broken("Settings", f"{trouble.rstrip('.')}.", todo)
    return ok("Settings", "can be read." if exists else "none of your own; nothing needs them.")


def schedule(kind: str | None, *, known: bool, idle: float | None) -> list[Check]:
    """Whether a scheduled round comes. `idle`: days since the last one ended, or since the scheduler
    was told; None: nobody knows."""
    if kind is None:
        return []
    if not known:
        says = f"a round is to come by itself, but {kind} does not know of it any more."
        return [warning("Schedule", says, "anyqta schedule install, or: anyqta schedule remove")]
    if idle is not None and idle > IDLE_DAYS:
        says = f"by {kind}; but no round has ended for {idle:.0f} days."
        return [warning("Schedule", says, "anyqta schedule status tells why the last one waits")]
    return [ok("Schedule", f"by {kind}.")]


def data_age(what: str, made: date | None, today: date) -> Check:
    """The lists and the map of networks get old."""
    if made is None:
        return broken(what, "missing or damaged.", "install anyqta again")
    if (today - made).days > OLD_DAYS:
        return warning(what, f"of {made}, more than a year old.", "update anyqta")
    return ok(what, f"of {made}.")


def calendar(today: date, made: date | None) -> list[Check]:
    """A clock that is before the program's own data is wrong: that is seen without anybody's help."""
    if made is not None and today < made:
        says = f"it says {today}, and this version of anyqta was made later than that."
        return [broken("Clock", says, "set the date and time, best automatically")]
    return []


def way_out(
    interface: str | None, findings: Iterable[Finding], *, seen: bool = True
) -> list[Check]:
    """VPN, proxy, bypass tool and hosts file, as the gate of a run finds them. `seen` False: this
    system does not tell by which interface traffic leaves."""
    found = list(findings)
    kinds = {f.kind: f for f in found}
    says = f"none is seen (traffic leaves through {interface})." if interface else "none is seen."
    out = [ok("VPN", says), ok("Proxy", "none is set.")]
    if not seen:
        says = "this system does not tell by which way traffic leaves."
        out[0] = unseen("VPN", says, "if a VPN is on, switch it off to measure your own provider")
    if "vpn" in kinds:
        todo = "switch it off to measure your own provider; you are then seen by it"
        out[0] = warning("VPN", kinds["vpn"].says, todo)
    if "proxy" in kinds:
        todo = "nothing, if you know of it; for uploads through one: proxy in config.toml"
        out[1] = warning("Proxy", kinds["proxy"].says, todo)
    if "bypass_tool" in kinds:
        todo = "stop it while you measure; sites look open through it that are blocked"
        out.append(warning("Bypass tool", kinds["bypass_tool"].says, todo))
    else:
        out.append(ok("Bypass tool", "none is seen (zapret, GoodbyeDPI and the like)."))
    named = [f.subject for f in found if f.kind == "hosts_entry" and f.subject]
    if named:
        says = f"the hosts file has addresses of its own for {_some(named)}."
        out.append(warning("Hosts file", says, "take these lines out of it before you measure"))
    else:
        out.append(ok("Hosts file", "has none of the sites on anyqta's lists."))
    return out


def private_dns(found: Mapping[str, str], *, seen: bool = True) -> Check:
    """Who encrypts this computer's own questions; `found`: which part of the system, how. `seen`
    False: this system does not tell."""
    if not found and not seen:
        says = "this system does not tell whether it encrypts its questions."
        return unseen("Private DNS", says, "look for DNS in the system's network settings")
    if not found:
        return ok("Private DNS", "none is seen: this computer asks its resolver in the clear.")
    says = "; ".join(f"{what}: {how}" for what, how in found.items())
    todo = "nothing is wrong; to find out what your provider's resolver says, switch it off"
    return warning("Private DNS", f"{says}.", todo)


def crashes(folder: str, names: Sequence[str]) -> Check:
    """Reports of bugs, which never leave by themselves."""
    if not names:
        return ok("Crash reports", "none.")
    says = f"{len(names)} in {folder}: {_some(names)}. They are never sent by themselves."
    todo = "read them, they hold no addresses; send them to the makers, or delete them"
    return warning("Crash reports", says, todo)


def _some(names: Sequence[str]) -> str:
    few = ", ".join(names[:_FEW])
    more = len(names) - _FEW
    return f"{few} and {more} more" if more > 0 else few


def exit_status(checks: Iterable[Check], *, offline: bool) -> int:
    """1 where something of this computer is broken; 3 where it is only offline."""
    bad = [check for check in checks if check.state is State.BROKEN]
    if any(not check.network for check in bad):
        return 1
    if offline:
        return 3
    return 1 if bad else 0
