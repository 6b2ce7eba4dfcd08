"""Build what each client is published as: ``python -m clients.artefacts FOLDER``.

A wheel, an npm package, a Go module zip and a jar. What this machine has no tools for is left out,
and said so; with ``CI=true`` in the environment that is an error.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from clients import builds
from clients.builds import CLIENTS
from proto.language import run, search_path
from reverie.version import __version__

GO_MODULE = "reverie.dev/go"


def wheel(folder: Path) -> Path:
    """The Python client."""
    uv = ("python", "-m", "uv", "--quiet", "build", "--wheel", "--no-build-isolation")
    run(*uv, "--out-dir", folder, CLIENTS / "python")
    return folder / f"reverie_client-{__version__}-py3-none-any.whl"


def go_module(folder: Path) -> Path:
    """The Go client, as a module proxy serves it."""
    archive = folder / f"{GO_MODULE.replace('/', '-')}-v{__version__}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as module:
        for file in sorted((CLIENTS / "go").rglob("*")):
            if file.is_file():
                name = file.relative_to(CLIENTS / "go").as_posix()
                module.write(file, f"{GO_MODULE}@v{__version__}/{name}")
    return archive


def npm_package(folder: Path) -> Path:
    """The TypeScript client, compiled."""
    return Path(shutil.copy(builds.npm_package(), folder))


def jar(folder: Path) -> Path:
    """The Java client."""
    return Path(shutil.copy(builds.java_build().jar, folder))


ARTEFACTS: Final[dict[str, tuple[tuple[str, ...], Callable[[Path], Path]]]] = {
    "Python": ((), wheel),
    "Go": ((), go_module),
    "TypeScript": (("node", "npm"), npm_package),
    "Java": (("javac", "mvn"), jar),
}
"""By language: the programs that it needs, and what builds it into a folder."""


def main() -> int:
    """Build all that can be built here; say where it is."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    exit_code = 0
    for language, (programs, build) in ARTEFACTS.items():
        missing = [each for each in programs if shutil.which(each, path=search_path()) is None]
        if missing:
            print(f"{language} left out: no {', '.join(missing)} on this machine")
            exit_code = 1 if os.environ.get("CI") == "true" else exit_code
        else:
            print(build(folder))
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
