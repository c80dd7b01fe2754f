//! The link: a [`ViewState`] as a query string and back. Versioned; old links go through one upgrader per version.
//!
//! Defaults are left out and keys are readable: `?v=2&y=ttft.p95&by=version&f.accelerator=H200`. What a link says that
//! is not understood is ignored and reported, never an error.

use std::collections::BTreeSet;

use super::escape::{escaped, unescaped};
use super::live::{Live, Span};
use super::settings::Price;
use super::{Filters, Limit, Selection, Shown, Sort, ViewState, Zoom, legacy, renamed};
use crate::record::{Given, Kind, Stat};

use super::axis::{LINEAR, LOG};
pub use super::axis::{axis, axis_text};
use super::legacy::Pairs;

/// The version that [`encode`] writes.
pub const VERSION: usize = 2;

/// One per older version: `UPGRADERS[n]` turns a link of version n into one of version n + 1.
const UPGRADERS: [fn(Pairs) -> Pairs; VERSION] = [legacy::upgrade, renamed::upgrade];

const FILTER: &str = "f.";
/// `given.accelerator=path|H200`: a manual override for the file at a path.
const GIVEN: &str = "given.";
/// `slo.ttft.p95=4000`: a limit of the SLO.
const LIMIT: &str = "slo.";
/// `scale.y=log`: the scale of an axis, instead of the one that the data suggest.
const SCALE: &str = "scale.";
/// `o.baseline=RHAIIS-3.4-GA`: what is chosen in a view's control.
const OPTION: &str = "o.";
/// `local=1`: files of the sender's computer are shown, which the link does not bring.
const LOCAL: (&str, &str) = ("local", "1");
/// Written when filters were lifted on purpose, so that the link does not fall back to the automatic choice.
const NO_FILTER: &str = "none";

/// The state as a query string, with its leading `?`; empty for the default state.
pub fn encode(state: &ViewState) -> String {
    let default = ViewState::default();
    let mut pairs: Pairs = Vec::new();
    let mut put = |key: &str, value: String| pairs.push((key.to_owned(), value));
    if state.view != default.view {
        put("view", state.view.clone());
    }
    for source in &state.sources {
        put("src", source.clone());
    }
    for (key, value) in state.live.iter().flat_map(Live::pairs) {
        put(&key, value);
    }
    if state.local {
        put(LOCAL.0, LOCAL.1.to_owned());
    }
    if let Some(kind) = state.kind {
        put("data", kind.key().to_owned());
    }
    for Given { path, dimension, value } in &state.given {
        put(&format!("{GIVEN}{dimension}"), format!("{}|{value}", escaped(path)));
    }
    match &state.filters {
        Filters::Automatic => {}
        Filters::Chosen(selection) if selection.is_empty() => put("f", NO_FILTER.to_owned()),
        Filters::Chosen(selection) => {
            for (dimension, values) in selection {
                for value in values {
                    put(&format!("{FILTER}{dimension}"), value.clone());
                }
            }
        }
    }
    for (key, axis) in [("x", &state.x), ("y", &state.y)] {
        if let Some(axis) = axis {
            put(key, axis_text(axis));
        }
    }
    for (key, log) in [("x", state.x_log), ("y", state.y_log)] {
        if let Some(log) = log {
            put(&format!("{SCALE}{key}"), if log { LOG } else { LINEAR }.to_owned());
        }
    }
    for dimension in &state.series_by {
        put("by", dimension.clone());
    }
    if let Some(dimension) = &state.panel_by {
        put("panel", dimension.clone());
    }
    match &state.shown {
        Shown::Few => {}
        Shown::All => put("show", "all".to_owned()),
        Shown::Only(ids) => put("show", ids.iter().map(String::as_str).collect::<Vec<_>>().join(".")),
    }
    if let Some(line) = &state.reference {
        put("base", line.clone());
    }
    if let Some(Zoom { x, y }) = state.zoom {
        put("zoom", format!("{},{},{},{}", x[0], x[1], y[0], y[1]));
    }
    if let Some(Sort { column, descending }) = &state.sort {
        put("sort", format!("{}{column}", if *descending { "-" } else { "+" }));
    }
    if state.error_limit != default.error_limit {
        put("errors", state.error_limit.to_string());
    }
    for Limit { of, bound } in &state.slo {
        put(&format!("{LIMIT}{}", axis_text(of)), bound.to_string());
    }
    if state.threshold != default.threshold {
        put("threshold", state.threshold.to_string());
    }
    if let Some(stat) = state.stat {
        put("stat", stat.key().to_owned());
    }
    for price in &state.prices {
        put("price", price.to_text());
    }
    for (key, values) in &state.options {
        for value in values {
            put(&format!("{OPTION}{key}"), value.clone());
        }
    }
    if pairs.is_empty() {
        return String::new();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("v", &VERSION.to_string());
    query.extend_pairs(pairs);
    // These stand for themselves in a query, and links are read by people.
    format!("?{}", query.finish().replace("%2F", "/").replace("%3A", ":").replace("%2C", ","))
}

/// A query string (with or without `?`) as a state, and what in it was not understood.
pub fn decode(query: &str) -> (ViewState, Vec<String>) {
    let mut pairs: Pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
    let mut notes = Vec::new();
    let version = pairs.iter().find(|(key, _)| key == "v").map(|(_, value)| value.parse::<usize>());
    let version = match version {
        None if legacy::recognises(&pairs) => 0,
        // Written by hand, or by something that copied half of it: names of the oldest links are understood.
        None => 1,
        Some(Ok(version)) if version <= VERSION => version,
        Some(Err(_)) => {
            notes.push("Part of the link was not understood and is ignored: its version.".to_owned());
            1
        }
        Some(Ok(_)) => {
            notes.push("This link was made by a newer Inferscope; parts that this version does not know are ignored.".to_owned());
            VERSION
        }
    };
    for upgrade in &UPGRADERS[version..] {
        pairs = upgrade(pairs);
    }
    let mut state = ViewState::default();
    let mut selection = Selection::new();
    let mut lifted = false;
    let mut live = Live::default();
    for (key, value) in pairs {
        let understood = match key.as_str() {
            "v" => true,
            "view" => set(&mut state.view, Some(value.clone()).filter(|view| !view.is_empty())),
            "src" => push(&mut state.sources, &value),
            "local" => set(&mut state.local, (value == LOCAL.1).then_some(true)),
            "data" => set(&mut state.kind, Kind::from_key(&value).map(Some)),
            "f" => set(&mut lifted, (value == NO_FILTER).then_some(true)),
            "x" => set(&mut state.x, axis(&value).map(Some)),
            "y" => set(&mut state.y, axis(&value).map(Some)),
            "scale.x" => set(&mut state.x_log, scale(&value).map(Some)),
            "scale.y" => set(&mut state.y_log, scale(&value).map(Some)),
            "by" => push(&mut state.series_by, &value),
            "panel" => set(&mut state.panel_by, Some(Some(value.clone())).filter(|_| !value.is_empty())),
            "show" if value == "all" => set(&mut state.shown, Some(Shown::All)),
            "show" => {
                let ids: BTreeSet<String> = value.split('.').filter(|id| !id.is_empty()).map(str::to_owned).collect();
                set(&mut state.shown, Some(Shown::Only(ids)))
            }
            "base" => set(&mut state.reference, Some(value.clone()).filter(|line| !line.is_empty()).map(Some)),
            "zoom" => set(&mut state.zoom, zoom(&value).map(Some)),
            "sort" => set(&mut state.sort, sort(&value).map(Some)),
            "errors" => set(&mut state.error_limit, value.parse().ok().filter(|limit| (0.0..=100.0).contains(limit))),
            "threshold" => set(&mut state.threshold, value.parse().ok().filter(|limit| (0.0..=1000.0).contains(limit))),
            "price" => Price::from_text(&value).is_some_and(|price| {
                state.set_price(price);
                true
            }),
            "stat" => set(&mut state.stat, Stat::from_key(&value).map(Some)),
            _ if Live::owns(&key) => live.take(&key, &value),
            _ => prefixed(&mut state, &mut selection, &key, &value),
        };
        if !understood {
            notes.push(format!("Part of the link was not understood and is ignored: “{key}={value}”."));
        }
    }
    if live.is_upside_down() {
        notes
            .push("Part of the link was not understood and is ignored: the time of the server ends before it begins.".to_owned());
        live.span = Span::default();
    }
    state.live = Some(live).filter(|live| !live.url.is_empty());
    if lifted || !selection.is_empty() {
        state.filters = Filters::Chosen(selection);
    }
    (state, notes)
}

/// Whether a scale is logarithmic.
fn scale(text: &str) -> Option<bool> {
    match text {
        LOG => Some(true),
        LINEAR => Some(false),
        _ => None,
    }
}

/// Reads a pair whose key has a prefix; returns whether it was understood.
fn prefixed(state: &mut ViewState, selection: &mut Selection, key: &str, value: &str) -> bool {
    let named = |prefix: &str| key.strip_prefix(prefix).filter(|name| !name.is_empty());
    if let Some(dimension) = named(FILTER) {
        selection.entry(dimension.to_owned()).or_default().insert(value.to_owned());
        return true;
    }
    if let Some(option) = named(OPTION).filter(|_| !value.is_empty()) {
        return push(state.options.entry(option.to_owned()).or_default(), value);
    }
    if let Some(of) = named(LIMIT).and_then(axis) {
        let Some(bound) = value.parse().ok().filter(|bound: &f64| bound.is_finite()) else { return false };
        state.slo.retain(|limit| limit.of != of);
        state.slo.push(Limit { of, bound });
        return true;
    }
    named(GIVEN).and_then(|dimension| given(dimension, value)).is_some_and(|given| {
        state.give(given);
        true
    })
}

/// `path|value`, where no value takes back what was given before.
fn given(dimension: &str, text: &str) -> Option<Given> {
    let (path, value) = text.split_once('|')?;
    (!dimension.is_empty()).then(|| Given { path: unescaped(path), dimension: dimension.to_owned(), value: value.to_owned() })
}

fn set<T>(slot: &mut T, value: Option<T>) -> bool {
    value.is_some_and(|value| {
        *slot = value;
        true
    })
}

fn push(list: &mut Vec<String>, value: &str) -> bool {
    if !value.is_empty() && !list.iter().any(|other| other == value) {
        list.push(value.to_owned());
    }
    !value.is_empty()
}

fn zoom(text: &str) -> Option<Zoom> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.parse().ok().filter(|n: &f64| n.is_finite())).collect();
    match numbers?.as_slice() {
        [x0, x1, y0, y1] if x0 < x1 && y0 < y1 => Some(Zoom { x: [*x0, *x1], y: [*y0, *y1] }),
        _ => None,
    }
}

fn sort(text: &str) -> Option<Sort> {
    let (descending, column) = match text.strip_prefix('-') {
        Some(column) => (true, column),
        // A `+` that nobody escaped has become a blank on its way.
        None => (false, text.strip_prefix(['+', ' ']).unwrap_or(text)),
    };
    (!column.is_empty()).then(|| Sort { column: column.to_owned(), descending })
}
