"""The manifests of deploy/spark against Kubernetes' schemas, and against the job and its image. The Spark operator's own resource
has no schema here: only what Kubernetes and the job know of it is checked."""

import re
import subprocess
from pathlib import Path

import build_dataset
import kubernetes_validate
import pytest
import yaml

SPARK = Path(build_dataset.__file__).parent
ROOT = SPARK.parents[1]


def documents(name: str) -> list[dict]:
    return list(yaml.safe_load_all((SPARK / name).read_text()))


ALL = [
    (name, document)
    for name in ("cronjob.yaml", "sparkapplication.yaml", "secret.example.yaml")
    for document in documents(name)
]
APPLICATION = next(document for _, document in ALL if document["kind"] == "ScheduledSparkApplication")["spec"]["template"]
POD = documents("cronjob.yaml")[0]["spec"]["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("name", "document"),
    [one for one in ALL if one[1]["kind"] != "ScheduledSparkApplication"],
    ids=lambda one: one["kind"] if isinstance(one, dict) else one,
)
def test_kubernetes_takes_it(name: str, document: dict) -> None:
    kubernetes_validate.validate(document, "1.32", strict=True)


def test_kubernetes_takes_what_the_operator_passes_on() -> None:
    for part in ("driver", "executor"):
        spec = APPLICATION[part]
        container = {
            "name": "spark",
            "image": APPLICATION["image"],
            **{name: spec[name] for name in ("envFrom", "securityContext", "volumeMounts")},
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": part},
            "spec": {"containers": [container], "volumes": APPLICATION["volumes"]},
        }
        kubernetes_validate.validate(pod, "1.32", strict=True)


@pytest.mark.parametrize(
    "context",
    [
        POD["containers"][0]["securityContext"],
        APPLICATION["driver"]["securityContext"],
        APPLICATION["executor"]["securityContext"],
    ],
)
def test_nothing_more_is_allowed_than_is_needed(context: dict) -> None:
    assert (
        context["readOnlyRootFilesystem"]
        and not context["allowPrivilegeEscalation"]
        and context["capabilities"] == {"drop": ["ALL"]}
    )
    assert "runAsUser" not in context, "OpenShift gives the user"


def test_one_pod_asks_the_cluster_for_nothing() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert {"requests", "limits"} <= POD["containers"][0]["resources"].keys()


def test_the_job_takes_the_arguments() -> None:
    words = POD["containers"][0]["args"]
    for given in (words[words.index("/opt/inferscope/build_dataset.py") + 1 :], APPLICATION["arguments"]):
        told = build_dataset.arguments(given)
        assert told.input.startswith("s3a://") and told.output.startswith("s3a://")
    assert {
        document["spec"]["concurrencyPolicy"] for _, document in ALL if "concurrencyPolicy" in document.get("spec", {})
    } == {"Forbid"}


def test_versions_are_the_tested_ones() -> None:
    pinned = {line for line in (SPARK / "requirements.txt").read_text().splitlines() if not line.startswith("#")}
    assert pinned <= set((ROOT / "tests/spark/requirements.txt").read_text().splitlines())
    assert f"pyspark=={APPLICATION['sparkVersion']}" in pinned


def test_the_image_has_what_it_copies_and_is_told() -> None:
    text = (SPARK / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.M):
        for source in line.split()[:-1]:
            assert source == "." or list(ROOT.glob(source)) or source.startswith("public/"), source
    assert APPLICATION["mainApplicationFile"] == "local:///opt/inferscope/build_dataset.py" and "/opt/inferscope/" in text
    for base in re.findall(r"^FROM (\S+)", text, re.M):
        assert re.search(r":[\w.-]*\d", base), f"{base} is not pinned"


def test_entry_starts_what_spark_asks_for(tmp_path: Path) -> None:
    """Programs in place of Java and spark-submit say what they were called with."""
    for name in ("java", "spark-submit"):
        (tmp_path / name).write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    told = {
        "SPARK_EXECUTOR_MEMORY": "8g",
        "SPARK_DRIVER_URL": "spark://d:1",
        "SPARK_EXECUTOR_ID": "7",
        "SPARK_EXECUTOR_CORES": "4",
        "SPARK_APPLICATION_ID": "app",
        "SPARK_EXECUTOR_POD_IP": "10.0.0.1",
        "SPARK_RESOURCE_PROFILE_ID": "0",
        "SPARK_EXECUTOR_POD_NAME": "pod",
        "SPARK_JAVA_OPT_0": "-Da=b c",
        "SPARK_JAVA_OPT_1": "-Dd=*",
        "SPARK_DRIVER_BIND_ADDRESS": "10.0.0.2",
        "SPARK_HOME": "/opt/spark",
    }
    call = lambda *words: (
        subprocess.run(
            [SPARK / "entry.sh", *words], env={"PATH": f"{tmp_path}:/usr/bin:/bin"} | told, capture_output=True, check=True
        )
        .stdout.decode()
        .splitlines()
    )
    worker = call("executor")
    assert worker[:5] == ["java", "-Da=b c", "-Dd=*", "-Xms8g", "-Xmx8g"]
    assert dict(zip(worker[8::2], worker[9::2], strict=True)) == {
        "--driver-url": "spark://d:1",
        "--executor-id": "7",
        "--cores": "4",
        "--app-id": "app",
        "--hostname": "10.0.0.1",
        "--resourceProfileId": "0",
        "--podName": "pod",
    }
    assert worker[7] == "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
    assert call("driver", "--properties-file", "x", "local:///job.py") == [
        "spark-submit",
        "--deploy-mode",
        "client",
        "--conf",
        "spark.driver.bindAddress=10.0.0.2",
        "--properties-file",
        "x",
        "local:///job.py",
    ]
    assert call("printf", "%s", "as it is") == ["as it is"]
