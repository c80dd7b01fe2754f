//! A button that opens a searchable list: axis metrics, series and panel dimensions, “read as”.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::sorting::Sorting;

/// One line of a picker or of the palette.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// What is handed back when it is taken.
    pub key: String,
    /// What is shown.
    pub label: String,
    /// Shown small at the end: a unit, a count, a kind.
    pub hint: String,
    /// Heading under which it stands; consecutive choices of one group share it.
    pub group: String,
    /// More words for the search, and the tooltip.
    pub help: String,
    /// Whether it is selected.
    pub chosen: bool,
    /// Whether there is nothing behind it.
    pub faint: bool,
}

impl Choice {
    /// Whether every word of a search is somewhere in the choice; words in the label count most.
    fn rank(&self, words: &[String]) -> Option<usize> {
        let label = self.label.to_lowercase();
        let all = format!("{label} {} {} {} {}", self.key, self.group, self.hint, self.help).to_lowercase();
        if !words.iter().all(|word| all.contains(word.as_str())) {
            return None;
        }
        let outside = words.iter().filter(|word| !label.contains(word.as_str())).count();
        let start = usize::from(!words.first().is_some_and(|word| label.starts_with(word.as_str())));
        Some(outside * 2 + start)
    }
}

/// The choices that a search leaves, best first.
fn matching(choices: Vec<Choice>, search: &str) -> Vec<Choice> {
    let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return choices;
    }
    let mut ranked: Vec<(usize, Choice)> =
        choices.into_iter().filter_map(|choice| Some((choice.rank(&words)?, choice))).collect();
    ranked.order_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, choice)| choice).collect()
}

/// Lines drawn at once; the search reaches the rest.
const MOST: usize = 200;

/// A searchable list with keyboard: the inside of every picker, and the palette.
#[component]
pub fn Finder(
    /// What there is to choose.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// Called with the key of the selected line.
    on_take: Callback<String>,
    /// Called when the reader leaves without taking anything.
    on_leave: Callback<()>,
    /// What the list is of, for the search's placeholder and for screen readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    let input = NodeRef::<Input>::new();
    let found = Memo::new(move |_| {
        let mut found = matching(choices.get(), &search.get());
        found.truncate(MOST);
        found
    });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
            let chosen = found.with_untracked(|found| found.iter().position(|choice| choice.chosen));
            at.set(chosen.unwrap_or(0));
        }
    });
    let list_id = format!("list-{}", label.replace(' ', "-").to_lowercase());
    let line_id = {
        let list_id = list_id.clone();
        move |i: usize| format!("{list_id}-{i}")
    };
    let show_current = {
        let line_id = line_id.clone();
        move || {
            if let Some(line) = document().get_element_by_id(&line_id(at.get_untracked())) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                line.scroll_into_view_with_scroll_into_view_options(&options);
            }
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let last = found.with_untracked(|found| found.len().saturating_sub(1));
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Home" => at.set(0),
            "End" => at.set(last),
            "Enter" => {
                if let Some(choice) = found.with_untracked(|found| found.get(at.get_untracked()).cloned()) {
                    on_take.run(choice.key);
                }
            }
            "Escape" | "Tab" => on_leave.run(()),
            _ => return,
        }
        if event.key() != "Tab" {
            event.prevent_default();
        }
        event.stop_propagation();
        show_current();
    };
    let active = {
        let line_id = line_id.clone();
        move || line_id(at.get())
    };
    view! {
        <div class="finder" on:keydown=on_key>
            <input
                node_ref=input
                type="search"
                class="finder-search"
                placeholder=label.clone()
                aria-label=label.clone()
                role="combobox"
                aria-expanded="true"
                aria-controls=list_id.clone()
                aria-activedescendant=active
                on:input:target=move |event| {
                    search.set(event.target().value());
                    at.set(0);
                }
            />
            <ul class="finder-list" role="listbox" id=list_id aria-label=label>
                {move || {
                    let mut group = String::new();
                    found
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(i, choice)| {
                            let heading = (choice.group != group && !choice.group.is_empty()).then(|| choice.group.clone());
                            group.clone_from(&choice.group);
                            let key = choice.key.clone();
                            view! {
                                {heading.map(|heading| view! { <li class="finder-group" role="presentation">{heading}</li> })}
                                <li
                                    id=line_id(i)
                                    role="option"
                                    class="finder-line"
                                    class:current=move || at.get() == i
                                    class:faint=choice.faint
                                    aria-selected=if choice.chosen { "true" } else { "false" }
                                    title=choice.help.clone()
                                    data-key=choice.key.clone()
                                    on:mousedown=move |event| event.prevent_default()
                                    on:click=move |_| on_take.run(key.clone())
                                >
                                    <span class="finder-label">{choice.label.clone()}</span>
                                    <span class="finder-hint">{choice.hint.clone()}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
                <Show when=move || found.with(Vec::is_empty)>
                    <li class="finder-none">"Nothing matches."</li>
                </Show>
            </ul>
        </div>
    }
}

/// A button with a [`Finder`] behind it.
#[component]
pub fn Picker(
    /// The button's label.
    #[prop(into)]
    text: Signal<String>,
    /// What is chosen, for screen readers and the search's placeholder.
    #[prop(into)]
    label: String,
    /// What there is to choose.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// Called with the key of the selected line.
    on_take: Callback<String>,
    /// Whether taking a line leaves the list open: several can be chosen.
    #[prop(optional)]
    several: bool,
    /// An id by which a shortcut finds the button.
    #[prop(into)]
    id: String,
    /// More classes of the button.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button_id = id.clone();
    let leave = move || {
        open.set(false);
        if let Some(button) = document().get_element_by_id(&button_id) {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    };
    let taken = {
        let leave = leave.clone();
        move |key: String| {
            on_take.run(key);
            if !several {
                leave();
            }
        }
    };
    let finder_label = label.clone();
    view! {
        <span class="picker">
            <button
                type="button"
                id=id
                class=format!("picker-button {class}")
                aria-haspopup="listbox"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                title=label
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {text}
            </button>
            <Show when=move || open.get()>
                <div class="scrim" on:click=move |_| open.set(false)></div>
                <div class="picker-list">
                    <Finder
                        choices
                        label=finder_label.clone()
                        on_take=Callback::new(taken.clone())
                        on_leave={
                            let leave = leave.clone();
                            Callback::new(move |()| leave())
                        }
                    />
                </div>
            </Show>
        </span>
    }
}
