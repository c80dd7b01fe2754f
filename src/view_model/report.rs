//! A view as something to paste: Markdown for chat and issues, HTML for a wiki, the words of a picture.

use std::fmt::Write;

use super::{Grid, ViewModel};
use crate::catalog::dimensions;
use crate::catalog::markdown::plain;
use crate::state::{Filters, ViewState};

/// Rows of a table that a report has.
const ROWS: usize = 20;
/// Tables of a report.
const TABLES: usize = 3;
/// Values of a filter that are named.
const VALUES: usize = 4;
/// Letters of a picture's line.
const LINE: usize = 140;

/// A view, and what is known of it beside its model.
pub struct Report<'m> {
    /// The view.
    pub model: &'m ViewModel,
    /// Its name, and that of the data.
    pub subject: &'m str,
    /// The files that the data came from, and whether they are made up.
    pub source: &'m str,
    /// The date.
    pub date: &'m str,
    /// The address that shows it.
    pub link: &'m str,
}

impl Report<'_> {
    /// As Markdown. Text from files stands in it as text: nothing in it is markup.
    pub fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", plain(self.subject));
        if let Some(headline) = &self.model.headline {
            _ = writeln!(text, "**{}**\n", plain(&headline.text));
        }
        for paragraph in self.paragraphs() {
            _ = writeln!(text, "{}\n", plain(&paragraph));
        }
        for (label, value) in self.facts() {
            _ = writeln!(text, "- {}: **{}**", plain(&label), plain(&value));
        }
        for grid in self.grids() {
            _ = writeln!(text, "\n### {}\n", plain(&grid.title));
            let header: Vec<String> = headings(grid).iter().map(|cell| plain(cell)).collect();
            let rule: Vec<&str> = grid.columns.iter().map(|column| if column.numeric { "--:" } else { "---" }).collect();
            _ = writeln!(text, "| {} |\n| {} |", header.join(" | "), rule.join(" | "));
            for row in grid.rows.iter().take(ROWS) {
                let cells: Vec<String> = row.iter().map(|cell| plain(&cell.cell.text)).collect();
                _ = writeln!(text, "| {} |", cells.join(" | "));
            }
            if let Some(more) = more(grid) {
                _ = writeln!(text, "\n{more}");
            }
        }
        _ = writeln!(text, "\n{} · {} · <{}>", plain(self.source), self.date, self.link);
        text
    }

    /// As HTML with these pictures, each a `data:` address.
    pub fn html(&self, pictures: &[String]) -> String {
        let mut text = format!("<h2>{}</h2>\n", escaped(self.subject));
        if let Some(headline) = &self.model.headline {
            _ = writeln!(text, "<p><strong>{}</strong></p>", escaped(&headline.text));
        }
        for paragraph in self.paragraphs() {
            _ = writeln!(text, "<p>{}</p>", escaped(&paragraph));
        }
        for picture in pictures {
            _ = writeln!(text, "<p><img src=\"{}\" alt=\"{}\"></p>", escaped(picture), escaped(self.subject));
        }
        let facts: Vec<(String, String)> = self.facts().collect();
        if !facts.is_empty() {
            text.push_str("<ul>\n");
            for (label, value) in facts {
                _ = writeln!(text, "<li>{}: <strong>{}</strong></li>", escaped(&label), escaped(&value));
            }
            text.push_str("</ul>\n");
        }
        for grid in self.grids() {
            let row = |cells: Vec<String>, tag: &str| {
                let cells: Vec<String> = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
                format!("<tr>{}</tr>\n", cells.concat())
            };
            _ = write!(text, "<h3>{}</h3>\n<table>\n{}", escaped(&grid.title), row(headings(grid), "th"));
            for cells in grid.rows.iter().take(ROWS) {
                text.push_str(&row(cells.iter().map(|cell| cell.cell.text.clone()).collect(), "td"));
            }
            text.push_str("</table>\n");
            if let Some(more) = more(grid) {
                _ = writeln!(text, "<p>{more}</p>");
            }
        }
        let (source, link) = (escaped(self.source), escaped(self.link));
        _ = writeln!(text, "<p>{source} · {} · <a href=\"{link}\">Open in Inferscope</a></p>", self.date);
        text
    }

    /// The words above a picture: the answer or what is shown, the filters, the source; in lines that fit.
    pub fn caption(&self, title: &str) -> String {
        let lead = self.model.headline.as_ref().map_or(&self.model.sentence, |headline| &headline.text);
        let title = if title.is_empty() { String::new() } else { format!("{title} · ") };
        let lines = [format!("{title}{lead}"), filters(&self.model.state), format!("{} · {}", self.source, self.date)];
        lines.iter().filter(|line| !line.is_empty()).flat_map(|line| wrapped(line)).collect::<Vec<_>>().join("\n")
    }

    fn paragraphs(&self) -> impl Iterator<Item = String> {
        let notes = self.model.notes.iter().cloned();
        let all = [self.model.sentence.clone(), filters(&self.model.state)].into_iter().chain(notes);
        all.filter(|paragraph| !paragraph.is_empty())
    }

    fn facts(&self) -> impl Iterator<Item = (String, String)> {
        self.model.cards.iter().map(|card| {
            let detail = if card.detail.is_empty() { String::new() } else { format!(" ({})", card.detail) };
            (card.label.clone(), format!("{}{detail}", card.value))
        })
    }

    fn grids(&self) -> impl Iterator<Item = &Grid> {
        self.model.grids.iter().filter(|grid| !grid.rows.is_empty()).take(TABLES)
    }
}

fn headings(grid: &Grid) -> Vec<String> {
    let heading = |column: &super::Column| match column.unit.as_str() {
        "" => column.label.clone(),
        unit => format!("{} ({unit})", column.label),
    };
    grid.columns.iter().map(heading).collect()
}

fn more(grid: &Grid) -> Option<String> {
    let left = grid.total.max(grid.rows.len()).saturating_sub(ROWS);
    (left > 0).then(|| format!("… and {left} more rows."))
}

/// The filters in words: `Model: Qwen3-8B; TP: 2, 4.`
fn filters(state: &ViewState) -> String {
    let Filters::Chosen(selection) = &state.filters else { return String::new() };
    let one = |(key, values): (&String, &std::collections::BTreeSet<String>)| {
        let mut named: Vec<&str> =
            values.iter().take(VALUES).map(|value| if value.is_empty() { "not stated" } else { value }).collect();
        let more = format!("{} more", values.len().saturating_sub(VALUES));
        if values.len() > VALUES {
            named.push(&more);
        }
        format!("{}: {}", dimensions::label(key), named.join(", "))
    };
    let all: Vec<String> = selection.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!("Filters: {}.", all.join("; ")) }
}

/// A text in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A text in lines of at most [`LINE`] letters, broken at spaces where there are any.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for part in letters.chunks(LINE) {
            let part: String = part.iter().collect();
            match lines.last_mut().filter(|line| line.chars().count() + 1 + part.chars().count() <= LINE) {
                Some(line) => {
                    line.push(' ');
                    line.push_str(&part);
                }
                None => lines.push(part),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::{Card, Column, GridCell, Headline};

    fn model() -> ViewModel {
        let cell = |text: &str| GridCell::text(text);
        let grid = Grid {
            key: "pairs".to_owned(),
            title: "Pairs".to_owned(),
            columns: vec![Column::text("a", "A"), Column::figure("b", "B", "%")],
            rows: vec![vec![cell("[x](http://evil.example) | <img src=x>"), cell("−3%")]],
            total: 25,
            ..Grid::default()
        };
        ViewModel {
            headline: Some(Headline { text: "B is 26% slower.".to_owned(), ..Headline::default() }),
            sentence: "B vs A".to_owned(),
            cards: vec![Card {
                label: "P95 TTFT".to_owned(),
                value: "+5%".to_owned(),
                detail: "1 worse".to_owned(),
                ..Card::default()
            }],
            grids: vec![grid],
            ..ViewModel::default()
        }
    }

    #[test]
    fn text_from_files_is_no_markup() {
        let model = model();
        let report = Report { model: &model, subject: "Compare", source: "a*.json", date: "2026-11-29", link: "https://x/?v=1" };
        let markdown = report.markdown();
        assert!(markdown.contains("**B is 26% slower.**"), "{markdown}");
        assert!(markdown.contains("| \\[x\\](http:\u{200b}//evil.example) \\| &lt;img src=x&gt; | −3% |"), "{markdown}");
        assert!(markdown.contains("- P95 TTFT: **+5% (1 worse)**") && markdown.contains("… and 5 more rows."), "{markdown}");
        assert!(markdown.ends_with("a\\*.json · 2026-11-29 · <https://x/?v=1>\n"), "{markdown}");
        let html = report.html(&["data:image/png;base64,AA".to_owned()]);
        assert!(!html.contains("<img src=x") && html.contains("&lt;img src=x&gt;"), "{html}");
        assert!(html.contains("<th>B (%)</th>") && html.contains("<img src=\"data:image/png;base64,AA\""), "{html}");
    }

    #[test]
    fn captions_fit() {
        let mut model = model();
        model.headline = None;
        model.sentence = "word ".repeat(100) + &"x".repeat(300);
        let report = Report { model: &model, subject: "", source: "a.json", date: "2026-11-29", link: "" };
        let caption = report.caption("P95 TTFT");
        assert!(caption.lines().all(|line| line.chars().count() <= LINE), "{caption}");
        assert_eq!(caption.lines().last(), Some("a.json · 2026-11-29"));
        assert_eq!(caption.replace(['\n', ' '], "").matches('x').count(), 300);
    }
}
