"""The first that a .pyz runs: unpacks it where it may, and starts anyqta from there.

Compiled parts cannot be loaded from inside of a zip. They are unpacked into the home folder, or, with
ANYQTA_UNPACK=temp, or where the home folder's disk runs no programs, into a temporary folder that is removed
at the end. Nothing else is written. It must be read by old Pythons too, to tell them that they are.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

IN_USE = ".in-use"
WHOLE = ".whole"
RUN = "import sys; sys.argv[0] = 'anyqta'; from probe.cli import main; main()"
_kept = []  # locks, for as long as this process lives


def say(text):
    sys.stderr.write("anyqta: " + text + "\n")


def fits(manifest):
    """None, or why this file cannot run here."""
    here = "%d.%d" % sys.version_info[:2]
    if here not in manifest["pythons"]:
        known = ", ".join(manifest["pythons"])
        return "this file is for Python %s; this is Python %s. Start it with another one, as: python%s %s" % (
            known, here, manifest["pythons"][-1], sys.argv[0],
        )  # fmt: skip
    system, machine = os.uname()[0::4] if hasattr(os, "uname") else (sys.platform, "?")
    if [system, machine] != manifest["system"]:
        return "this file is for %s on %s; this is %s on %s. Take the one that is made for it." % (
            *manifest["system"], system, machine,
        )  # fmt: skip
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    except (ValueError, OSError, AttributeError, IndexError):
        return "this file needs a Linux with glibc; this one (Alpine?) has another C library. Use pipx or uv here."
    if [int(n) for n in glibc.split(".")[:2]] < manifest["glibc"]:
        wanted = ".".join(str(n) for n in manifest["glibc"])
        return "this system is too old: it has glibc %s, and %s is needed" % (glibc, wanted)
    return None


def home_folder(archive, arguments):
    """As probe.home.folder finds it."""
    named = os.environ.get("ANYQTA_HOME")
    for i, word in enumerate(arguments):
        if word == "--home" and i + 1 < len(arguments):
            named = arguments[i + 1]
        elif word.startswith("--home="):
            named = word[len("--home=") :]
    if named:
        return os.path.abspath(os.path.expanduser(named))
    sys.path.insert(0, os.path.join(archive, "common"))
    from platformdirs import user_data_path

    del sys.path[0]
    for name in [n for n in sys.modules if n.split(".")[0] == "platformdirs"]:
        del sys.modules[name]
    return str(user_data_path("anyqta", appauthor=False))


def runs_programs(folder):
    """Whether what lies there may be run; memory sticks are mounted without, at times."""
    return not os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 8)


def lock(folder, only=False):
    """Say that it is in use; False where it is, and `only` was wanted, or where there is nothing."""
    import fcntl

    try:
        file = open(os.path.join(folder, IN_USE), "r+b")
    except OSError:
        return False
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if only else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _kept.append(file)
    return True


def sweep(parent, prefix, but=None):
    """Remove what earlier versions, or a run that was killed, left."""
    for name in os.listdir(parent):
        folder = os.path.join(parent, name)
        ours = name.startswith(prefix) and name != but and not os.path.islink(folder)
        if ours and os.stat(folder).st_uid == os.getuid() and lock(folder, only=True):
            shutil.rmtree(folder, ignore_errors=True)


def unpack(archive, manifest, parent, prefix):
    """A new folder with everything for this Python, in use by us."""
    folder = tempfile.mkdtemp(prefix=prefix, dir=parent)  # 0700
    open(os.path.join(folder, IN_USE), "xb").close()
    lock(folder)
    layers = ("common/", "cp%d%d/" % sys.version_info[:2])
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            layer = next((one for one in layers if name.startswith(one)), None)
            if layer is None:
                continue
            path = os.path.join(folder, *name[len(layer) :].split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with files.open(name) as source, open(path, "xb") as target:
                shutil.copyfileobj(source, target)
    with open(os.path.join(folder, WHOLE), "x") as mark:
        mark.write(manifest["digest"])
    return folder


def in_home(archive, manifest, home):
    """The folder with the unpacked program; made where it is not there yet."""
    os.makedirs(home, mode=0o700, exist_ok=True)
    if not runs_programs(home):
        raise OSError("its disk runs no programs")
    name = "program-%s-cp%d%d" % (manifest["digest"][:12], *sys.version_info[:2])
    folder = os.path.join(home, name)
    if not (lock(folder) and os.path.exists(os.path.join(folder, WHOLE))):
        fresh = unpack(archive, manifest, home, "program-new-")
        try:
            os.rename(fresh, folder)
        except OSError:  # somebody was quicker, or half of one is there
            if not os.path.exists(os.path.join(folder, WHOLE)):
                shutil.rmtree(folder, ignore_errors=True)
                os.rename(fresh, folder)
            else:
                shutil.rmtree(fresh, ignore_errors=True)
                lock(folder)
    state = os.stat(folder)
    if state.st_uid != os.getuid() or state.st_mode & 0o022:
        raise OSError("others may write " + folder)
    sweep(home, "program-", but=name)
    return folder


def from_temp(archive, manifest):
    """Run it from a temporary folder; its exit status. The folder is gone afterwards."""
    parent = tempfile.gettempdir()
    sweep(parent, "unpacked-")
    if not runs_programs(parent):
        say(parent + " runs no programs either; name another folder with TMPDIR or --home")
        return 1
    child = []

    def forward(number, frame):
        if number != signal.SIGINT:  # which the terminal sends to both
            child[0].send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, f: forward(n, f) if child else sys.exit(128 + n))
    folder = None
    try:
        folder = unpack(archive, manifest, parent, "unpacked-")
        environment = dict(os.environ, PYTHONPATH=folder, PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, "-P", "-s", "-c", RUN] + sys.argv[1:]
        child.append(subprocess.Popen(command, env=environment))
        status = child[0].wait()
        return status if status >= 0 else 128 - status
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    archive = os.path.abspath(__loader__.archive)
    with zipfile.ZipFile(archive) as files:
        manifest = json.loads(files.read("manifest.json").decode("ascii"))
    reason = fits(manifest)
    if reason is not None:
        say(reason)
        return 1
    os.umask(0o077)
    os.environ["ANYQTA_PROGRAM"] = archive  # what a schedule has to start
    folder = None
    if os.environ.get("ANYQTA_UNPACK", "home") != "temp":
        home = home_folder(archive, sys.argv[1:])
        try:
            folder = in_home(archive, manifest, home)
        except OSError as exc:
            temp = tempfile.gettempdir()
            say(
                "cannot run from %s (%s): unpacking into %s, until the end"
                % (home, exc.strerror or exc, temp)
            )
    if folder is None:
        try:
            return from_temp(archive, manifest)
        except OSError as exc:
            say("cannot be unpacked: %s. Name another folder with --home." % (exc.strerror or exc))
            return 1
    sys.path[0] = folder  # in place of this archive
    sys.argv[0] = "anyqta"
    from probe.cli import main as anyqta

    return anyqta()


if __name__ == "__main__":
    sys.exit(main())
