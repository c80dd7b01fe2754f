//! Reading JSON and YAML into a tree that keeps everything before a syntax error.
//!
//! Result files contain every request's text, so a format names the branches it wants ([`Pattern`]) and the rest is
//! skipped without being stored. Reading stops at the first fault; everything before it is kept, with the path
//! of the containers still open, so that a format knows which parts are complete. This room knows no tool.

mod grow;
pub(in crate::format) mod head;
pub(in crate::format) mod losses;
mod prepare;
mod quick;
pub(in crate::format) mod scan;
pub(in crate::format) mod stream;
mod value;
mod way;
pub(in crate::format) mod yaml_end;

use std::fmt::Write;

use serde::de::DeserializeSeed;
use serde_json::Value;

use crate::record::{Diagnostic, Place, Severity};

use grow::{Grower, Origin};
use prepare::Mended;
pub(in crate::format) use value::value;

/// A branch to keep: keys from the root, `*` for any key or index. Everything below its end is kept.
pub(in crate::format) type Pattern = Branch<'static>;

/// A [`Pattern`] that is known only at run time.
pub(in crate::format) type Branch<'b> = &'b [&'b str];

/// One step from a container to its child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::format) enum Step {
    /// A key of an object.
    Key(String),
    /// A position in an array.
    Index(usize),
}

/// A path in common notation: `benchmarks[3].metrics`.
pub(in crate::format) fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => _ = write!(text, "[{index}]"),
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => _ = write!(text, ".{key}"),
        }
    }
    text
}

/// Why reading stopped.
#[derive(Debug)]
pub(in crate::format) struct Fault {
    /// Where in the text.
    pub place: Place,
    /// The problem, as the end of a sentence.
    pub reason: String,
    /// The containers open at that place, outermost first.
    pub open: Vec<Step>,
    /// The text ended too early, as in a truncated copy.
    pub cut: bool,
}

impl Fault {
    /// Whether the container at a path ([`path`]'s notation) was still open, so that it may lack anything.
    pub(in crate::format) fn is_within(&self, container: &str) -> bool {
        let open = path(&self.open);
        open.strip_prefix(container).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// The diagnostic for the fault.
    pub(in crate::format) fn diagnostic(&self) -> Diagnostic {
        let open = path(&self.open);
        let inside = if open.is_empty() { String::new() } else { format!(" inside {open}") };
        let (message, hint) = if self.cut {
            (
                format!("The file is truncated{inside}: {}.", self.reason),
                "Copy the file again, or wait for the benchmark to finish.",
            )
        } else {
            (
                format!("Syntax error{inside}: {}.", self.reason),
                "Everything before this point was read; fix the file to read the rest.",
            )
        };
        Diagnostic::new(Severity::Error, self.place.clone(), message, hint)
    }
}

/// What was read.
#[derive(Debug)]
pub(in crate::format) struct Tree {
    /// The kept branches; null when nothing could be read.
    pub root: Value,
    /// Why reading stopped before the end, if it did.
    pub fault: Option<Fault>,
}

/// Elements of lists that are handed over, each as soon as it is read, instead of being stored: a list of a million needs
/// the memory of one. An element that breaks off is not handed over; one of which nothing is wanted is handed over as null.
pub(in crate::format) struct Each<'e> {
    /// The paths of the elements, so that each ends in `*`; what is read of an element is what is kept of it.
    pub elements: &'e [Pattern],
    /// Takes them.
    pub take: &'e mut dyn Take,
}

/// What elements are handed over to.
pub(in crate::format) trait Take {
    /// Takes an element with the steps to it.
    fn take(&mut self, steps: &[Step], element: Value);

    /// Forgets what was taken: the text is read again from its start.
    fn restart(&mut self);
}

/// Where no elements are handed over.
struct Nothing;

impl Take for Nothing {
    fn take(&mut self, _: &[Step], _: Value) {}
    fn restart(&mut self) {}
}

impl Each<'_> {
    /// Whether this is the path of an element.
    fn takes(&self, path: &[Step]) -> bool {
        self.elements.iter().any(|pattern| pattern.len() == path.len() && agrees(pattern, path))
    }

    /// Whether elements can be somewhere below a path.
    fn takes_below(&self, path: &[Step]) -> bool {
        self.elements.iter().any(|pattern| pattern.len() > path.len() && agrees(pattern, path))
    }
}

/// Whether a pattern and a path agree as far as both go.
fn agrees(pattern: Branch<'_>, path: &[Step]) -> bool {
    pattern.iter().zip(path).all(|(wanted, step)| match step {
        Step::Index(_) => *wanted == "*",
        Step::Key(key) => *wanted == "*" || wanted == key,
    })
}

/// Reads JSON whose root is an object or a list. `NaN` and `Infinity`, which Python writes, and
/// numbers that are too large become empty texts: missing, and noted ([`losses`]). `progress` is called with the
/// share of the text that is read.
pub(in crate::format) fn json(text: &str, keep: &[Branch<'_>], progress: &mut dyn FnMut(f64)) -> Tree {
    json_each(text, keep, Each { elements: &[], take: &mut Nothing }, progress)
}

/// Reads JSON as [`json`] does, and hands some elements over.
pub(in crate::format) fn json_each(text: &str, keep: &[Branch<'_>], each: Each<'_>, progress: &mut dyn FnMut(f64)) -> Tree {
    json_by(true, text, keep, each, progress)
}

/// Reads JSON, at first the quick way or not.
fn json_by(quick: bool, text: &str, keep: &[Branch<'_>], mut each: Each<'_>, progress: &mut dyn FnMut(f64)) -> Tree {
    // Read a second time, a text is not less read.
    let mut told = 0.0;
    let progress = &mut |share: f64| {
        if share > told {
            told = share;
            progress(share);
        }
    };
    if quick {
        if let Some(root) = quick::tree(text, keep, &mut each, progress) {
            return Tree { root, fault: None };
        }
        each.take.restart();
    }
    // No complete object ends in a number; a truncated one may end in half of one, which must not be read as a value.
    let whole = text.trim_end_matches(|c: char| matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'));
    // A word such as `true` is no half of a number.
    let text = if whole.ends_with(char::is_alphabetic) { text } else { whole };
    let (mended, missing) = prepare::mended(text).map_or_else(Default::default, |Mended { text, missing }| (text, missing));
    let origin = Origin::Json { start: text.as_ptr() as usize, missing };
    let text = if mended.is_empty() { text } else { &mended };
    let each = Each { elements: each.elements, take: &mut *each.take };
    let mut grower = Grower::new(text, origin, keep, each, progress);
    let mut root = Value::Null;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result = grower.node(&mut root).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    let fault = result.err().map(|error| {
        let message = error.to_string();
        let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
        let (line, column) = (error.line().max(1) as u64, error.column() as u64);
        let cut = error.classify() == serde_json::error::Category::Eof;
        Fault {
            place: Place::Character { line, column: characters(text, line, column) },
            reason: reason.to_owned(),
            open: grower.into_path(),
            cut,
        }
    });
    Tree { root, fault }
}

/// Reads YAML. `cut` names a key of the elements of the top-level list `list` whose block is left out before the
/// reader sees it, because YAML reads fifty times slower than text is skipped.
pub(in crate::format) fn yaml(text: &str, list: &str, cut: &str, keep: &[Pattern], progress: &mut dyn FnMut(f64)) -> Tree {
    let short = prepare::without_block(text, list, cut);
    let (tree, unknown_anchor) = yaml_whole(&short, keep, progress);
    // An anchor may have stood in the block that was left out.
    if unknown_anchor && short.len() < text.len() { yaml_whole(text, keep, progress).0 } else { tree }
}

/// Reads YAML without skipping a block.
pub(in crate::format) fn yaml_plain(text: &str, keep: &[Pattern], progress: &mut dyn FnMut(f64)) -> Tree {
    yaml_whole(text, keep, progress).0
}

/// Whether a text begins as a JSON object.
pub(in crate::format) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// The maximum nesting depth of YAML. Results have a dozen levels; each costs over ten kilobytes of stack, of which
/// WebAssembly has one megabyte.
const YAML_DEPTH: usize = 40;

fn yaml_whole(text: &str, keep: &[Pattern], progress: &mut dyn FnMut(f64)) -> (Tree, bool) {
    // A plain file cannot have more events than characters; aliases, which multiply, have limits of their own.
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = text.len().saturating_mul(2).saturating_add(100_000);
    budget.max_nodes = budget.max_events;
    budget.max_total_scalar_bytes = budget.max_events;
    budget.max_depth = YAML_DEPTH;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = 200_000;
    options.duplicate_keys = serde_saphyr::DuplicateKeyPolicy::PassThrough;
    options.non_finite_float_policy = serde_saphyr::NonFiniteFloatPolicy::PassThrough;
    options.with_snippet = false;
    let mut nothing = Nothing;
    let mut grower = Grower::new(text, Origin::Yaml, keep, Each { elements: &[], take: &mut nothing }, progress);
    let mut root = Value::Null;
    let result = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        grower.node(&mut root).deserialize(deserializer)
    });
    let Err(error) = result else { return (Tree { root, fault: None }, false) };
    let last = text.lines().count().max(1) as u64;
    let (line, column) = error.location().map_or((last, 1), |location| (location.line().max(1), location.column().max(1)));
    let error = error.without_snippet();
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or(&message).trim_end_matches([':', '.', ' ']);
    let fault = Fault {
        place: Place::Character { line, column },
        reason: reason.lines().next().unwrap_or_default().to_owned(),
        open: grower.into_path(),
        cut: matches!(error, serde_saphyr::Error::Eof { .. }) || line >= last,
    };
    (Tree { root, fault: Some(fault) }, matches!(error, serde_saphyr::Error::UnknownAnchor { .. }))
}

/// The column in characters of a column in bytes, both from 1.
fn characters(text: &str, line: u64, column: u64) -> u64 {
    let line = text.split('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let head = line.as_bytes().get(..column.saturating_sub(1) as usize).unwrap_or(line.as_bytes());
    String::from_utf8_lossy(head).chars().count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: &[Pattern] = &[&[]];

    #[test]
    fn what_stood_before_a_fault_is_kept() {
        let tree = json(r#"{"a": [1, {"b": NaN, "c": "NaN"}], "d": [2, {"e": tru"#, ALL, &mut |_| ());
        assert_eq!(tree.root, serde_json::json!({"a": [1, {"b": "", "c": "NaN"}], "d": [2, {"e": null}]}));
        let fault = tree.fault.expect("the text is cut");
        assert!(fault.cut);
        assert_eq!(path(&fault.open), "d[1].e");
        assert_eq!(fault.place, Place::Character { line: 1, column: 53 });
    }

    #[test]
    fn half_a_number_is_none() {
        let tree = json(r#"{"a": 1, "b": {"c": -12.5e"#, ALL, &mut |_| ());
        assert_eq!(tree.root, serde_json::json!({"a": 1, "b": {"c": null}}));
        assert!(tree.fault.is_some_and(|fault| fault.cut));
    }

    #[test]
    fn only_wanted_branches_are_stored() {
        let keep: &[Pattern] = &[&["list", "*", "kept"], &["meta"]];
        let text = r#"{"list": [{"kept": {"x": 1}, "texts": ["a"]}, 3], "other": 1, "meta": 2}"#;
        let json = json(text, keep, &mut |_| ());
        assert_eq!(json.root, serde_json::json!({"list": [{"kept": {"x": 1}}, 3], "meta": 2}));
        let yaml =
            yaml("list:\n- kept: {x: 1}\n  texts:\n    a: &b [1]\n- 3\nother: *b\nmeta: 2\n", "list", "texts", keep, &mut |_| ());
        assert!(yaml.fault.is_none(), "{:?}", yaml.fault);
        assert_eq!(yaml.root, json.root);
    }

    #[test]
    fn elements_are_handed_over_whole() {
        let text = r#"{"runs": [{"list": [{"x": 1, "text": "a"}, {"x": 2}], "y": 3}, {"list": [{"x": 4}, {"x": 5, "z": tru"#;
        let keep: &[Pattern] = &[&["runs", "*", "y"], &["runs", "*", "list", "*", "x"]];
        let mut taken = Taken::default();
        let tree = json_each(text, keep, Each { elements: &[&["runs", "*", "list", "*"]], take: &mut taken }, &mut |_| ());
        assert_eq!(tree.root, serde_json::json!({"runs": [{"list": [], "y": 3}, {"list": []}]}));
        let expected = [("runs[0].list[0]", 1), ("runs[0].list[1]", 2), ("runs[1].list[0]", 4)];
        assert_eq!(taken.0, expected.map(|(path, x)| (path.to_owned(), serde_json::json!({"x": x}))));
        assert_eq!(tree.fault.map(|fault| path(&fault.open)).as_deref(), Some("runs[1].list[1].z"));
    }

    #[derive(Default)]
    struct Taken(Vec<(String, Value)>);

    impl Take for Taken {
        fn take(&mut self, steps: &[Step], element: Value) {
            self.0.push((path(steps), element));
        }
        fn restart(&mut self) {
            self.0.clear();
        }
    }

    /// What both ways of reading JSON find: the tree, the elements, and the fault with its place.
    fn both_ways(text: &str, keep: &[Branch<'_>], elements: &[Pattern]) -> [impl PartialEq + std::fmt::Debug; 2] {
        [false, true].map(|quick| {
            let mut taken = Taken::default();
            let Tree { root, fault } = json_by(quick, text, keep, Each { elements, take: &mut taken }, &mut |_| ());
            (root, taken.0, fault.map(|fault| (fault.place, path(&fault.open), fault.cut)))
        })
    }

    const SAMPLE: &str = r#"{"runs": [
        {"keep": {"x": 1.5, "n": NaN}, "drop": {"text": "a long text with \\\" and } and [", "list": [1, [2, {"y": "z"}]]}},
        {"list": [{"x": 1, "text": "another text of more than thirty-two bytes"}, {"x": 2}, 3], "é": ["a text that is long enough"]},
        7], "last": "and another text of more than thirty-two bytes", "end": [true, null, -Infinity]}"#;
    const SAMPLED: &[Pattern] = &[&["runs", "*", "keep"], &["runs", "*", "list", "*", "x"], &["end"]];

    #[test]
    fn both_ways_agree_wherever_the_text_breaks_off() {
        let elements: &[Pattern] = &[&["runs", "*", "list", "*"]];
        for end in (0..=SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)) {
            for (keep, elements) in [(SAMPLED, elements), (ALL, &[]), (&[&["*", "(nothing below)"]], &[]), (SAMPLED, &[])] {
                let [strict, quick] = both_ways(&SAMPLE[..end], keep, elements);
                assert_eq!(strict, quick, "cut at {end}");
            }
        }
    }

    proptest! {
        #[test]
        fn both_ways_agree(root in any_json(), first in any_key(), second in any_key(), third in any_key()) {
            let text = serde_json::to_string_pretty(&root).expect("a tree is a text");
            let keep: &[Branch<'_>] = &[&[first, second, "*"], &[third], &["*", second, third, first]];
            let [strict, quick] = both_ways(&text, keep, &[&["*", "*"]]);
            prop_assert_eq!(strict, quick);
        }
    }

    fn any_key() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "key with \"quotes\"", "*"])
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z\"\\\\{}\\[\\],é]{0,50}".prop_map(Value::from),
        ];
        plain.prop_recursive(4, 64, 6, |inner| {
            let key = any_key().prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn yaml_keeps_what_it_had() {
        let tree = yaml("a:\n- x: .nan\n  y: 1.5\n- x: [1, }\n", "a", "z", ALL, &mut |_| ());
        assert_eq!(tree.root["a"][0], serde_json::json!({"x": null, "y": 1.5}));
        let fault = tree.fault.expect("a brace closes a bracket");
        assert!(path(&fault.open).starts_with("a[1].x"), "{fault:?}");
        let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(yaml(bomb, "a", "z", ALL, &mut |_| ()).fault.is_some());
    }
}
