//! The dialog in which a trace is scaled and saved.

use leptos::prelude::*;

use super::files::FileEntry;
use super::store::{Sheet, Store};
use crate::engine::protocol::FileId;
use crate::trace::synthesis::{LEAST, MOST, Options};

/// Formats of traces.
const TRACES: [&str; 2] = ["request-trace", "request-trace-csv"];

/// A field of the dialog: what it is called, and what it may be.
struct Field {
    label: &'static str,
    help: &'static str,
    /// Takes the number; false if it cannot be that.
    set: fn(&mut Options, f64) -> bool,
}

/// A number that is whole.
fn whole(number: f64) -> Option<u64> {
    (number >= 0.0 && number.fract() == 0.0 && number < 1e15).then_some(number as u64)
}

/// Sets a factor, if it is one.
fn factor(slot: &mut f64, number: f64) -> bool {
    *slot = number;
    (LEAST..=MOST).contains(&number)
}

const FIELDS: [Field; 11] = [
    Field {
        label: "Speed-up",
        help: "Divides the time between requests; 1 keeps it, from 0.001 to 1000",
        set: |of, n| factor(&mut of.speedup, n),
    },
    Field {
        label: "Prefix length ×",
        help: "Makes shared prefixes this many times as long; above 1 rounded up to a whole number",
        set: |of, n| factor(&mut of.prefix, n),
    },
    Field {
        label: "Prefix copies",
        help: "Spreads requests over this many independent copies of the shared prefixes",
        set: |of, n| whole(n).filter(|n| *n > 0).map(|n| of.roots = n).is_some(),
    },
    Field {
        label: "Prompt length ×",
        help: "Makes the part of prompts that is not shared this many times as long",
        set: |of, n| factor(&mut of.prompt, n),
    },
    Field { label: "Output length ×", help: "Makes answers this many times as long", set: |of, n| factor(&mut of.output, n) },
    Field {
        label: "Input from (tokens)",
        help: "Least input length, tokens; shorter prompts are drawn again",
        set: |of, n| whole(n).map(|n| of.input_bounds.0 = Some(n)).is_some(),
    },
    Field {
        label: "Input to (tokens)",
        help: "Greatest input length, tokens; longer prompts are drawn again",
        set: |of, n| whole(n).map(|n| of.input_bounds.1 = Some(n)).is_some(),
    },
    Field {
        label: "Output from (tokens)",
        help: "Least output length, tokens; shorter answers get it",
        set: |of, n| whole(n).map(|n| of.output_bounds.0 = Some(n)).is_some(),
    },
    Field {
        label: "Output to (tokens)",
        help: "Greatest output length, tokens; longer answers get it",
        set: |of, n| whole(n).map(|n| of.output_bounds.1 = Some(n)).is_some(),
    },
    Field {
        label: "Requests",
        help: "How many, at most 5,000,000; empty for as many as the trace has",
        set: |of, n| whole(n).filter(|n| (1..=5_000_000).contains(n)).map(|n| of.requests = Some(n)).is_some(),
    },
    Field { label: "Seed", help: "The same seed gives the same trace", set: |of, n| whole(n).map(|n| of.seed = n).is_some() },
];

/// The traces among the loaded files that can be read again.
fn traces(store: Store) -> Vec<(FileId, String)> {
    let is_trace = |file: &&FileEntry| {
        let formats = file.reports().iter().filter_map(|report| report.format.as_deref());
        file.reports().len() == 1 && formats.into_iter().any(|format| TRACES.contains(&format))
    };
    store.files.with(|files| files.iter().filter(is_trace).map(|file| (file.id, file.name())).collect())
}

/// The dialog's inside.
#[component]
pub fn Synthesize() -> impl IntoView {
    let store = expect_context::<Store>();
    let traces = traces(store);
    let chosen = RwSignal::new(traces.first().map(|(id, _)| *id));
    let entered = RwSignal::new(vec![String::new(); FIELDS.len()]);
    let wrong = RwSignal::new(None::<String>);
    let make = move || {
        let mut options = Options::default();
        let texts = entered.get_untracked();
        for (field, text) in FIELDS.iter().zip(&texts) {
            let text = text.trim().replace(',', ".");
            if text.is_empty() {
                continue;
            }
            let taken = text.parse().ok().is_some_and(|number: f64| number.is_finite() && (field.set)(&mut options, number));
            if !taken {
                return wrong.set(Some(format!("{}: {text} cannot be that. {}.", field.label, field.help)));
            }
        }
        if let Some(id) = chosen.get_untracked() {
            store.sheet.set(None);
            store.synthesize(id, options);
        }
    };
    if traces.is_empty() {
        return view! { <p>"No trace is loaded that can be read again. Traces inside archives: unpack them and drop the file itself."</p> }
            .into_any();
    }
    let option = |(id, name): (FileId, String)| view! { <option value=id.0.to_string()>{name}</option> };
    let field = move |(at, field): (usize, &'static Field)| {
        view! {
            <label title=field.help>
                {field.label}
                <input
                    type="text"
                    inputmode="decimal"
                    on:input:target=move |event| entered.update(|all| all[at] = event.target().value())
                />
            </label>
        }
    };
    view! {
        <form
            class="synthesis"
            on:submit=move |event| {
                event.prevent_default();
                make();
            }
        >
            <p class="hint">
                "A trace of the same kind, drawn anew: its prefix tree, lengths and gaps are learned from the file. Empty fields change nothing. The page computes it here and saves it; "
                <code>"inferscope trace synthesize"</code> " does the same."
            </p>
            <label class="synthesis-file">
                "Trace"
                <select on:change:target=move |event| chosen.set(event.target().value().parse().ok().map(FileId))>
                    {traces.into_iter().map(option).collect_view()}
                </select>
            </label>
            <div class="synthesis-fields">{FIELDS.iter().enumerate().map(field).collect_view()}</div>
            {move || wrong.get().map(|why| view! { <p class="finding error" role="alert">{why}</p> })}
            <p class="side-steps"><button type="submit" class="primary">"Make and save"</button></p>
        </form>
    }
    .into_any()
}

/// The button that opens the dialog, where traces are shown.
#[component]
pub fn SynthesizeStep() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <Show when=move || store.settled().view == crate::view::TRACES && !traces(store).is_empty()>
            <button type="button" class="lead-step" on:click=move |_| store.sheet.set(Some(Sheet::Synthesize))>"Synthesise a scaled trace"</button>
        </Show>
    }
}
