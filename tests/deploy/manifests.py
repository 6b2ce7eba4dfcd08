"""What is deployed, read as it stands: the Dockerfile, Compose and Kubernetes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = ROOT / "Dockerfile"
COMPOSE: Final = ROOT / "deploy/compose.yaml"
KUBERNETES: Final = ROOT / "deploy/kubernetes"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of the Dockerfile's, its continued lines joined."""

    name: str
    argument: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.argument)


def dockerfile() -> list[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def last(name: str) -> Instruction:
    """The instruction of that name that holds for the image."""
    return [each for each in dockerfile() if each.name == name][-1]


def environment() -> dict[str, str]:
    """Of the image."""
    return dict(word.split("=", 1) for word in last("ENV").words)


def compose() -> Any:
    return yaml.safe_load(COMPOSE.read_text("utf-8"))


def resources() -> dict[str, Any]:
    """What kustomize would apply, by kind (and name, where a kind is there twice)."""
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))
    images = {
        each["name"]: f"{each['newName']}:{each['newTag']}" for each in kustomization["images"]
    }
    found: dict[str, Any] = {}
    for name in kustomization["resources"]:
        for resource in documents(KUBERNETES / name):
            assert resource["kind"] not in found, name
            if resource["kind"] != "Namespace":
                resource["metadata"]["namespace"] = kustomization["namespace"]
            for container in containers(resource):
                container["image"] = images[container["image"]]
            found[resource["kind"]] = resource
    return found


def documents(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text("utf-8")))


def containers(resource: Mapping[str, Any]) -> list[Any]:
    return list(pod_of(resource).get("containers", ()))


def pod_of(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """The specification of a resource's pods; empty for one without."""
    pod: Mapping[str, Any] = resource.get("spec", {}).get("template", {}).get("spec", {})
    return pod


def named_settings() -> Iterator[tuple[str, str]]:
    """Every setting that a file of the deployment names, and where."""
    files = [DOCKERFILE, COMPOSE, *sorted(KUBERNETES.glob("*.yaml")), ROOT / "docs/deploy.md"]
    for file in files:
        for name in re.findall(r"REVERIE_[A-Z_]+", file.read_text("utf-8")):
            yield name, file.name
