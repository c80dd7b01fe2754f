//! `inferscope compare`: a candidate against a baseline, for people and pipelines. The exit code is 1 on a regression, 0
//! without one, 2 for wrong usage or when nothing could be compared.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferscope::analysis::verdict::Verdict;
use inferscope::catalog::markdown::plain as cell;
use inferscope::gate::{self, Comparison, Figure, Side};
use inferscope::record::Kind;
use inferscope::state::{Axis, Limit, ViewState, link};
use serde_json::{Value, json};

use super::{complain, joined_kinds, nearest};

/// The two sides, and how to judge them.
#[derive(Args)]
pub struct Arguments {
    /// The baseline and the candidate, each a file or a folder; with --versions or --baseline, any paths that contain both sides.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Compare two versions within the paths: baseline and candidate.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    versions: Option<Vec<String>>,
    /// The baseline within the paths: a dimension and its values, e.g. `tag=stable` or `tp=2,4`; repeatable, and then all must
    /// hold.
    #[arg(long, value_name = "DIMENSION=VALUE", requires = "candidate", conflicts_with = "versions")]
    baseline: Vec<String>,
    /// The candidate within the paths, likewise.
    #[arg(long, value_name = "DIMENSION=VALUE", requires = "baseline", conflicts_with = "versions")]
    candidate: Vec<String>,
    /// The dimensions that must match, separated by commas, or `none`. Default: every dimension of a configuration, except
    /// those in which the sides differ as a whole.
    #[arg(long = "match", value_delimiter = ',', value_name = "DIMENSIONS")]
    matching: Option<Vec<String>>,
    /// Ignore changes up to this many percent.
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    threshold: f64,
    /// A figure to compare, e.g. `ttft.p95`; repeatable. Default: throughput and the usual latencies.
    #[arg(long, value_name = "FIGURE")]
    metric: Vec<String>,
    /// The statistic of latencies, if no --metric is given.
    #[arg(long, value_name = "STATISTIC")]
    stat: Option<String>,
    /// An SLO limit that a side must meet to win, e.g. `ttft.p95=4000`; repeatable.
    #[arg(long, value_name = "LIMIT")]
    slo: Vec<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    Junit,
}

/// The comparison's settings, or why they are invalid.
fn settings(arguments: &Arguments) -> Result<(ViewState, Vec<Axis>), String> {
    let mut state = ViewState { threshold: arguments.threshold, ..ViewState::default() };
    if !(arguments.threshold.is_finite() && arguments.threshold >= 0.0) {
        return Err("--threshold must be 0 or more percent".to_owned());
    }
    state.slo = limits(&arguments.slo)?;
    state.stat = arguments.stat.as_deref().map(nearest::statistic).transpose()?;
    // A limit of zero is as good as any to learn whether the figure can be judged.
    let figures = arguments.metric.iter().map(|text| match link::axis(text) {
        Some(axis @ Axis::Figure { .. }) => {
            nearest::figure(text)?;
            gate::limit(&format!("{text}=0")).map(|_| axis)
        }
        _ => Err(format!("“{text}” is not a figure such as ttft.p95")),
    });
    Ok((state, figures.collect::<Result<_, _>>()?))
}

/// Limits as they are written on the command line.
pub(crate) fn limits(texts: &[String]) -> Result<Vec<Limit>, String> {
    let limit = |text: &String| nearest::limit(text).and_then(|()| gate::limit(text));
    texts.iter().map(limit).collect()
}

/// Compares and prints; the exit code.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let usage = |reason: &str| {
        complain(&format!("inferscope compare: {reason}"));
        Ok(2)
    };
    let (state, figures) = match settings(arguments) {
        Ok(settings) => settings,
        Err(reason) => return usage(&reason),
    };
    // Single requests tell the noise of a run.
    let read = |paths: &[PathBuf]| joined_kinds(paths, [Kind::Measurement, Kind::Request]);
    let (table, requests, sides) = match (&arguments.versions, arguments.paths.as_slice()) {
        (None, paths) if !arguments.baseline.is_empty() => {
            let [table, requests] = read(paths)?;
            let side = |texts: &[String]| -> Result<Side, String> {
                let filters = texts.iter().map(|text| nearest::filter(text, &table)).collect::<Result<Vec<_>, _>>()?;
                Ok(gate::of_filters(&table, &filters))
            };
            let sides = match (side(&arguments.baseline), side(&arguments.candidate)) {
                (Ok(baseline), Ok(candidate)) => [baseline, candidate],
                (Err(reason), _) | (_, Err(reason)) => return usage(&reason),
            };
            (table, requests, sides)
        }
        (Some(versions), paths) => {
            let [table, requests] = read(paths)?;
            let [old, new] = versions.as_slice() else { return usage("--versions takes two versions") };
            let sides = gate::of_versions(&table, old, new);
            (table, requests, sides)
        }
        (None, [baseline, candidate]) => {
            let name = |path: &PathBuf| path.display().to_string();
            let [before, requests_before] = read(std::slice::from_ref(baseline))?;
            let [after, requests_after] = read(std::slice::from_ref(candidate))?;
            let (table, sides) = gate::of_tables((&name(baseline), &before), (&name(candidate), &after));
            (table, gate::together(&requests_before, &requests_after), sides)
        }
        (None, paths) => return usage(&format!("expected two paths, a baseline and a candidate; got {}", paths.len())),
    };
    if let Some(side) = sides.iter().find(|side| side.rows.is_empty()) {
        let versions =
            table.dimension("version").map(|column| (0..column.cardinality() as u32).map(move |code| column.value(code)));
        let hint = arguments.versions.is_some().then(|| nearest::hint(&side.name, versions.into_iter().flatten()));
        return usage(&format!("{} has no measurements{}", side.name, hint.unwrap_or_default()));
    }
    let matching = match arguments.matching.as_ref().map(|names| nearest::dimensions(names, &table)).transpose() {
        Ok(matching) => matching,
        Err(reason) => return usage(&reason),
    };
    if let Some(missing) = matching.iter().flatten().find(|key| table.dimension(key).is_none()) {
        complain(&format!("inferscope compare: no measurement states “{missing}”; it is ignored"));
    }
    let comparison = gate::compare(&table, Some(&requests), &sides, matching.as_deref(), &figures, &state);
    match arguments.format {
        Format::Text => text(&comparison, &sides, &state, out)?,
        Format::Markdown => markdown(&comparison, &sides, &state, out)?,
        Format::Json => json_text(&comparison, &sides, &state, out)?,
        Format::Junit => junit(&comparison, &sides, &state, out)?,
    }
    if !comparison.compares() {
        complain(
            "inferscope compare: no configuration was measured on both sides at the same load; --match sets which dimensions must match",
        );
        return Ok(2);
    }
    Ok(u8::from(comparison.regressions() > 0))
}

fn word(figure: &Figure) -> &'static str {
    match figure.verdict {
        Verdict::Better if figure.ineligible => "better, but misses the SLO",
        Verdict::Better => "better",
        Verdict::Worse if figure.ineligible => "worse, but the baseline misses the SLO",
        Verdict::Worse => "REGRESSION",
        Verdict::Similar => "similar",
        Verdict::Unknown => "unknown",
    }
}

fn signed(change: Option<f64>) -> String {
    change.map_or_else(|| "–".to_owned(), |change| format!("{change:+.1}%"))
}

fn loads(figure: &Figure) -> String {
    figure.levels.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// How the sides were compared, in lines.
fn basis(comparison: &Comparison, sides: &[Side; 2], state: &ViewState) -> Vec<String> {
    let matched = if comparison.matched_by.is_empty() { "load only".to_owned() } else { comparison.matched_by.join(", ") };
    let mut lines = vec![
        format!("{} vs {} (baseline)", sides[1].name, sides[0].name),
        format!(
            "matched on {matched}; change = geometric mean over shared loads (concurrency 1 excluded), repeats averaged; similar within ±{}%",
            state.threshold
        ),
    ];
    if !comparison.differs.is_empty() {
        lines.push(format!("the sides differ in {}", comparison.differs.join("; ")));
    }
    lines.extend(comparison.by_names.clone());
    lines
}

fn total(comparison: &Comparison) -> String {
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut total = format!("{} in {}", of(comparison.regressions(), "regression"), of(comparison.pairs.len(), "configuration"));
    if !comparison.unpaired.is_empty() {
        total += &format!("; {} not compared", of(comparison.unpaired.len(), "configuration"));
    }
    if comparison.unloaded > 0 {
        total += &format!("; {} without a load skipped", of(comparison.unloaded, "measurement"));
    }
    if comparison.by_chance > 0 {
        total += &format!("; {} to be expected by chance counted as similar", of(comparison.by_chance, "change"));
    }
    total
}

fn text(comparison: &Comparison, sides: &[Side; 2], state: &ViewState, out: &mut impl Write) -> io::Result<()> {
    for line in basis(comparison, sides, state) {
        writeln!(out, "{line}")?;
    }
    for pair in &comparison.pairs {
        writeln!(out, "\n{}", pair.configuration)?;
        for figure in &pair.figures {
            let (base, other) = figure.shown.clone().unwrap_or_else(|| ("–".to_owned(), "–".to_owned()));
            let noise = figure.interval.map(|(low, high)| format!(" [{low:+.1}, {high:+.1}]")).unwrap_or_default();
            let at = if figure.levels.is_empty() { "no shared load".to_owned() } else { format!("at {}", loads(figure)) };
            let (title, change, word) = (&figure.title, signed(figure.change), word(figure));
            writeln!(out, "  {title:<20} {base:>14} → {other:<14} {change:>8}{noise}  {word}  ({at})")?;
            if !figure.left_out.is_empty() && figure.change.is_none() {
                writeln!(out, "    left out: {}", figure.left_out.join("; "))?;
            }
        }
    }
    if !comparison.unpaired.is_empty() {
        writeln!(out, "\nnot compared:")?;
        for (configuration, reason) in &comparison.unpaired {
            writeln!(out, "  {configuration}: {reason}")?;
        }
    }
    writeln!(out, "\n{}", total(comparison))
}

fn markdown(comparison: &Comparison, sides: &[Side; 2], state: &ViewState, out: &mut impl Write) -> io::Result<()> {
    for line in basis(comparison, sides, state) {
        writeln!(out, "{}\n", cell(&line))?;
    }
    writeln!(out, "| configuration | figure | baseline | candidate | change | verdict | loads |\n|---|---|--:|--:|--:|---|---|")?;
    for pair in &comparison.pairs {
        for figure in &pair.figures {
            let (base, other) = figure.shown.clone().unwrap_or_default();
            let word = if figure.regressed() { "**regression**" } else { word(figure) };
            let cells = [cell(&pair.configuration), cell(&figure.title), base, other, signed(figure.change)];
            writeln!(out, "| {} | {word} | {} |", cells.join(" | "), loads(figure))?;
        }
    }
    if !comparison.unpaired.is_empty() {
        writeln!(out, "\n| not compared | reason |\n|---|---|")?;
        for (configuration, reason) in &comparison.unpaired {
            writeln!(out, "| {} | {} |", cell(configuration), cell(reason))?;
        }
    }
    writeln!(out, "\n{}", total(comparison))
}

fn json_text(comparison: &Comparison, sides: &[Side; 2], state: &ViewState, out: &mut impl Write) -> io::Result<()> {
    let verdict = |figure: &Figure| match figure.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Similar => "similar",
        Verdict::Unknown => "unknown",
    };
    let figure = |figure: &Figure| -> Value {
        json!({
            "figure": figure.key,
            "title": figure.title,
            "baseline": figure.means.map(|means| means.0),
            "candidate": figure.means.map(|means| means.1),
            "change_pct": figure.change,
            "interval_pct": figure.interval.map(|(low, high)| [low, high]),
            "verdict": verdict(figure),
            "ineligible": figure.ineligible,
            "regression": figure.regressed(),
            "levels": figure.levels,
            "left_out": figure.left_out,
        })
    };
    let pairs: Vec<Value> = comparison
        .pairs
        .iter()
        .map(|pair| {
            let figures: Vec<Value> = pair.figures.iter().map(figure).collect();
            json!({"configuration": pair.configuration, "load": pair.load.map(|kind| kind.key()), "figures": figures})
        })
        .collect();
    let unpaired: Vec<Value> = comparison
        .unpaired
        .iter()
        .map(|(configuration, reason)| json!({"configuration": configuration, "reason": reason}))
        .collect();
    let whole = json!({
        "baseline": sides[0].name,
        "candidate": sides[1].name,
        "threshold_pct": state.threshold,
        "matched_by": comparison.matched_by,
        "differs": comparison.differs,
        "regressions": comparison.regressions(),
        "pairs": pairs,
        "unpaired": unpaired,
        "without_load": comparison.unloaded,
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

/// Text within an attribute or an element of XML 1.0, which has no place for most control characters.
pub(super) fn escaped(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }) {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '"' => plain.push_str("&quot;"),
            '\'' => plain.push_str("&apos;"),
            '\n' | '\r' | '\t' => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// A suite for each configuration, a case for each figure; what is not compared is skipped.
fn junit(comparison: &Comparison, sides: &[Side; 2], state: &ViewState, out: &mut impl Write) -> io::Result<()> {
    let unknown = |figure: &&Figure| figure.change.is_none();
    let all = || comparison.pairs.iter().flat_map(|pair| &pair.figures);
    let skipped = all().filter(unknown).count() + comparison.unpaired.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{skipped}\">",
        escaped(&format!("{} vs {}", sides[1].name, sides[0].name)),
        all().count() + comparison.unpaired.len(),
        comparison.regressions(),
    )?;
    for pair in &comparison.pairs {
        let failures = pair.figures.iter().filter(|figure| figure.regressed()).count();
        let (name, tests, skipped) =
            (escaped(&pair.configuration), pair.figures.len(), pair.figures.iter().filter(unknown).count());
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">")?;
        for figure in &pair.figures {
            let title = escaped(&figure.title);
            write!(out, "    <testcase classname=\"{name}\" name=\"{title}\"")?;
            let (base, other) = figure.shown.clone().unwrap_or_default();
            let what = format!(
                "{title}: {} → {} ({}, threshold {}%), at {}",
                escaped(&base),
                escaped(&other),
                signed(figure.change),
                state.threshold,
                loads(figure)
            );
            match figure.change {
                None => writeln!(out, "><skipped message=\"{}\"/></testcase>", escaped(&figure.left_out.join("; ")))?,
                Some(_) if figure.regressed() => writeln!(out, "><failure message=\"{what}\"/></testcase>")?,
                Some(_) => writeln!(out, "><system-out>{what}: {}</system-out></testcase>", word(figure))?,
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    if !comparison.unpaired.is_empty() {
        let count = comparison.unpaired.len();
        writeln!(out, "  <testsuite name=\"not compared\" tests=\"{count}\" failures=\"0\" skipped=\"{count}\">")?;
        for (configuration, reason) in &comparison.unpaired {
            let (configuration, reason) = (escaped(configuration), escaped(reason));
            writeln!(
                out,
                "    <testcase classname=\"not compared\" name=\"{configuration}\"><skipped message=\"{reason}\"/></testcase>"
            )?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}
