"""What is read off this computer: of files that a test wrote."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from probe import home as homes
from probe.engine.targets import bundled_names
from probe.wiring import doctor_here
from probe.wiring import schedule as scheduling
from tests.fakes.homes import consent, fill


def states(home: Path) -> dict[str, str]:
    """By name."""
    return {check.name: str(check.state) for check in doctor_here.here(home)}


def test_a_home_as_it_should_be(tmp_path: Path) -> None:
    """Nothing in it is open to others, and the database is sound."""
    fill(tmp_path / "home", 2)
    found = states(tmp_path / "home")
    assert {"ok"} == {found[name] for name in ("Home folder", "Keys", "Database", "Crash reports")}
    assert {"ok"} == {found[name] for name in ("Map of networks", "Site lists", "Python")}


def test_no_home_yet(tmp_path: Path) -> None:
    """None is made."""
    assert "ok" == states(tmp_path / "home")["Home folder"]
    assert not (tmp_path / "home").exists()


def test_what_is_open_to_others(tmp_path: Path) -> None:
    """The home, a file, a key; not what a link leads to."""
    home = tmp_path / "home"
    fill(home, 1)
    consent(home)
    (home / "consent.json").chmod(0o600)
    assert [] == list(doctor_here.open_to_others(home))
    (home / "consent.json").chmod(0o640)
    (home / "keys").mkdir(mode=0o700)
    (home / "keys" / "a.key").touch(0o604)
    (home / "keys" / "a.key").chmod(0o604)
    (home / "link").symlink_to("/etc/passwd")
    assert ["consent.json", "keys/a.key"] == list(doctor_here.open_to_others(home))
    assert "warning" == states(home)["Home folder"]
    assert "broken" == states(home)["Keys"]
    home.chmod(0o755)
    assert "." == next(iter(doctor_here.open_to_others(home)))
    about, keys = doctor_here._permissions(home)
    assert "others on this computer can look into" in about.says
    assert "can read" in keys.says


def test_a_damaged_database(tmp_path: Path) -> None:
    """It is told, with what to do; the rest is checked all the same."""
    fill(tmp_path, 1)
    (tmp_path / "anyqta.db").write_bytes(b"\xff" * 9000)
    assert "broken" == states(tmp_path)["Database"]


def test_crash_reports_are_listed(tmp_path: Path) -> None:
    """By name."""
    (tmp_path / "crashes").mkdir()
    (tmp_path / "crashes" / "20261125T000000Z.txt").write_text("x")
    assert ["20261125T000000Z.txt"] == doctor_here.crash_names(tmp_path)
    assert "warning" == states(tmp_path)["Crash reports"]


def root_with(folder: Path, **files: str) -> Path:
    """A root file system with these; `__` is a slash."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_conf", ".conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("mode", "seen"),
    [("yes", True), ("opportunistic", True), ("no", False), ("", False)],
)
def test_dns_over_tls_of_systemd(tmp_path: Path, mode: str, seen: bool) -> None:
    """As resolved.conf says, where its stub is what is asked."""
    root = root_with(
        tmp_path,
        etc__resolv_conf="nameserver 127.0.0.53\n",
        etc__systemd__resolved_conf=f"[Resolve]\n#DNSOverTLS=yes\nDNSOverTLS={mode}\n",
    )
    assert seen == ("systemd-resolved" in doctor_here.private_dns(root, {}))
    (root / "etc/resolv.conf").write_text("nameserver 192.168.1.1\n")
    assert {} == doctor_here.private_dns(root, {})


def test_the_last_file_wins(tmp_path: Path) -> None:
    """A drop-in over the file."""
    root_with(tmp_path, etc__systemd__resolved_conf="DNSOverTLS=yes\n")
    drop = tmp_path / "etc/systemd/resolved.conf.d"
    drop.mkdir()
    (drop / "50-off.conf").write_text("[Resolve]\nDNSOverTLS = no\n")
    assert "no" == doctor_here.resolved_mode(tmp_path)


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "127.0.2.1"])
def test_a_resolver_on_this_computer(tmp_path: Path, ip: str) -> None:
    """dnscrypt-proxy and the like."""
    root = root_with(tmp_path, etc__resolv_conf=f"nameserver {ip}\n")
    assert ["a program on this computer"] == list(doctor_here.private_dns(root, {}))


@pytest.mark.parametrize(
    ("mode", "says"),
    [("hostname", "dns.example"), ("opportunistic", "opportunistic"), ("off", ""), ("null", "")],
)
def test_android(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, says: str) -> None:
    """Its `settings` tells, where it lets us ask."""
    program = tmp_path / "bin" / "settings"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\ncase "$3" in private_dns_mode) echo {mode};; *) echo dns.example;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    found = doctor_here.private_dns(tmp_path, {"ANDROID_ROOT": "/system"})
    assert bool(says) == ("Android" in found)
    assert says in found.get("Android", "")
    program.unlink()
    assert {} == doctor_here.private_dns(tmp_path, {"ANDROID_ROOT": "/system"})


def test_when_the_lists_were_made() -> None:
    """Each has a date; what is no list has none."""
    assert all(doctor_here.list_made(name) for name in bundled_names())
    assert date(2026, 11, 23) <= (doctor_here.list_made("kz") or date.min)
    assert doctor_here.list_made("nothing") is None


def test_a_schedule_that_its_scheduler_forgot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told; without one nothing is; a file that cannot be read is none."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    home = tmp_path / "home"
    fill(home, 1)
    assert "Schedule" not in states(home)
    (home / "schedule.json").write_text("[]")
    assert "Schedule" not in states(home)
    (home / "schedule.json").write_text('{"kind": "systemd"}')
    assert "warning" == states(home)["Schedule"]
    units = tmp_path / "user" / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / f"{scheduling.job(home, 0).name}.timer").touch()
    assert "ok" == states(home)["Schedule"]
    monkeypatch.setattr(homes, "now", lambda: datetime.now(UTC) + timedelta(days=20))
    assert "warning" == states(home)["Schedule"]


def test_an_android_that_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its `settings` may be out of reach: then nobody says that there is no private DNS."""
    monkeypatch.setenv("ANDROID_ROOT", "/system")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not checked" == states(tmp_path / "home")["Private DNS"]
    (tmp_path / "settings").write_text("#!/bin/sh\necho off\n")
    (tmp_path / "settings").chmod(0o700)
    assert "ok" == states(tmp_path / "home")["Private DNS"]
