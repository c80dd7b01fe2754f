//! How a table writes its numbers: decimal comma or point, thousands separators. Decided once for a whole file, because a
//! single cell such as `4.032` can be read in two ways.
//!
//! A cell is evidence where it can be read in one way only: `0,994` and `3.121,2` have a decimal comma, `31.5` and
//! `1,448.40` a decimal point. `4.032` and `31,512` could be either.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};
use serde::{Deserialize, Serialize};

use super::cells::{is_missing, parted};
use super::rows::Rows;
use crate::record::{Diagnostic, Place, Severity};

/// What separates the decimals of a table's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decimal {
    /// `1.448,4`
    #[serde(rename = "decimal-comma")]
    Comma,
    /// `1,448.4`
    #[serde(rename = "decimal-point")]
    Point,
}

impl Decimal {
    /// Both, in the order menus show them.
    pub const ALL: [Decimal; 2] = [Decimal::Comma, Decimal::Point];

    /// The name in “read as” and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Decimal::Comma => "decimal-comma",
            Decimal::Point => "decimal-point",
        }
    }

    /// The label on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Decimal::Comma => "numbers with a decimal comma (1.448,4)",
            Decimal::Point => "numbers with a decimal point (1,448.4)",
        }
    }

    /// The separator named by [`Decimal::key`].
    pub fn from_key(key: &str) -> Option<Decimal> {
        Decimal::ALL.into_iter().find(|decimal| decimal.key() == key)
    }
}

/// How a cell's number can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Not as a number with separators.
    Other,
    /// Digits alone, or with one decimal point whose digits are not three: the same in any notation but for the point.
    Plain,
    /// With this decimal separator only.
    Only(Decimal),
    /// One separator before exactly three digits: `4.032`.
    Either,
}

/// Most cells that are named in a finding.
const NAMED: usize = 3;

/// A table's text with plain numbers, and what was decided.
pub(in crate::format) struct Plain<'t> {
    pub text: Cow<'t, str>,
    pub findings: Vec<Diagnostic>,
}

/// A table in which every number is written plainly (`1448.4`). Cells that can be read in two ways are blank, unless
/// `wanted` says how to read them. Columns with any text stay as they are, and so do lines.
pub(in crate::format) fn plain(text: &str, delimiter: u8, wanted: Option<Decimal>) -> Plain<'_> {
    let untouched = |findings| Plain { text: Cow::Borrowed(text), findings };
    if wanted.is_none() && !may_have_separators(text, delimiter) {
        return untouched(Vec::new());
    }
    let (survey, textual) = Survey::new(text, delimiter);
    let (decimal, mut findings) = survey.decide(delimiter, wanted);
    if decimal == Some(Decimal::Point) && !survey.separated && !survey.comma_doubted {
        return untouched(findings);
    }
    if decimal.is_none() {
        findings.extend(doubt(&survey));
    }
    Plain { text: Cow::Owned(rewrite(text, delimiter, decimal, &textual)), findings }
}

/// Whether any cell could have a separator other than a decimal point: between commas only a quoted one can.
fn may_have_separators(text: &str, delimiter: u8) -> bool {
    if delimiter != b',' {
        return true;
    }
    let bytes = text.as_bytes();
    memchr_iter(b'"', bytes).any(|at| {
        let rest = &bytes[at + 1..];
        let end = memchr(b'"', &rest[..rest.len().min(40)]).unwrap_or(0);
        let cell = text.get(at + 1..at + 1 + end).unwrap_or_default();
        matches!(shape(cell), Shape::Only(_) | Shape::Either)
    })
}

/// How a trimmed cell can be read; a unit behind the number does not matter.
fn shape(cell: &str) -> Shape {
    let (cell, _) = parted(cell);
    let number = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    if !number.starts_with(|c: char| c.is_ascii_digit()) || !number.ends_with(|c: char| c.is_ascii_digit()) {
        return Shape::Other;
    }
    let spaced = number.contains(is_space);
    let compact: Cow<'_, str> = if spaced { Cow::Owned(number.replace(is_space, "")) } else { Cow::Borrowed(number) };
    if spaced && !grouped(number, is_space) || !compact.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.')) {
        return Shape::Other;
    }
    let count = |byte: u8| compact.bytes().filter(|other| *other == byte).count();
    match (count(b','), count(b'.')) {
        (0, 0) if spaced => Shape::Only(Decimal::Point),
        (0, 0) => Shape::Plain,
        (1, 0) => single(&compact, ',', Decimal::Comma),
        (0, 1) => match single(&compact, '.', Decimal::Point) {
            Shape::Only(_) if !spaced => Shape::Plain,
            other => other,
        },
        (0, _) if grouped(&compact, |c| c == '.') => Shape::Only(Decimal::Comma),
        (_, 0) if grouped(&compact, |c| c == ',') => Shape::Only(Decimal::Point),
        (1, points) if points > 1 || compact.rfind(',') > compact.rfind('.') => mixed(&compact, ',', '.', Decimal::Comma),
        (_, 1) => mixed(&compact, '.', ',', Decimal::Point),
        _ => Shape::Other,
    }
}

/// Signs that group thousands and separate nothing else.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// A number with one separator: before other than three digits, or behind a 0 or more than three digits, it is decimal.
fn single(number: &str, separator: char, decimal: Decimal) -> Shape {
    let Some((whole, rest)) = number.split_once(separator) else { return Shape::Other };
    if rest.len() != 3 || whole.starts_with('0') || whole.len() > 3 { Shape::Only(decimal) } else { Shape::Either }
}

/// A number with both: groups of three before the decimal separator.
fn mixed(number: &str, decimal: char, group: char, found: Decimal) -> Shape {
    let (whole, rest) = number.split_once(decimal).unwrap_or((number, ""));
    if !rest.contains(group) && grouped(whole, |c| c == group) { Shape::Only(found) } else { Shape::Other }
}

/// Whether the parts between separators are groups of three digits behind one to three.
fn grouped(number: &str, is: impl Fn(char) -> bool) -> bool {
    // Decimals end the last group.
    let whole = number.split(|c: char| matches!(c, ',' | '.') && !is(c)).next().unwrap_or(number);
    let mut parts = whole.split(&is);
    let first = parts.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A cell with its place.
struct Seen {
    line: u64,
    column: String,
    cell: String,
}

impl Seen {
    fn place(&self) -> Place {
        Place::Cell { line: self.line, column: self.column.clone() }
    }
}

/// What the cells of a column show, or those of all columns.
#[derive(Default)]
struct Survey {
    /// The first cell that has a decimal comma, and the first that has a point (with a comma for thousands, or not three
    /// decimals).
    comma: Option<Seen>,
    point: Option<Seen>,
    /// How many columns have the one and the other.
    commas: usize,
    points: usize,
    /// Some cell has thousands separators, or a decimal comma.
    separated: bool,
    /// The first cells that can be read in two ways, and how many there are.
    doubts: Vec<Seen>,
    doubted: usize,
    /// Whether one of them has a comma, and whether one has a point, in a column without decimal commas.
    comma_doubted: bool,
    point_doubted: bool,
}

impl Survey {
    /// What all columns of numbers show, and which columns have text.
    fn new(text: &str, delimiter: u8) -> (Survey, Vec<bool>) {
        let mut rows = Rows::new(text, delimiter);
        rows.advance(None);
        let names: Vec<String> = rows.record().iter().map(|name| name.trim().to_owned()).collect();
        let mut columns: Vec<Survey> = names.iter().map(|_| Survey::default()).collect();
        let mut textual = vec![false; names.len()];
        while let Some(row) = rows.advance(Some(names.len())) {
            if row.is_err() {
                continue;
            }
            for ((column, is_text), (cell, name)) in columns.iter_mut().zip(&mut textual).zip(rows.record().iter().zip(&names)) {
                let cell = cell.trim();
                match shape(cell) {
                    Shape::Other => *is_text |= !is_missing(cell),
                    shape => column.see(shape, rows.line(), name, cell),
                }
            }
        }
        let numbers = columns.into_iter().zip(&textual).filter(|(_, is_text)| !**is_text);
        (numbers.fold(Survey::default(), |all, (column, _)| all.with(column)), textual)
    }

    fn see(&mut self, shape: Shape, line: u64, column: &str, cell: &str) {
        let seen = || Seen { line, column: column.to_owned(), cell: cell.to_owned() };
        match shape {
            Shape::Other => {}
            Shape::Plain if self.point.is_none() && cell.contains('.') => self.point = Some(seen()),
            Shape::Plain => {}
            Shape::Only(Decimal::Comma) => {
                self.separated = true;
                self.comma.get_or_insert_with(seen);
            }
            Shape::Only(Decimal::Point) => {
                self.separated = true;
                self.point.get_or_insert_with(seen);
            }
            Shape::Either => {
                self.doubted += 1;
                self.comma_doubted |= cell.contains(',');
                self.point_doubted |= cell.contains('.');
                if self.doubts.len() < NAMED {
                    self.doubts.push(seen());
                }
            }
        }
    }

    fn with(mut self, other: Survey) -> Survey {
        self.commas += usize::from(other.comma.is_some());
        self.points += usize::from(other.point.is_some());
        self.comma_doubted |= other.comma_doubted;
        self.point_doubted |= other.point_doubted && other.comma.is_none();
        self.comma = self.comma.or(other.comma);
        self.point = self.point.or(other.point);
        self.separated |= other.separated;
        self.doubted += other.doubted;
        self.doubts.extend(other.doubts);
        self.doubts.truncate(NAMED);
        self
    }

    /// The file's notation; `None` if nothing shows it.
    fn decide(&self, delimiter: u8, wanted: Option<Decimal>) -> (Option<Decimal>, Vec<Diagnostic>) {
        // Among commas, numbers have points, and one column with commas may be a list such as “0,1”.
        let among_commas = delimiter == b',';
        let has_commas = match among_commas {
            true => self.commas > self.points && (self.commas > 1 || !self.point_doubted),
            false => self.commas >= self.points,
        };
        let (decimal, seen) = match (wanted, &self.comma, &self.point) {
            (Some(wanted), ..) => (Some(wanted), None),
            // A version such as 0.11 may stand among numbers with a comma, and a list such as “0,1” among numbers with a point:
            // what most columns have is the file's.
            (None, Some(comma), _) if has_commas => (Some(Decimal::Comma), Some(comma)),
            (None, _, Some(point)) => (Some(Decimal::Point), Some(point)),
            (None, Some(_), None) => (None, None),
            (None, _, None) if among_commas && (self.point_doubted || !self.comma_doubted) => (Some(Decimal::Point), None),
            (None, _, None) if self.doubted == 0 => (Some(Decimal::Point), None),
            (None, _, None) => (None, None),
        };
        let stated = match (decimal, seen) {
            (Some(Decimal::Comma), Some(seen)) => Some(format!(
                "Numbers are read with a decimal comma in the whole file, because of “{}”{}.",
                seen.cell,
                self.example(Decimal::Comma)
            )),
            (Some(Decimal::Point), Some(seen)) if self.separated || self.comma_doubted => Some(format!(
                "Numbers are read with a decimal point and thousands separators in the whole file, because of “{}”{}.",
                seen.cell,
                self.example(Decimal::Point)
            )),
            _ => None,
        };
        let place = seen.map_or(Place::File, Seen::place);
        let hint = "If that is wrong, choose the other notation under “read as” (command line: `--read-as`).";
        (decimal, stated.map(|message| Diagnostic::new(Severity::Info, place, message, hint)).into_iter().collect())
    }

    /// How a doubtful cell is read now.
    fn example(&self, decimal: Decimal) -> String {
        let read = |seen: &Seen| plain_number(&seen.cell, decimal).map(|number| format!("; “{}” is {number}", seen.cell));
        self.doubts.first().and_then(read).unwrap_or_default()
    }
}

/// The finding about cells that nothing decides: the first of them with both readings, and how many there are.
fn doubt(survey: &Survey) -> Option<Diagnostic> {
    let first = survey.doubts.first()?;
    let one = |seen: &Seen| {
        let [comma, point] = Decimal::ALL.map(|decimal| plain_number(&seen.cell, decimal).unwrap_or_default());
        format!("“{}” can be {comma} (decimal comma) or {point} (decimal point)", seen.cell)
    };
    let cells: Vec<String> = survey.doubts.iter().map(one).collect();
    let more = match survey.doubted - survey.doubts.len() {
        0 => String::new(),
        more => format!(" and {more} more cells are alike:"),
    };
    let message = format!("{};{more} left blank.", cells.join(", "));
    let hint = "Choose the notation under “read as” (command line: `--read-as decimal-comma` or `decimal-point`).";
    Some(Diagnostic::new(Severity::Warning, first.place(), message, hint))
}

/// A cell's number, written plainly and with its unit, if it is one with separators.
fn plain_number(cell: &str, decimal: Decimal) -> Option<String> {
    let (number, unit) = parted(cell);
    let (group, point) = match decimal {
        Decimal::Comma => ('.', ','),
        Decimal::Point => (',', '.'),
    };
    let fits = match shape(cell) {
        Shape::Only(found) => found == decimal || !number.contains([',', '.']),
        Shape::Either => true,
        Shape::Plain | Shape::Other => false,
    };
    fits.then(|| {
        let digits = number.chars().filter(|c| !is_space(*c) && *c != group);
        let plain: String = digits.map(|c| if c == point { '.' } else { c }).collect();
        if unit.is_empty() { plain } else { format!("{plain} {unit}") }
    })
}

/// The text with plain numbers; without a notation, doubtful cells are blank.
fn rewrite(text: &str, delimiter: u8, decimal: Option<Decimal>, textual: &[bool]) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut first) = (0, true);
    while at < text.len() {
        let end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |offset| at + offset + 1);
        let line = &text[at..end];
        // The header has names, and a quote that is open at the end of a line belongs to a text.
        if first && line.trim().is_empty() {
            out.push_str(line);
            at = end;
            continue;
        }
        if first || memchr_iter(b'"', line.as_bytes()).count() % 2 == 1 {
            out.push_str(line);
        } else {
            cells(line, delimiter, decimal, textual, &mut out);
        }
        first = false;
        at = end;
    }
    out
}

fn cells(line: &str, delimiter: u8, decimal: Option<Decimal>, textual: &[bool], out: &mut String) {
    let body = line.trim_end_matches(['\r', '\n']);
    let (mut quoted, mut start) = (false, 0);
    let separators = body.bytes().enumerate().filter(|(_, byte)| {
        quoted ^= *byte == b'"';
        *byte == delimiter && !quoted
    });
    let ends: Vec<usize> = separators.map(|(at, _)| at).chain([body.len()]).collect();
    for (index, end) in ends.into_iter().enumerate() {
        let cell = body.get(start..end).unwrap_or_default();
        let inside = cell.trim().trim_matches('"').trim();
        match decimal {
            _ if is_missing(inside) || textual.get(index).is_none_or(|is_text| *is_text) => out.push_str(cell),
            Some(decimal) => match plain_number(inside, decimal) {
                Some(number) => out.push_str(&number),
                None => out.push_str(cell),
            },
            None if matches!(shape(inside), Shape::Either) => {}
            None => out.push_str(cell),
        }
        out.push_str(body.get(end..(end + 1).min(body.len())).unwrap_or_default());
        start = end + 1;
    }
    out.push_str(&line[body.len()..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, delimiter: u8, wanted: Option<Decimal>) -> (String, Vec<String>) {
        let Plain { text, findings } = plain(text, delimiter, wanted);
        (text.into_owned(), findings.into_iter().map(|found| found.message).collect())
    }

    #[test]
    fn what_most_columns_have_is_the_files() {
        let lists = "gpu_ids,tps,ttft\n\"0,1\",100.25,30.125\n\"0,1\",200.5,31.5\n";
        assert_eq!(of(lists, b',', None).0, lists);
        let german = "version;tps;ttft\n0.11;100,25;30,125\n0.11;200,5;31,5\n";
        assert_eq!(of(german, b';', None).0, "version;tps;ttft\n0.11;100.25;30.125\n0.11;200.5;31.5\n");
    }

    #[test]
    fn a_list_among_commas_makes_no_decimal_comma() {
        // One column says comma and one says point: among commas it is a point.
        let text = "a,b,gpus\n35.125,950.12,\"0,1\"\n40.250,123.456,\"2,3\"\n";
        assert_eq!(of(text, b',', None).0, text);
        // With nothing but the list and doubtful numbers neither is certain.
        let (_, findings) = of("a,gpus\n35.125,\"0,1\"\n", b',', None);
        assert!(!findings.is_empty(), "{findings:?}");
        // However late the thousands come, and whatever else is in doubt, unquoted points among commas are points.
        let late = format!("a,b\n{}35.156,\"1,234\"\n", "35.156,1\n".repeat(5));
        assert!(of(&late, b',', None).0.ends_with("35.156,1234\n"), "{:?}", of(&late, b',', None));
    }

    #[test]
    fn shapes() {
        for (cell, expected) in [
            ("0,994", Shape::Only(Decimal::Comma)),
            ("3.121,2", Shape::Only(Decimal::Comma)),
            ("31,5", Shape::Only(Decimal::Comma)),
            ("-1.234.567", Shape::Only(Decimal::Comma)),
            ("1 448,4", Shape::Only(Decimal::Comma)),
            ("1,448.40", Shape::Only(Decimal::Point)),
            ("1,234,567", Shape::Only(Decimal::Point)),
            ("1’448.4", Shape::Only(Decimal::Point)),
            ("31.5", Shape::Plain),
            ("42", Shape::Plain),
            ("4.032", Shape::Either),
            ("31,512", Shape::Either),
            ("1234.567", Shape::Plain),
            ("0.994", Shape::Plain),
            ("3.2.5", Shape::Other),
            ("12 34", Shape::Other),
            ("vLLM-0.11", Shape::Other),
            ("1.2,3.4", Shape::Other),
            ("", Shape::Other),
        ] {
            assert_eq!(shape(cell), expected, "{cell}");
        }
    }

    #[test]
    fn a_file_has_one_notation() {
        let (text, said) = of("a;version;b\n0,994;0.11;4.032\n31,5;3.2.5;1.448,4\n", b';', None);
        assert_eq!(text, "a;version;b\n0.994;0.11;4032\n31.5;3.2.5;1448.4\n");
        assert_eq!(said.len(), 1);
        assert_eq!(of("a;b\n345,21 W;\"2,5 %\"\n", b';', None).0, "a;b\n345.21 W;2.5 %\n");
        assert!(said[0].contains("decimal comma") && said[0].contains("“4.032” is 4032"), "{said:?}");
        let (text, said) = of("a,b\n\"1,448.40\",\"31,512\"\n", b',', None);
        assert_eq!(text, "a,b\n1448.40,31512\n");
        assert!(said[0].contains("decimal point"), "{said:?}");
        let untouched = "a,b\n\"x, y\",4.032\n";
        assert_eq!(of(untouched, b',', None), (untouched.to_owned(), Vec::new()));
        let untouched = "a;b\n1.5;4.032\n";
        assert_eq!(of(untouched, b';', None), (untouched.to_owned(), Vec::new()));
    }

    #[test]
    fn what_nothing_decides_is_blank_until_someone_does() {
        let table = "a;b\n4.032;7\n31,512;8\n";
        let (text, said) = of(table, b';', None);
        assert_eq!(text, "a;b\n;7\n;8\n");
        assert!(said[0].contains("4032 (decimal comma) or 4.032 (decimal point)"), "{said:?}");
        assert_eq!(of(table, b';', Some(Decimal::Comma)).0, "a;b\n4032;7\n31.512;8\n");
        assert_eq!(of(table, b';', Some(Decimal::Point)).0, "a;b\n4.032;7\n31512;8\n");
    }
}
