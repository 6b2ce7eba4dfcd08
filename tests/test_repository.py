"""What must be true of the files of this repository, whatever they say."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import reverie

ROOT = Path(__file__).resolve().parent.parent

# Written in halves, so that this file names none of them either.
HALVES = (
    ("py", "pi.org"),
    ("python", "hosted"),
    ("registry.", "npmjs"),
    ("registry.", "yarnpkg"),
    ("repo.", "maven"),
    ("repo1.", "maven"),
    ("maven.", "google"),
    ("proxy.", "golang"),
    ("sum.", "golang"),
    ("crates", ".io"),
)
REGISTRIES = re.compile(
    "|".join(re.escape(first + rest) for first, rest in HALVES) + r"|/simple/?$", re.MULTILINE
)
PIN = r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,_-]+\])?==\S+"
MACHINE_PATHS = re.compile(r"(?<![\w./~-])/(?:root|home|Users|work|workspace|tmp|mnt)/[\w.]")


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so there is no list of what belongs to the project")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def tracked_texts() -> dict[Path, str]:
    texts = {}
    for path in tracked_files():
        try:
            texts[path.relative_to(ROOT)] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    assert texts
    return texts


@pytest.mark.parametrize(
    ("pattern", "example"),
    [(REGISTRIES, "".join(HALVES[0])), (MACHINE_PATHS, "see /" + "home/someone/x")],
    ids=["registry", "machine path"],
)
def test_no_file_names_a_registry_or_a_machine_path(pattern: re.Pattern[str], example: str) -> None:
    assert pattern.search(example)

    found = [
        f"{path}: {match.group()}"
        for path, text in tracked_texts().items()
        for match in pattern.finditer(text)
    ]

    assert found == []


@pytest.mark.parametrize("name", ["server", "dev"])
def test_requirements_are_pinned_and_hashed_and_name_no_index(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    lines = text.replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert requirements
    for requirement in requirements:
        assert re.match(PIN + " ", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
        assert "://" not in requirement, requirement


def test_an_extra_that_a_requirement_asks_for_is_in_its_pin() -> None:
    # Without it, pip looks for the extra in the newest release, which has no hash here.
    text = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    pinned = {
        requirement.name: requirement.extras
        for requirement in map(Requirement, re.findall(f"^{PIN}", text, re.MULTILINE))
    }
    asked = [
        requirement
        for name in pinned
        if (there := installed(name))
        for requirement in map(Requirement, there.requires or ())
        if requirement.extras and (requirement.marker is None or requirement.marker.evaluate())
    ]

    assert asked
    for requirement in asked:
        assert requirement.extras <= pinned[requirement.name], requirement


def installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:  # not for this system
        return None


def test_server_requirements_are_the_same_in_both_locks() -> None:
    pins = {
        name: set(
            re.findall(
                f"^{PIN}",
                (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8"),
                re.MULTILINE,
            )
        )
        for name in ("server", "dev")
    }

    assert pins["server"] <= pins["dev"]


@pytest.mark.parametrize("pyproject", ["pyproject.toml", "clients/python/pyproject.toml"])
def test_every_dependency_of_the_distributions_is_locked(pyproject: str) -> None:
    project = tomllib.loads((ROOT / pyproject).read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements/server.txt").read_text(encoding="utf-8")

    for dependency in project["dependencies"]:
        name = re.split(r"[^A-Za-z0-9._-]", dependency)[0].lower()
        assert name == "reverie-client" or re.search(f"^{name}==", locked, re.MULTILINE), name


def test_server_and_clients_have_one_version() -> None:
    assert version("reverie-server") == version("reverie-client") == reverie.__version__
    for package in ("package.json", "package-lock.json"):
        text = (ROOT / "clients/typescript" / package).read_text(encoding="utf-8")
        assert json.loads(text)["version"] == reverie.__version__
    pom = (ROOT / "clients/java/pom.xml").read_text(encoding="utf-8")
    assert f"<version>{reverie.__version__}</version>" in pom
