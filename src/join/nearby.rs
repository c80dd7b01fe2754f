//! Which of a folder's descriptions may be about a record, without holding each of thousands against it: by model and by time.
//! And which records they are all the same for.

use rustc_hash::FxHashMap;

use super::about::{About, Subject, Window};
use crate::catalog::models::Names;
use crate::sorting::Sorting;

/// What a statement depends on: what of the subject the folder's descriptions heed, the suffix of the logs that are left out,
/// and which times are the subject's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hearing {
    stated: [Option<String>; 5],
    times: Vec<[usize; 2]>,
}

/// See the module.
pub(super) struct Nearby {
    /// Whether any description is for one tool, one model, one server, one degree.
    heeds: [bool; 4],
    /// Descriptions of a model, by what must be equal of its name; and the others.
    models: FxHashMap<String, Vec<usize>>,
    of_any_model: Vec<usize>,
    times: Times,
}

/// The times of descriptions.
#[derive(Default)]
struct Times {
    /// By their start, which is the first: from when to when, and the description's number.
    windows: Vec<(Window, usize)>,
    /// The longest of them, and the most that one is off, ms.
    longest: i64,
    off: i64,
    /// Descriptions without a time.
    others: Vec<usize>,
    /// Of the windows that are off by as much: that, their starts, and their ends, ascending.
    bounds: Vec<(i64, Vec<i64>, Vec<i64>)>,
}

impl Nearby {
    /// Of descriptions: the tool that each is for, and what it is about.
    pub(super) fn new<'d>(descriptions: impl Iterator<Item = (Option<&'d str>, &'d About)>) -> Nearby {
        let mut nearby =
            Nearby { heeds: [false; 4], models: FxHashMap::default(), of_any_model: Vec::new(), times: Times::default() };
        for (number, (tool, about)) in descriptions.enumerate() {
            let heeds = [
                tool.is_some(),
                about.models.is_some() || about.quantisation.is_some(),
                about.port.is_some(),
                about.tp.is_some(),
            ];
            nearby.heeds.iter_mut().zip(heeds).for_each(|(any, own)| *any |= own);
            match &about.models {
                Some(models) => {
                    for base in models.bases() {
                        let known = nearby.models.entry(base.to_owned()).or_default();
                        if known.last() != Some(&number) {
                            known.push(number);
                        }
                    }
                }
                None => nearby.of_any_model.push(number),
            }
            nearby.times.add(number, about.window.as_ref().and_then(|(start, end)| Window::read(start, end)));
        }
        nearby.times.settle();
        nearby
    }

    /// What the statement on a subject depends on: it is the same for subjects of one hearing.
    pub(super) fn hearing(&self, subject: &Subject<'_>, without: Option<&str>) -> Hearing {
        let [tool, model, server, degree] = self.heeds;
        let heard = |heeds: bool, text: Option<&str>| text.filter(|_| heeds).map(str::to_owned);
        let stated = [
            heard(tool, subject.tool),
            heard(model, subject.model),
            heard(server, subject.target),
            heard(degree, subject.tp),
            heard(true, without),
        ];
        Hearing { stated, times: self.times.heard(window(subject)) }
    }

    /// The numbers, ascending, of the descriptions that may be about a subject.
    pub(super) fn near(&self, subject: &Subject<'_>) -> Vec<usize> {
        let window = window(subject);
        let names = subject.model.map(Names::new);
        let of_model = names.iter().flat_map(Names::bases).filter_map(|base| self.models.get(base)).flatten();
        let mut near: Vec<usize> = of_model.chain(&self.of_any_model).copied().collect();
        if names.is_none() || near.len() > self.times.count(window) {
            near = self.times.near(window);
        }
        near.order();
        near.dedup();
        near
    }
}

fn window(subject: &Subject<'_>) -> Option<Window> {
    subject.window.and_then(|(start, end)| Window::read(start, end))
}

impl Times {
    fn add(&mut self, number: usize, window: Option<Window>) {
        let Some(window) = window else { return self.others.push(number) };
        self.windows.push((window, number));
        self.longest = self.longest.max(window.end - window.start);
        self.off = self.off.max(window.off);
        let at = self.bounds.iter().position(|(off, ..)| *off == window.off).unwrap_or_else(|| {
            self.bounds.push((window.off, Vec::new(), Vec::new()));
            self.bounds.len() - 1
        });
        let (_, starts, ends) = &mut self.bounds[at];
        starts.push(window.start);
        ends.push(window.end);
    }

    fn settle(&mut self) {
        self.windows.order_by_key(|(window, number)| (window.start, *number));
        for (_, starts, ends) in &mut self.bounds {
            starts.order();
            ends.order();
        }
    }

    /// Which windows are not apart from this one: how many begin before its end, and how many end before it begins. Windows
    /// of one answer have the same ones.
    fn heard(&self, window: Option<Window>) -> Vec<[usize; 2]> {
        let Some(window) = window else { return Vec::new() };
        let heard = |(off, starts, ends): &(i64, Vec<i64>, Vec<i64>)| {
            let (first, last) = window.reach(*off);
            [starts.partition_point(|start| *start <= last), ends.partition_point(|end| *end < first)]
        };
        self.bounds.iter().map(heard).collect()
    }

    /// The windows by which [`Times::near`] goes.
    fn range(&self, window: Option<Window>) -> std::ops::Range<usize> {
        let Some(window) = window else { return 0..self.windows.len() };
        let (first, last) = window.reach(self.off);
        let begin = self.windows.partition_point(|(other, _)| other.start < first.saturating_sub(self.longest));
        begin..self.windows.partition_point(|(other, _)| other.start <= last).max(begin)
    }

    fn count(&self, window: Option<Window>) -> usize {
        self.others.len() + self.range(window).len()
    }

    /// The numbers of the descriptions whose time is not apart from this one's, and of a few more.
    fn near(&self, window: Option<Window>) -> Vec<usize> {
        let windows = self.windows.get(self.range(window)).unwrap_or_default();
        self.others.iter().copied().chain(windows.iter().map(|(_, number)| *number)).collect()
    }
}
