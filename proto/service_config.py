"""gRPC's service config, the same in every client."""

from __future__ import annotations

import json

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from proto.contract import services
from proto.language import PROTOS


def service_config(described: FileDescriptorSet) -> str:
    """``proto/service_config.json`` as JSON text, with its one method config naming every
    service."""
    config = json.loads((PROTOS / "service_config.json").read_text(encoding="utf-8"))
    (methods,) = config["methodConfig"]
    methods["name"] = [{"service": service.full_name} for service in services(described)]
    return json.dumps(config, indent=2) + "\n"
