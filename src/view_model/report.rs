//! A view as something to paste: Markdown for chat and issues, HTML for a wiki, the words of a picture.

use std::fmt::Write;

use super::{Grid, GridCell, ViewModel};
use crate::catalog::dimensions;
use crate::catalog::markdown::plain;
use crate::catalog::number::plural;
use crate::state::{Filters, ViewState};

/// Rows of a table that a report has.
const ROWS: usize = 20;
/// Tables of a report.
const TABLES: usize = 3;
/// Values of a filter that are named.
const VALUES: usize = 4;
/// Files that a page lists unfolded.
const FEW_FILES: usize = 10;
/// Rows of a table, of a page of its own.
pub const PAGE_ROWS: usize = 500;
/// Letters of a picture's line.
const LINE: usize = 140;

/// A view, and what is known of it beside its model.
#[derive(Clone, Copy)]
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
    /// What its deployment wants to stand on all that it shows; empty if nothing is to.
    pub notice: &'m str,
}

impl Report<'_> {
    /// As Markdown. Text from files stands in it as text: nothing in it is markup.
    pub fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", plain(self.subject));
        if !self.notice.is_empty() {
            _ = writeln!(text, "**{}**\n", plain(self.notice));
        }
        if let Some(headline) = &self.model.headline {
            _ = writeln!(text, "**{}**\n", plain(&headline.text));
        }
        for paragraph in self.paragraphs() {
            _ = writeln!(text, "{}\n", plain(&paragraph));
        }
        for (label, value) in self.facts() {
            _ = writeln!(text, "- {}: **{}**", plain(&label), plain(&value));
        }
        for grid in self.grids().take(TABLES) {
            _ = writeln!(text, "\n### {}\n", plain(&grid.title));
            let header: Vec<String> = headings(grid).iter().map(|cell| plain(cell)).collect();
            let rule: Vec<&str> = grid.columns.iter().map(|column| if column.numeric { "--:" } else { "---" }).collect();
            _ = writeln!(text, "| {} |\n| {} |", header.join(" | "), rule.join(" | "));
            for row in grid.rows.iter().take(ROWS) {
                let cells: Vec<String> = row.iter().map(|cell| plain(&cell.cell.text)).collect();
                _ = writeln!(text, "| {} |", cells.join(" | "));
            }
            if let Some(more) = more(grid, ROWS) {
                _ = writeln!(text, "\n{more}");
            }
        }
        let link = if self.link.is_empty() { String::new() } else { format!(" · <{}>", self.link) };
        _ = writeln!(text, "\n{} · {}{link}", plain(self.source), self.date);
        text
    }

    /// As HTML with these pictures, each a `data:` address.
    pub fn html(&self, pictures: &[String]) -> String {
        let subject = escaped(self.subject);
        let picture = |picture: &String| format!("<p><img src=\"{}\" alt=\"{subject}\"></p>\n", escaped(picture));
        let mut text = format!("<h2>{subject}</h2>\n{}", self.notice());
        text += &self.body(&pictures.iter().map(picture).collect::<String>(), TABLES, ROWS);
        _ = writeln!(text, "<p>{}</p>", self.footer());
        text
    }

    /// The notice in HTML, as a paragraph of its own.
    fn notice(&self) -> String {
        match self.notice {
            "" => String::new(),
            notice => format!("<p class=\"notice\"><strong>{}</strong></p>\n", escaped(notice)),
        }
    }

    /// Source, date, and the way back, in HTML.
    fn footer(&self) -> String {
        let open = format!(" · <a href=\"{}\">Open in Inferscope</a>", escaped(self.link));
        format!("{} · {}{}", escaped(self.source), self.date, if self.link.is_empty() { "" } else { &open })
    }

    /// What it says, around these figures.
    fn body(&self, figures: &str, tables: usize, rows: usize) -> String {
        let mut text = String::new();
        if let Some(headline) = &self.model.headline {
            _ = writeln!(text, "<p><strong>{}</strong></p>", escaped(&headline.text));
        }
        for paragraph in self.paragraphs() {
            _ = writeln!(text, "<p>{}</p>", escaped(&paragraph));
        }
        text.push_str(figures);
        let facts: Vec<(String, String)> = self.facts().collect();
        if !facts.is_empty() {
            text.push_str("<ul>\n");
            for (label, value) in facts {
                _ = writeln!(text, "<li>{}: <strong>{}</strong></li>", escaped(&label), escaped(&value));
            }
            text.push_str("</ul>\n");
        }
        if let Some((name, own)) = &self.model.text {
            _ = writeln!(text, "<h3>{}</h3>\n<pre>{}</pre>", escaped(name), escaped(own));
        }
        for grid in self.grids().take(tables) {
            let cells = |row: &Vec<GridCell>| row.iter().map(|cell| cell.cell.text.clone()).collect();
            let shown: Vec<Vec<String>> = grid.rows.iter().take(rows).map(cells).collect();
            _ = writeln!(text, "<h3>{}</h3>\n{}", escaped(&grid.title), table(&headings(grid), &shown));
            if let Some(more) = more(grid, rows) {
                _ = writeln!(text, "<p>{more}</p>");
            }
        }
        text
    }

    /// The words above a picture: the answer or what is shown, the filters, the source; in lines that fit.
    pub fn caption(&self, title: &str) -> String {
        let lead = self.model.headline.as_ref().map_or(&self.model.sentence, |headline| &headline.text);
        let title = if title.is_empty() { String::new() } else { format!("{title} · ") };
        let source = format!("{} · {}", self.source, self.date);
        let lines = [self.notice.to_owned(), format!("{title}{lead}"), filters(&self.model.state), source];
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
        self.model.grids.iter().filter(|grid| !grid.rows.is_empty())
    }
}

/// A table in HTML.
fn table(headings: &[String], rows: &[Vec<String>]) -> String {
    let row = |cells: &[String], tag: &str| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
        format!("<tr>{}</tr>\n", cells.concat())
    };
    let rows: String = rows.iter().map(|cells| row(cells, "td")).collect();
    format!("<table>\n<thead>{}</thead>\n<tbody>{rows}</tbody></table>", row(headings, "th"))
}

fn headings(grid: &Grid) -> Vec<String> {
    let heading = |column: &super::Column| match column.unit.as_str() {
        "" => column.label.clone(),
        unit => format!("{} ({unit})", column.label),
    };
    grid.columns.iter().map(heading).collect()
}

fn more(grid: &Grid, rows: usize) -> Option<String> {
    let left = grid.total.max(grid.rows.len()).saturating_sub(rows.min(grid.rows.len()));
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

/// What a report that is a page of its own begins with.
pub const PAGE: &str =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"Inferscope\">";

/// What stands in such a page before the block of JSON that brings its data; after it comes the element's end.
pub const DATA: &str = "<script type=\"application/json\" id=\"inferscope\">";

/// Nothing is fetched, whatever is in the page.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                      form-action 'none'";

/// A chart of a page.
pub struct Plot {
    /// Its title.
    pub title: String,
    /// Its height in pixels.
    pub height: usize,
    /// What it shows, in words.
    pub words: String,
    /// The chart, as `scripts/report.entry.mjs` takes it.
    pub chart: serde_json::Value,
}

/// A part of a page: a view and its charts.
pub struct Section<'m> {
    /// The view.
    pub report: Report<'m>,
    /// Its charts.
    pub plots: Vec<Plot>,
    /// The table of its records: headings, then at most [`PAGE_ROWS`] rows.
    pub rows: &'m [Vec<String>],
}

/// A file that a page's data came from: its path, format, tool with version, and what was read of it.
pub type Provenance = [String; 4];

/// A page of its own: interactive charts, tables, where the figures come from, and the data. It needs no network.
pub struct Page<'m> {
    /// Its title.
    pub title: &'m str,
    /// Whether the data are made up.
    pub synthetic: bool,
    /// Its parts.
    pub sections: Vec<Section<'m>>,
    /// The files that the data came from.
    pub files: Vec<Provenance>,
    /// What to know of the data.
    pub notes: &'m [String],
    /// What lets the page be dropped on Inferscope: its view and its data, as JSON.
    pub data: &'m str,
    /// The program that draws (`scripts/report.entry.mjs`).
    pub viewer: &'m str,
}

impl Page<'_> {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let title = escaped(self.title);
        let mut text = format!(
            "{PAGE}<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\n\
             <style>{}</style></head>\n<body>\n<h1>{title}</h1>\n",
            include_str!("report.css")
        );
        text += &self.sections.first().map(|section| section.report.notice()).unwrap_or_default();
        if self.synthetic {
            text.push_str("<p><strong class=\"demo\">Synthetic demo data</strong> Made by a formula, measured on nothing.</p>\n");
        }
        let mut charts = Vec::new();
        for Section { report, plots, rows } in &self.sections {
            let mut figures = String::from("<div class=\"plots\">\n");
            for Plot { title, height, words, chart } in plots {
                let heading =
                    if title.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", escaped(title)) };
                _ = writeln!(
                    figures,
                    "<figure>{heading}<div data-plot=\"{}\" role=\"img\" aria-label=\"{}\" style=\"height:{height}px\"></div></figure>",
                    charts.len(),
                    escaped(words)
                );
                charts.push(chart);
            }
            figures.push_str("</div>\n");
            let heading = if self.sections.len() > 1 { format!("<h2>{}</h2>\n", escaped(report.subject)) } else { String::new() };
            _ = write!(text, "<section>\n{heading}{}", report.body(&figures, usize::MAX, PAGE_ROWS));
            if let [headings, rows @ ..] = rows
                && !rows.is_empty()
            {
                let kind = report.model.kind();
                _ = write!(
                    text,
                    "<details><summary>Table: {}</summary>\n{}",
                    kind.count(report.model.total),
                    table(headings, rows)
                );
                let left = report.model.total.saturating_sub(rows.len());
                _ = write!(
                    text,
                    "{}</details>",
                    if left > 0 { format!("<p>… and {left} more rows.</p>") } else { String::new() }
                );
            }
            text.push_str("</section>\n");
        }
        if !self.files.is_empty() {
            let headings = ["File", "Format", "Tool", "Read"].map(str::to_owned);
            let rows: Vec<Vec<String>> = self.files.iter().map(|file| file.to_vec()).collect();
            let open = if rows.len() > FEW_FILES { "" } else { " open" };
            let what =
                format!("<details{open}><summary>Where the figures come from: {}</summary>", plural(rows.len() as u64, "file"));
            _ = writeln!(text, "<section>\n{what}\n{}</details></section>", table(&headings, &rows));
        }
        for note in self.notes {
            _ = writeln!(text, "<p>{}</p>", escaped(note));
        }
        if let Some(Section { report, .. }) = self.sections.first() {
            let footer = report.footer();
            _ = writeln!(text, "<footer>{footer} · Dropped on Inferscope, this file shows its data in this view.</footer>");
        }
        // Within a script element only its end has a meaning, and JSON may write any letter as a number.
        let json = |json: &str| json.replace('<', "\\u003c");
        let charts = serde_json::to_string(&charts).unwrap_or_default();
        _ = writeln!(text, "{DATA}{}</script>", json(self.data));
        _ = writeln!(text, "<script type=\"application/json\" id=\"plots\">{}</script>", json(&charts));
        _ = write!(text, "<script>{}</script>\n</body></html>\n", self.viewer.replace("</script", "<\\/script"));
        text
    }
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
        let report = Report {
            model: &model,
            subject: "Compare",
            source: "a*.json",
            date: "2026-11-29",
            link: "https://x/?v=1",
            notice: "",
        };
        let markdown = report.markdown();
        assert!(markdown.contains("**B is 26% slower.**"), "{markdown}");
        assert!(markdown.contains("| \\[x\\](http:\u{200b}//evil.example) \\| &lt;img src=x&gt; | −3% |"), "{markdown}");
        assert!(markdown.contains("- P95 TTFT: **+5% (1 worse)**") && markdown.contains("… and 24 more rows."), "{markdown}");
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
        let report = Report { model: &model, subject: "", source: "a.json", date: "2026-11-29", link: "", notice: "" };
        let caption = report.caption("P95 TTFT");
        assert!(caption.lines().all(|line| line.chars().count() <= LINE), "{caption}");
        assert_eq!(caption.lines().last(), Some("a.json · 2026-11-29"));
        assert_eq!(caption.replace(['\n', ' '], "").matches('x').count(), 300);
    }

    #[test]
    fn the_notice_stands_in_all_of_them_as_text() {
        let model = model();
        let report = Report { model: &model, subject: "", source: "a", date: "", link: "", notice: "Internal <b>use</b> *only*" };
        assert!(report.markdown().contains("**Internal &lt;b&gt;use&lt;/b&gt; \\*only\\***"), "{}", report.markdown());
        let html = "<p class=\"notice\"><strong>Internal &lt;b&gt;use&lt;/b&gt; *only*</strong></p>";
        assert_eq!(report.html(&[]).matches(html).count(), 1, "{}", report.html(&[]));
        assert_eq!(report.caption("").lines().next(), Some("Internal <b>use</b> *only*"));
        let section = || Section { report, plots: Vec::new(), rows: &[] };
        let page = Page {
            title: "",
            synthetic: false,
            sections: vec![section(), section()],
            files: Vec::new(),
            notes: &[],
            data: "{}",
            viewer: "",
        };
        assert_eq!(page.html().matches(html).count(), 1, "{}", page.html());
    }
}
