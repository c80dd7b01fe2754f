//! Whether a table has seconds under headings that say milliseconds, decided by two columns that are each other's inverse;
//! where it has only the latency, by whether that is below 1.

use super::value::{Given, cell_of};
use crate::format::reader::csv::header::Header;
use crate::format::reader::csv::rows::Rows;

/// Two columns whose product tells the unit of the file's times: a latency, and the speed that is its inverse in 1/s.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Doubt {
    pub latency: &'static str,
    pub speed: &'static str,
    /// The finding when columns headed “(ms)” contain seconds.
    pub note: &'static str,
}

/// How many rows look like seconds, and how many like milliseconds; the columns by their positions.
pub(super) fn weigh(body: &str, header: &Header, latency: usize, speed: Option<usize>) -> (u64, u64) {
    // The product is 1 in seconds and 1000 in milliseconds; between them lies their geometric mean.
    let middle = 1000_f64.sqrt();
    let mut rows = Rows::new(body, header.delimiter);
    rows.advance(None);
    let (mut seconds, mut others) = (0, 0);
    while let Some(row) = rows.advance(Some(header.names.len())) {
        let cell = |at: usize| match rows.record().get(at).map(cell_of) {
            Some(Given::Written(number, _)) if row.is_ok() && number > 0.0 => Some(number),
            _ => None,
        };
        let speed = speed.map_or(Some(middle), cell);
        if let Some((latency, speed)) = cell(latency).zip(speed) {
            *(if latency * speed < middle { &mut seconds } else { &mut others }) += 1;
        }
    }
    (seconds, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_decides() {
        let weighed = |body: &str, speed| Header::find(body).map(|header| weigh(body, &header, 0, speed));
        assert_eq!(weighed("tpot,speed\n0.05,20\n0.03,33\n,1\n", Some(1)), Some((2, 0)));
        assert_eq!(weighed("tpot,speed\n50,20\n0.5,2000\n0.05,20\n", Some(1)), Some((1, 2)));
        assert_eq!(weighed("tpot,other\n0.05,x\n12,y\nfast,z\n", None), Some((1, 1)));
    }
}
