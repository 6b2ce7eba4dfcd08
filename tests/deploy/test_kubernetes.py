"""The manifests are valid, and say what the server says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from reverie_server.rpc.health import Health
from reverie_server.settings import Settings
from tests.deploy.manifests import (
    KUBERNETES,
    containers,
    documents,
    environment,
    last,
    pod_of,
    resources,
)

RESOURCES = resources()
TEMPORARY = "/tmp"  # noqa: S108 - of a container
PORTS = {"grpc": "REVERIE_PORT", "metrics": "REVERIE_METRICS_PORT"}
WITH_PODS = [each for each in RESOURCES.values() if pod_of(each)]


def of_settings(name: str) -> Any:
    """The value that a setting has in the pods."""
    data: dict[str, str] = RESOURCES["ConfigMap"]["data"]
    fields = {key.removeprefix("REVERIE_").lower(): value for key, value in data.items()}
    fields.pop("secrets_folder")
    taken: Any = fields
    return getattr(Settings(**taken), name)


@pytest.mark.parametrize("kind", RESOURCES)
def test_it_is_valid(kind: str) -> None:
    kubernetes_validate.validate(RESOURCES[kind], kubernetes_validate.latest_version(), strict=True)


def test_the_example_of_secrets_is_valid() -> None:
    for each in documents(KUBERNETES / "secret.example.yaml"):
        kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)


def test_every_manifest_is_listed() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    there = {path.name for path in KUBERNETES.glob("*.yaml")}

    assert there == {*listed, "kustomization.yaml", "secret.example.yaml"}
    assert len(listed) == len(RESOURCES)


def test_settings_are_taken_and_reach_the_pods() -> None:
    """All of the ConfigMap is a configuration that a server would start with."""
    assert of_settings("host") == "0.0.0.0"  # noqa: S104 - in a pod
    (server,) = containers(RESOURCES["Deployment"])
    name = RESOURCES["ConfigMap"]["metadata"]["name"]
    assert server["envFrom"] == [{"configMapRef": {"name": name}}]


def test_ports_are_those_of_the_settings() -> None:
    (server,) = containers(RESOURCES["Deployment"])
    served = {each["name"]: each["containerPort"] for each in server["ports"]}
    exposed = {int(word) for word in last("EXPOSE").words}
    service = {each["name"]: each["port"] for each in RESOURCES["Service"]["spec"]["ports"]}
    allowed = {
        port["port"]
        for rule in RESOURCES["NetworkPolicy"]["spec"]["ingress"]
        for port in rule["ports"]
    }
    annotations = RESOURCES["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    assert served == service
    assert served == {"grpc": of_settings("port"), "metrics": of_settings("metrics_port")}
    assert set(served.values()) == exposed == allowed
    assert annotations["prometheus.io/port"] == str(of_settings("metrics_port"))
    for each in RESOURCES["Service"]["spec"]["ports"]:
        assert each["targetPort"] in served


def test_what_pods_reach_is_let_out() -> None:
    egress = RESOURCES["NetworkPolicy"]["spec"]["egress"]
    let_out = {port["port"] for rule in egress for port in rule["ports"]}
    (secret, owner) = documents(KUBERNETES / "secret.example.yaml")
    urls = [
        of_settings("qdrant_url"),
        secret["stringData"]["REVERIE_DATABASE_URL"],
        owner["stringData"]["REVERIE_DATABASE_URL"],
    ]

    for url in urls:
        namespace, port = re.findall(r"[@/][\w-]+\.([\w-]+)\.svc:(\d+)", url)[0]
        assert int(port) in let_out
        assert namespace in str(egress)


def test_probes_ask_what_the_server_answers() -> None:
    (server,) = containers(RESOURCES["Deployment"])
    known = {*Health(())._names, "liveness"}
    probes = {name: server[f"{name}Probe"]["grpc"] for name in ("startup", "readiness", "liveness")}

    for probe in probes.values():
        assert probe["port"] == of_settings("port")
        assert probe["service"] in known
    assert probes["liveness"]["service"] == "liveness"
    assert probes["readiness"]["service"] == probes["startup"]["service"] == "readiness"


def test_a_pod_has_time_to_drain() -> None:
    pod = pod_of(RESOURCES["Deployment"])
    (server,) = containers(RESOURCES["Deployment"])
    before = server["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod["terminationGracePeriodSeconds"] >= before + of_settings("drain_seconds") + 10


@pytest.mark.parametrize("resource", WITH_PODS, ids=lambda each: str(each["kind"]))
def test_pods_are_hardened(resource: Any) -> None:
    """As the pod security standard `restricted` asks, and as the image is."""
    pod, (container,) = pod_of(resource), containers(resource)
    user, group = map(int, last("USER").argument.split(":"))
    security = container["securityContext"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == user
    assert pod["securityContext"]["runAsGroup"] == group
    assert pod["securityContext"]["fsGroup"] == group
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False, "REVERIE_PORT would be that of the service"
    assert pod["serviceAccountName"] == RESOURCES["ServiceAccount"]["metadata"]["name"]
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("resource", WITH_PODS, ids=lambda each: str(each["kind"]))
def test_what_is_written_to_and_read_from_is_mounted(resource: Any) -> None:
    pod, (container,) = pod_of(resource), containers(resource)
    mounts = {each["mountPath"]: each for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}
    secrets = RESOURCES["ConfigMap"]["data"]["REVERIE_SECRETS_FOLDER"]

    assert {each["name"] for each in mounts.values()} == volumes.keys()
    backups = {of_settings("backup_folder").as_posix()} & mounts.keys()
    assert mounts.keys() == {secrets, TEMPORARY, environment()["REVERIE_DATA_FOLDER"], *backups}
    for each in container.get("env", ()):
        assert each == {"name": "REVERIE_SECRETS_FOLDER", "value": secrets}
    example = {
        each["metadata"]["name"]: each for each in documents(KUBERNETES / "secret.example.yaml")
    }
    named = volumes[mounts[secrets]["name"]]["secret"]["secretName"]
    assert "REVERIE_DATABASE_URL" in example[named]["stringData"]
    for name in example[named]["stringData"]:
        assert name.removeprefix("REVERIE_").lower() in Settings.model_fields


def test_backups_are_where_all_servers_find_them_and_outlive_them() -> None:
    pod, (server,) = pod_of(RESOURCES["Deployment"]), containers(RESOURCES["Deployment"])
    claim = RESOURCES["PersistentVolumeClaim"]
    folder = of_settings("backup_folder").as_posix()
    (mount,) = (each for each in server["volumeMounts"] if each["mountPath"] == folder)
    (volume,) = (each for each in pod["volumes"] if each["name"] == mount["name"])

    assert not mount.get("readOnly")
    assert "subPath" not in mount
    assert volume["persistentVolumeClaim"] == {"claimName": claim["metadata"]["name"]}
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["metadata"]["namespace"] == RESOURCES["Deployment"]["metadata"]["namespace"]


def test_exports_and_imports_have_room_on_a_volume() -> None:
    pod, (container,) = pod_of(RESOURCES["Deployment"]), containers(RESOURCES["Deployment"])
    (name,) = (
        each["name"]
        for each in container["volumeMounts"]
        if each["mountPath"] == str(of_settings("spool_folder")) and not each.get("readOnly")
    )
    volumes = {each["name"]: each for each in pod["volumes"]}
    room = volumes[name]["emptyDir"]["sizeLimit"]

    assert room.endswith("Gi")
    assert int(room.removesuffix("Gi")) * 1024**3 > of_settings("spool_bytes")


def test_selectors_select_the_servers() -> None:
    labels = RESOURCES["Deployment"]["spec"]["template"]["metadata"]["labels"]
    job = RESOURCES["Job"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        RESOURCES["Deployment"]["spec"]["selector"]["matchLabels"],
        RESOURCES["Service"]["spec"]["selector"],
        RESOURCES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ]

    for selector in selectors:
        assert selector.items() <= labels.items()
        assert not selector.items() <= job.items()
    both = RESOURCES["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert both.items() <= labels.items()
    assert both.items() <= job.items()
    target = RESOURCES["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "reverie")
    assert "replicas" not in RESOURCES["Deployment"]["spec"], "they would be reset by each apply"


def test_commands_are_commands() -> None:
    from reverie_server.cli import app

    names = {command.callback.__name__ for command in app.registered_commands if command.callback}
    for resource in WITH_PODS:
        assert containers(resource)[0]["args"][0] in names
    assert set(PORTS.values()) <= RESOURCES["ConfigMap"]["data"].keys()
    assert isinstance(KUBERNETES, Path)
