//! Arrow's many types in the three forms in which cells are read. Arrow's own casts know every pair of types, which
//! would make the program a third larger.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

/// A column's values, `None` where there is none.
pub(in crate::format) type Values<T> = Vec<Option<T>>;

/// The values of a primitive array of the first of these types that it is of, each turned by the expression behind it.
macro_rules! primitive {
    ($array:expr, $($kind:pat => $type:ty, $value:ident => $turned:expr;)*) => {
        match $array.data_type() {
            $($kind => $array.as_primitive_opt::<$type>().map(|values| values.iter().map(|value| value.map(|$value| $turned)).collect()),)*
            _ => None,
        }
    };
}

/// A dictionary's values, each row's by its key.
fn looked_up<T: Clone>(array: &ArrayRef, read: fn(&ArrayRef) -> Option<Values<T>>) -> Option<Values<T>> {
    let dictionary = array.as_any_dictionary_opt()?;
    let entries = dictionary.values();
    if entries.is_empty() {
        return Some(vec![None; array.len()]);
    }
    // Rows come in parts, and a part need not have many of the entries: then only those that it has are read.
    let all = if entries.len() <= array.len() { read(entries)? } else { Vec::new() };
    let entry = |key: usize| match all.get(key) {
        Some(value) => value.clone(),
        None if key < entries.len() => read(&entries.slice(key, 1))?.pop().flatten(),
        None => None,
    };
    read(&entries.slice(0, 0))?;
    let keys = dictionary.normalized_keys().into_iter().enumerate();
    Some(keys.map(|(row, key)| if array.is_valid(row) { entry(key) } else { None }).collect())
}

/// Figures as 64-bit floats.
pub(in crate::format) fn numbers(array: &ArrayRef) -> Option<Values<f64>> {
    let scaled = |scale: i8| 10f64.powi(i32::from(scale));
    match array.data_type() {
        DataType::Dictionary(..) => looked_up(array, numbers),
        DataType::Decimal128(_, scale) => {
            let scale = scaled(*scale);
            array
                .as_primitive_opt::<Decimal128Type>()
                .map(|values| values.iter().map(|value| value.map(|value| value as f64 / scale)).collect())
        }
        _ => primitive!(array,
            DataType::Float64 => Float64Type, value => value;
            DataType::Float32 => Float32Type, value => f64::from(value);
            DataType::Float16 => Float16Type, value => value.to_f64();
            DataType::Int64 => Int64Type, value => value as f64;
            DataType::Int32 => Int32Type, value => f64::from(value);
            DataType::Int16 => Int16Type, value => f64::from(value);
            DataType::Int8 => Int8Type, value => f64::from(value);
            DataType::UInt64 => UInt64Type, value => value as f64;
            DataType::UInt32 => UInt32Type, value => f64::from(value);
            DataType::UInt16 => UInt16Type, value => f64::from(value);
            DataType::UInt8 => UInt8Type, value => f64::from(value);
        ),
    }
}

/// Instants in milliseconds since 1970.
pub(in crate::format) fn instants(array: &ArrayRef) -> Option<Values<i64>> {
    primitive!(array,
        DataType::Timestamp(TimeUnit::Second, _) => TimestampSecondType, value => value.saturating_mul(1000);
        DataType::Timestamp(TimeUnit::Millisecond, _) => TimestampMillisecondType, value => value;
        DataType::Timestamp(TimeUnit::Microsecond, _) => TimestampMicrosecondType, value => value.div_euclid(1000);
        DataType::Timestamp(TimeUnit::Nanosecond, _) => TimestampNanosecondType, value => value.div_euclid(1_000_000);
        DataType::Date32 => Date32Type, value => i64::from(value) * 86_400_000;
        DataType::Date64 => Date64Type, value => value;
    )
}

/// Texts; whole numbers with every digit.
pub(in crate::format) fn texts(array: &ArrayRef) -> Option<Values<String>> {
    fn owned<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> Values<String> {
        texts.map(|text| text.map(str::to_owned)).collect()
    }
    fn decoded<'t>(bytes: impl Iterator<Item = Option<&'t [u8]>>) -> Values<String> {
        bytes.map(|bytes| std::str::from_utf8(bytes?).ok().map(str::to_owned)).collect()
    }
    match array.data_type() {
        DataType::Dictionary(..) => looked_up(array, texts),
        DataType::Utf8 => array.as_string_opt::<i32>().map(|texts| owned(texts.iter())),
        DataType::LargeUtf8 => array.as_string_opt::<i64>().map(|texts| owned(texts.iter())),
        DataType::Utf8View => array.as_string_view_opt().map(|texts| owned(texts.iter())),
        DataType::Binary => array.as_binary_opt::<i32>().map(|bytes| decoded(bytes.iter())),
        DataType::LargeBinary => array.as_binary_opt::<i64>().map(|bytes| decoded(bytes.iter())),
        DataType::BinaryView => array.as_binary_view_opt().map(|bytes| decoded(bytes.iter())),
        DataType::Boolean => {
            array.as_boolean_opt().map(|values| values.iter().map(|value| value.map(|value| value.to_string())).collect())
        }
        _ => primitive!(array,
            DataType::Int64 => Int64Type, value => value.to_string();
            DataType::Int32 => Int32Type, value => value.to_string();
            DataType::Int16 => Int16Type, value => value.to_string();
            DataType::Int8 => Int8Type, value => value.to_string();
            DataType::UInt64 => UInt64Type, value => value.to_string();
            DataType::UInt32 => UInt32Type, value => value.to_string();
            DataType::UInt16 => UInt16Type, value => value.to_string();
            DataType::UInt8 => UInt8Type, value => value.to_string();
        ),
    }
}
