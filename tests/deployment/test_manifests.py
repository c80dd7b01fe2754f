"""The kustomizations of deploy/ as kubectl renders them: valid, restricted, and what is named is there."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

from s3 import ROOT, SYNC, environment

# What judges the manifests of deploy/benchmark judges these.
sys.path.append(str(ROOT / "tests/benchmark"))
from schemas import validate
from support import SCHEMAS, missing

DEPLOY = ROOT / "deploy"
S3 = DEPLOY / "s3"
WAYS = ("sidecar", "cronjob")


@cache
def renderer() -> list[str] | None:
    """What renders kustomizations; components came with kubectl 1.21."""
    for command in (["kubectl", "kustomize"], ["oc", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            with tempfile.TemporaryDirectory() as folder:
                for name, text in (
                    ("part", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: x, literals: [a=b]}]\n"),
                    ("use", "components: [../part]\n"),
                ):
                    Path(folder, name).mkdir()
                    Path(folder, name, "kustomization.yaml").write_text(text)
                done = subprocess.run([*command, f"{folder}/use"], capture_output=True, text=True, check=False)
                if done.returncode == 0 and "ConfigMap" in done.stdout:
                    return command
    return None


NO_RENDERER = "no kubectl (1.21 or later), oc or kustomize to render kustomizations with"


@cache
def rendered(component: str | None = None, folder: str = ".") -> tuple[dict, ...]:
    """What `oc apply -k deploy` sends, with a component as README.md says."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(DEPLOY, f"{copy}/deploy")
        if component:
            with open(f"{copy}/deploy/kustomization.yaml", "a") as file:
                file.write(f"components:\n  - s3/{component}\n")
        done = subprocess.run([*renderer(), f"{copy}/deploy/{folder}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stderr)
        return tuple(yaml.safe_load_all(done.stdout))


def kind(documents, wanted: str) -> dict[str, dict]:
    return {re.sub(r"-[a-z0-9]{10}$", "", one["metadata"]["name"]): one for one in documents if one["kind"] == wanted}


def pods(documents):
    for one in documents:
        if one["kind"] in ("Deployment", "Job"):
            yield one["spec"]["template"]
        elif one["kind"] == "CronJob":
            yield one["spec"]["jobTemplate"]["spec"]["template"]


@unittest.skipIf(renderer() is None, NO_RENDERER)
class Rendered(unittest.TestCase):
    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_every_document_fits_its_schema(self):
        # The monitoring's and Tekton's are of custom resources, too.
        folders = [path.parent.relative_to(DEPLOY).as_posix() for path in sorted(DEPLOY.rglob("kustomization.yaml")) if "s3" not in path.parts]
        self.assertGreaterEqual(len(folders), 4)
        for component, folder in [*((way, ".") for way in WAYS), *((None, folder) for folder in folders)]:
            with self.subTest(component=component, folder=folder):
                documents = rendered(component, folder)
                self.assertGreater(len(documents), 0)
                for document in documents:
                    validate(document)

    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_the_schemas_refuse_what_is_wrong(self):
        documents = json.loads(json.dumps(rendered("cronjob")))
        kind(documents, "CronJob")["inferscope-s3"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["argz"] = ["once"]
        kind(documents, "Route")["inferscope"]["spec"]["tls"]["terminaton"] = "edge"
        for wrong, error in (("CronJob", kubernetes_validate.ValidationError), ("Route", jsonschema.ValidationError)):
            with self.assertRaises(error):
                validate(next(one for one in documents if one["kind"] == wrong))

    def test_pods_are_restricted_and_limited(self):
        for way in WAYS:
            for pod in pods(rendered(way)):
                spec = pod["spec"]
                self.assertIs(spec["automountServiceAccountToken"], False)
                self.assertEqual(spec["securityContext"], {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}})
                for container in spec["containers"]:
                    with self.subTest(way=way, container=container["name"]):
                        self.assertEqual(
                            container["securityContext"],
                            {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
                        )
                        for side in ("requests", "limits"):
                            self.assertEqual(container["resources"][side].keys(), {"cpu", "memory"})
                        self.assertNotIn("hostPath", json.dumps(spec["volumes"]))

    def test_nginx_reads_what_the_sync_writes(self):
        for way in WAYS:
            documents = rendered(way)
            deployment = kind(documents, "Deployment")["inferscope"]["spec"]["template"]["spec"]
            nginx = next(one for one in deployment["containers"] if one["name"] == "nginx")
            mounts = {one["mountPath"]: one for one in nginx["volumeMounts"]}
            data = mounts["/usr/share/inferscope/data"]
            self.assertIs(data["readOnly"], True)
            volume = next(one for one in deployment["volumes"] if one["name"] == data["name"])
            if way == "sidecar":
                sync = next(one for one in deployment["containers"] if one["name"] == "sync")
                self.assertEqual(sync["volumeMounts"], [{"name": data["name"], "mountPath": "/data"}])
                room = volume["emptyDir"]["sizeLimit"]
            else:
                self.assertEqual([one["name"] for one in deployment["containers"]], ["nginx"])
                job = kind(documents, "CronJob")["inferscope-s3"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
                sync = job["containers"][0]
                self.assertEqual(sync["args"], ["once"])
                claim = kind(documents, "PersistentVolumeClaim")["inferscope-s3"]
                self.assertEqual(claim["spec"]["accessModes"], ["ReadWriteMany"])
                self.assertEqual(volume["persistentVolumeClaim"], {"claimName": "inferscope-s3", "readOnly": True})
                self.assertEqual(job["volumes"][0]["persistentVolumeClaim"], {"claimName": "inferscope-s3"})
                room = claim["spec"]["resources"]["requests"]["storage"]
                # As often as the settings say.
                minutes = re.fullmatch(r"\*/(\d+) \* \* \* \*", kind(documents, "CronJob")["inferscope-s3"]["spec"]["schedule"])
                self.assertEqual(int(minutes[1]) * 60, int(kind(documents, "ConfigMap")["inferscope-s3"]["data"]["SYNC_SECONDS"]))
            settings = kind(documents, "ConfigMap")["inferscope-s3"]
            self.assertGreater(int(room.removesuffix("Gi")), 2 * int(settings["data"]["S3_MAX_BYTES"].removesuffix("Gi")))
            # The ConfigMap's name holds its contents' hash; the Secret is applied by hand, or left out.
            self.assertEqual(sync["envFrom"], [{"configMapRef": {"name": settings["metadata"]["name"]}}, {"secretRef": {"name": "inferscope-s3", "optional": True}}])
            self.assertRegex(sync["image"], r"/inferscope-s3:\d+\.\d+\.\d+$")

    def test_only_the_sync_gets_out(self):
        for way, name in (("sidecar", "inferscope"), ("cronjob", "inferscope-s3")):
            policies = kind(rendered(way), "NetworkPolicy")
            self.assertEqual(policies.keys(), {"inferscope", "inferscope-s3"})
            self.assertEqual(policies["inferscope"]["spec"]["egress"], [])
            spec = policies["inferscope-s3"]["spec"]
            self.assertEqual(spec["podSelector"]["matchLabels"], {"app.kubernetes.io/name": name})
            labels = [pod["metadata"]["labels"] for pod in pods(rendered(way))]
            self.assertIn({"app.kubernetes.io/name": name}, labels)
            names, secure = spec["egress"]
            self.assertEqual(names["to"], [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}])
            self.assertEqual({(one["protocol"], one["port"]) for one in names["ports"]}, {("UDP", 5353), ("TCP", 5353)})
            self.assertEqual(secure, {"ports": [{"protocol": "TCP", "port": 443}]})
            self.assertEqual(kind(rendered(way), "PodDisruptionBudget"), kind(rendered(), "PodDisruptionBudget"))

    def test_the_catalogue_names_what_is_copied(self):
        settings = kind(rendered("sidecar"), "ConfigMap")["inferscope-s3"]["data"]
        made = subprocess.run([sys.executable, "-B", SYNC, "catalog"], env=environment(**settings), capture_output=True, text=True, check=True).stdout
        for way in WAYS:
            shown = kind(rendered(way), "ConfigMap")["inferscope"]["data"]
            self.assertEqual(json.loads(shown["catalog.json"]), json.loads(made))
            self.assertEqual(shown.keys(), {"config.json", "connect-src.conf", "frame-ancestors.conf", "catalog.json"})
        self.assertNotIn("catalog.json", kind(rendered(), "ConfigMap")["inferscope"]["data"])


class Files(unittest.TestCase):
    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_whole_manifests_are_valid_as_they_lie_there(self):
        kinds = set()
        for path in sorted(S3.rglob("*.yaml")):
            # The rest are patches and kustomize's own.
            if path.name in ("cronjob.yaml", "pvc.yaml", "networkpolicy.yaml"):
                document = yaml.safe_load(path.read_text())
                validate(document)
                kinds.add(document["kind"])
        self.assertEqual(kinds, {"CronJob", "PersistentVolumeClaim", "NetworkPolicy"})

    @unittest.skipUnless((ROOT / "public/catalog.schema.json").exists(), "public/catalog.schema.json is not in this version")
    def test_the_catalogue_fits_the_pages_schema(self):
        jsonschema.validate(json.loads((S3 / "common/catalog.json").read_text()), json.loads((ROOT / "public/catalog.schema.json").read_text()))

    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_the_example_of_a_secret_is_valid_and_empty(self):
        document = yaml.safe_load((S3 / "secret.example.yaml").read_text())
        validate(document)
        self.assertEqual(set(document["stringData"].values()), {"REPLACE-ME"})
        settings = (S3 / "common/settings.env").read_text()
        self.assertFalse([name for name in document["stringData"] if name in settings])

    def test_every_variable_is_explained(self):
        read = set(re.findall(r"\b(?:S3|SYNC|AWS)_[A-Z0-9_]*[A-Z]\b", "".join((S3 / name).read_text() for name in ("settings.py", "sync.py", "bucket.py"))))
        told = set(re.findall(r"`((?:S3|SYNC|AWS)_[A-Z0-9_]*[A-Z])`", (S3 / "README.md").read_text()))
        self.assertEqual(read - told, set())

    def test_the_image_has_the_program_and_the_tests_its_client(self):
        made = (S3 / "Containerfile").read_text()
        for path in S3.glob("*.py"):
            self.assertIn(f"deploy/s3/{path.name}", made)
        client = re.search(r"^boto3==\S+$", (S3 / "requirements.txt").read_text(), re.M)[0]
        self.assertIn(client, (ROOT / "tests/deployment/requirements.txt").read_text().splitlines())


if __name__ == "__main__":
    unittest.main()
