//! A board as the JSON that Grafana 10.4 and later read.

use serde_json::{Value, json};

use super::query::{self, Scope};
use crate::analysis::diagnosis::Thresholds;
use crate::catalog::server_panels::{ENGINE, GPU, Panel};

/// The version of the JSON that Grafana 10.4 writes; later ones upgrade it.
const SCHEMA: u32 = 39;
/// Panels beside each other, of 24 columns in all.
const ACROSS: usize = 3;
/// Height of a panel, in Grafana's units.
const HIGH: usize = 8;
/// Height of the text above them.
const TEXT: usize = 4;

/// A board.
#[derive(Debug)]
pub struct Board {
    /// Its name on the command line.
    pub key: &'static str,
    /// Its id in Grafana: a board with the same one is replaced.
    pub uid: &'static str,
    title: &'static str,
    scope: Scope,
    panels: &'static [Panel],
    /// The labels of a line, as a legend.
    legend: &'static str,
    about: &'static str,
}

/// All boards.
pub static BOARDS: &[Board] = &[
    Board {
        key: "servers",
        uid: "inferscope-servers",
        title: "Inferscope: inference servers",
        scope: Scope::Engines,
        panels: ENGINE,
        legend: "{{model_name}}{{model}} {{namespace}} {{pod}} {{instance}} {{engine}}{{dp_rank}}",
        about: "vLLM, SGLang and TensorRT-LLM as they count themselves; figures of Dynamo’s frontend or of llm-d’s router only where \
                no selected engine exports them. “A line per” says how far engines are taken together: requests and tokens are \
                summed, KV usage is the highest. Quantiles are estimated within a bucket of the histogram; one at the highest \
                bound may be anything above it.",
    },
    Board {
        key: "gpus",
        uid: "inferscope-gpus",
        title: "Inferscope: GPUs",
        scope: Scope::Gpus,
        panels: GPU,
        legend: "{{Hostname}}{{hostname}} GPU {{gpu}} {{GPU_I_ID}}",
        about: "GPUs as the DCGM exporter has them, a line for each. Activity of SMs, tensor cores and DRAM needs its profiling \
                fields, some of which are off by default.",
    },
];

/// The values from which on a panel's line is orange and red.
fn thresholds(panel: &Panel) -> Option<[f64; 2]> {
    let own = Thresholds::default();
    match panel.key {
        "kv" => Some([own.get("kv-high"), own.get("kv-full")]),
        // As on vLLM's own boards.
        "preemptions" => Some([0.001, 1.0]),
        _ => None,
    }
}

/// Grafana's id of a unit. Those that it does not have are written behind the number.
fn unit(unit: &str) -> String {
    let known = match unit {
        "ms" => "ms",
        "%" => "percent",
        "W" => "watt",
        "°C" => "celsius",
        "MHz" => "rotmhz",
        "GiB" => "gbytes",
        "GB/s" => "GBs",
        "requests" | "tokens" => "short",
        "code" => "none",
        "1/s" => "suffix:/s",
        other => return format!("suffix:{other}"),
    };
    known.to_owned()
}

fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

impl Board {
    /// The name of its file.
    pub fn file(&self) -> String {
        format!("{}.json", self.uid)
    }

    /// The board, with a link to the Inferscope at this address; empty for none.
    pub fn json(&self, page: &str) -> String {
        let board = json!({
            "uid": self.uid,
            "title": self.title,
            "description": "The panels of Inferscope’s Server view.",
            "tags": ["inferscope"],
            "schemaVersion": SCHEMA,
            "editable": true,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-1h", "to": "now"},
            "timezone": "browser",
            "links": links(page),
            "annotations": {"list": []},
            "templating": {"list": self.variables()},
            "panels": self.panels(page),
        });
        format!("{board:#}\n")
    }

    fn variables(&self) -> Vec<Value> {
        let source = json!({
            "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "regex": "",
            "refresh": 1, "hide": 0, "multi": false, "includeAll": false, "options": [], "current": {},
        });
        let own = match self.scope {
            Scope::Engines => {
                let servers = servers();
                let of = |selected: &str, label: &str| format!("label_values({{__name__=~\"{servers}\"{selected}}}, {label})");
                let namespace = ", namespace=~\"$namespace\"";
                vec![
                    lines(),
                    variable("namespace", "Namespace", &of("", "namespace"), ""),
                    variable("model", "Model", &of(namespace, "model_name"), ""),
                    variable("pod", "Pod", &of(namespace, "pod"), ""),
                    variable("instance", "Instance", &of(", namespace=~\"$namespace\", pod=~\"$pod\"", "instance"), ""),
                ]
            }
            Scope::Gpus => {
                let host = |label: &str| {
                    format!("label_replace(DCGM_FI_DEV_GPU_TEMP{{{label}!=\"\"}}, \"host\", \"$1\", \"{label}\", \"(.+)\")")
                };
                let hosts = format!("query_result(count by (host) ({} or {}))", host("Hostname"), host("hostname"));
                vec![
                    variable("host", "Host", &hosts, "/host=\"([^\"]+)\"/"),
                    variable("gpu", "GPU", "label_values(DCGM_FI_DEV_GPU_TEMP, gpu)", ""),
                ]
            }
        };
        std::iter::once(source).chain(own).collect()
    }

    fn panels(&self, page: &str) -> Vec<Value> {
        let text = json!({
            "id": 1, "type": "text", "title": "", "gridPos": {"h": TEXT, "w": 24, "x": 0, "y": 0},
            "options": {"mode": "markdown", "content": self.text(page)},
        });
        let drawn = self.panels.iter().filter_map(|panel| Some((panel, self.targets(panel)?)));
        let panels = drawn.enumerate().map(|(at, (panel, targets))| self.panel(at, panel, &targets));
        std::iter::once(text).chain(panels).collect()
    }

    fn text(&self, page: &str) -> String {
        let link = if page.is_empty() { String::new() } else { format!(" [Open Inferscope]({page})") };
        format!(
            "{} No value without traffic. Written by Inferscope {} (`inferscope grafana`): panels, names and units are those of \
             its Server view.{link}",
            self.about,
            env!("CARGO_PKG_VERSION")
        )
    }

    /// The queries of a panel; `None` of one that has none.
    fn targets(&self, panel: &Panel) -> Option<Vec<Value>> {
        let mut targets = Vec::new();
        for (at, line) in panel.lines.iter().enumerate() {
            let before = panel.lines.get(..at).unwrap_or_default();
            let Some(expression) = query::line(line, before, self.scope) else { continue };
            let split = query::split(line.figure);
            let name = if split.is_empty() { line.label.to_owned() } else { format!("{{{{{split}}}}}") };
            // The GPU's panels have one line of each GPU, or several that must be told apart.
            let name = if self.scope == Scope::Gpus && panel.lines.len() == 1 { String::new() } else { name };
            targets.push(json!({
                "refId": char::from(b'A' + u8::try_from(targets.len()).unwrap_or(25).min(25)).to_string(),
                "datasource": datasource(),
                "editorMode": "code",
                "expr": expression,
                "legendFormat": format!("{name} {}", self.legend).trim_start(),
                "range": true,
                "instant": false,
            }));
        }
        (!targets.is_empty()).then_some(targets)
    }

    fn panel(&self, at: usize, panel: &Panel, targets: &[Value]) -> Value {
        let wide = 24 / ACROSS;
        let limits = thresholds(panel);
        let mut steps = vec![json!({"color": "green", "value": null})];
        for (limit, colour) in limits.iter().flatten().zip(["orange", "red"]) {
            steps.push(json!({"color": colour, "value": limit}));
        }
        let stacking = if panel.stacked { "normal" } else { "none" };
        let mut defaults = json!({
            "unit": unit(panel.unit),
            "min": 0,
            "color": {"mode": "palette-classic"},
            "custom": {
                "drawStyle": "line",
                "lineWidth": 1,
                "fillOpacity": if panel.stacked { 30 } else { 0 },
                "showPoints": "auto",
                "spanNulls": false,
                "stacking": {"mode": stacking, "group": "A"},
                "thresholdsStyle": {"mode": if limits.is_some() { "dashed" } else { "off" }},
            },
            "thresholds": {"mode": "absolute", "steps": steps},
        });
        if panel.unit == "%" {
            defaults["max"] = json!(100);
        }
        json!({
            "id": at + 2,
            "type": "timeseries",
            "title": panel.title,
            "description": describe(panel),
            "datasource": datasource(),
            "gridPos": {"h": HIGH, "w": wide, "x": at % ACROSS * wide, "y": TEXT + at / ACROSS * HIGH},
            "fieldConfig": {"defaults": defaults, "overrides": []},
            "options": {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []},
                "tooltip": {"mode": "multi", "sort": "desc"},
            },
            "targets": targets,
        })
    }
}

/// What a panel reads.
fn describe(panel: &Panel) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in panel.lines.iter().flat_map(|line| query::names(line.figure)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let unit = match panel.unit {
        "requests" | "tokens" => format!("In {}. ", panel.unit),
        _ => String::new(),
    };
    let stacked = if panel.stacked { "Parts of a whole, of one line each: choose a model, pod or instance. " } else { "" };
    format!("{unit}{stacked}From {}.", names.join(", "))
}

/// The names of what runs on servers and routers, as a regular expression.
fn servers() -> String {
    query::names(crate::catalog::server_panels::Figure::Gauge("running_requests")).join("|")
}

/// A variable whose values come from the data.
fn variable(name: &str, label: &str, query: &str, regex: &str) -> Value {
    // Grafana's numbers of the two kinds of query.
    let kind = if query.starts_with("query_result") { 3 } else { 1 };
    json!({
        "name": name, "label": label, "type": "query", "datasource": datasource(), "definition": query,
        "query": {"qryType": kind, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        // Whatever the value, and whether the series have the label or not.
        "includeAll": true, "multi": true, "allValue": ".*",
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
        "regex": regex, "refresh": 2, "sort": 1, "hide": 0, "options": [],
    })
}

/// The variable that selects the labels to group engines by.
fn lines() -> Value {
    const BY: [(&str, &str); 5] = [
        ("model", "model_name, model"),
        ("namespace", "model_name, model, namespace"),
        ("pod", "model_name, model, namespace, pod"),
        ("instance", "model_name, model, namespace, pod, instance"),
        ("engine", "model_name, model, namespace, pod, instance, engine, dp_rank"),
    ];
    let [first, ..] = BY;
    let option = |(text, value): (&str, &str)| json!({"text": text, "value": value, "selected": (text, value) == first});
    let query: Vec<String> = BY.iter().map(|(text, value)| format!("{text} : {}", value.replace(',', "\\,"))).collect();
    json!({
        "name": "by", "label": "A line per", "type": "custom", "query": query.join(","), "current": option(first),
        "options": BY.map(option), "includeAll": false, "multi": false, "hide": 0,
    })
}

/// To the other board, and to the page.
fn links(page: &str) -> Vec<Value> {
    let boards = json!({
        "title": "Inferscope", "type": "dashboards", "tags": ["inferscope"], "asDropdown": false, "includeVars": false,
        "keepTime": true, "targetBlank": false, "icon": "dashboard", "tooltip": "", "url": "",
    });
    let link = json!({
        "title": "Open Inferscope", "type": "link", "url": page, "tags": [], "asDropdown": false, "includeVars": false,
        "keepTime": false, "targetBlank": true, "icon": "external link", "tooltip": "Benchmarks, diagnosis, comparison",
    });
    std::iter::once(boards).chain((!page.is_empty()).then_some(link)).collect()
}
