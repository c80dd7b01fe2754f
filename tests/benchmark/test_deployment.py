"""The manifests of deploy/openshift and the images: valid, restricted, spread, reachable from the routers alone, pinned."""

import re
import unittest

import yaml

from schemas import validate
from support import ROOT, SCHEMAS, missing

DEPLOY = ROOT / "deploy"
NAME = {"app.kubernetes.io/name": "inferscope"}


def documents():
    made = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
    return {document["kind"]: document for path in made["resources"] for document in yaml.safe_load_all((DEPLOY / path).read_text())}


class Deployment(unittest.TestCase):
    def test_all_files_are_applied(self):
        made = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
        self.assertEqual(set(made["resources"]), {f"openshift/{path.name}" for path in (DEPLOY / "openshift").glob("*.yaml")})

    @unittest.skipIf(missing(SCHEMAS), missing(SCHEMAS))
    def test_every_manifest_fits_its_schema(self):
        kinds = {"Deployment", "Service", "Route", "PodDisruptionBudget", "NetworkPolicy"}
        self.assertEqual(documents().keys(), kinds)
        for kind, document in documents().items():
            with self.subTest(kind=kind):
                validate(document)

    def test_every_selector_finds_the_pods(self):
        made = documents()
        pod = made["Deployment"]["spec"]["template"]
        self.assertEqual(pod["metadata"]["labels"], NAME)
        spread = pod["spec"]["topologySpreadConstraints"]
        selectors = [
            made["Deployment"]["spec"]["selector"]["matchLabels"],
            made["Service"]["spec"]["selector"],
            made["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
            made["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
            *(one["labelSelector"]["matchLabels"] for one in spread),
        ]
        self.assertEqual(selectors, [NAME] * 6)
        self.assertEqual({one["topologyKey"] for one in spread}, {"kubernetes.io/hostname", "topology.kubernetes.io/zone"})
        ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        policy = made["NetworkPolicy"]["spec"]
        self.assertEqual({port["port"] for rule in policy["ingress"] for port in rule["ports"]}, ports)
        self.assertEqual((policy["policyTypes"], policy["egress"]), (["Ingress", "Egress"], []))

    def test_a_drain_leaves_a_pod(self):
        made = documents()
        self.assertGreater(made["Deployment"]["spec"]["replicas"], made["PodDisruptionBudget"]["spec"]["maxUnavailable"])

    def test_the_pod_is_restricted_and_limited(self):
        pod = documents()["Deployment"]["spec"]["template"]["spec"]
        self.assertIs(pod["automountServiceAccountToken"], False)
        self.assertEqual(pod["securityContext"], {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}})
        for container in pod["containers"]:
            context = container["securityContext"]
            self.assertIs(context["readOnlyRootFilesystem"], True)
            self.assertIs(context["allowPrivilegeEscalation"], False)
            self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
            self.assertEqual(container["resources"].keys(), {"requests", "limits"})


class Images(unittest.TestCase):
    def test_bases_are_pinned_to_a_version(self):
        bases = []
        for path in sorted(DEPLOY.rglob("Containerfile")):
            for base in re.findall(r"^FROM (\S+)", path.read_text(), re.M):
                with self.subTest(path=path.name, base=base):
                    self.assertRegex(base, r"^docker\.io/library/[a-z]+:(\d+\.\d+\.\d+-[a-z-]+|[a-z]+-\d{8}-slim)(@sha256:[0-9a-f]{64})?$")
                    bases.append(base)
        self.assertEqual(len(bases), 9)
        # One base, whichever image it is of.
        self.assertEqual(len({base.split(":")[0] for base in bases}), len(set(bases)))

    def test_they_carry_the_licence_and_the_notices(self):
        for path in sorted(DEPLOY.rglob("Containerfile")):
            copied = [line for line in path.read_text().splitlines() if line.startswith("COPY") and "/usr/share/" in line]
            self.assertTrue(any("LICENSE" in line and "third-party-notices.txt" in line for line in copied), path)


if __name__ == "__main__":
    unittest.main()
