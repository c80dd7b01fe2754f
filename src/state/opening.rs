//! What the page opens on.

use super::ViewState;

/// What the page opens on, by a fixed precedence:
///
/// 1. **data in the link** itself (`#d=…`);
/// 2. **`src`** and **`prom`**: the addresses that the link names (and, in the same place, figures that ship with the page, where the
///    view is about them);
/// 3. a kept session (not there yet; its place is here);
/// 4. **the notice**: `local=1` says that the link was made with files of its sender's computer. Nothing stands in for
///    them: the page says so and waits for the files;
/// 5. **the start data** of the deployment. A visit without a link opens on them. So does a link that names no data at
///    all, which older versions wrote for local files too; it comes with a note, and as soon as the reader's own files
///    are there, what the link chose holds for them and not for the start data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// On what the link carries or names.
    Named,
    /// On the notice that the sender's files are missing.
    Missing,
    /// On the start data.
    Start {
        /// Whether they stand in for data that a link does not name.
        stand_in: bool,
    },
}

impl Opening {
    /// What a link's state opens on. `carried`: the link carries data; `figures`: its view is about figures that ship
    /// with the page.
    pub fn of(state: &ViewState, carried: bool, figures: bool) -> Opening {
        if carried || figures || !state.sources.is_empty() || state.live.is_some() {
            Opening::Named
        } else if state.local {
            Opening::Missing
        } else {
            Opening::Start { stand_in: *state != ViewState::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::link::decode;

    fn opening(query: &str, carried: bool, figures: bool) -> Opening {
        Opening::of(&decode(query).0, carried, figures)
    }

    #[test]
    fn what_a_link_names_comes_first_then_the_notice_then_the_start_data() {
        for query in ["", "?v=1&local=1", "?v=1&src=a.csv", "?v=1&src=a.csv&local=1", "?v=1&view=trends"] {
            assert_eq!(opening(query, true, false), Opening::Named, "{query}");
        }
        assert_eq!(opening("?v=1&src=a.csv", false, false), Opening::Named);
        assert_eq!(opening("?v=2&prom=https://prometheus.example", false, false), Opening::Named);
        assert_eq!(opening("?v=1&src=a.csv&local=1", false, false), Opening::Named);
        assert_eq!(opening("?v=1&view=mlperf", false, true), Opening::Named);
        assert_eq!(opening("?v=1&view=trends&local=1", false, false), Opening::Missing);
        assert_eq!(opening("?v=1&local=1", false, false), Opening::Missing);
        assert_eq!(opening("?v=1&view=trends", false, false), Opening::Start { stand_in: true });
        assert_eq!(opening("?section=pareto&versions=1", false, false), Opening::Start { stand_in: true });
        for query in ["", "?", "?v=1"] {
            assert_eq!(opening(query, false, false), Opening::Start { stand_in: false }, "{query}");
        }
    }
}
