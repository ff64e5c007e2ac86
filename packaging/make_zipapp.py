"""Makes anyqta.pyz: anyqta and all that it needs in one file, for the Pythons that are named.

    python packaging/make_zipapp.py --wheel WHEEL --lock requirements.lock --out FILE --python PYTHON…

Each Python's own pip fetches its wheels, every file checked against the lock's hashes. What is the same for
all of them is in the file once. The same input gives the same bytes.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

HERE = Path(__file__).parent
SHEBANG = b"#!/usr/bin/env python3\n"
OLDEST = (1980, 1, 1, 0, 0, 0)
NOT_NEEDED = {
    "pip",
    "setuptools",
}  # Datasette names them for `datasette install`, which we have not
# Where it was built, or for tools that change what is installed.
LEFT_OUT = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
OPTIONS = ["--no-deps", "--no-compile", "--only-binary", ":all:"]

Files = dict[str, Path]


def normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(python: str, wheel: Path, lock: Path, folder: Path) -> Files:
    """What pip installs for this Python, without what is only for building."""
    target = [python, *PIP, *OPTIONS, "--target", str(folder)]
    subprocess.run([*target, "--require-hashes", "-r", str(lock)], check=True)
    subprocess.run([*target, str(wheel)], check=True)
    wanted = needed(folder)
    for info in folder.glob("*.dist-info"):
        if normal(info.name.split("-")[0]) not in wanted:
            remove(folder, info)
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and keeps(path.relative_to(folder))
    }


def keeps(path: Path) -> bool:
    """Neither programs nor what tells where it was built."""
    if path.parts[0] in {"bin", "share"} or "__pycache__" in path.parts:
        return False
    return not (path.parts[0].endswith(".dist-info") and path.name in LEFT_OUT)


def needed(folder: Path) -> set[str]:
    """Anyqta and all that it needs, by their metadata."""
    needs = {}
    for info in folder.glob("*.dist-info"):
        meta = HeaderParser().parsestr((info / "METADATA").read_text("utf-8"))
        asked = [r for r in meta.get_all("Requires-Dist", []) if "extra ==" not in r]
        needs[normal(meta["Name"])] = {normal(re.split(r"[^\w.-]", r)[0]) for r in asked}
    found, new = set(), {"anyqta"}
    while new:
        found |= new
        new = {n for name in new for n in needs.get(name, ())} - found - NOT_NEEDED
    return found


def remove(folder: Path, info: Path) -> None:
    """A distribution's files."""
    for line in (info / "RECORD").read_text("utf-8").splitlines():
        name = line.rsplit(",", 2)[0].strip('"')
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)
    shutil.rmtree(info, ignore_errors=True)


def glibc(folder: Path) -> list[int]:
    """The oldest that all compiled parts run on."""
    oldest = [2, 17]
    for wheel in folder.glob("*.dist-info/WHEEL"):
        found = re.findall(r"manylinux_(\d+)_(\d+)_", wheel.read_text())
        if found:
            oldest = max(oldest, min([int(a), int(b)] for a, b in found))
    return oldest


def layers(each: dict[str, Files]) -> dict[str, Path]:
    """Names inside of the archive: what all have alike once, the rest for each Python."""
    names: dict[str, Path] = {}
    for name in sorted(set().union(*each.values())):
        having = [files.get(name) for files in each.values()]
        hashes = {hashlib.sha256(path.read_bytes()).digest() for path in having if path}
        if None not in having and len(hashes) == 1:
            names[f"common/{name}"] = next(path for path in having if path)
            continue
        for tag, files in each.items():
            if name in files:
                names[f"{tag}/{name}"] = files[name]
    return dict(sorted(names.items()))


def write(out: Path, manifest: dict[str, object], names: dict[str, Path]) -> None:
    """The archive: nothing in it tells when or where it was made."""
    digest = hashlib.sha256()
    for name, path in names.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    text = json.dumps({**manifest, "digest": digest.hexdigest()}, sort_keys=True).encode("ascii")
    with out.open("wb") as file:
        file.write(SHEBANG)
        with zipfile.ZipFile(file, "w") as archive:
            add(archive, "__main__.py", (HERE / "zipapp_main.py").read_bytes())
            add(archive, "manifest.json", text)
            for name, path in names.items():
                add(archive, name, path.read_bytes())
    out.chmod(0o755)


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """One file."""
    info = zipfile.ZipInfo(name, OLDEST)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    archive.writestr(info, data, zipfile.ZIP_DEFLATED, 9)


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--lock", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--python", action="append", default=[], help="repeatable")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        each, oldest = {}, [0, 0]
        for python in asked.python or [sys.executable]:
            code = "import sys; print('%d.%d' % sys.version_info[:2])"
            run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
            version = run.stdout.strip()
            folder = Path(made) / version
            each[version] = installed(python, asked.wheel, asked.lock, folder)
            oldest = max(oldest, glibc(folder))
        pythons = sorted(each, key=lambda text: [int(n) for n in text.split(".")])
        manifest = {
            "pythons": pythons,
            "system": [platform.system(), os.uname().machine],
            "glibc": oldest,
        }
        by_tag = {f"cp{version.replace('.', '')}": each[version] for version in pythons}
        write(asked.out, manifest, layers(by_tag))


if __name__ == "__main__":
    main()
