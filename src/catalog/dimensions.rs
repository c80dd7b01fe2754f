//! The dimensions: what identifies a measurement. One row each; unknown columns join them under their own name.

/// How a dimension's values are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As text, case folded.
    Text,
    /// As numbers.
    Number,
    /// As releases; see [`super::versions`].
    Version,
    /// A comma-separated list whose items are separate values; each as text.
    Set,
}

/// How a dimension affects grouping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Part of a configuration: measurements that differ in it are different lines.
    Configuration,
    /// Distinguishes runs of one configuration: repeats differ in it.
    Run,
    /// Kept and shown, but never splits a line in two.
    Detail,
}

/// One dimension.
pub struct Dimension {
    /// Name in links, columns and code.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// How values are ordered.
    pub order: Order,
    /// How it affects grouping.
    pub role: Role,
    /// Prefix for values that are unclear on their own, e.g. `TP`.
    pub prefix: &'static str,
}

const fn row(key: &'static str, label: &'static str, order: Order, role: Role, prefix: &'static str) -> Dimension {
    Dimension { key, label, order, role, prefix }
}

/// Every dimension the catalogue knows, the most used first: the order of facets, legends and tables.
pub static DIMENSIONS: &[Dimension] = &[
    row("model", "Model", Order::Text, Role::Configuration, ""),
    row("version", "Version", Order::Version, Role::Configuration, ""),
    row("release", "Release", Order::Version, Role::Detail, ""),
    row("label", "Label", Order::Text, Role::Detail, ""),
    row("accelerator", "Accelerator", Order::Text, Role::Configuration, ""),
    row("profile", "Workload", Order::Text, Role::Configuration, ""),
    row("tp", "TP", Order::Number, Role::Configuration, "TP"),
    row("dp", "DP", Order::Number, Role::Configuration, "DP"),
    row("pp", "PP", Order::Number, Role::Configuration, "PP"),
    row("ep", "EP", Order::Number, Role::Configuration, "EP"),
    row("replicas", "Replicas", Order::Number, Role::Configuration, "replicas "),
    row("prefill", "Prefill servers", Order::Number, Role::Configuration, "prefill "),
    row("decode", "Decode servers", Order::Number, Role::Configuration, "decode "),
    row("prefill_tp", "Prefill TP", Order::Number, Role::Configuration, "prefill TP"),
    row("prefill_dp", "Prefill DP", Order::Number, Role::Configuration, "prefill DP"),
    row("prefill_pp", "Prefill PP", Order::Number, Role::Configuration, "prefill PP"),
    row("prefill_ep", "Prefill EP", Order::Number, Role::Configuration, "prefill EP"),
    row("decode_tp", "Decode TP", Order::Number, Role::Configuration, "decode TP"),
    row("decode_dp", "Decode DP", Order::Number, Role::Configuration, "decode DP"),
    row("decode_pp", "Decode PP", Order::Number, Role::Configuration, "decode PP"),
    row("decode_ep", "Decode EP", Order::Number, Role::Configuration, "decode EP"),
    row("gpus", "GPUs", Order::Number, Role::Detail, "GPUs "),
    row("agg_gpus", "Aggregated GPUs", Order::Number, Role::Configuration, "aggregated GPUs "),
    row("prefill_gpus", "Prefill GPUs", Order::Number, Role::Configuration, "prefill GPUs "),
    row("decode_gpus", "Decode GPUs", Order::Number, Role::Configuration, "decode GPUs "),
    row("prefill_workers", "Prefill workers", Order::Number, Role::Configuration, "prefill workers "),
    row("decode_workers", "Decode workers", Order::Number, Role::Configuration, "decode workers "),
    row("cores", "Cores", Order::Number, Role::Configuration, "cores "),
    row("omp_threads", "OpenMP threads", Order::Number, Role::Configuration, "OMP threads "),
    row("dp_attention", "DP attention", Order::Text, Role::Configuration, "DP attention "),
    row("prefill_dp_attention", "Prefill DP attention", Order::Text, Role::Configuration, "prefill DP attention "),
    row("decode_dp_attention", "Decode DP attention", Order::Text, Role::Configuration, "decode DP attention "),
    row("framework", "Framework", Order::Text, Role::Configuration, ""),
    row("precision", "Precision", Order::Text, Role::Configuration, ""),
    row("quantization", "Quantization", Order::Text, Role::Configuration, ""),
    row("config", "Configuration", Order::Text, Role::Configuration, ""),
    row("benchmark", "Benchmark name", Order::Text, Role::Configuration, ""),
    row("isl", "ISL", Order::Number, Role::Configuration, "ISL "),
    row("osl", "OSL", Order::Number, Role::Configuration, "OSL "),
    row("dataset", "Data set", Order::Text, Role::Configuration, ""),
    row("length_of", "Length of", Order::Text, Role::Detail, ""),
    row("spec_decoding", "Speculative decoding", Order::Text, Role::Configuration, "spec "),
    row("prefix_caching", "Prefix caching", Order::Text, Role::Configuration, "prefix caching "),
    row("turns", "Turns", Order::Number, Role::Configuration, "turns "),
    row("prefix_tokens", "Prefix tokens", Order::Number, Role::Configuration, "prefix tokens "),
    row("prefix_count", "Prefix count", Order::Number, Role::Configuration, "prefixes "),
    row("prefix_prompts", "Prompts per prefix", Order::Number, Role::Configuration, "prompts per prefix "),
    row("question_tokens", "Question tokens", Order::Number, Role::Configuration, "question tokens "),
    row("kv_scorer_weight", "KV cache scorer weight", Order::Number, Role::Configuration, "KV scorer "),
    row("queue_scorer_weight", "Queue scorer weight", Order::Number, Role::Configuration, "queue scorer "),
    row("prefix_scorer_weight", "Prefix scorer weight", Order::Number, Role::Configuration, "prefix scorer "),
    row("prefix_scorer_mode", "Prefix scorer mode", Order::Text, Role::Configuration, "prefix mode "),
    row("prefix_block_size", "Prefix block size", Order::Number, Role::Configuration, "prefix block "),
    row("prefix_capacity", "Prefix capacity per server", Order::Number, Role::Configuration, "prefix capacity "),
    row("prefix_max_blocks", "Prefix blocks to match", Order::Number, Role::Configuration, "prefix blocks "),
    row("prefix_ratio", "Prefix ratio", Order::Number, Role::Configuration, "prefix ratio "),
    row("request_type", "Request type", Order::Text, Role::Configuration, ""),
    row("role", "Role", Order::Text, Role::Configuration, ""),
    row("worker", "Worker", Order::Text, Role::Configuration, ""),
    row("rank", "Rank", Order::Number, Role::Configuration, "rank "),
    row("gpu", "GPU", Order::Number, Role::Configuration, "GPU "),
    row("phase", "Phase", Order::Text, Role::Configuration, ""),
    row("window", "Window", Order::Text, Role::Configuration, ""),
    row("gpu_uuid", "GPU UUID", Order::Text, Role::Detail, ""),
    row("counted", "Counter", Order::Text, Role::Detail, ""),
    row("part", "Part of the histogram", Order::Text, Role::Detail, ""),
    row("scrape", "Scrape", Order::Number, Role::Detail, "scrape "),
    row("node", "Node", Order::Text, Role::Detail, ""),
    row("scenario", "Scenario", Order::Text, Role::Configuration, ""),
    row("task", "Task", Order::Text, Role::Configuration, ""),
    row("accuracy_metric", "Accuracy metric", Order::Text, Role::Configuration, ""),
    row("answer_filter", "Answer filter", Order::Text, Role::Configuration, ""),
    row("shots", "Shots", Order::Number, Role::Configuration, "shots "),
    row("task_version", "Task version", Order::Version, Role::Configuration, "task version "),
    row("sample_limit", "Limit of documents", Order::Number, Role::Configuration, "limit "),
    row("chat_template", "Chat template", Order::Text, Role::Configuration, "chat template "),
    row("benchmark_concurrency", "Benchmark's concurrency", Order::Number, Role::Configuration, "benchmark at "),
    row("task_group", "Task group", Order::Text, Role::Detail, ""),
    row("task_level", "Task level", Order::Text, Role::Detail, ""),
    row("scores", "Scores of the model", Order::Text, Role::Detail, ""),
    row("better", "Better", Order::Text, Role::Detail, "better "),
    row("unit", "Unit", Order::Text, Role::Configuration, ""),
    row("round", "Round", Order::Version, Role::Configuration, "round "),
    row("organization", "Organization", Order::Text, Role::Configuration, ""),
    row("system", "System", Order::Text, Role::Configuration, ""),
    row("nodes", "Nodes", Order::Number, Role::Configuration, "nodes "),
    row("accelerators_per_node", "Accelerators per node", Order::Number, Role::Configuration, "accelerators per node "),
    row("availability", "Availability", Order::Text, Role::Configuration, ""),
    row("division", "Division", Order::Text, Role::Configuration, ""),
    row("processor", "Processor", Order::Text, Role::Detail, ""),
    row("processors", "Processors", Order::Number, Role::Detail, "processors "),
    row("host_cores", "Host cores", Order::Number, Role::Detail, "host cores "),
    row("session", "Session", Order::Text, Role::Detail, "session "),
    row("group", "Group", Order::Text, Role::Detail, "group "),
    row("public_id", "Public ID", Order::Text, Role::Run, ""),
    row("accelerator_printed", "Accelerator as published", Order::Text, Role::Detail, ""),
    row("printed_unit", "Unit as published", Order::Text, Role::Detail, "published as "),
    row("correction", "Correction", Order::Text, Role::Detail, ""),
    row("doubt", "Caveat", Order::Text, Role::Detail, ""),
    row("code_link", "Code", Order::Text, Role::Detail, ""),
    row("dp_rank", "DP rank", Order::Number, Role::Detail, "DP rank "),
    row("tp_rank", "TP rank", Order::Number, Role::Detail, "TP rank "),
    row("pp_rank", "PP rank", Order::Number, Role::Detail, "PP rank "),
    row("ep_rank", "EP rank", Order::Number, Role::Detail, "EP rank "),
    row("batch", "Batch", Order::Text, Role::Detail, ""),
    row("cuda_graph", "CUDA graph", Order::Text, Role::Detail, "CUDA graph "),
    row("load", "Load level", Order::Number, Role::Detail, ""),
    row("load_kind", "Load type", Order::Text, Role::Detail, ""),
    row("tool", "Tool", Order::Text, Role::Configuration, ""),
    row("tool_version", "Tool version", Order::Version, Role::Detail, ""),
    row("path", "File", Order::Text, Role::Run, ""),
    row("files", "Files of a series", Order::Text, Role::Detail, ""),
    row("topology", "Topology", Order::Version, Role::Detail, ""),
    row("folder", "Run folder", Order::Text, Role::Detail, ""),
    row("run", "Run", Order::Text, Role::Run, ""),
    row("run_id", "Run ID", Order::Text, Role::Run, ""),
    row("tags", "Tags", Order::Set, Role::Detail, ""),
    row("image", "Image", Order::Text, Role::Detail, ""),
    row("runtime_args", "Runtime arguments", Order::Text, Role::Detail, ""),
    row("router_variant", "Routing", Order::Text, Role::Detail, ""),
    row("router_config", "Router configuration", Order::Text, Role::Detail, ""),
    row("cpuset_cpus", "CPU set", Order::Text, Role::Detail, ""),
    row("cpuset_mems", "Memory nodes", Order::Text, Role::Detail, ""),
    row("notes", "Notes", Order::Text, Role::Detail, ""),
    row("backend", "Backend", Order::Text, Role::Detail, ""),
    row("target", "Server", Order::Text, Role::Detail, ""),
    row("tokenizer", "Tokenizer", Order::Text, Role::Detail, ""),
    row("burstiness", "Burstiness", Order::Number, Role::Detail, "burstiness "),
    row("strategy", "Load pattern", Order::Text, Role::Detail, ""),
    row("max_concurrency", "Concurrency limit", Order::Number, Role::Detail, "limit "),
    row("request_rate", "Request rate", Order::Number, Role::Detail, "rate "),
    row("requests", "Planned requests", Order::Number, Role::Detail, "requests "),
    row("seed", "Seed", Order::Number, Role::Detail, "seed "),
    row("range_ratio", "Length range ratio", Order::Number, Role::Detail, "range ratio "),
    row("runner", "Runner", Order::Text, Role::Detail, ""),
    row("prefill_nodes", "Prefill nodes", Order::Number, Role::Detail, "prefill nodes "),
    row("decode_nodes", "Decode nodes", Order::Number, Role::Detail, "decode nodes "),
    row("agg_nodes", "Aggregated nodes", Order::Number, Role::Detail, "aggregated nodes "),
    row("gpus_per_node", "GPUs per node", Order::Number, Role::Detail, "GPUs per node "),
    row("level_folder", "Level folder", Order::Text, Role::Detail, ""),
    row("benchmark_type", "Benchmark", Order::Text, Role::Detail, ""),
    row("allocated_gpus", "Allocated GPUs", Order::Number, Role::Detail, "allocated GPUs "),
    row("status", "Outcome", Order::Text, Role::Detail, ""),
    row("validity", "Validity", Order::Text, Role::Detail, ""),
    row("turn", "Turn", Order::Number, Role::Detail, "turn "),
    row("load_worker", "Load generator worker", Order::Text, Role::Detail, ""),
    row("repeats", "Repeats", Order::Number, Role::Detail, "repeats "),
    row("source", "Source", Order::Text, Role::Detail, ""),
    row("setting", "Setting", Order::Text, Role::Detail, ""),
    row("value", "Value", Order::Text, Role::Detail, ""),
    row("for_tool", "Applies to", Order::Text, Role::Detail, ""),
    row("slo", "SLO", Order::Text, Role::Detail, ""),
    row("also_in", "Also in", Order::Text, Role::Detail, ""),
    row("part_of", "Part of", Order::Text, Role::Detail, ""),
    row("described_by", "Described by", Order::Text, Role::Detail, ""),
    row("user_given", "Manual overrides", Order::Text, Role::Detail, ""),
    row("gpus_basis", "GPU count source", Order::Text, Role::Detail, ""),
    row("figures_basis", "Source of the figures", Order::Text, Role::Detail, ""),
    row("run_start", "Run start", Order::Text, Role::Detail, ""),
    row("start_time", "Start", Order::Text, Role::Detail, ""),
    row("end_time", "End", Order::Text, Role::Detail, ""),
];

/// The dimensions that make a workload: what the requests are like.
pub const WORKLOAD: [&str; 9] =
    ["profile", "isl", "osl", "dataset", "turns", "prefix_tokens", "prefix_count", "prefix_prompts", "question_tokens"];

/// Degrees and counts: numbers from 1.
pub const COUNTS: [&str; 13] = [
    "tp",
    "dp",
    "pp",
    "ep",
    "gpus",
    "replicas",
    "prefill_tp",
    "decode_tp",
    "prefill_gpus",
    "decode_gpus",
    "prefill_workers",
    "decode_workers",
    "gpus_per_node",
];

/// Counts that may also be 0: of a role that a deployment does not have.
const COUNTS_FROM_ZERO: [&str; 9] = [
    "prefill",
    "decode",
    "prefill_nodes",
    "decode_nodes",
    "agg_nodes",
    "agg_gpus",
    "prefill_gpus",
    "decode_gpus",
    "accelerators_per_node",
];

/// Counts from 1 that no degree is.
const COUNTS_FROM_ONE: [&str; 10] = [
    "prefill_dp",
    "prefill_pp",
    "prefill_ep",
    "decode_dp",
    "decode_pp",
    "decode_ep",
    "allocated_gpus",
    "nodes",
    "requests",
    "repeats",
];

/// Dimensions from which a GPU count follows where a file has none.
pub const MULTIPLIED: [&str; 13] = [
    "gpus",
    "tp",
    "dp",
    "pp",
    "replicas",
    "prefill",
    "decode",
    "prefill_tp",
    "prefill_dp",
    "prefill_pp",
    "decode_tp",
    "decode_dp",
    "decode_pp",
];

/// The least value of a dimension whose values are counts; `None` for any other.
pub fn least(key: &str) -> Option<u8> {
    if COUNTS_FROM_ZERO.contains(&key) {
        return Some(0);
    }
    (COUNTS.contains(&key) || COUNTS_FROM_ONE.contains(&key)).then_some(1)
}

/// The digits of a count that is spelled as people do where it is plain what is meant: `TP8` of the tensor parallelism, `8x`, `x8`.
/// `1k` may be 1000 or 1024.
pub fn spelled_count<'t>(key: &str, text: &'t str) -> Option<&'t str> {
    let text = text.trim();
    // Most are digits.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let times = |text: &'t str| {
        const TIMES: [char; 3] = ['x', 'X', '×'];
        text.strip_prefix(TIMES).or_else(|| text.strip_suffix(TIMES))
    };
    let named = || {
        // Of `prefill_tp` the words are `prefill tp`, `prefill_tp` and `tp`.
        let own = key.rsplit('_').next().unwrap_or(key);
        let name =
            [key, own].into_iter().find(|name| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))?;
        text.get(name.len()..).map(|rest| rest.trim_start_matches(['=', ':', '-', '_', ' ']))
    };
    let digits = times(text).or_else(named).map(str::trim)?;
    (!digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Dimensions a user can override, in the order of the form.
pub static GIVABLE: &[&str] = &[
    "model",
    "version",
    "accelerator",
    "gpus",
    "tp",
    "dp",
    "pp",
    "ep",
    "replicas",
    "prefill",
    "decode",
    "prefill_tp",
    "decode_tp",
    "isl",
    "osl",
    "dataset",
    "precision",
    "framework",
    "image",
    "runtime_args",
    "run",
    "tags",
];

/// The row with this key.
pub fn dimension(key: &str) -> Option<&'static Dimension> {
    DIMENSIONS.iter().find(|dimension| dimension.key == key)
}

/// A dimension's label; an unknown one is its own label.
pub fn label(key: &str) -> &str {
    dimension(key).map_or(key, |dimension| dimension.label)
}

/// The role of a dimension; unknown columns are details.
pub fn role(key: &str) -> Role {
    dimension(key).map_or(Role::Detail, |dimension| dimension.role)
}

/// A value as a legend writes it: `TP4`, `H200`.
pub fn display(key: &str, value: &str) -> String {
    let prefix = dimension(key).map_or("", |dimension| dimension.prefix);
    // A rate of a sweep has as many digits as a double.
    match value.parse::<f64>() {
        Ok(load) if key == "load" => super::number::short(load),
        _ => format!("{prefix}{value}"),
    }
}

/// The values in a cell of a dimension: one, or each item of a list.
pub fn parts<'a>(key: &str, cell: &'a str) -> impl Iterator<Item = &'a str> {
    let is_list = dimension(key).is_some_and(|dimension| dimension.order == Order::Set);
    let items = is_list.then(|| cell.split(',').map(str::trim).filter(|part| !part.is_empty()));
    (!is_list).then_some(cell).into_iter().chain(items.into_iter().flatten())
}

/// Position in the catalogue's order; unknown columns come last.
pub fn rank(key: &str) -> usize {
    DIMENSIONS.iter().position(|dimension| dimension.key == key).unwrap_or(DIMENSIONS.len())
}

/// Compares two values of a dimension.
pub fn compare(key: &str, a: &str, b: &str) -> std::cmp::Ordering {
    let order = dimension(key).map_or(Order::Number, |dimension| dimension.order);
    let text = || compare_texts(a, b);
    match order {
        Order::Text | Order::Set => text(),
        Order::Number => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(x), Ok(y)) => x.total_cmp(&y).then_with(text),
            (Ok(_), Err(_)) => std::cmp::Ordering::Less,
            (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
            (Err(_), Err(_)) => text(),
        },
        Order::Version => super::versions::compare(a, b),
    }
}

/// Compares two texts as a menu has them: upper and lower case are the same, unless nothing else differs, and numbers within
/// go by their value: `c4` before `c16`.
pub fn compare_texts(a: &str, b: &str) -> std::cmp::Ordering {
    // What both begin with is the same in either case; a number is not taken apart.
    let mut same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    while !a.is_char_boundary(same) || (same > 0 && a.as_bytes()[same - 1].is_ascii_digit()) {
        same -= 1;
    }
    natural(&a[same..], &b[same..]).then_with(|| a.cmp(b))
}

fn natural(mut a: &str, mut b: &str) -> std::cmp::Ordering {
    loop {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (in_a, in_b) = (digits(a), digits(b));
        if in_a > 0 && in_b > 0 {
            let (number_a, number_b) = (a[..in_a].trim_start_matches('0'), b[..in_b].trim_start_matches('0'));
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order.is_ne() {
                return order;
            }
            (a, b) = (&a[in_a..], &b[in_b..]);
            continue;
        }
        let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else { return a.len().cmp(&b.len()) };
        let order = x.to_lowercase().cmp(y.to_lowercase());
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]);
    }
}

#[cfg(test)]
mod tests {
    use super::DIMENSIONS;

    #[test]
    fn counts_are_read_as_people_spell_them() {
        for (key, text) in
            [("tp", "TP8"), ("tp", "tp=8"), ("prefill_tp", "TP8"), ("prefill_tp", "prefill_tp 8"), ("replicas", "8x")]
        {
            assert_eq!(super::spelled_count(key, text), Some("8"), "{key} {text}");
        }
        assert_eq!((super::spelled_count("gpus", " x8 "), super::spelled_count("dp", "8×")), (Some("8"), Some("8")));
        for (key, text) in
            [("tp", "8"), ("tp", "1k"), ("dp", "TP8"), ("tp", "TP"), ("tp", "x"), ("tp", "8x2"), ("tp", "-8x"), ("tp", "é8")]
        {
            assert_eq!(super::spelled_count(key, text), None, "{key} {text}");
        }
    }

    #[test]
    fn what_can_be_given_is_in_the_catalogue() {
        for key in super::GIVABLE {
            assert!(super::dimension(key).is_some(), "{key}");
        }
    }

    #[test]
    fn numbers_within_names_go_by_their_value() {
        let mut names = ["c16", "C4", "c4-b", "c1", "c04", "c", "cx", "c4"];
        names.sort_by(|a, b| super::compare_texts(a, b));
        assert_eq!(names, ["c", "c1", "C4", "c04", "c4", "c4-b", "c16", "cx"]);
    }

    #[test]
    fn keys_are_unique() {
        for (i, row) in DIMENSIONS.iter().enumerate() {
            assert!(DIMENSIONS[..i].iter().all(|other| other.key != row.key), "{} appears twice", row.key);
        }
    }
}
