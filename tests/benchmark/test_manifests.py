"""The manifests of deploy/benchmark: valid for Kubernetes, Tekton and the Prometheus operator, restricted, and consistent."""

import copy
import json
import os
import re
import subprocess
import unittest

import jsonschema
import kubernetes_validate
import yaml

from schemas import CUSTOM, validate
from support import BENCHMARK, SCHEMAS, missing


def documents():
    """Every manifest with the file it is in; kustomize's own files are no manifests."""
    for path in sorted(BENCHMARK.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text()):
                yield path.relative_to(BENCHMARK).as_posix(), document


def named(kind):
    return {document["metadata"].get("name"): document for _, document in documents() if document["kind"] == kind}


def substituted(value, params):
    if isinstance(value, str):
        return re.sub(r"\$\(tt\.params\.([a-z]+)\)", lambda found: params[found[1]], value)
    if isinstance(value, list):
        return [substituted(one, params) for one in value]
    if isinstance(value, dict):
        return {key: substituted(one, params) for key, one in value.items()}
    return value


def pods():
    """Every pod's specification with its name."""
    for path, document in documents():
        if document["kind"] == "Job":
            yield path, document["spec"]["template"]["spec"]
        elif document["kind"] == "CronJob":
            yield path, document["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers():
    """Every container and every step, with its security context: a step's is the template's."""
    for path, pod in pods():
        for container in pod.get("initContainers", []) + pod["containers"]:
            yield path, container, container["securityContext"]
    for name, task in named("Task").items():
        for step in task["spec"]["steps"]:
            yield f"task {name}", step, task["spec"]["stepTemplate"]["securityContext"]


class Valid(unittest.TestCase):
    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_every_manifest_fits_its_schema(self):
        kinds = set()
        for path, document in documents():
            with self.subTest(path=path, kind=document["kind"]):
                validate(document)
                kinds.add(document["kind"])
        wanted = {*CUSTOM} - {"Route"} | {"ConfigMap", "Secret", "PersistentVolumeClaim", "Job", "CronJob", "ServiceAccount", "RoleBinding"}
        self.assertLessEqual(wanted, kinds)

    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_the_schemas_refuse_what_is_wrong(self):
        task = copy.deepcopy(named("Task")["inferscope-benchmark"])
        task["spec"]["steps"][0]["imagee"] = "x"
        with self.assertRaises(jsonschema.ValidationError):
            validate(task)
        _, job = next((path, document) for path, document in documents() if document["kind"] == "Job")
        job = copy.deepcopy(job)
        job["spec"]["backofLimit"] = 1
        with self.assertRaises(kubernetes_validate.ValidationError):
            validate(job)

    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_what_a_trigger_makes_is_valid(self):
        template = named("TriggerTemplate")["inferscope-benchmark"]["spec"]
        params = {param["name"]: "x" for param in template["params"]}
        for resource in template["resourcetemplates"]:
            made = substituted(resource, params)
            self.assertNotIn("$(tt.", json.dumps(made))
            validate(made)
        for binding in named("TriggerBinding").values():
            self.assertLessEqual({param["name"] for param in binding["spec"]["params"]}, params.keys())
        for trigger in named("EventListener")["inferscope-benchmark"]["spec"]["triggers"]:
            self.assertIn(trigger["template"]["ref"], named("TriggerTemplate"))
            for binding in trigger.get("bindings", []):
                self.assertIn(binding["ref"], named("TriggerBinding"))

    def test_kustomizations_name_files_that_are_there(self):
        for path in BENCHMARK.rglob("kustomization.yaml"):
            made = yaml.safe_load(path.read_text())
            files = made["resources"] + [file for one in made.get("configMapGenerator", []) for file in one["files"]]
            for file in files:
                self.assertTrue((path.parent / file).is_file(), f"{path}: {file}")
            # By hand: what a run is created from, as often as wanted, and what a token is put into.
            beside = {file.name for file in path.parent.glob("*.yaml")} - set(made["resources"]) - {"kustomization.yaml"}
            for name in beside:
                self.assertRegex(name, r"^(job|sweep-job|pipelinerun|secret\.example)\.yaml$")


class Safe(unittest.TestCase):
    def test_pods_are_restricted(self):
        self.assertGreater(len(list(pods())), 3)
        for path, pod in pods():
            with self.subTest(path=path):
                self.assertIs(pod["automountServiceAccountToken"], False)
                self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
                self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})

    def test_containers_are_restricted_limited_and_pinned(self):
        for path, container, context in containers():
            with self.subTest(path=path, container=container["name"]):
                self.assertIs(context["allowPrivilegeEscalation"], False)
                self.assertIs(context["readOnlyRootFilesystem"], True)
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                resources = container.get("resources") or container["computeResources"]
                for side in ("requests", "limits"):
                    self.assertEqual(resources[side].keys(), {"cpu", "memory"})
                if container["image"] != "$(params.image)":
                    self.assertRegex(container["image"], r"/[a-z-]+:v?\d+\.\d+\.\d+$")

    def test_no_token_is_written_down_or_an_argument(self):
        for path, document in documents():
            if document["kind"] == "Secret":
                self.assertEqual(set(document["stringData"].values()), {"REPLACE-ME"}, path)
        secret = {"BENCH_API_KEY", "HF_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        self.assertFalse(secret & named("ConfigMap")["inferscope-benchmark"]["data"].keys())
        self.assertEqual(named("Secret")["inferscope-benchmark"]["stringData"].keys(), secret)
        for name, task in named("Task").items():
            params = {param["name"] for param in task["spec"]["params"]}
            self.assertFalse([param for param in params if re.search("key|token$|secret|password", param)], name)

    def test_runs_have_names_of_their_own(self):
        for path, document in documents():
            if document["kind"] in ("Job", "PipelineRun"):
                self.assertEqual(document["metadata"].keys() & {"name", "generateName"}, {"generateName"}, path)


class Consistent(unittest.TestCase):
    def test_what_is_named_is_there(self):
        made = yaml.safe_load((BENCHMARK / "kustomization.yaml").read_text())["configMapGenerator"][0]
        self.assertIs(yaml.safe_load((BENCHMARK / "kustomization.yaml").read_text())["generatorOptions"]["disableNameSuffixHash"], True)
        there = {*named("ConfigMap"), made["name"], *named("Secret"), *named("PersistentVolumeClaim")}
        text = json.dumps([document for _, document in documents()])
        for key in ("claimName", "secretName"):
            self.assertLessEqual(set(re.findall(rf'"{key}": "([^"]+)"', text)), there)
        references = re.findall(r'"(?:configMapRef|secretRef|secretKeyRef|configMap)": {[^}]*"name": "([^"]+)"', text)
        self.assertGreater(len(references), 10)
        self.assertLessEqual(set(references), there)

    def test_scripts_are_executable_and_mounted(self):
        made = yaml.safe_load((BENCHMARK / "kustomization.yaml").read_text())["configMapGenerator"][0]
        for script in BENCHMARK.glob("*.sh"):
            self.assertIn(script.name, made["files"])
            subprocess.run(["bash", "-n", script], check=True)
            self.assertEqual(os.access(script, os.X_OK), script.name != "common.sh", script.name)
        for path, container, _ in containers():
            command = container["command"][0]
            if command.startswith("/scripts/") and "$" not in command:
                self.assertIn(command.removeprefix("/scripts/"), made["files"], path)

    def test_every_parameter_is_used_and_every_used_one_is_there(self):
        given = set(named("ConfigMap")["inferscope-benchmark"]["data"])
        given |= set(named("Secret")["inferscope-benchmark"]["stringData"])
        # Set by the pod: where things are.
        places = {"BENCH_HANDOVER", "BENCH_TASK_RESULTS"}
        text = "".join(script.read_text() for script in BENCHMARK.glob("*.sh"))
        used = set(re.findall(r"\b(?:BENCH|AWS)_[A-Z_]+[A-Z]\b", text)) - {"BENCH_OVERRIDE"}
        self.assertEqual(used - places, given - {"HF_TOKEN"})

    def test_tekton_hands_every_parameter_on(self):
        task, pipeline = named("Task")["inferscope-benchmark"]["spec"], named("Pipeline")["inferscope-benchmark"]["spec"]
        declared = {param["name"] for param in task["params"]}
        self.assertEqual({param["name"] for param in pipeline["params"]}, declared)
        handed = {param["name"]: param["value"] for param in pipeline["tasks"][0]["params"]}
        self.assertEqual(handed, {name: f"$(params.{name})" for name in declared})
        template = {param["name"] for param in named("TriggerTemplate")["inferscope-benchmark"]["spec"]["params"]}
        self.assertLessEqual(template, declared)
        overrides = {
            one["name"].removeprefix("BENCH_OVERRIDE_"): one["value"]
            for one in task["stepTemplate"]["env"]
            if one["name"].startswith("BENCH_OVERRIDE_")
        }
        self.assertEqual(overrides, {name.upper(): f"$(params.{name})" for name in declared - {"script", "image"}})
        loop = re.search(r"for name in ([A-Z_ ]+); do\n  override=", (BENCHMARK / "common.sh").read_text())
        self.assertEqual(set(loop[1].split()), overrides.keys())
        results = {one["name"] for one in task["results"]}
        self.assertEqual({one["name"] for one in pipeline["results"]}, results)
        self.assertEqual(set(re.findall(r"^tekton (\w+)", (BENCHMARK / "gate.sh").read_text(), re.M)), results)

    def test_an_event_cannot_send_the_key_elsewhere(self):
        listener = named("EventListener")["inferscope-benchmark"]["spec"]
        filters = {
            trigger["name"]: " ".join(
                param["value"] for param in trigger["interceptors"][0]["params"] if param["name"] == "filter"
            )
            for trigger in listener["triggers"]
        }
        self.assertEqual(filters.keys(), {"new-model", "new-runtime", "schedule"})
        for name, text in filters.items():
            self.assertIn("compareSecret('token', 'inferscope-benchmark-trigger')", text, name)
        for name in ("new-model", "new-runtime"):
            pattern = re.search(r"body\.target\.matches\('([^']+)'\)", filters[name])[1]
            for inside in ("http://vllm.models.svc:8000", "https://vllm.svc", "http://vllm.models.svc.cluster.local:80"):
                self.assertRegex(inside, pattern)
            for outside in ("http://evil.example", "http://evil.example/.svc", "http://a.svc@evil.example", "http://a.b.svc.evil.example"):
                self.assertNotRegex(outside, pattern)


if __name__ == "__main__":
    unittest.main()
