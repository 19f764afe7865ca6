//! Checksums: of every row, and of every table as a whole.
//!
//! A row's checksum covers all that is read of it, so that a changed bit in the
//! file cannot become another answer. A table's seal is the number of its rows
//! and the sum of their checksums, written with every commit, so that a row
//! cannot vanish either. They are for accidents (disks, memory, copies), not
//! against people: whoever can write the file can write the checksums.

use std::collections::BTreeMap;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::error::JournalError;

/// A table of the journal that is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Meta,
    Calls,
    Unanswered,
    Failures,
    Results,
}

impl Table {
    pub(super) const ALL: [Table; 5] = [
        Table::Meta,
        Table::Calls,
        Table::Unanswered,
        Table::Failures,
        Table::Results,
    ];

    /// Its name in the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Meta => "meta",
            Table::Calls => "calls",
            Table::Unanswered => "unanswered",
            Table::Failures => "failures",
            Table::Results => "results",
        }
    }
}

/// Writes the fields of a row so that their borders are part of what is summed.
pub(super) struct Checksum(Sha256);

impl Checksum {
    pub(super) fn of(table: Table) -> Self {
        let checksum = Checksum(Sha256::new());
        checksum.text(table.name())
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.update(number.to_le_bytes());
        self
    }

    pub(super) fn float(self, number: f64) -> Self {
        self.number(number.to_bits())
    }

    pub(super) fn maybe<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.number(0),
            Some(value) => add(self.number(1), value),
        }
    }

    /// The first eight bytes of the SHA-256, as SQLite keeps them.
    pub(super) fn finish(self) -> i64 {
        let digest: [u8; 32] = self.0.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        i64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

/// What a table holds altogether.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seal {
    /// Rows.
    pub(super) rows: i64,
    /// Sum of their checksums, which wraps around.
    pub(super) sum: i64,
}

impl Seal {
    pub(super) fn add(&mut self, checksum: i64) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(checksum);
    }

    pub(super) fn take(&mut self, checksum: i64) {
        self.rows -= 1;
        self.sum = self.sum.wrapping_sub(checksum);
    }
}

/// The seals of all tables, as the file has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seals(BTreeMap<Table, Seal>);

impl Seals {
    pub(super) fn get(&self, table: Table) -> Seal {
        self.0.get(&table).copied().unwrap_or_default()
    }

    pub(super) fn of(&mut self, table: Table) -> &mut Seal {
        self.0.entry(table).or_default()
    }

    /// Reads them; a table without one has none.
    pub(super) fn read(connection: &Connection) -> Result<Seals, JournalError> {
        let mut query = connection.prepare("SELECT name, rows, sum FROM seals")?;
        let rows = query.query_map([], |row| {
            let (name, rows, sum) = (row.get::<_, String>(0)?, row.get(1)?, row.get(2)?);
            Ok((name, Seal { rows, sum }))
        })?;
        let mut seals = Seals::default();
        for row in rows {
            let (name, seal) = row?;
            let table = Table::ALL.into_iter().find(|table| table.name() == name);
            if let Some(table) = table {
                seals.0.insert(table, seal);
            }
        }
        Ok(seals)
    }

    /// Writes those that differ from what the file has.
    pub(super) fn write(&self, connection: &Connection, old: &Seals) -> Result<(), JournalError> {
        let mut put = connection
            .prepare_cached("INSERT OR REPLACE INTO seals (name, rows, sum) VALUES (?1, ?2, ?3)")?;
        for (table, seal) in &self.0 {
            if old.0.get(table) != Some(seal) {
                put.execute((table.name(), seal.rows, seal.sum))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_of_fields_count_and_seals_follow_rows() {
        let two = |a: &str, b: &str| Checksum::of(Table::Calls).text(a).text(b).finish();
        assert_ne!(two("ab", "c"), two("a", "bc"));
        assert_eq!(two("ab", "c"), two("ab", "c"));
        let none = Checksum::of(Table::Calls).maybe(None, Checksum::text);
        let empty = Checksum::of(Table::Calls).maybe(Some(""), Checksum::text);
        assert_ne!(none.finish(), empty.finish());
        let mut seal = Seal::default();
        seal.add(i64::MAX);
        seal.add(7);
        seal.take(i64::MAX);
        assert_eq!(seal, Seal { rows: 1, sum: 7 });
    }
}
