//! The keys: on disk, and as a picture in memory.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::{Connection, TransactionBehavior};
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use super::error::AccessError;
use super::record::{KeyRecord, NewKey, Refusal};
use super::spend::{Spending, day_of};
use super::text::{self, Hash};
use super::{Clock, format, locked, rows};

/// The keys of one file. Cheap to clone; clones share all. Whatever is not
/// said to look into memory only may wait for the disk, and for up to five
/// seconds for another process: not for async threads.
#[derive(Clone)]
pub struct KeyStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    clock: Clock,
    /// Of the file that was opened: another one may come to lie there.
    file: (u64, u64),
    disk: Mutex<Disk>,
    picture: RwLock<Arc<Picture>>,
    spending: Mutex<Spending>,
    /// Compared with where there is no such id.
    no_hash: Hash,
}

struct Disk {
    connection: Connection,
    /// `PRAGMA data_version` when the picture was taken; changes when others
    /// write.
    version: i64,
    /// The day around which spending was read.
    day: u64,
}

/// Keys by id.
type Picture = HashMap<String, (Arc<KeyRecord>, Hash)>;

impl KeyStore {
    /// Opens the keys' file, or makes it (mode 0600, its folder 0700).
    ///
    /// # Errors
    /// [`AccessError::Exposed`] when others may read it,
    /// [`AccessError::Newer`], [`AccessError::Foreign`] and
    /// [`AccessError::Damaged`] for files that cannot be used,
    /// [`AccessError::Busy`] and [`AccessError::Store`] for what SQLite or the
    /// file system refuses.
    pub fn open(path: &Path, clock: Clock) -> Result<KeyStore, AccessError> {
        let connection = format::open(path)?;
        let store = KeyStore(Arc::new(Inner {
            file: identity(path)?,
            path: path.to_owned(),
            clock,
            disk: Mutex::new(Disk {
                connection,
                version: 0,
                day: 0,
            }),
            picture: RwLock::default(),
            spending: Mutex::default(),
            no_hash: text::no_hash()?,
        }));
        store.read(&mut locked(&store.0.disk))?;
        Ok(store)
    }

    /// Makes a key. Its text is nowhere but in what is returned.
    ///
    /// # Errors
    /// What the key cannot be ([`AccessError::BadName`],
    /// [`AccessError::NameInUse`], [`AccessError::PersonNeeded`],
    /// [`AccessError::UnknownReviewed`] and others), or why it could not be
    /// written; then there is no such key.
    pub fn add(&self, new: NewKey) -> Result<(KeyRecord, SecretString), AccessError> {
        let now = (self.0.clock)();
        new.check(now)?;
        let (id, text, hash) = text::make()?;
        let mut disk = locked(&self.0.disk);
        let fault = |error| AccessError::sqlite(&self.0.path, &error);
        // Immediate: the name is free until we are done.
        let transaction = disk
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        if let Some(there) = rows::find(&transaction, &new.name).map_err(fault)? {
            return Err(AccessError::NameInUse {
                name: new.name,
                revoked: there.revoked_at.is_some(),
            });
        }
        let mut reviews = Vec::new();
        for name in new.reviews {
            match rows::find(&transaction, &name).map_err(fault)? {
                Some(there) if reviews.contains(&there.id) => {}
                Some(there) => reviews.push(there.id),
                None => return Err(AccessError::UnknownReviewed { name }),
            }
        }
        let record = KeyRecord {
            id,
            name: new.name,
            person: new.person.map(|person| person.trim().to_owned()),
            scopes: new.scopes,
            per_minute: new.per_minute,
            usd_per_day: new.usd_per_day,
            retention_none: new.retention_none,
            reviews,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        rows::insert(&transaction, &record, &hash).map_err(fault)?;
        transaction.commit().map_err(fault)?;
        // The key is there: a picture that cannot be taken now is no reason to
        // keep its text from the caller.
        self.read(&mut disk).ok();
        Ok((record, text))
    }

    /// All keys, revoked ones too, in the order of their making.
    ///
    /// # Errors
    /// [`AccessError`] when the file cannot be read.
    pub fn list(&self) -> Result<Vec<KeyRecord>, AccessError> {
        self.read(&mut locked(&self.0.disk))
    }

    /// Revokes a key for good. One that is revoked stays as it was.
    ///
    /// # Errors
    /// [`AccessError::NoSuchKey`], or why it could not be written.
    pub fn revoke(&self, name_or_id: &str) -> Result<KeyRecord, AccessError> {
        let now = (self.0.clock)();
        let mut disk = locked(&self.0.disk);
        let fault = |error| AccessError::sqlite(&self.0.path, &error);
        let transaction = disk
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        let mut found = rows::find(&transaction, name_or_id)
            .map_err(fault)?
            .ok_or_else(|| AccessError::NoSuchKey {
                name: name_or_id.to_owned(),
            })?;
        if found.revoked_at.is_none() {
            rows::revoke(&transaction, &found.id, now).map_err(fault)?;
            found.revoked_at = Some(now);
        }
        transaction.commit().map_err(fault)?;
        self.read(&mut disk)?;
        Ok(found)
    }

    /// The key of a presented text. Looks into memory only. The hash is
    /// compared in constant time, also where there is no such id; only who
    /// presents the whole key learns that it has expired or was revoked.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, presented: &str) -> Result<Arc<KeyRecord>, Refusal> {
        let hash = text::hash(presented);
        let picture = self.picture();
        let found = text::id_of(presented).and_then(|id| picture.get(&id));
        let wanted = found.map_or(&self.0.no_hash, |(_, wanted)| wanted);
        let same = bool::from(hash.ct_eq(wanted));
        match found {
            Some((record, _)) if same => match record.refused((self.0.clock)()) {
                None => Ok(Arc::clone(record)),
                Some(refusal) => Err(refusal),
            },
            _ => Err(Refusal::Unknown),
        }
    }

    /// The key of this id, as it was last read; refused ones too. Looks into
    /// memory only.
    pub fn get(&self, id: &str) -> Option<Arc<KeyRecord>> {
        self.picture().get(id).map(|(record, _)| Arc::clone(record))
    }

    /// Reads again what another process changed; says whether there was any.
    /// Costs one small read when there was none. Writes spending that could
    /// not be written before.
    ///
    /// # Errors
    /// [`AccessError`] when the file cannot be read, or another lies in its
    /// place; what was read last then still counts.
    pub fn refresh(&self) -> Result<bool, AccessError> {
        if identity(&self.0.path).ok() != Some(self.0.file) {
            return Err(AccessError::Replaced {
                path: self.0.path.clone(),
            });
        }
        let mut disk = locked(&self.0.disk);
        let version = self.version(&disk.connection)?;
        let changed = version != disk.version;
        if changed || disk.day != day_of((self.0.clock)()) {
            self.read(&mut disk)?;
        }
        self.write_spends(&mut disk)?;
        Ok(changed)
    }

    /// Counts dollars that a key spent, on the UTC day that it is now, and
    /// returns when they are on disk. What comes in while another writes is
    /// written together.
    ///
    /// # Errors
    /// As [`KeyStore::count`]; or why it could not be written: then it is
    /// counted in memory, and written with the next.
    pub fn spend(&self, id: &str, usd: f64) -> Result<(), AccessError> {
        self.count(id, usd)?;
        self.settle()
    }

    /// Counts dollars that a key spent, in memory only: [`KeyStore::settle`]
    /// writes them, and so does the next [`KeyStore::refresh`].
    ///
    /// # Errors
    /// [`AccessError::BadLimit`] for what is no amount,
    /// [`AccessError::NoSuchKey`].
    pub fn count(&self, id: &str, usd: f64) -> Result<(), AccessError> {
        if !(usd.is_finite() && usd >= 0.0) {
            return Err(AccessError::BadLimit {
                what: "an amount spent",
                value: usd.to_string(),
                wanted: "dollars, 0 or more",
            });
        }
        if !self.picture().contains_key(id) {
            return Err(AccessError::NoSuchKey {
                name: id.to_owned(),
            });
        }
        if usd > 0.0 {
            let day = day_of((self.0.clock)());
            locked(&self.0.spending).add(id, day, usd);
        }
        Ok(())
    }

    /// Returns when all that was counted before is on disk. What several
    /// callers counted is written together.
    ///
    /// # Errors
    /// Why it could not be written: then it is written with the next.
    pub fn settle(&self) -> Result<(), AccessError> {
        self.write_spends(&mut locked(&self.0.disk))
    }

    /// Dollars that a key spent on the UTC day that it is now. Looks into
    /// memory only; what other processes spent is known since the last
    /// [`KeyStore::refresh`].
    pub fn spent_today(&self, id: &str) -> f64 {
        locked(&self.0.spending).of(id, day_of((self.0.clock)()))
    }

    fn picture(&self) -> Arc<Picture> {
        let picture = self.0.picture.read();
        Arc::clone(&picture.unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a new picture of the file.
    fn read(&self, disk: &mut Disk) -> Result<Vec<KeyRecord>, AccessError> {
        let fault = |error| match error {
            // A value that none of ours could be.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => AccessError::Damaged {
                path: self.0.path.clone(),
                what: error.to_string(),
            },
            error => AccessError::sqlite(&self.0.path, &error),
        };
        let day = day_of((self.0.clock)());
        // If this fails, the next refresh tries again.
        disk.version = -1;
        // Before the rest: what is written in between is then read again.
        let version = self.version(&disk.connection)?;
        let transaction = disk.connection.transaction().map_err(fault)?;
        let keys = rows::keys(&transaction).map_err(fault)?;
        let spends = rows::spends(&transaction, day).map_err(fault)?;
        drop(transaction);
        let records = keys.iter().map(|(record, _)| record.clone()).collect();
        let picture: Picture = keys
            .into_iter()
            .map(|(record, hash)| (record.id.clone(), (Arc::new(record), hash)))
            .collect();
        locked(&self.0.spending).read(spends);
        let kept = self.0.picture.write();
        *kept.unwrap_or_else(PoisonError::into_inner) = Arc::new(picture);
        (disk.version, disk.day) = (version, day);
        Ok(records)
    }

    fn version(&self, connection: &Connection) -> Result<i64, AccessError> {
        connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|error| AccessError::sqlite(&self.0.path, &error))
    }

    /// Writes all that waits, in one commit.
    fn write_spends(&self, disk: &mut Disk) -> Result<(), AccessError> {
        let batch = locked(&self.0.spending).begin();
        if batch.is_empty() {
            return Ok(());
        }
        let mut write = || {
            let transaction = disk
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            rows::add_spends(&transaction, &batch)?;
            transaction.commit()
        };
        let written = write();
        locked(&self.0.spending).ended(written.is_ok());
        written.map_err(|error| AccessError::sqlite(&self.0.path, &error))
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyStore({} keys)", self.picture().len())
    }
}

/// Which file lies at a path.
fn identity(path: &Path) -> Result<(u64, u64), AccessError> {
    let found = fs::metadata(path).map_err(|error| AccessError::io(path, &error))?;
    Ok((found.dev(), found.ino()))
}
