//! CSV: rows that survive broken neighbours, and cells that may be missing. Knows no tool.

pub(in crate::format) mod cells;
pub(in crate::format) mod columns;
pub(in crate::format) mod header;
pub(in crate::format) mod notation;
mod quick;
pub(in crate::format) mod row;
pub(in crate::format) mod rows;
