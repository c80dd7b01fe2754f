//! The link codec: every state survives the way through the address bar; old links open; nonsense is reported.

use std::collections::{BTreeMap, BTreeSet};

use inferscope::record::{Given, Kind, LoadKind, Stat};
use inferscope::state::link::{decode, encode};
use inferscope::state::live::{Live, Span};
use inferscope::state::settings::Price;
use inferscope::state::{Axis, Filters, Limit, Shown, Sort, ViewState, Zoom};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

fn stat() -> impl Strategy<Value = Stat> {
    proptest::sample::select(Stat::ALL.to_vec())
}

fn axis() -> impl Strategy<Value = Axis> {
    let load = proptest::sample::select(LoadKind::ALL.to_vec()).prop_map(Axis::Load);
    let known =
        (proptest::sample::select(inferscope::catalog::METRICS.iter().map(|row| row.key.to_owned()).collect::<Vec<_>>()), stat());
    let unknown = ("\\PC{1,12}", stat());
    let figure = |(metric, stat)| Axis::Figure { metric, stat };
    prop_oneof![load, known.prop_map(figure), unknown.prop_map(figure)]
}

fn range() -> impl Strategy<Value = [f64; 2]> {
    (-1e9..1e9f64, 1e-6..1e9f64).prop_map(|(low, width)| [low, low + width]).prop_filter("not empty", |[low, high]| low < high)
}

fn filters() -> impl Strategy<Value = Filters> {
    let selection = btree_map("\\PC{1,10}", btree_set("\\PC{0,12}", 1..4), 0..4);
    prop_oneof![Just(Filters::Automatic), selection.prop_map(Filters::Chosen)]
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![Just(Shown::Few), Just(Shown::All), btree_set("[0-9a-f]{8}", 1..5).prop_map(Shown::Only)]
}

/// Of two statements of the same about the same file the later stands.
fn given() -> impl Strategy<Value = Vec<Given>> {
    let one = ("[^\\PC]{0,3}[a-z|/\\\\]{0,8}", "\\PC{1,6}", "\\PC{1,6}");
    vec(one.prop_map(|(path, dimension, value)| Given { path, dimension, value }), 0..3).prop_map(|list| {
        let mut state = ViewState::default();
        list.into_iter().for_each(|given| state.give(given));
        state.given
    })
}

/// Lists in a state hold no value twice and none that is empty.
fn distinct(list: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    list.into_iter().filter(|value| !value.is_empty() && seen.insert(value.clone())).collect()
}

/// One limit for each figure.
fn slo() -> impl Strategy<Value = Vec<Limit>> {
    vec((axis(), -1e9..1e9f64).prop_map(|(of, bound)| Limit { of, bound }), 0..3).prop_map(|list| {
        let mut limits: Vec<Limit> = Vec::new();
        for limit in list {
            if limits.iter().all(|other| other.of != limit.of) {
                limits.push(limit);
            }
        }
        limits
    })
}

/// One price for each instance.
fn prices() -> impl Strategy<Value = Vec<Price>> {
    let one = ("\\PC{1,6}", "\\PC{0,6}", 1..16u32, 0.01..1e3f64);
    vec(one, 0..3).prop_map(|list| {
        let mut state = ViewState::default();
        for (accelerator, instance, gpus, usd_per_hour) in list {
            let text = format!(
                "{}|cloud {}|{gpus}|{usd_per_hour}",
                accelerator.replace(['|', '\\'], "a"),
                instance.replace(['|', '\\'], "b")
            );
            Price::from_text(&text).into_iter().for_each(|price| state.set_price(price));
        }
        state.prices
    })
}

fn options() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let values = vec("\\PC{1,10}", 1..3).prop_map(distinct);
    btree_map("\\PC{1,10}", values, 0..3)
}

/// A server; its path is none that an address loses.
fn live() -> impl Strategy<Value = Live> {
    let span = prop_oneof![
        (1..400_000u32).prop_map(Span::Last),
        (1..2_000_000_000i64, 1..1_000_000i64).prop_map(|(from, length)| Span::Between(from, from + length)),
    ];
    let only = btree_map("[a-z_]{1,8}", btree_set("\\PC{1,10}", 1..3), 0..3);
    ("https?://[a-z]{1,9}\\.example(:[1-9][0-9]{1,3})?(/x[a-z]{1,5})?", span, proptest::option::of(2..90_000u32), only)
        .prop_map(|(url, span, every, only)| Live { url, span, every, only })
}

prop_compose! {
    fn state()(
        view in "[a-z]{1,10}",
        (sources, live) in (vec("\\PC{1,20}", 0..3), proptest::option::of(live())),
        local in any::<bool>(),
        kind in proptest::option::of(proptest::sample::select(Kind::ALL.to_vec())),
        given in given(),
        filters in filters(),
        (x, y) in (proptest::option::of(axis()), proptest::option::of(axis())),
        (x_log, y_log) in any::<(Option<bool>, Option<bool>)>(),
        series_by in vec("\\PC{1,10}", 0..3),
        panel_by in proptest::option::of("\\PC{1,10}"),
        (shown, reference) in (shown(), proptest::option::of("\\PC{1,10}")),
        zoom in proptest::option::of((range(), range()).prop_map(|(x, y)| Zoom { x, y })),
        sort in proptest::option::of(("[^-+ ]\\PC{0,10}", any::<bool>()).prop_map(|(column, descending)| Sort { column, descending })),
        (error_limit, threshold) in (0.0..=100.0f64, 0.0..=1000.0f64),
        slo in slo(),
        stat in proptest::option::of(stat()),
        (prices, options) in (prices(), options()),
    ) -> ViewState {
        ViewState {
            view, sources: distinct(sources), live, local, kind, given, filters, x, y, x_log, y_log, series_by: distinct(series_by), panel_by, shown, reference, zoom, sort,
            error_limit, slo, threshold, stat, prices, options,
        }
    }
}

proptest! {
    #[test]
    fn every_state_survives_its_link(state in state()) {
        let link = encode(&state);
        let (decoded, notes) = decode(&link);
        prop_assert_eq!(&decoded, &state, "{}", link);
        prop_assert!(notes.is_empty(), "{:?}", notes);
        prop_assert_eq!(encode(&decoded), link);
    }

    #[test]
    fn no_text_breaks_the_codec(text in "\\PC{0,80}") {
        let (state, _) = decode(&text);
        prop_assert_eq!(decode(&encode(&state)).0, state);
    }
}

#[test]
fn the_default_state_is_an_empty_link() {
    assert_eq!(encode(&ViewState::default()), "");
    assert_eq!(decode(""), (ViewState::default(), Vec::new()));
}

#[test]
fn links_are_readable() {
    let selection = BTreeMap::from([("model".to_owned(), BTreeSet::from(["openai/gpt-oss-120b".to_owned()]))]);
    let y = Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 };
    let state = ViewState {
        filters: Filters::Chosen(selection),
        y: Some(y),
        series_by: vec!["version".to_owned()],
        ..ViewState::default()
    };
    assert_eq!(encode(&state), "?v=2&f.model=openai/gpt-oss-120b&y=ttft.p95&by=version");
}

#[test]
fn a_link_made_from_local_files_says_so() {
    let state = ViewState { view: "trends".to_owned(), local: true, ..ViewState::default() };
    assert_eq!(encode(&state), "?v=2&view=trends&local=1");
    let (state, notes) = decode("?v=1&local=yes");
    assert_eq!((state.local, notes.len()), (false, 1), "{notes:?}");
}

#[test]
fn lifting_every_filter_is_not_the_same_as_leaving_it_to_the_data() {
    let lifted = ViewState { filters: Filters::Chosen(BTreeMap::new()), ..ViewState::default() };
    assert_eq!(encode(&lifted), "?v=2&f=none");
}

#[test]
fn what_is_not_understood_is_named_and_ignored() {
    let (state, notes) = decode("?v=2&y=ttft.p95&zoom=1,2&colour=red&errors=-3&scale.y=q");
    assert_eq!(state.y, Some(Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }));
    assert_eq!(state.zoom, None);
    for word in ["zoom=1,2", "colour=red", "errors=-3", "scale.y=q"] {
        assert!(notes.iter().any(|note| note.contains(word)), "{word} is not named in {notes:?}");
    }
    let (_, notes) = decode("?v=99&y=ttft.p95");
    assert!(notes.iter().any(|note| note.contains("newer")), "{notes:?}");
}

#[test]
fn links_of_the_dashboard_before_open() {
    let link = "?view=RHAIIS&section=performance_plots&accelerators=H200,B200&models=openai/gpt-oss-120b&versions=RHAIIS-3.5-EA2,vLLM-0.21.0\
                &profile=Profile%20D:%20Prefill%20Heavy%20(8k/1k)&tp_sizes=4.0,8.0&pp_x=Concurrency&pp_y=TTFT%20P95%20(s)";
    let (state, notes) = decode(link);
    assert!(notes.is_empty(), "{notes:?}");
    let Filters::Chosen(selection) = state.filters else { panic!("no filters") };
    let values =
        |key: &str| selection.get(key).map(|values| values.iter().map(String::as_str).collect::<Vec<_>>()).unwrap_or_default();
    assert_eq!(values("accelerator"), ["B200", "H200"]);
    assert_eq!(values("version"), ["RHAIIS-3.5-EA2", "vLLM-0.21.0"]);
    assert_eq!(values("tp"), ["4", "8"]);
    assert_eq!(values("profile"), ["Prefill heavy (8k/1k)"]);
    assert_eq!(state.x, Some(Axis::Load(LoadKind::Concurrency)));
    assert_eq!(state.y, Some(Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }));
}

#[test]
fn sections_of_the_dashboard_before_open_as_views() {
    for (section, view) in [
        ("performance_plots", "explore"),
        ("cost_analysis", "capacity"),
        ("energy_carbon", "capacity/energy"),
        ("new", "explore"),
    ] {
        assert_eq!(decode(&format!("?view=RHAIIS&section={section}&accelerators=H200")).0.view, view);
    }
    let (state, notes) = decode("?section=compare_versions&cv_v1=RHAIIS-3.5-EA2&cv_v2=RHAIIS-3.4-GA");
    assert_eq!(state.view, "compare");
    assert_eq!((state.option("candidate"), state.option("baseline")), (Some("RHAIIS-3.5-EA2"), Some("RHAIIS-3.4-GA")));
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn a_control_without_a_value_is_not_understood() {
    let (state, notes) = decode("?o.metric=&o.=x&slo.ttft.p95=fast&price=H200");
    assert_eq!(state, ViewState::default());
    assert_eq!(notes.len(), 4, "{notes:?}");
}
