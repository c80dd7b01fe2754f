//! What is on the screen, as one value: [`ViewState`]. The link is its only serialisation ([`link`]).
//!
//! This room knows no table and no Leptos: a state is valid before any data is there.

mod axis;
pub mod deployment;
pub(crate) mod escape;
mod legacy;
pub mod link;
pub mod live;
mod opening;
pub mod parts;
mod renamed;
pub mod settings;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::live::Live;
use self::settings::Price;
use crate::record::{Given, Kind, Stat};
pub use axis::Axis;
pub use opening::Opening;

/// The selected values by dimension. An empty text means “missing”. No dimension maps to an empty set.
pub type Selection = BTreeMap<String, BTreeSet<String>>;

/// Which measurements are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filters {
    /// Not chosen yet: the model and workload with most measurements.
    #[default]
    Automatic,
    /// Chosen; an empty selection shows everything.
    Chosen(Selection),
}

/// Which of the series are drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// The best-populated few; the rest are counted.
    #[default]
    Few,
    /// All of them.
    All,
    /// These, by series id.
    Only(BTreeSet<String>),
}

/// How a table is sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column's key.
    pub column: String,
    /// Largest or last first.
    pub descending: bool,
}

/// A zoomed window in data coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoom {
    /// Left and right end of the x axis.
    pub x: [f64; 2],
    /// Lower and upper end of the y axis.
    pub y: [f64; 2],
}

impl Zoom {
    /// The window between two points, its ends to so many digits as a pixel tells apart: they stand on the axes and in links.
    pub fn between(a: [f64; 2], b: [f64; 2]) -> Zoom {
        let range = |along: usize| {
            let (low, high) = (a[along].min(b[along]), a[along].max(b[along]));
            // Along an axis that does not zoom the way may be nothing, which is no range.
            if low < high { [low, high].map(|end| rounded(end, high - low)) } else { [low, low + 1.0] }
        };
        Zoom { x: range(0), y: range(1) }
    }
}

/// Rounded to a thousandth of the range, and to no less than four digits.
fn rounded(end: f64, range: f64) -> f64 {
    let exponent = |of: f64| of.abs().log10().floor();
    let of_range = exponent(range) - 3.0;
    let place = if end == 0.0 { of_range } else { of_range.min(exponent(end) - 3.0) };
    let decimals = (-place).clamp(0.0, 17.0) as usize;
    format!("{end:.decimals$}").parse().unwrap_or(end)
}

/// One limit of the SLO, which a measurement must meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The load or figure; a load has an upper bound, a figure a bound on its worse side, by the catalogue.
    pub of: Axis,
    /// The bound, itself still compliant, in the catalogue's unit.
    pub bound: f64,
}

/// Everything that decides what is on the screen, besides the data itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewState {
    /// The view's id.
    pub view: String,
    /// Where the data came from, when it came from an address: reloaded with the link.
    pub sources: Vec<String>,
    /// The server whose series are shown, beside files.
    pub live: Option<Live>,
    /// Whether files of the reader's own computer are shown too. They do not travel with the link, so the link says that
    /// they are missing (see [`Opening`]).
    pub local: bool,
    /// What kind of records is shown; `None` lets the data decide: measurements, where there are any.
    pub kind: Option<Kind>,
    /// Manual overrides of what files say about themselves.
    pub given: Vec<Given>,
    /// Which records are shown.
    pub filters: Filters,
    /// The x axis; `None` lets the data decide.
    pub x: Option<Axis>,
    /// The y axis; `None` lets the data decide.
    pub y: Option<Axis>,
    /// Whether the x axis is logarithmic; `None` lets the data decide.
    pub x_log: Option<bool>,
    /// Whether the y axis is logarithmic; `None` lets the data decide.
    pub y_log: Option<bool>,
    /// One line per combination of these dimensions; empty means one per configuration.
    pub series_by: Vec<String>,
    /// One panel per value of this dimension.
    pub panel_by: Option<String>,
    /// Which series are drawn.
    pub shown: Shown,
    /// The line that the others are held against, by its id.
    pub reference: Option<String>,
    /// The zoomed window.
    pub zoom: Option<Zoom>,
    /// The table's order; `None` is by series and load.
    pub sort: Option<Sort>,
    /// Share of failed requests, in percent, above which a measurement is marked.
    pub error_limit: f64,
    /// The SLO: a measurement that misses any of these limits is not ranked.
    pub slo: Vec<Limit>,
    /// Change in percent up to which two sides count as similar.
    pub threshold: f64,
    /// The statistic of latencies, where a view leaves it open; `None` for the view's own.
    pub stat: Option<Stat>,
    /// Prices that a person set, over those of the deployment.
    pub prices: Vec<Price>,
    /// What is chosen in the views' controls, by the control's key; a control that is not in here is left to the data.
    pub options: BTreeMap<String, Vec<String>>,
}

/// The option by which a view sets both axes at once. It overrides axes chosen one by one.
pub const PRESET: &str = "preset";

/// The option by which single records are selected: conditions that hold together, `metric:low..high` among them, which is
/// what a box drawn on a chart writes.
pub const SELECT: &str = "select";

/// The option with which rows are searched for a text.
pub const FIND: &str = "find";

/// The share of failed requests above which a measurement is marked, unless the reader sets another, in percent.
pub const ERROR_LIMIT: f64 = 1.0;

/// Change in percent up to which two sides count as similar, unless the reader sets another.
pub const THRESHOLD: f64 = 5.0;

impl Default for ViewState {
    fn default() -> ViewState {
        ViewState {
            view: "explore".to_owned(),
            sources: Vec::new(),
            live: None,
            local: false,
            kind: None,
            given: Vec::new(),
            filters: Filters::Automatic,
            x: None,
            y: None,
            x_log: None,
            y_log: None,
            series_by: Vec::new(),
            panel_by: None,
            shown: Shown::Few,
            reference: None,
            zoom: None,
            sort: None,
            error_limit: ERROR_LIMIT,
            slo: Vec::new(),
            threshold: THRESHOLD,
            stat: None,
            prices: Vec::new(),
            options: BTreeMap::new(),
        }
    }
}

impl ViewState {
    /// The chosen values by dimension; none while the choice is automatic.
    pub fn selection(&self) -> Selection {
        match &self.filters {
            Filters::Automatic => Selection::new(),
            Filters::Chosen(selection) => selection.clone(),
        }
    }

    /// Shows another kind of records. What was chosen for the former kind goes: its axes and filters mean nothing here.
    pub fn show_kind(&mut self, kind: Kind) {
        let former = std::mem::take(self);
        *self = ViewState {
            view: former.view.clone(),
            sources: former.sources.clone(),
            live: former.live.clone(),
            local: former.local,
            kind: Some(kind),
            options: former.options.clone(),
            ..former.for_other_data(&[])
        };
    }

    /// The state in which other data are shown: what the reader set for whatever is loaded stays, what was chosen for the
    /// former data goes. `gone` are the paths of files that are no longer there; overrides made for them go too.
    ///
    /// The fields are listed one by one, so that a new one does not compile before it is decided.
    #[must_use]
    pub fn for_other_data(&self, gone: &[String]) -> ViewState {
        let ViewState {
            // Where data come from is for the caller to say.
            view: _,
            sources: _,
            live: _,
            local: _,
            kind: _,
            given,
            // Chosen among the values, figures and lines of the former data.
            filters: _,
            x: _,
            y: _,
            x_log: _,
            y_log: _,
            series_by: _,
            panel_by: _,
            shown: _,
            reference: _,
            zoom: _,
            sort: _,
            options: _,
            // Set by the reader, whatever the data.
            error_limit,
            slo,
            threshold,
            stat,
            prices,
        } = self;
        // An override of every file was made with the former files in sight: on others it would be a wrong name.
        let stays = |given: &&Given| !gone.iter().any(|path| given.covers(path));
        ViewState {
            given: given.iter().filter(stays).cloned().collect(),
            error_limit: *error_limit,
            slo: slo.clone(),
            threshold: *threshold,
            stat: *stat,
            prices: prices.clone(),
            ..ViewState::default()
        }
    }

    /// Shows only these of the loaded files, by path, as if nothing had been chosen before.
    pub fn show_only(&mut self, paths: &[String]) {
        let selection = Selection::from([("path".to_owned(), paths.iter().cloned().collect())]);
        *self = ViewState {
            sources: std::mem::take(&mut self.sources),
            live: self.live.take(),
            local: self.local,
            filters: Filters::Chosen(selection),
            ..self.for_other_data(&[])
        };
    }

    /// Shows another view of the same data. Filters, SLO and options stay; axes, lines, zoom and order belong to the
    /// view that is left.
    pub fn show_view(&mut self, view: &str) {
        let former = std::mem::take(self);
        *self = ViewState {
            view: view.to_owned(),
            x: None,
            y: None,
            x_log: None,
            y_log: None,
            series_by: Vec::new(),
            panel_by: None,
            shown: Shown::Few,
            reference: None,
            zoom: None,
            sort: None,
            ..former
        };
    }

    /// What is chosen in a control that takes one value; `None` when it is left to the data.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key)?.first().map(String::as_str)
    }

    /// The number entered into a control.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.option(key)?.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    /// Sets what is chosen in a control; nothing leaves it to the data.
    pub fn set_option(&mut self, key: &str, values: Vec<String>) {
        if values.is_empty() {
            self.options.remove(key);
        } else {
            self.options.insert(key.to_owned(), values);
        }
    }

    /// Makes room for an axis that is chosen singly: a preset of both gives way, and they stay as they are `shown`.
    pub fn leave_preset(&mut self, shown: &ViewState) {
        if self.options.remove(PRESET).is_some() {
            (self.x, self.y) = (shown.x.clone(), shown.y.clone());
        }
    }

    /// The same state with a control set: for links from one view into another.
    #[must_use]
    pub fn with_option(mut self, key: &str, values: &[&str]) -> ViewState {
        self.set_option(key, values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    /// Adds a manual override; it replaces one of the same files and dimension, and an empty value removes it.
    pub fn give(&mut self, given: Given) {
        self.given.retain(|other| (&other.path, &other.dimension) != (&given.path, &given.dimension));
        if !given.value.is_empty() {
            self.given.push(given);
        }
    }

    /// Sets a price; an earlier one of the same instance is replaced.
    pub fn set_price(&mut self, price: Price) {
        self.prices.retain(|other| !other.same_instance(&price));
        self.prices.push(price);
    }

    /// Replaces the chosen values of one dimension; an empty set lifts its filter. Zoom goes: it was about other points.
    pub fn choose(&mut self, dimension: &str, values: BTreeSet<String>) {
        let mut selection = self.selection();
        if values.is_empty() {
            selection.remove(dimension);
        } else {
            selection.insert(dimension.to_owned(), values);
        }
        self.filters = Filters::Chosen(selection);
        self.zoom = None;
    }

    /// Lifts every filter. Zoom goes, as with any other change of filters.
    pub fn clear_filters(&mut self) {
        self.filters = Filters::Chosen(Selection::new());
        self.zoom = None;
    }

    /// Adds a value to a dimension's filter, or takes it out.
    pub fn toggle(&mut self, dimension: &str, value: &str) {
        let mut values = self.selection().remove(dimension).unwrap_or_default();
        if !values.remove(value) {
            values.insert(value.to_owned());
        }
        self.choose(dimension, values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::LoadKind;

    fn given(path: &str) -> Given {
        Given { path: path.to_owned(), dimension: "accelerator".to_owned(), value: "H200".to_owned() }
    }

    /// A state in which no field has its default.
    fn everything() -> ViewState {
        let ttft = Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 };
        let price = Price::from_text("H200|AWS p5en.48xlarge|8|41.62").expect("a price");
        ViewState {
            view: "compare".to_owned(),
            sources: vec!["demo/consolidated.csv".to_owned()],
            live: Some(Live {
                url: "https://prometheus.example/prom".to_owned(),
                span: live::Span::Between(1_764_460_800, 1_764_464_400),
                every: Some(15),
                only: BTreeMap::from([("pod".to_owned(), BTreeSet::from(["vllm-0".to_owned(), "a|b=c".to_owned()]))]),
            }),
            local: true,
            kind: Some(Kind::Sample),
            given: vec![given("mine.json"), given("demo/consolidated.csv"), given(Given::ALL)],
            filters: Filters::Chosen(Selection::from([("version".to_owned(), BTreeSet::from(["1".to_owned()]))])),
            x: Some(Axis::Load(LoadKind::Rate)),
            y: Some(ttft.clone()),
            x_log: Some(true),
            y_log: Some(false),
            series_by: vec!["version".to_owned()],
            panel_by: Some("model".to_owned()),
            shown: Shown::All,
            reference: Some("1a2b".to_owned()),
            zoom: Some(Zoom { x: [0.0, 1.0], y: [0.0, 1.0] }),
            sort: Some(Sort { column: "model".to_owned(), descending: true }),
            error_limit: 3.0,
            slo: vec![Limit { of: ttft, bound: 4000.0 }],
            threshold: 2.0,
            stat: Some(Stat::P99),
            prices: vec![price],
            options: BTreeMap::from([("baseline".to_owned(), vec!["1".to_owned()])]),
        }
    }

    #[test]
    fn the_ends_of_a_zoom_are_readable_and_apart() {
        let zoom = Zoom::between([111.552_624_139_8, 40_769.916_264_581_45], [412.07, 14_298.284_347_171_86]);
        assert_eq!(zoom, Zoom { x: [111.6, 412.1], y: [14_298.0, 40_770.0] });
        // A logarithmic axis keeps its small end above zero, times of day their milliseconds.
        let zoom = Zoom::between([0.004_217_3, 1_776_938_412_417.26], [9_000.0, 1_776_938_412_619.76]);
        assert_eq!(zoom, Zoom { x: [0.004_217, 9_000.0], y: [1_776_938_412_417.3, 1_776_938_412_619.8] });
        assert_eq!(Zoom::between([3.0, 0.0], [3.0, 2.0]), Zoom { x: [3.0, 4.0], y: [0.0, 2.0] });
    }

    #[test]
    fn other_data_keep_what_the_reader_set_and_nothing_else() {
        let before = everything();
        let after = before.for_other_data(&["demo/consolidated.csv".to_owned()]);
        assert_eq!(after.error_limit, 3.0);
        assert_eq!(after.threshold, 2.0);
        assert_eq!(after.slo, before.slo);
        assert_eq!(after.stat, Some(Stat::P99));
        assert_eq!(after.prices, before.prices);
        assert_eq!(after.given, [given("mine.json")], "not those of files that are gone, nor those of every file");
        let default = ViewState::default();
        let kept = ViewState {
            error_limit: default.error_limit,
            threshold: default.threshold,
            slo: Vec::new(),
            stat: None,
            prices: Vec::new(),
            given: Vec::new(),
            ..after
        };
        assert_eq!(kept, default, "all else is as if the page had just been opened");
    }

    #[test]
    fn where_no_file_goes_every_override_stays() {
        let before = everything();
        assert_eq!(before.for_other_data(&[]).given, before.given);
    }

    #[test]
    fn only_these_files_keeps_where_data_come_from_and_what_the_reader_set() {
        let (before, mut after) = (everything(), everything());
        after.show_only(&["a.json".to_owned(), "b.json".to_owned()]);
        let paths = BTreeSet::from(["a.json".to_owned(), "b.json".to_owned()]);
        let filters = Filters::Chosen(Selection::from([("path".to_owned(), paths)]));
        let (sources, live, local) = (before.sources.clone(), before.live.clone(), before.local);
        assert_eq!(after, ViewState { filters, sources, live, local, ..before.for_other_data(&[]) });
        assert_eq!((after.error_limit, after.threshold, after.given), (3.0, 2.0, before.given));
    }

    #[test]
    fn another_kind_keeps_view_sources_and_options() {
        let (before, mut after) = (everything(), everything());
        after.show_kind(Kind::Submission);
        assert_eq!((&after.view, &after.sources, after.local), (&before.view, &before.sources, true));
        assert_eq!((after.kind, &after.options, &after.slo), (Some(Kind::Submission), &before.options, &before.slo));
        assert_eq!((after.filters, after.x, after.zoom), (Filters::Automatic, None, None));
    }

    #[test]
    fn clearing_the_filters_resets_the_zoom() {
        let mut state = everything();
        state.clear_filters();
        assert_eq!((state.filters, state.zoom), (Filters::Chosen(Selection::new()), None));
        assert_eq!(state.slo, everything().slo);
    }
}
