"""Generate the Python messages and stubs of the contract, or check that they are current.

``python proto/generate.py`` writes to ``clients/python/reverie/v1``; with ``--check`` nothing is
written there and the exit code is 1 when what is there differs from what the protos say. buf and
protoc are those of the environment that runs this, and nothing here needs a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "proto"
PACKAGE = Path("reverie/v1")
CLIENT = ROOT / "clients/python"
BUILD = ROOT / "build/proto"


def main() -> int:
    """Generate (or check), say what differs or was written, and answer with an exit code."""
    check = sys.argv[1:] == ["--check"]
    generate(BUILD)
    changed = sorted(differing(BUILD / PACKAGE, CLIENT / PACKAGE))
    if check:
        for name in changed:
            print(f"not current: {CLIENT.relative_to(ROOT) / PACKAGE / name} (run `make gen`)")
        return 1 if changed else 0
    for name in changed:
        new, current = BUILD / PACKAGE / name, CLIENT / PACKAGE / name
        if new.exists():
            shutil.copyfile(new, current)
        else:
            current.unlink()
    print(f"{len(changed)} generated files changed")
    return 0


def generate(folder: Path) -> None:
    """Fill ``folder``, emptied first, with ``*_pb2.py``, ``*_pb2.pyi`` and ``*_pb2_grpc.py``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    image = folder / "image.binpb"
    run("buf", "build", "-o", str(image))
    run("buf", "generate", str(image), "-o", str(folder))
    run(
        *("python", "-m", "grpc_tools.protoc"),
        f"--descriptor_set_in={image}",
        f"--grpc_python_out={folder}",
        *sorted(services()),
    )


def services() -> Iterator[str]:
    """Paths, below ``proto/``, of the protos that declare a service."""
    for proto in (PROTOS / PACKAGE).glob("*.proto"):
        if "\nservice " in proto.read_text():
            yield proto.relative_to(PROTOS).as_posix()


def run(*command: str) -> None:
    """Run a tool of this environment in the repository; its failure ends the program."""
    tools = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    try:
        subprocess.run(command, cwd=ROOT, env=tools, check=True)
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)


def differing(new: Path, current: Path) -> Iterator[str]:
    """Names of the generated files which are not the same, or not there, on both sides."""
    for name in {file.name for side in (new, current) for file in side.glob("*_pb2*.py*")}:
        sides = [side / name for side in (new, current)]
        if not all(side.exists() for side in sides) or len({s.read_bytes() for s in sides}) > 1:
            yield name


if __name__ == "__main__":
    sys.exit(main())
