//! `inferscope report`: views as one page that needs no network, with the records that they show.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use inferscope::catalog::instant;
use inferscope::catalog::number::plural;
use inferscope::chart;
use inferscope::engine::bundle::{self, Manifest, PackedTable};
use inferscope::engine::protocol::{ExportRef, FileId};
use inferscope::engine::{Engine, FileReport, PACKED};
use inferscope::record::Kind;
use inferscope::state::{Filters, Selection, ViewState, deployment, link};
use inferscope::table::Table;
use inferscope::view;
use inferscope::view_model::ViewModel;
use inferscope::view_model::report::{PAGE_ROWS, Page, Report, Section};

use super::page_folder::PageFolder;
use super::{complain, each_file, note, tell};

/// What is reported, and where to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files and folders (recursive; folders that begin with a dot are skipped); `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A view, as the page's address has it: `?v=2&view=pareto&f.model=…`. Several make one page. Without it the view that answers
    /// first; of a tree of Dynamo's benchmarks (`<benchmark>/c<N>/…`) its script's five charts and summary.
    #[arg(long, value_name = "LINK", allow_hyphen_values = true)]
    link: Vec<String>,
    /// The file to write; without it the page goes to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The page's title. Default: the view's name and that of the files.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Keep names of people and hosts (users, nodes, submitters), which are numbered otherwise.
    #[arg(long)]
    names: bool,
    /// The folder with Inferscope's page, whose report.js draws the charts; looked for as `inferscope open` does.
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
}

/// The view of Dynamo's benchmarks.
const DYNAMO: &str = "explore/dynamo";

/// Writes the report; 1 when no file has records.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let viewer = match viewer(arguments.dist.as_deref()) {
        Ok(viewer) => viewer,
        Err(reason) => {
            complain(&format!("inferscope report: {reason}"));
            return Ok(2);
        }
    };
    let mut engine = Engine::default();
    engine.hide_names(!arguments.names);
    let mut reports: Vec<FileReport> = Vec::new();
    let mut is_dynamo = true;
    each_file(&arguments.paths, |imported| {
        tell(&imported.report);
        is_dynamo &= imported.tables.get(Kind::Measurement).is_none_or(is_benchmark);
        engine.add(FileId(reports.len() as u32), imported.tables);
        reports.push(imported.report);
        Ok(())
    })?;
    let read: Vec<&FileReport> = reports.iter().filter(|report| !report.records.is_empty()).collect();
    if read.is_empty() {
        complain("inferscope report: no records in these files");
        return Ok(1);
    }
    let is_dynamo = is_dynamo && read.iter().any(|report| report.measurements > 0);
    let states = states(&arguments.link, is_dynamo);
    let is_known = |state: &&ViewState| state.view == view::FIRST || view::by_id(&state.view).is_some();
    if let Some(unknown) = states.iter().find(|state| !is_known(state)) {
        complain(&format!(
            "inferscope report: --link: there is no view “{}”. Copy the link from the page's address.",
            unknown.view
        ));
        return Ok(2);
    }
    let shown: Vec<Shown> = states.iter().map(|state| Shown::of(&mut engine, state)).collect();
    let (mut manifest, notes) = data(&mut engine, &shown);
    let notices: BTreeSet<&str> = reports.iter().filter_map(|report| report.notice.as_deref()).collect();
    manifest.notice = deployment::notice(&notices.into_iter().collect::<Vec<_>>().join(" · "));
    let source = match read.as_slice() {
        [file] => file.path.rsplit('/').next().unwrap_or_default().to_owned(),
        files => plural(files.len() as u64, "file"),
    };
    let date = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    let date = date.and_then(|since| instant::shown(since.as_secs_f64())).unwrap_or_default();
    let date = date.get(..10).unwrap_or_default();
    let sections: Vec<Section<'_>> = shown.iter().map(|shown| shown.section(&source, date, &manifest.notice)).collect();
    let title = match &arguments.title {
        Some(title) => title.clone(),
        None => {
            let views: Vec<&str> = shown.iter().map(|shown| shown.name.as_str()).collect();
            format!("{} · {source}", views.join(", "))
        }
    };
    let page = Page {
        title: &title,
        synthetic: read.iter().any(|report| report.synthetic),
        sections,
        files: read.iter().filter_map(|report| bundle::provenance(report)).collect(),
        notes: &notes,
        data: &serde_json::to_string(&manifest)?,
        viewer: &viewer,
    };
    let html = page.html();
    match &arguments.output {
        Some(path) => {
            fs::write(path, html).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
            note(&format!("inferscope report: {} written", path.display()));
        }
        None => out.write_all(html.as_bytes())?,
    }
    Ok(0)
}

/// The program that draws a report's charts, from the page's folder.
fn viewer(dist: Option<&Path>) -> Result<String, String> {
    let content: Option<Cow<'static, [u8]>> = PageFolder::find(dist)?.read("report.js");
    let content = content.ok_or("the page’s folder has no report.js: it is of an older version. `make dist` writes it anew")?;
    String::from_utf8(content.into_owned()).map_err(|_| "the page’s report.js is damaged".to_owned())
}

/// Whether all measurements lie in folders of Dynamo's script: `<benchmark>/c<N>/…`.
fn is_benchmark(table: &Table) -> bool {
    let Some(path) = table.dimension("path") else { return false };
    let is_level = |part: &str| part.strip_prefix('c').is_some_and(|level| level.parse::<u32>().is_ok());
    (0..path.cardinality() as u32).all(|code| path.value(code).split('/').any(is_level))
}

/// The states of the links; what of them is not understood is told.
fn states(links: &[String], is_dynamo: bool) -> Vec<ViewState> {
    if links.is_empty() {
        let all = Filters::Chosen(Selection::new());
        return vec![match is_dynamo {
            true => ViewState { view: DYNAMO.to_owned(), filters: all, ..ViewState::default() },
            false => ViewState { view: view::FIRST.to_owned(), ..ViewState::default() },
        }];
    }
    let decoded = links.iter().map(|text| {
        // A whole address has the link behind its question mark; parts of it can stand in the fragment.
        let query = text.split_once('?').map_or(text.as_str(), |(_, query)| query);
        let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
        let (state, notes) = link::decode(&inferscope::state::parts::joined(query, fragment));
        notes.iter().for_each(|text| note(text));
        state
    });
    decoded.collect()
}

/// A view as it is shown.
struct Shown {
    model: ViewModel,
    /// Its name.
    name: String,
    /// The kinds of records that it shows.
    kinds: BTreeSet<Kind>,
    /// The link of what is shown.
    link: String,
    /// The table of its records.
    rows: Vec<Vec<String>>,
}

impl Shown {
    fn of(engine: &mut Engine, state: &ViewState) -> Shown {
        let state = engine.as_seen(state).into_owned();
        let mut model = engine.show(&state, &BTreeMap::new());
        for at in 0..model.grids.len() {
            let rows = engine.grid_rows(at, 0, PAGE_ROWS);
            if let Some(grid) = model.grids.get_mut(at) {
                grid.rows = rows;
            }
        }
        let about = view::about(&model.state.view);
        let extra = about.map(|about| about.extra_kinds).unwrap_or_default();
        let kinds = model.of.into_iter().chain(extra.iter().copied()).collect();
        let link = link::encode(&ViewState { view: model.state.view.clone(), ..state });
        Shown { name: about.map(|about| about.name()).unwrap_or_default(), kinds, link, rows: engine.cells(PAGE_ROWS), model }
    }

    fn section<'m>(&'m self, source: &'m str, date: &'m str, notice: &'m str) -> Section<'m> {
        let plots = chart::plots(&self.model.panels, self.model.state.zoom);
        Section {
            report: Report { model: &self.model, subject: &self.name, source, date, link: "", notice },
            plots,
            rows: &self.rows,
        }
    }
}

/// The records of all views, with the first as the view that they are seen in; and what is left out.
fn data(engine: &mut Engine, shown: &[Shown]) -> (Manifest, Vec<String>) {
    let mut manifest = Manifest::of(shown.first().map(|shown| shown.link.as_str()).unwrap_or_default());
    let mut notes = Vec::new();
    for kind in shown.iter().flat_map(|shown| shown.kinds.iter().copied()).collect::<BTreeSet<Kind>>() {
        let export = engine.export(&ExportRef { all_of: Some(kind), ..ExportRef::of(PACKED) });
        notes.extend(Some(export.note).filter(|note| !note.is_empty()));
        if let Some(packed) = String::from_utf8(export.bytes).ok().filter(|packed| !packed.is_empty()) {
            manifest.tables.push(PackedTable { name: export.name, packed });
        }
    }
    (manifest, notes)
}
