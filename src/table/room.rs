//! How much one dropped file may hold: a table that does not fit into memory takes everything else with it.

use super::Tables;

/// Records and cells that there is room for. What an archive holds counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Records of all kinds.
    pub rows: usize,
    /// Their texts and figures.
    pub cells: usize,
}

impl Room {
    /// For one file: 250 million cells take 2 GB or less, and WebAssembly addresses 4 GB.
    pub const MOST: Room = Room { rows: 20_000_000, cells: 250_000_000 };

    /// For an archive of so many bytes: records can be packed to some bytes each, and to some hundreds in a byte only by who
    /// means to fill the memory.
    pub fn of_archive(bytes: usize) -> Room {
        let Room { rows, cells } = Room::MOST;
        Room { rows: rows.min(1_000_000 + bytes / 4), cells: cells.min(20_000_000 + bytes.saturating_mul(16)) }
    }

    /// What is left once a record of so many cells is taken; `None` if there is no room for it.
    #[must_use]
    pub fn with_record(self, cells: usize) -> Option<Room> {
        Some(Room { rows: self.rows.checked_sub(1)?, cells: self.cells.checked_sub(cells)? })
    }

    /// What is left beside some tables.
    #[must_use]
    pub fn beside(self, tables: &Tables) -> Room {
        let rows = tables.iter().map(|(_, table)| table.rows()).sum();
        let cells = tables.iter().map(|(_, table)| table.cells()).sum();
        Room { rows: self.rows.saturating_sub(rows), cells: self.cells.saturating_sub(cells) }
    }

    /// Whether there is none.
    pub fn is_full(self) -> bool {
        self.rows == 0 || self.cells == 0
    }
}

impl Default for Room {
    fn default() -> Room {
        Room::MOST
    }
}
