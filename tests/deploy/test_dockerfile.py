"""The Dockerfile: what a linter says, and that its steps need nobody to be root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reverie.version import __version__
from tests.deploy.manifests import DOCKERFILE, ROOT, Instruction, dockerfile, environment, last

NOBODY = 65534
"""Who runs the steps, where this process may choose that."""
FROM_AFAR = "install --no-cache-dir --require-hashes"
"""What only a long test does: it fetches some hundred packages."""


def build() -> list[Instruction]:
    """The first stage."""
    instructions = dockerfile()
    stages = [number for number, each in enumerate(instructions) if each.name == "FROM"]
    assert len(stages) == 2
    return instructions[: stages[1]]


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("there is no hadolint for this system")
    said = subprocess.run(
        [hadolint, "--failure-threshold", "style", DOCKERFILE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)


def test_it_is_nobody_in_particular_and_says_how_it_is() -> None:
    user, group = last("USER").argument.split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert last("ENTRYPOINT").argument == '["reverie"]'
    assert last("CMD").argument == '["serve"]'
    assert last("HEALTHCHECK").argument.endswith('CMD ["reverie", "health"]')
    assert environment()["PATH"].startswith(f"{arguments()['VENV']}/bin:")
    assert environment()["REVERIE_DATA_FOLDER"] == arguments()["DATA"] == last("WORKDIR").argument
    assert "REVERIE_INSECURE" not in environment(), "that is for whoever runs it to spell out"
    copied = [each.words for each in dockerfile() if each.name == "COPY"]
    assert ["--from=build", arguments()["VENV"], arguments()["VENV"]] in copied
    assert [
        "--from=build",
        f"--chown={user}:{group}",
        arguments()["DATA"],
        arguments()["DATA"],
    ] in copied


def test_the_context_has_what_is_copied() -> None:
    """And hardly anything else: .dockerignore leaves everything out but what it names."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    named = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    sources = {source.rstrip("/") for _, sources, _ in copies() for source in sources}

    assert "*" in ignored
    assert sources == named
    for source in sources:
        assert (ROOT / source).exists()


def arguments() -> dict[str, str]:
    return dict(each.argument.split("=", 1) for each in build() if each.name == "ARG")


def copies() -> Iterator[tuple[int, list[str], str]]:
    """Where in the first stage, from where, to where."""
    for number, each in enumerate(build()):
        if each.name == "COPY":
            *sources, target = each.words
            yield number, sources, target


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder in which steps are run as somebody who may write nowhere else."""

    folder: Path
    python: str

    @property
    def venv(self) -> Path:
        return self.folder / "venv"

    def copy(self, sources: list[str], target: str) -> None:
        into = self.folder / "build" / target
        for source in sources:
            path = ROOT / source
            if path.is_dir():
                ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".venv")
                shutil.copytree(path, into, ignore=ignore, dirs_exist_ok=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)
        self.give_away()

    def give_away(self) -> None:
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name.startswith("PIP_") or name.lower().endswith("_proxy")
        }
        root = os.geteuid() == 0
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder / "build",
            env=inherited
            | {
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "HOME": str(self.folder),
                "TMPDIR": str(self.folder / "tmp"),
                "VENV": str(self.venv),
                "DATA": str(self.folder / "data"),
                "LC_ALL": "C.UTF-8",
            },
            user=NOBODY if root else None,
            group=NOBODY if root else None,
            extra_groups=[] if root else None,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    # Not below pytest's own folder, which nobody but its owner enters.
    folder = Path(tempfile.mkdtemp(prefix="reverie-image-"))
    folder.chmod(0o755)
    for name in ("build", "bin", "tmp"):
        (folder / name).mkdir()
    found = Scratch(folder, "")
    found.give_away()
    for candidate in (f"{sys.base_prefix}/bin/python3", "/usr/bin/python3"):
        probe = f"{candidate} -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))'"
        if Path(candidate).exists() and found.run(probe).returncode == 0:
            (folder / "bin/python").symlink_to(candidate)
            break
    else:
        shutil.rmtree(folder)
        pytest.skip("no Python with venv here that somebody who is not root may run")
    yield found
    shutil.rmtree(folder)


def take(scratch: Scratch, *, from_afar: bool) -> list[str]:
    """Runs the first stage, whole or with this environment's packages in place of new ones."""
    output = []
    for each in build():
        match each.name:
            case "COPY":
                *sources, target = each.words
                scratch.copy(sources, target)
            case "RUN":
                command = each.argument
                if not from_afar and FROM_AFAR in command:
                    command = re.sub(r"&& .*", "", command)
                done = scratch.run(command)
                assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
                output.append(done.stdout)
                if not from_afar and FROM_AFAR in each.argument:
                    lend_packages(scratch)
            case _:
                assert each.name in {"FROM", "ARG", "WORKDIR"}, f"a step of a new kind: {each}"
    return output


def lend_packages(scratch: Scratch) -> None:
    """Of the same pins, already installed here."""
    (there,) = (scratch.venv / "lib").glob("python3*/site-packages")
    here = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    if there.parent.name != here.parent.name:
        pytest.skip(f"this environment is of another Python than {there.parent.name}")
    (there / "lent.pth").write_text(f"{here}\n", "utf-8")
    seen = scratch.run(f"{scratch.venv}/bin/python -c 'import hatchling, grpc, apsw'")
    if seen.returncode:
        pytest.skip("whoever is not root may not read this environment's packages")


def test_its_steps_are_nobodys_in_particular(scratch: Scratch) -> None:
    """All but the fetching: `make soak` does that, too."""
    output = take(scratch, from_afar=False)

    assert output[-1].endswith(f"{__version__}\n")
    assert (scratch.folder / "data").is_dir()


@pytest.mark.soak
def test_all_its_steps_pass_from_nothing(scratch: Scratch) -> None:
    output = take(scratch, from_afar=True)

    assert output[-1].endswith(f"{__version__}\n")
    check_installed(scratch)


def check_installed(scratch: Scratch) -> None:
    """What the second stage takes over works by itself, and writes where it may."""
    shutil.rmtree(scratch.folder / "build")
    (scratch.folder / "build").mkdir()
    printed = scratch.run(f"{scratch.venv}/bin/reverie serve --print-config")
    migrated = scratch.run(
        f"{scratch.venv}/bin/reverie migrate --data-folder {scratch.folder}/data --json"
    )

    assert printed.returncode == 0, printed.stderr
    assert migrated.returncode == 0, migrated.stderr
    owner = (scratch.folder / "data/reverie.db").stat().st_uid
    assert owner == (NOBODY if os.geteuid() == 0 else os.geteuid())
