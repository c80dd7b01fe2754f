//! Whether a table has seconds under headings that say milliseconds, decided by two columns that are each other's inverse.

use super::value::{Given, cell_of};
use crate::format::reader::csv::header::Header;
use crate::format::reader::csv::rows::Rows;

/// Two columns whose product tells the unit of the file's times: a latency, and the speed that is its inverse in 1/s.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Doubt {
    pub latency: &'static str,
    pub speed: &'static str,
    /// What is said where the file has seconds under headings that say ms.
    pub note: &'static str,
}

/// How many rows look like seconds, and how many like milliseconds; the columns by their positions.
pub(super) fn weigh(body: &str, header: &Header, latency: usize, speed: usize) -> (u64, u64) {
    let mut rows = Rows::new(body, header.delimiter);
    rows.advance(None);
    let (mut seconds, mut others) = (0, 0);
    while let Some(row) = rows.advance(Some(header.names.len())) {
        let cell = |at: usize| match rows.record().get(at).map(cell_of) {
            Some(Given::Written(number, _)) if row.is_ok() && number > 0.0 => Some(number),
            _ => None,
        };
        if let Some((latency, speed)) = cell(latency).zip(cell(speed)) {
            // The product is 1 in seconds and 1000 in milliseconds; between them lies their geometric mean.
            *(if latency * speed < 1000_f64.sqrt() { &mut seconds } else { &mut others }) += 1;
        }
    }
    (seconds, others)
}
