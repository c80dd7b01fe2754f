//! Grafana boards of the Server view's panels, for teams whose servers' metrics are in a Prometheus anyway.
//!
//! A panel is a row of [`crate::catalog::server_panels`], here as there: [`query`] says a figure in PromQL, [`board`] writes
//! the JSON of Grafana 10.4 and later. The output is the same every time; nothing here reads data.

mod board;
mod query;

pub use self::board::{BOARDS, Board};

/// A file of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The folder that brings both boards into a cluster: their JSON, the kustomization that makes a ConfigMap of each, and a
/// README. `page` is the address of an Inferscope that the boards link to; empty for none.
pub fn deployment(page: &str) -> Vec<File> {
    let boards = BOARDS.iter().map(|board| File { name: board.file(), text: board.json(page) });
    let more = [("kustomization.yaml", kustomization()), ("README.md", README.to_owned())];
    boards.chain(more.map(|(name, text)| File { name: name.to_owned(), text })).collect()
}

/// The sidecar of Grafana's chart takes every ConfigMap with this label, and keeps the name: it must not change with the
/// contents.
fn kustomization() -> String {
    let mut text = "# oc apply -k deploy/grafana -n NAMESPACE, or kubectl; written by `inferscope grafana deploy/grafana`.\n\
                    apiVersion: kustomize.config.k8s.io/v1beta1\n\
                    kind: Kustomization\n\
                    generatorOptions:\n  \
                      disableNameSuffixHash: true\n  \
                      labels:\n    \
                        grafana_dashboard: \"1\"\n  \
                      annotations:\n    \
                        grafana_folder: Inferscope\n\
                    configMapGenerator:\n"
        .to_owned();
    for board in BOARDS {
        text += &format!("  - name: {}\n    files:\n      - {}\n", board.uid, board.file());
    }
    text
}

const README: &str = "# Inferscope's panels in Grafana

Two boards for Grafana 10.4 or later with a Prometheus data source: [servers](inferscope-servers.json) (vLLM, SGLang,
TensorRT-LLM; Dynamo's frontend and llm-d's router where no engine exports a figure) and [GPUs](inferscope-gpus.json) (DCGM
exporter). Their panels, names and units are those of Inferscope's Server view.

- **By hand**: Dashboards → New → Import, one of the JSON files.
- **In a cluster**: `oc apply -k deploy/grafana -n monitoring` (or `kubectl`) makes a ConfigMap of each with the label
  `grafana_dashboard: \"1\"`, which the dashboard sidecar of Grafana's Helm chart and of kube-prometheus-stack looks for, and
  the annotation `grafana_folder`, for sidecars that sort by it. `kubectl kustomize deploy/grafana` prints them as YAML.

The window of a rate is Grafana's `$__rate_interval`: set the scrape interval in the data source, or 15 s is assumed.

All files here are written by `inferscope grafana deploy/grafana`; `--page https://…` puts a link to your Inferscope on the
boards. `inferscope grafana --board gpus` prints one board.
";

#[cfg(test)]
mod tests {
    use super::query::{Scope, names};
    use super::*;
    use crate::catalog::server_metrics;
    use crate::catalog::server_panels::{ENGINE, Figure, GPU};

    #[test]
    fn a_board_fits_the_annotation_of_a_client_side_apply() {
        for file in deployment("") {
            assert!(file.text.len() < 200_000, "{}: {} of 262,144 bytes", file.name, file.text.len());
        }
    }

    #[test]
    fn every_name_has_an_exporter_and_every_gauge_one_factor() {
        for figure in ENGINE.iter().chain(GPU).flat_map(|panel| panel.lines).map(|line| line.figure) {
            let client = matches!(figure, Figure::ClientInFlight | Figure::ClientTtft(_));
            assert_eq!(query::query(figure, Scope::Engines).is_none(), client, "{figure:?}");
            assert_eq!(names(figure).is_empty(), client, "{figure:?}");
            if let Figure::Gauge(key) = figure {
                assert_eq!(names(figure).len(), server_metrics::names(key).count(), "{key}");
                let factors: Vec<f64> = server_metrics::names(key).map(|(_, factor)| factor).collect();
                assert!(factors.windows(2).all(|pair| pair[0] == pair[1]), "{key}: {factors:?}");
            }
        }
        assert_eq!(names(Figure::Mean("step_tokens")), ["vllm:iteration_tokens_total"]);
        assert_eq!(names(Figure::Rate("preemptions")), ["vllm:num_preemptions_total", "sglang:num_retracted_requests_total"]);
        assert_eq!(names(Figure::Rate("power_violation")), ["DCGM_FI_DEV_POWER_VIOLATION"]);
    }
}
