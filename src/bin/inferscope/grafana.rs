//! `inferscope grafana`: the Server view's panels as boards of a Grafana.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use inferscope::grafana::{BOARDS, deployment};

/// Where to, and which.
#[derive(Args)]
pub struct Arguments {
    /// Write both boards, and a kustomization that makes a ConfigMap of each, into this folder, which is made.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print the JSON of this board instead.
    #[arg(long, value_name = "BOARD", conflicts_with = "folder", value_parser = PossibleValuesParser::new(BOARDS.iter().map(|board| board.key)))]
    board: Option<String>,
    /// The address of an Inferscope that the boards link to: http:// or https://.
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    page: String,
}

/// Writes or prints; the exit code.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let page = arguments.page.as_str();
    let web = ["http://", "https://"].iter().any(|scheme| page.starts_with(scheme));
    if !page.is_empty() && (!web || page.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '$'))) {
        super::complain(&format!("inferscope grafana: --page {page} is no address; write https://…, with %-escapes"));
        return Ok(2);
    }
    let Some(folder) = &arguments.folder else {
        let board = arguments.board.as_deref().unwrap_or_default();
        let Some(board) = BOARDS.iter().find(|known| known.key == board) else {
            super::complain("inferscope grafana: name a folder to write both boards to, or one with --board");
            return Ok(2);
        };
        write!(out, "{}", board.json(page))?;
        return Ok(0);
    };
    let at = |path: &PathBuf, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    for file in deployment(page) {
        let path = folder.join(file.name);
        fs::write(&path, file.text).map_err(|error| at(&path, error))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(0)
}
