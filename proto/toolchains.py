"""The tools of other languages, installed from their registries at the versions pinned here.

They go into ``.cache/tools``, once: again only when what pins them has changed. Nothing here needs
a network after that.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from proto.language import PROTOS, ROOT, CommandFailedError, run

CACHE = ROOT / ".cache/tools"
TYPESCRIPT = ROOT / "clients/typescript"
PROTOC = "com.google.protobuf:protoc:4.35.1"
"""Of the same release as the protoc inside grpcio-tools."""
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"


def go_tools() -> Path:
    """The folder with protoc-gen-go and protoc-gen-go-grpc, pinned in ``proto/go-tools``."""
    folder = CACHE / "go"
    module = PROTOS / "go-tools"

    def install() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run("go", "build", "-o", f"{folder}/", "tool", cwd=module)

    once(folder / ".installed", [module / "go.mod", module / "go.sum"], install)
    return folder


def npm_tools() -> Path:
    """The folder with what ``clients/typescript/package-lock.json`` pins, as programs."""
    stamp = TYPESCRIPT / "node_modules/.installed"
    once(
        stamp,
        [TYPESCRIPT / "package.json", TYPESCRIPT / "package-lock.json"],
        lambda: run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=TYPESCRIPT),
    )
    return TYPESCRIPT / "node_modules/.bin"


def protoc() -> Path:
    """The folder with a protoc that knows Java: the one inside grpcio-tools does not."""
    group, name, version = PROTOC.split(":")
    folder = CACHE / f"protoc-{version}"
    program = folder / "protoc"

    def install() -> None:
        kind = _maven_platform()
        artifact = f"-Dartifact={group}:{name}:{version}:exe:{kind}"
        run("mvn", "-q", "-B", _COPY, artifact, f"-DoutputDirectory={folder}")
        downloaded = folder / f"{name}-{version}-{kind}.exe"
        downloaded.chmod(0o755)
        downloaded.rename(program)

    once(folder / ".installed", [Path(__file__)], install)
    return folder


def once(stamp: Path, pins: Iterable[Path], install: Callable[[], None]) -> None:
    """Install unless that has happened with these pins: files of this repository."""
    hashed = hashlib.sha256()
    for pin in pins:
        content = hashlib.sha256(pin.read_bytes()).hexdigest()
        hashed.update(f"{pin.relative_to(ROOT).as_posix()} {content}\n".encode())
    wanted = hashed.hexdigest()
    with _locked(stamp):
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)  # what a failure leaves is no installation
            install()
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(wanted, encoding="utf-8")


@contextmanager
def _locked(stamp: Path) -> Iterator[None]:
    """Tests and checks that run side by side install one after the other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(str(stamp).encode()).hexdigest()[:16]
    with (CACHE / f"{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _maven_platform() -> str:
    """What Maven's artefacts call this machine."""
    systems = {"Linux": "linux", "Darwin": "osx", "Windows": "windows"}
    machines = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "aarch_64", "arm64": "aarch_64"}
    try:
        return f"{systems[platform.system()]}-{machines[platform.machine()]}"
    except KeyError as unknown:
        raise CommandFailedError(f"there is no protoc for {unknown}") from unknown
