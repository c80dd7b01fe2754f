//! The connected server: the dialog that asks for its address, and the bar with time, refresh and pickers of labels.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::address::History;
use super::files::{FileEntry, Status};
use super::picker::{Choice, Picker};
use super::store::{Sheet, Store};
use crate::catalog::instant;
use crate::catalog::number::{column, short};
use crate::record::Severity;
use crate::state::live::{LEAST_EVERY, Live, Span, duration, seconds};

/// Times to choose from, in seconds.
const SPANS: [u32; 8] = [300, 900, 3600, 10_800, 21_600, 86_400, 2 * 86_400, 7 * 86_400];
/// How often to read, in seconds.
const EVERY: [u32; 5] = [5, 15, 30, 60, 300];

/// Characters of a token at most: servers refuse longer headers.
const LONGEST_TOKEN: usize = 8000;

/// A field of the dialog for a local date and time, as seconds since 1970.
fn local(text: &str) -> Option<i64> {
    let milliseconds = js_sys::Date::new(&text.into()).get_time();
    (!text.is_empty() && milliseconds.is_finite()).then_some((milliseconds / 1000.0) as i64)
}

/// The dialog's inside.
#[component]
pub fn Connect(
    /// Whether from when to when is asked.
    between: bool,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let former = store.state.with_untracked(|state| state.live.clone()).unwrap_or_default();
    let url = RwSignal::new(former.url.clone());
    let token = RwSignal::new(String::new());
    let span = RwSignal::new(match former.span {
        Span::Last(seconds) if !between => duration(seconds),
        Span::Last(_) | Span::Between(..) => String::new(),
    });
    let kept = store.has_token(&former.url);
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let connect = move || {
        let live = Live::at(&url.get_untracked()).and_then(|live| {
            let span = match seconds(&span.get_untracked()) {
                Some(seconds) => Span::Last(seconds),
                None => match (local(&from.get_untracked()), local(&to.get_untracked())) {
                    (Some(from), Some(to)) if from < to => Span::Between(from, to),
                    (Some(_), Some(_)) => return Err("The time ends before it begins.".to_owned()),
                    _ => return Err("Enter from when to when.".to_owned()),
                },
            };
            let token = token.get_untracked();
            let token = token.trim();
            let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
            if token.len() > LONGEST_TOKEN || token.bytes().any(|byte| !byte.is_ascii_graphic()) {
                return Err("The token has characters that cannot be sent, or is too long; paste it again.".to_owned());
            }
            // What is chosen of one server is kept while it stays.
            let only = if live.url == former.url { former.only.clone() } else { Default::default() };
            Ok((Live { span, every: former.every, only, ..live }, token.to_owned()))
        });
        match live {
            Ok((live, token)) => {
                store.sheet.set(None);
                store.connect(live, token);
            }
            Err(why) => wrong.set(Some(why)),
        }
    };
    let option = move |of: u32| {
        let value = duration(of);
        let chosen = value.clone();
        view! { <option value=value.clone() selected=move || span.with(|span| *span == chosen)>{format!("the last {value}")}</option> }
    };
    view! {
        <form
            class="connect"
            on:submit=move |event| {
                event.prevent_default();
                connect();
            }
        >
            <label>
                "Address of a server with Prometheus' HTTP API (Prometheus, Thanos, Mimir, VictoriaMetrics, OpenShift)"
                <input
                    type="text"
                    id="prom-url"
                    inputmode="url"
                    placeholder="https://prometheus.example.com"
                    spellcheck="false"
                    prop:value=url
                    aria-invalid=move || if wrong.with(Option::is_some) { "true" } else { "false" }
                    on:input:target=move |event| url.set(event.target().value())
                />
            </label>
            <label>
                "Bearer token, if it needs one"
                <input
                    type="password"
                    autocomplete="off"
                    placeholder=if kept { "kept while the address stays" } else { "" }
                    prop:value=token
                    on:input:target=move |event| token.set(event.target().value())
                />
            </label>
            <label>
                "Time"
                <select on:change:target=move |event| span.set(event.target().value())>
                    {SPANS.map(option).collect_view()}
                    <option value="" selected=move || span.with(String::is_empty)>"from … to …"</option>
                </select>
            </label>
            <Show when=move || span.with(String::is_empty)>
                <label>"From" <input type="datetime-local" step="1" on:input:target=move |event| from.set(event.target().value())/></label>
                <label>"To" <input type="datetime-local" step="1" on:input:target=move |event| to.set(event.target().value())/></label>
            </Show>
            {move || wrong.get().map(|why| view! { <p class="finding error" role="alert">{why}</p> })}
            <p class="side-steps"><button type="submit" class="primary">"Connect"</button></p>
            <p class="hint">
                "Your browser asks the server directly; nobody else sees the answers. The address becomes part of the link, the token never does: it stays in this tab's memory until you leave."
            </p>
        </form>
    }
}

/// How many values are named on a button.
const NAMED: usize = 2;

/// What a set of values is called on its button.
pub(super) fn named(title: &str, chosen: &[String]) -> String {
    match chosen {
        [] => format!("{title}: all"),
        few if few.len() <= NAMED => format!("{title}: {}", few.join(", ")),
        many => format!("{title}: {}", many.len()),
    }
}

/// A line of a picker.
pub(super) fn line(key: &str, label: &str, chosen: bool) -> Choice {
    Choice { key: key.to_owned(), label: label.to_owned(), chosen, ..Choice::default() }
}

/// The bar of the connected server.
#[component]
pub fn LiveBar() -> impl IntoView {
    let store = expect_context::<Store>();
    let live = Memo::new(move |_| store.state.with(|state| state.live.clone()));
    let set = move |change: &dyn Fn(&mut Live)| {
        store.change(History::Push, |state| {
            let zoomed = state.zoom.take();
            match &mut state.live {
                Some(live) => change(live),
                None => state.zoom = zoomed,
            }
        });
    };
    // As often as the reader wants, while the page is seen.
    let every = Memo::new(move |_| live.with(|live| live.as_ref().and_then(|live| live.every)));
    let timer = StoredValue::new_local(None::<Interval>);
    Effect::new(move |_| {
        let milliseconds = every.get().map(|every| every.max(LEAST_EVERY).saturating_mul(1000));
        timer.set_value(milliseconds.map(|milliseconds| {
            Interval::new(milliseconds, move || {
                if !document().hidden() {
                    store.refresh();
                }
            })
        }));
    });
    let span_text = move || {
        live.with(|live| match live.as_ref().map(|live| live.span) {
            Some(Span::Last(seconds)) => format!("Last {}", duration(seconds)),
            Some(Span::Between(from, to)) => {
                let text = |at: i64| instant::shown(at as f64).unwrap_or_default();
                format!("{} to {} UTC", text(from), text(to))
            }
            None => String::new(),
        })
    };
    let zoomed = move || {
        let zoom = store.state.with(|state| state.zoom).filter(|zoom| zoom.x[0] > 1e11)?;
        Some(Span::Between((zoom.x[0] / 1000.0).floor() as i64, (zoom.x[1] / 1000.0).ceil() as i64))
    };
    let span_lines = Signal::derive(move || {
        let now = live.with(|live| live.as_ref().map(|live| live.span));
        let last = |of: u32| line(&duration(of), &format!("Last {}", duration(of)), now == Some(Span::Last(of)));
        let mut lines: Vec<Choice> = SPANS.into_iter().map(last).collect();
        if zoomed().is_some() {
            lines.insert(0, line("zoom", "What is zoomed to, in full detail", false));
        }
        lines.push(line("stay", "This time, whenever the link is opened", matches!(now, Some(Span::Between(..)))));
        lines.push(line("other", "From … to …", false));
        lines
    });
    let take_span = Callback::new(move |key: String| match key.as_str() {
        "other" => store.sheet.set(Some(Sheet::Connect(true))),
        "zoom" => {
            if let Some(span) = zoomed() {
                set(&|live| live.span = span);
            }
        }
        "stay" => {
            if let Some((from, to)) = store.overview.with_untracked(|overview| overview.as_ref().map(|overview| overview.range)) {
                set(&|live| live.span = Span::Between(from.floor() as i64, to.ceil() as i64));
            }
        }
        key => {
            if let Some(seconds) = seconds(key) {
                set(&|live| live.span = Span::Last(seconds));
            }
        }
    });
    let every_text = move || every.get().map_or("Refresh: off".to_owned(), |every| format!("Refresh: {}", duration(every)));
    let every_lines = Signal::derive(move || {
        let now = every.get();
        let mut lines = vec![line("", "Off", now.is_none())];
        lines.extend(EVERY.map(|of| line(&duration(of), &format!("Every {}", duration(of)), now == Some(of))));
        lines
    });
    let take_every = Callback::new(move |key: String| set(&|live| live.every = seconds(&key)));
    let labels = Memo::new(move |_| {
        store.overview.with(|overview| overview.as_ref().map(|overview| overview.labels.clone()).unwrap_or_default())
    });
    let picker = move |(label, title, values): (String, String, Vec<String>)| {
        let label = StoredValue::new(label);
        let title = StoredValue::new(title);
        let chosen = move || {
            let of = |live: &Live| live.only.get(&label.get_value()).map(|only| only.iter().cloned().collect::<Vec<_>>());
            live.with(|live| live.as_ref().and_then(of)).unwrap_or_default()
        };
        let choices = Signal::derive(move || {
            let chosen = chosen();
            let mut lines = vec![line("", "All", chosen.is_empty())];
            // A choice that the server no longer has can be taken back.
            let gone = chosen.iter().filter(|value| !values.contains(value));
            lines.extend(values.iter().chain(gone).map(|value| line(value, value, chosen.contains(value))));
            lines
        });
        let take = Callback::new(move |value: String| {
            set(&|live| {
                let label = label.get_value();
                if value.is_empty() {
                    live.only.remove(&label);
                    return;
                }
                let only = live.only.entry(label.clone()).or_default();
                if !only.remove(&value) {
                    only.insert(value.clone());
                }
                if only.is_empty() {
                    live.only.remove(&label);
                }
            });
        });
        let text = Signal::derive(move || named(&title.get_value(), &chosen()));
        let id = format!("prom-{}", label.get_value());
        view! { <Picker id label=title.get_value() text choices on_take=take several=true/> }
    };
    let entry = Memo::new(move |_| {
        store.files.with(|files| {
            let file = files.iter().find(|file| file.is_live())?;
            let errors = |file: &FileEntry| {
                let of = |report: &crate::engine::FileReport| {
                    report.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect::<Vec<_>>()
                };
                file.reports().iter().flat_map(of).map(|finding| (finding.message, finding.hint)).next()
            };
            let reading = matches!(file.status, Status::Waiting | Status::Reading(_));
            Some((reading, file.records() > 0, errors(file)))
        })
    });
    let said = move || {
        let reading = entry.with(|entry| entry.as_ref().is_some_and(|(reading, ..)| *reading));
        store.overview.with(|overview| match overview {
            Some(overview) if overview.series > 0 => {
                let at = instant::shown(overview.at.floor()).unwrap_or_default();
                let how = if overview.raw { "as scraped" } else { "thinned out by the server" };
                let step = short(overview.step);
                let series = column(overview.series as f64);
                let busy = if reading { "; reading again" } else { "" };
                format!("{series} series, every {step} s {how}; read at {} UTC{busy}", at.split(' ').nth(1).unwrap_or_default())
            }
            _ if reading => "Asking the server …".to_owned(),
            _ => String::new(),
        })
    };
    let failed = move || entry.with(|entry| entry.as_ref().and_then(|(.., error)| error.clone()));
    view! {
        <Show when=move || live.with(Option::is_some)>
            <section class="live" aria-label="Connected server">
                <div class="live-line">
                    <button type="button" class="quiet live-name" title="Change the server" on:click=move |_| store.sheet.set(Some(Sheet::Connect(false)))>
                        {move || live.with(|live| live.as_ref().map(crate::engine::live::name))}
                    </button>
                    <Picker id="prom-span" label="Time" text=Signal::derive(span_text) choices=span_lines on_take=take_span/>
                    <For each=move || labels.get() key=|row| row.clone() let:row>{picker(row)}</For>
                    <Picker id="prom-every" label="Refresh" text=Signal::derive(every_text) choices=every_lines on_take=take_every/>
                    {move || {
                        let reading = entry.with(|entry| entry.as_ref().is_some_and(|(reading, ..)| *reading));
                        if reading {
                            view! { <button type="button" on:click=move |_| store.stop_asking()>"Cancel"</button> }.into_any()
                        } else {
                            view! { <button type="button" on:click=move |_| store.refresh()>"Refresh"</button> }.into_any()
                        }
                    }}
                    <button type="button" class="quiet" on:click=move |_| store.disconnect()>"Disconnect"</button>
                    <span class="muted live-said" role="status">{said}</span>
                </div>
                {move || failed().map(|(message, hint)| {
                    let again = if store.overview.with(|overview| overview.as_ref().is_some_and(|overview| overview.series > 0)) {
                        "What is shown was read before. "
                    } else {
                        ""
                    };
                    view! {
                        <p class="finding error" role="alert">
                            <strong>{message}</strong> " " {again} {hint} " "
                            <button type="button" class="quiet" on:click=move |_| store.refresh()>"Try again"</button> " "
                            <button type="button" class="quiet" on:click=move |_| store.sheet.set(Some(Sheet::Connect(false)))>"Address and token"</button>
                        </p>
                    }
                })}
            </section>
        </Show>
    }
}
