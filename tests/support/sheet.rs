//! A CSV as the tests look at it.

/// Header and rows of a CSV.
pub fn rows(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = cells(reader.headers().expect("a header"));
    (header, reader.records().map(|record| cells(&record.expect("rows of one length"))).collect())
}

/// The cells of a column.
pub fn column<'a>(table: &'a (Vec<String>, Vec<Vec<String>>), name: &str) -> Vec<&'a str> {
    let at = table.0.iter().position(|other| other == name).unwrap_or_else(|| panic!("column {name} in {:?}", table.0));
    table.1.iter().map(|row| row[at].as_str()).collect()
}
