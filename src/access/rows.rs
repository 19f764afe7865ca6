//! Rows of the file, as values and back.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, types::Type};

use super::record::{KeyRecord, Scope};
use super::spend::Spends;
use super::text::Hash;

type Result<T> = std::result::Result<T, rusqlite::Error>;

const COLUMNS: &str = "id, name, hash, person, scopes, per_minute, usd_per_day, retention_none, \
                       reviews, created_at, expires_at, revoked_at";

/// Every key with its hash, in the order of their making, whatever the clock said.
pub(super) fn keys(connection: &Connection) -> Result<Vec<(KeyRecord, Hash)>> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM keys ORDER BY rowid"))?;
    query.query_map([], key)?.collect()
}

/// The key of this name or id. Names have no `_`, ids have one.
pub(super) fn find(connection: &Connection, name_or_id: &str) -> Result<Option<KeyRecord>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM keys WHERE name = ?1 OR id = ?1"
    ))?;
    let found = query.query_row([name_or_id], key).optional()?;
    Ok(found.map(|(record, _)| record))
}

fn key(row: &Row<'_>) -> Result<(KeyRecord, Hash)> {
    let scopes: String = row.get("scopes")?;
    let scopes: Option<BTreeSet<Scope>> = words(&scopes).map(Scope::named).collect();
    let reviews: String = row.get("reviews")?;
    let record = KeyRecord {
        id: row.get("id")?,
        name: row.get("name")?,
        person: row.get("person")?,
        scopes: scopes
            .ok_or_else(|| rusqlite::Error::InvalidColumnType(4, "scopes".into(), Type::Text))?,
        per_minute: row.get("per_minute")?,
        usd_per_day: row.get("usd_per_day")?,
        retention_none: row.get("retention_none")?,
        reviews: words(&reviews).map(str::to_owned).collect(),
        created_at: unsigned(row.get("created_at")?),
        expires_at: row.get::<_, Option<i64>>("expires_at")?.map(unsigned),
        revoked_at: row.get::<_, Option<i64>>("revoked_at")?.map(unsigned),
    };
    Ok((record, row.get("hash")?))
}

/// Adds a key.
pub(super) fn insert(connection: &Connection, key: &KeyRecord, hash: &Hash) -> Result<()> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    connection.execute(
        &format!(
            "INSERT INTO keys ({COLUMNS}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        ),
        rusqlite::params![
            key.id,
            key.name,
            hash,
            key.person,
            scopes.join(","),
            key.per_minute,
            key.usd_per_day,
            key.retention_none,
            key.reviews.join(","),
            signed(key.created_at),
            key.expires_at.map(signed),
            key.revoked_at.map(signed),
        ],
    )?;
    Ok(())
}

/// Marks a key as revoked.
pub(super) fn revoke(connection: &Connection, id: &str, at: u64) -> Result<()> {
    connection.execute(
        "UPDATE keys SET revoked_at = ?2 WHERE id = ?1",
        (id, signed(at)),
    )?;
    Ok(())
}

/// What was spent on a day and those beside it, so that midnight needs no read.
pub(super) fn spends(connection: &Connection, day: u64) -> Result<Spends> {
    let mut query = connection
        .prepare_cached("SELECT key_id, day, usd FROM spend WHERE day BETWEEN ?1 AND ?2")?;
    let (from, to) = (day.saturating_sub(1), day.saturating_add(1));
    query
        .query_map((signed(from), signed(to)), |row| {
            Ok(((row.get(0)?, unsigned(row.get(1)?)), row.get(2)?))
        })?
        .collect()
}

/// Adds to what was spent.
pub(super) fn add_spends(transaction: &Transaction<'_>, spends: &Spends) -> Result<()> {
    let mut add = transaction.prepare_cached(
        "INSERT INTO spend (key_id, day, usd) VALUES (?1, ?2, ?3) \
         ON CONFLICT DO UPDATE SET usd = usd + excluded.usd",
    )?;
    for ((id, day), usd) in spends {
        add.execute((id, signed(*day), usd))?;
    }
    Ok(())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|word| !word.is_empty())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
