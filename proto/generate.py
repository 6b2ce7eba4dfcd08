"""Generate the clients' code and docs/api from the contract, or check that they are current.

``python -m proto.generate`` writes what has changed; with ``--check`` nothing is written, and the
exit code is 1 when what is there differs from what the protos say. A language whose tools this
machine does not have is left out, and said so; with ``CI=true`` in the environment that is an
error. What is left over of a message that is no more is deleted.

buf and Python's protoc are those of the environment that runs this; the other languages' tools
are installed once, from their registries (``toolchains``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from proto.api_pages import PAGES
from proto.go_client import GO
from proto.java_client import JAVA
from proto.language import ROOT, CommandFailedError, Contract, Language, run
from proto.python_client import PYTHON
from proto.typescript_client import TYPESCRIPT

BUILD = ROOT / "build/proto"
LANGUAGES = (PYTHON, GO, TYPESCRIPT, JAVA, PAGES)


def main() -> int:
    """Generate (or check), say what differs or was written, and answer with an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check: bool = parser.parse_args().check
    contract = read_contract(BUILD)
    exit_code, changed = 0, 0
    for language in LANGUAGES:
        if missing := language.missing():
            required = os.environ.get("CI") == "true"
            print(f"{language.name} left out: no {', '.join(missing)} on this machine")
            exit_code = 1 if required else exit_code
            continue
        out = BUILD / language.name.lower()
        language.generate(contract, out)
        for file in sorted(differing(language, out)):
            changed += 1
            if check:
                print(f"not current: {file} (run `make gen`)")
                exit_code = 1
            else:
                replace(out / file, ROOT / file)
    if not check:
        print(f"{changed} generated files changed")
    return exit_code


def read_contract(folder: Path) -> Contract:
    """What buf makes of the protos; kept in ``folder``, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    image = folder / "image.binpb"
    run("buf", "build", "-o", image)
    return Contract(image, FileDescriptorSet.FromString(image.read_bytes()))


def differing(language: Language, out: Path) -> Iterator[Path]:
    """The generated files, from the top of the repository, which are not the same, or not there,
    in the repository and below ``out``."""
    files = {
        file.relative_to(side)
        for side in (out, ROOT)
        for pattern in language.patterns
        for file in side.glob(pattern)
    }
    for file in files:
        sides = [side / file for side in (out, ROOT)]
        if not all(side.exists() for side in sides) or len({s.read_bytes() for s in sides}) > 1:
            yield file


def replace(new: Path, current: Path) -> None:
    """Make ``current`` what ``new`` is: also nothing."""
    if new.exists():
        current.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new, current)
    else:
        current.unlink()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandFailedError as failed:
        sys.exit(str(failed))
