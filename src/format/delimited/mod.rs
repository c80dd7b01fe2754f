//! Text tables: rows that survive broken neighbours, and cells that may be missing. Knows no tool.

pub(super) mod cells;
pub(super) mod rows;
