//! What formats share to read a file: JSON and YAML trees, CSV rows, the identity of a record, figures, times and
//! diagnostics. This room knows no tool.

pub(in crate::format) mod blocks;
pub(in crate::format) mod csv;
pub(in crate::format) mod figures;
pub(in crate::format) mod findings;
pub(in crate::format) mod identity;
pub(in crate::format) mod json_yaml;
pub(in crate::format) mod requests;
pub(in crate::format) mod server_arguments;
pub(in crate::format) mod time;
