"""Manifests against their schemas: Kubernetes' own, and those of custom resources in the folder beside the repository."""

import jsonschema
import kubernetes_validate
import yaml

from support import SCHEMAS

KUBERNETES = "1.32"
CUSTOM = {
    "Task": "tekton-task",
    "Pipeline": "tekton-pipeline",
    "PipelineRun": "tekton-pipelinerun",
    "EventListener": "tekton-eventlistener",
    "TriggerBinding": "tekton-triggerbinding",
    "TriggerTemplate": "tekton-triggertemplate",
    "ServiceMonitor": "servicemonitor",
    "Route": "openshift-route",
}


def closed(schema):
    """A schema of a custom resource that refuses what the cluster would silently drop: fields that it does not know."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    # OpenShift's definitions have keywords without a value (`anyOf:`).
    schema = {key: closed(part) if key != "enum" else part for key, part in schema.items() if part is not None}
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
        schema["additionalProperties"] = False
    return schema


def custom(document):
    """The schema of a custom resource, in the version that the document asks for."""
    definition = yaml.safe_load((SCHEMAS / f"{CUSTOM[document['kind']]}.yaml").read_text())["spec"]
    group, version = document["apiVersion"].split("/")
    assert group == definition["group"], document["apiVersion"]
    served = next(one for one in definition["versions"] if one["name"] == version and one["served"])
    schema = closed(served["schema"]["openAPIV3Schema"])
    # Of metadata a definition has nothing: the cluster adds it.
    for part in ("metadata", "apiVersion", "kind"):
        schema.setdefault("properties", {}).setdefault(part, {})
    return schema


def validate(document):
    if document["kind"] in CUSTOM:
        jsonschema.validate(document, custom(document))
    else:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
