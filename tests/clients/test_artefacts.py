"""Each client, built as it is published, works in an empty project: with its README's example."""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from clients.artefacts import ARTEFACTS, GO_MODULE
from reverie.version import __version__
from reverie_server.bootstrap import Application
from tests.clients.languages import (
    LANGUAGES,
    ROOT,
    SHORT_JAVA,
    Language,
    required,
    succeed,
)
from tests.docs.markdown import blocks

pytestmark = pytest.mark.once

_ADDRESS = '"127.0.0.1:50051"'
_PUBLIC_CLASS = re.compile(r"public class (\w+)")


def examples(language: str, address: str) -> list[str]:
    """The code in a client's README, with its server at this address; the first is the example."""
    readme = (ROOT / "clients" / language / "README.md").read_text(encoding="utf-8")
    first, *others = (code.replace(_ADDRESS, f'"{address}"') for code in blocks(readme, language))
    assert address in first
    return [first, *others]


async def in_python(artefact: Path, project: Path, address: str) -> str:
    uv = (sys.executable, "-m", "uv", "--quiet")
    await succeed(*uv, "venv", "--python", sys.executable, ".venv", cwd=project)
    python = project / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    await succeed(*uv, "pip", "install", "--python", str(python), str(artefact), cwd=project)
    # The others are run with the tests of the client.
    (project / "main.py").write_text(examples("python", address)[0], encoding="utf-8")
    return await succeed(str(python), "-I", "main.py", cwd=project)


async def in_go(artefact: Path, project: Path, address: str) -> str:
    with zipfile.ZipFile(artefact) as module:
        module.extractall(project.parent / "module")
    unpacked = project.parent / "module" / f"{GO_MODULE}@v{__version__}"
    for number, code in enumerate(examples("go", address)):
        (project / f"part{number}.go").write_text(code, encoding="utf-8")
    await succeed("go", "mod", "init", "example.org/bot", cwd=project)
    version = f"{GO_MODULE}@v{__version__}"
    edits = (f"-require={version}", f"-replace={GO_MODULE}={unpacked}")
    await succeed("go", "mod", "edit", *edits, cwd=project)
    # As the client's tests are compiled, and wherever it lies, so that it is compiled once.
    return await succeed("go", "run", "-race", "-trimpath", "-mod=mod", ".", cwd=project)


async def in_typescript(artefact: Path, project: Path, address: str) -> str:
    await succeed("npm", "init", "-y", cwd=project)
    quiet = ("--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline")
    await succeed("npm", "install", *quiet, str(artefact), cwd=project)
    printed = []
    # They hold no types, so that they are JavaScript as well.
    for number, code in enumerate(examples("typescript", address)):
        (project / f"part{number}.mjs").write_text(code, encoding="utf-8")
        printed.append(await succeed("node", f"part{number}.mjs", cwd=project))
    return "".join(printed)


async def in_java(artefact: Path, project: Path, address: str) -> str:
    sources = {f"{_PUBLIC_CLASS.findall(code)[0]}.java": code for code in examples("java", address)}
    for name, code in sources.items():
        (project / name).write_text(code, encoding="utf-8")
    with zipfile.ZipFile(artefact) as jar:
        pom = jar.read("META-INF/maven/dev.reverie/reverie-client/pom.xml")
    (project / "pom.xml").write_bytes(pom)
    shutil.copytree(ROOT / "clients/java/.mvn", project / ".mvn")  # how Maven starts quickly
    listed = ("-Dmdep.outputFile=classpath", "-DincludeScope=runtime")
    maven = ("mvn", "--batch-mode", "--quiet")
    await succeed(*maven, "dependency:build-classpath", *listed, cwd=project)
    needed = (project / "classpath").read_text(encoding="utf-8").strip()
    classpath = os.pathsep.join((str(artefact), needed, str(project)))
    await succeed(
        "javac", *(f"-J{each}" for each in SHORT_JAVA), "-cp", classpath, *sources, cwd=project
    )
    return await succeed("java", *SHORT_JAVA, "-cp", classpath, "Main", cwd=project)


INSTALL: Mapping[str, Callable[[Path, Path, str], Awaitable[str]]] = {
    "Python": in_python,
    "Go": in_go,
    "TypeScript": in_typescript,
    "Java": in_java,
}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each.name in INSTALL], ids=str)
async def test_it_installs_into_an_empty_project_and_its_example_runs(
    language: Language, server: Application, tmp_path: Path
) -> None:
    if missing := language.missing():
        if required():
            pytest.fail(missing)
        pytest.skip(missing)
    _, build = ARTEFACTS[language.name]
    built, project = tmp_path / "built", tmp_path / "project"
    built.mkdir()
    project.mkdir()

    printed = await INSTALL[language.name](build(built), project, server.address)

    assert "I am allergic to peanuts." in printed
