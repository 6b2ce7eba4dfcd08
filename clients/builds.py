"""What the clients' own programs and packages are made of: built once for the same sources.

Tests, benchmarks and ``make artefacts`` share it. It is in ``.cache/clients``; TypeScript's is
beside its sources, where Node.js finds what it imports.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from proto.language import ROOT, run
from proto.toolchains import npm_tools, once
from reverie.version import __version__

CLIENTS = ROOT / "clients"
CACHE = ROOT / ".cache/clients"


class JavaBuild(NamedTuple):
    """What Maven has made."""

    jar: Path
    """The client, as it is published."""
    classpath: str
    """Of the client's tests."""


def go_programs(*, race: bool) -> Path:
    """A folder with the compiled tests: ``go.test`` and, of the example, ``callhandler.test``.

    Args:
        race: they look for races.
    """
    client = CLIENTS / "go"
    folder = CACHE / ("go-race" if race else "go")
    # Wherever it lies: what was compiled for one checkout is for all of them.
    compiler = ("go", "test", "-c", "-trimpath", "-vet=all", *(("-race",) if race else ()))

    def build() -> None:
        run(*compiler, "-o", f"{folder}{os.sep}", "./...", cwd=client)

    once(folder / ".built", _files(client), build)
    return folder


def typescript_programs() -> Path:
    """A folder with the compiled tests."""
    client = CLIENTS / "typescript"
    compiled = client / "dist-test"
    npm_tools()

    def build() -> None:
        shutil.rmtree(compiled, ignore_errors=True)
        run("npm", "run", "--silent", "build:test", cwd=client)

    once(compiled / ".built", _typescript_sources(), build)
    return compiled / "test"


def npm_package() -> Path:
    """The TypeScript client, compiled and packed."""
    client = CLIENTS / "typescript"
    packed = CACHE / f"typescript/reverie-client-{__version__}.tgz"
    npm_tools()

    def build() -> None:
        shutil.rmtree(client / "dist", ignore_errors=True)
        run("npm", "run", "--silent", "build", cwd=client)
        packed.parent.mkdir(parents=True, exist_ok=True)
        run("npm", "pack", "--silent", "--pack-destination", packed.parent, cwd=client)

    once(packed.with_suffix(".built"), _typescript_sources(), build)
    return packed


def java_build() -> JavaBuild:
    """The Java client and its tests, with the libraries that they need beside them."""
    client = CLIENTS / "java"
    folder = CACHE / "java"
    libraries = folder / "libraries"
    maven = ("mvn", "--batch-mode", "--quiet", f"-DbuildDirectory={folder}")

    def build() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        copied = ("dependency:copy-dependencies", f"-DoutputDirectory={libraries}")
        run(*maven, "test-compile", "jar:jar", *copied, cwd=client)

    once(folder / ".built", _files(client), build)
    parts = (folder / "test-classes", folder / "classes", libraries / "*")
    return JavaBuild(folder / f"reverie-client-{__version__}.jar", os.pathsep.join(map(str, parts)))


def _typescript_sources() -> Iterator[Path]:
    client = CLIENTS / "typescript"
    yield from sorted(file for file in client.iterdir() if file.is_file())
    for folder in ("src", "test", "examples"):
        yield from _files(client / folder)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())
