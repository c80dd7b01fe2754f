//! NumPy's array archive: a zip of `.npy` files, each a short header with type and shape, then the numbers.
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>)

use std::io::{Cursor, Read};

use serde_json::{Map, Value};
use zip::ZipArchive;

use super::lists::Lists;
use crate::record::{Diagnostic, Place, Severity, Sink};

/// How many bytes of one array are read.
const MAX_ARRAY: u64 = 64 << 20;
/// How many arrays are read.
const MAX_ARRAYS: usize = 64;

/// The name of a zip's first entry.
fn first_name(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"PK\x03\x04")?;
    let length = u16::from_le_bytes([*rest.get(22)?, *rest.get(23)?]);
    rest.get(26..26 + usize::from(length))
}

/// Whether the bytes are a zip whose first entry is an array.
pub(super) fn is_npz(bytes: &[u8]) -> bool {
    first_name(bytes).is_some_and(|name| name.ends_with(b".npy"))
}

/// Whether the first array has this name.
pub(super) fn begins_with(bytes: &[u8], name: &str) -> bool {
    first_name(bytes).and_then(|first| first.strip_suffix(b".npy")) == Some(name.as_bytes())
}

/// The arrays: an object of empty lists, and the numbers in them.
pub(super) fn read(bytes: &[u8], sink: &mut dyn Sink) -> (Value, Lists) {
    let (mut arrays, mut lists) = (Map::new(), Lists::default());
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            let message = format!("Cannot open the archive: {error}.");
            let hint = "Copy the file again: it may be truncated.";
            sink.diagnostic(Diagnostic::new(Severity::Error, Place::File, message, hint));
            return (Value::Null, lists);
        }
    };
    for index in 0..archive.len().min(MAX_ARRAYS) {
        let mut content = Vec::new();
        let entry = archive.by_index(index).map_err(|error| error.to_string()).and_then(|entry| {
            let name = entry.name().map_err(|error| error.to_string())?.into_owned();
            let read = entry.take(MAX_ARRAY).read_to_end(&mut content);
            read.map(|_| name).map_err(|error| error.to_string())
        });
        let read = entry.and_then(|name| match array(&content) {
            Some(list) => Ok((name.strip_suffix(".npy").unwrap_or(&name).to_owned(), list)),
            None => Err(format!("“{name}” is not a supported array of numbers")),
        });
        match read {
            Ok((name, list)) => {
                arrays.insert(name.clone(), Value::Array(Vec::new()));
                lists.insert(name, list);
            }
            Err(error) => {
                let message = format!("An array is skipped: {error}.");
                let hint = "Supported are arrays of 4- and 8-byte numbers in C order.";
                sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(format!("[{index}]")), message, hint));
            }
        }
    }
    (Value::Object(arrays), lists)
}

/// The numbers of a `.npy`, in order; a shape of several dimensions is read as one row after the other. What is not
/// finite is missing.
fn array(bytes: &[u8]) -> Option<Vec<Option<f64>>> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (header, data) = match rest.first()? {
        1 => rest
            .get(2..)?
            .split_at_checked(2)
            .and_then(|(n, rest)| rest.split_at_checked(u16::from_le_bytes(n.try_into().ok()?).into())),
        _ => rest
            .get(2..)?
            .split_at_checked(4)
            .and_then(|(n, rest)| rest.split_at_checked(usize::try_from(u32::from_le_bytes(n.try_into().ok()?)).ok()?)),
    }?;
    let header = std::str::from_utf8(header).ok()?;
    let after = |key: &str| header.split_once(key).map(|(_, rest)| rest.trim_start_matches([':', ' ']));
    let kind = after("'descr'")?.strip_prefix('\'')?.split('\'').next()?;
    let fortran = after("'fortran_order'")?.starts_with("True");
    let shape = after("'shape'")?.strip_prefix('(')?.split(')').next()?;
    let sides: Vec<usize> =
        shape.split(',').map(str::trim).filter(|side| !side.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
    let count = sides.iter().try_fold(1_usize, |product, side| product.checked_mul(*side))?;
    if fortran && sides.len() > 1 {
        return None;
    }
    let (order, kind) = kind.split_at_checked(1)?;
    let little = match order {
        "<" | "|" => true,
        ">" => false,
        _ => return None,
    };
    let width: usize = kind.get(1..)?.parse().ok()?;
    let data = data.get(..count.checked_mul(width)?)?;
    let number = |bytes: &[u8]| -> Option<f64> {
        let mut eight = [0_u8; 8];
        let place = eight.get_mut(..bytes.len())?;
        place.copy_from_slice(bytes);
        if !little {
            place.reverse();
        }
        let [a, b, c, d, ..] = eight;
        Some(match kind {
            "f8" => f64::from_le_bytes(eight),
            "f4" => f64::from(f32::from_le_bytes([a, b, c, d])),
            "i8" => i64::from_le_bytes(eight) as f64,
            "u8" => u64::from_le_bytes(eight) as f64,
            "i4" => f64::from(i32::from_le_bytes([a, b, c, d])),
            "u4" => f64::from(u32::from_le_bytes([a, b, c, d])),
            _ => return None,
        })
    };
    if !matches!(kind, "f8" | "f4" | "i8" | "u8" | "i4" | "u4") {
        return None;
    }
    Some(data.chunks_exact(width).map(|bytes| number(bytes).filter(|number| number.is_finite())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
    }

    #[test]
    fn every_type_is_read() {
        let of = |kind: &str, data: &[u8]| array(&npy(kind, "(2,)", data)).map(|list| serde_json::json!(list).to_string());
        let bytes = |list: [[u8; 8]; 2]| list.concat();
        assert_eq!(of("<f8", &bytes([1.5_f64.to_le_bytes(), f64::NAN.to_le_bytes()])).as_deref(), Some("[1.5,null]"));
        assert_eq!(of(">i8", &bytes([3_i64.to_be_bytes(), (-4_i64).to_be_bytes()])).as_deref(), Some("[3.0,-4.0]"));
        assert_eq!(of("<f4", &[1.5_f32.to_le_bytes(), 2.0_f32.to_le_bytes()].concat()).as_deref(), Some("[1.5,2.0]"));
        assert_eq!(of("<i4", &[7_i32.to_le_bytes(), 8_i32.to_le_bytes()].concat()).as_deref(), Some("[7.0,8.0]"));
        assert_eq!(of("<f8", &[0; 9]), None);
        assert_eq!(of("<U8", &[0; 64]), None);
        assert_eq!(
            array(&npy("<i8", "()", &5_i64.to_le_bytes())).map(|list| serde_json::json!(list).to_string()).as_deref(),
            Some("[5.0]")
        );
    }
}
