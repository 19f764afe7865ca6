//! The service's keys, through the public surface.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use primum::access::{
    AccessError, Clock, KEYS_FILE, KeyRecord, KeyStore, NewKey, Rates, Refusal, Scope, home,
};
use proptest::prelude::*;
use secrecy::ExposeSecret;
use tokio::time::Instant;

const DAY: u64 = 86_400_000;
const START: u64 = 20_000 * DAY + DAY / 2;

/// A folder, a clock that can be set, and the store in it.
struct Setup {
    _folder: tempfile::TempDir,
    path: PathBuf,
    time: Arc<AtomicU64>,
    store: KeyStore,
}

fn setup() -> Setup {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state").join(KEYS_FILE);
    let time = Arc::new(AtomicU64::new(START));
    let store = KeyStore::open(&path, clock(&time)).expect("opens");
    Setup {
        _folder: folder,
        path,
        time,
        store,
    }
}

fn clock(time: &Arc<AtomicU64>) -> Clock {
    let time = Arc::clone(time);
    Arc::new(move || time.load(Ordering::SeqCst))
}

impl Setup {
    fn again(&self) -> KeyStore {
        KeyStore::open(&self.path, clock(&self.time)).expect("opens again")
    }

    fn set(&self, time: u64) {
        self.time.store(time, Ordering::SeqCst);
    }
}

fn new(name: &str) -> NewKey {
    NewKey {
        name: name.into(),
        scopes: BTreeSet::from([Scope::Consult]),
        ..NewKey::default()
    }
}

fn add(store: &KeyStore, new: NewKey) -> (KeyRecord, String) {
    let (record, text) = store.add(new).expect("made");
    (record, text.expose_secret().to_owned())
}

fn mode(path: &Path) -> u32 {
    let found = std::fs::metadata(path).expect("is there");
    found.permissions().mode() & 0o7777
}

#[test]
fn a_key_is_found_again_with_all_that_it_carries() {
    let setup = setup();
    let (ward, _) = add(&setup.store, new("ward-1"));
    let (made, text) = add(
        &setup.store,
        NewKey {
            name: "roe".into(),
            person: Some(" Dr Jane Roe ".into()),
            scopes: BTreeSet::from([Scope::Read, Scope::Release]),
            per_minute: Some(30),
            usd_per_day: Some(2.5),
            retention_none: true,
            reviews: vec!["ward-1".into(), ward.id.clone()],
            expires_at: Some(START + DAY),
        },
    );
    assert_eq!(made.reviews, [ward.id.as_str()]);
    assert_eq!(made.person.as_deref(), Some("Dr Jane Roe"));
    assert_eq!(made.created_at, START);
    assert!(made.may(Scope::Release) && !made.may(Scope::Consult));
    assert!(text.starts_with(&format!("primum_{}_", &made.id[2..])));
    for store in [&setup.store, &setup.again()] {
        assert_eq!(*store.check(&text).expect("good"), made);
        assert_eq!(store.list().expect("listed"), [ward.clone(), made.clone()]);
        assert_eq!(store.get(&made.id).as_deref(), Some(&made));
    }
}

#[test]
fn the_file_is_private_and_holds_no_key() {
    let setup = setup();
    let mut texts = Vec::new();
    for number in 0..20 {
        texts.push(add(&setup.store, new(&format!("key-{number}"))).1);
    }
    let folder = setup.path.parent().expect("a folder");
    assert_eq!(mode(folder), 0o700);
    for entry in std::fs::read_dir(folder).expect("listed") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let bytes = std::fs::read(&path).expect("read");
        for text in &texts {
            let secret = text.rsplit('_').next().expect("a secret");
            for part in [text.as_str(), secret, &secret[..16]] {
                let part = part.as_bytes();
                assert!(!bytes.windows(part.len()).any(|window| window == part));
            }
        }
    }
    let debug = format!("{:?}{:?}", setup.store, setup.store.list());
    assert!(texts.iter().all(|text| !debug.contains(&text[20..])));
    let (_, secret) = setup.store.add(new("last")).expect("made");
    assert!(!format!("{secret:?}").contains(secret.expose_secret()));
}

#[test]
fn what_others_can_read_is_refused() {
    let setup = setup();
    for (open, wanted) in [(0o644, true), (0o640, true), (0o602, true), (0o600, false)] {
        let permissions = std::fs::Permissions::from_mode(open);
        std::fs::set_permissions(&setup.path, permissions).expect("set");
        let opened = KeyStore::open(&setup.path, clock(&setup.time));
        let exposed = matches!(opened, Err(AccessError::Exposed { .. }));
        assert_eq!(exposed, wanted, "{open:o}");
        if let Err(error) = opened {
            let words = error.to_string();
            assert!(words.contains(&format!("mode 0{open:o}")), "{words}");
            assert!(words.contains("chmod 600 "), "{words}");
        }
    }
}

#[test]
fn the_home_is_made_private_and_an_open_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let wanted = folder.path().join("a").join("primum");
    let found = home(Some(wanted.clone().into_os_string())).expect("made");
    assert_eq!(found, wanted);
    assert_eq!(mode(&wanted), 0o700);
    std::fs::set_permissions(&wanted, std::fs::Permissions::from_mode(0o755)).expect("set");
    let error = home(Some(wanted.into_os_string())).expect_err("refused");
    assert!(error.to_string().contains("chmod 700 "), "{error}");
}

#[test]
fn a_key_that_makes_no_sense_is_refused() {
    let setup = setup();
    add(&setup.store, new("taken"));
    add(&setup.store, new("gone"));
    setup.store.revoke("gone").expect("revoked");
    let refused = |change: &dyn Fn(&mut NewKey)| {
        let mut key = new("fine");
        change(&mut key);
        setup.store.add(key).expect_err("refused")
    };
    let long = "a".repeat(41);
    for name in ["", "-a", "A", "a b", "a_b", "é", "a\n", long.as_str()] {
        let error = refused(&|key| key.name = name.to_owned());
        assert!(matches!(error, AccessError::BadName { .. }), "{name:?}");
    }
    for (name, revoked) in [("taken", false), ("gone", true)] {
        let error = refused(&|key| key.name = name.to_owned());
        let name = name.to_owned();
        assert_eq!(error, AccessError::NameInUse { name, revoked });
    }
    let person = "x".repeat(101);
    for person in ["", "  ", "a\nb", "a\u{202e}b", person.as_str()] {
        let error = refused(&|key| key.person = Some(person.to_owned()));
        assert_eq!(error, AccessError::BadPerson, "{person:?}");
    }
    assert_eq!(refused(&|key| key.scopes.clear()), AccessError::NoScope);
    assert_eq!(
        refused(&|key| key.scopes = BTreeSet::from([Scope::Release])),
        AccessError::PersonNeeded
    );
    assert_eq!(
        refused(&|key| key.expires_at = Some(START)),
        AccessError::ExpiryPast
    );
    for usd in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = refused(&|key| key.usd_per_day = Some(usd));
        assert!(matches!(error, AccessError::BadLimit { .. }), "{usd}");
    }
    for limit in [0, 10_001, u32::MAX] {
        let error = refused(&|key| key.per_minute = Some(limit));
        assert!(matches!(error, AccessError::BadLimit { .. }), "{limit}");
    }
    assert_eq!(
        refused(&|key| key.reviews = vec!["taken".into()]),
        AccessError::ReviewsNeedScope
    );
    let name = "nobody".to_owned();
    assert_eq!(
        refused(&|key| {
            key.scopes = BTreeSet::from([Scope::Read]);
            key.reviews = vec![name.clone()];
        }),
        AccessError::UnknownReviewed { name: name.clone() }
    );
    // Nothing of them is left: the store still takes a good one.
    add(&setup.store, new("fine"));
    assert_eq!(setup.store.list().expect("listed").len(), 3);
}

#[test]
fn a_key_revoked_elsewhere_ends_with_the_next_refresh_and_for_good() {
    let setup = setup();
    let service = setup.again();
    assert_eq!(service.refresh(), Ok(false));
    let (made, text) = add(&setup.store, new("ward"));
    assert_eq!(service.check(&text), Err(Refusal::Unknown));
    assert_eq!(service.refresh(), Ok(true));
    assert_eq!(
        service.check(&text).map(|key| key.id.clone()),
        Ok(made.id.clone())
    );
    assert_eq!(service.refresh(), Ok(false));

    setup.store.revoke("ward").expect("revoked");
    assert_eq!(setup.store.check(&text), Err(Refusal::Revoked));
    assert!(service.check(&text).is_ok(), "not read yet");
    assert_eq!(service.refresh(), Ok(true));
    assert_eq!(service.check(&text), Err(Refusal::Revoked));
    // A clock that jumps back, and a second time, revive nothing.
    for time in [START - DAY, 0, START + 9 * DAY] {
        setup.set(time);
        let again = setup.store.revoke(&made.id).expect("still");
        assert_eq!(again.revoked_at, Some(START));
        service.refresh().expect("refreshed");
        assert_eq!(service.check(&text), Err(Refusal::Revoked));
    }
    let name = "nobody".to_owned();
    assert_eq!(
        setup.store.revoke(&name),
        Err(AccessError::NoSuchKey { name })
    );
}

#[test]
fn expiry_is_what_the_clock_says() {
    let setup = setup();
    let mut key = new("short");
    key.expires_at = Some(START + 1_000);
    let (_, text) = add(&setup.store, key);
    setup.set(START + 999);
    assert!(setup.store.check(&text).is_ok());
    setup.set(START + 1_000);
    assert_eq!(setup.store.check(&text), Err(Refusal::Expired));
    // Who has not the whole key does not learn that it has expired.
    let cut = &text[..text.len() - 1];
    assert_eq!(setup.store.check(cut), Err(Refusal::Unknown));
}

#[test]
fn spending_counts_by_utc_day_and_survives() {
    let setup = setup();
    let (key, _) = add(&setup.store, new("ward"));
    let (other, _) = add(&setup.store, new("other"));
    assert!(setup.store.spent_today(&key.id).abs() < 1e-12);
    let service = setup.again();
    setup.store.spend(&key.id, 0.25).expect("written");
    setup.store.spend(&key.id, 0.5).expect("written");
    setup.store.spend(&key.id, 0.0).expect("nothing");
    service.spend(&key.id, 1.0).expect("written");
    assert!((setup.store.spent_today(&key.id) - 0.75).abs() < 1e-12);
    setup.store.refresh().expect("refreshed");
    service.refresh().expect("refreshed");
    for store in [&setup.store, &service, &setup.again()] {
        assert!((store.spent_today(&key.id) - 1.75).abs() < 1e-12);
        assert!(store.spent_today(&other.id).abs() < 1e-12);
    }
    // The next day begins at nothing, also before a refresh; a clock that
    // jumps back finds the day as it was.
    setup.set(START + DAY / 2);
    assert!(service.spent_today(&key.id).abs() < 1e-12);
    service.spend(&key.id, 3.0).expect("written");
    service.refresh().expect("refreshed");
    assert!((service.spent_today(&key.id) - 3.0).abs() < 1e-12);
    setup.set(START);
    service.refresh().expect("refreshed");
    assert!((service.spent_today(&key.id) - 1.75).abs() < 1e-12);
    // Far away and back, where the days were not in memory.
    setup.set(START + 400 * DAY);
    service.refresh().expect("refreshed");
    assert!(service.spent_today(&key.id).abs() < 1e-12);
    setup.set(START);
    service.refresh().expect("refreshed");
    assert!((service.spent_today(&key.id) - 1.75).abs() < 1e-12);

    for usd in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            service.spend(&key.id, usd),
            Err(AccessError::BadLimit { .. })
        ));
    }
    assert!(matches!(
        service.spend("k_nobody", 1.0),
        Err(AccessError::NoSuchKey { .. })
    ));
}

#[test]
fn spending_of_many_threads_and_processes_adds_up() {
    let setup = setup();
    let (key, _) = add(&setup.store, new("ward"));
    let beside = setup.again();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let store = if thread % 4 == 0 {
                &beside
            } else {
                &setup.store
            };
            let id = &key.id;
            scope.spawn(move || {
                for _ in 0..10 {
                    store.spend(id, 0.125).expect("written");
                    store.refresh().expect("refreshed");
                }
            });
        }
    });
    for store in [&setup.store, &beside, &setup.again()] {
        store.refresh().expect("refreshed");
        assert!((store.spent_today(&key.id) - 20.0).abs() < 1e-9);
    }
}

#[test]
fn two_stores_that_begin_at_once_share_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(KEYS_FILE);
    let time = Arc::new(AtomicU64::new(START));
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (path, time, barrier) = (&path, &time, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let store = KeyStore::open(path, clock(time)).expect("opens");
                add(&store, new(&format!("key-{number}")));
            });
        }
    });
    let store = KeyStore::open(&path, clock(&time)).expect("opens");
    assert_eq!(store.list().expect("listed").len(), 8);
    let left = std::fs::read_dir(folder.path()).expect("listed").count();
    assert_eq!(left, 1, "nothing is left beside the file");
}

#[test]
fn files_that_cannot_be_used_are_named_as_what_they_are() {
    let setup = setup();
    for number in 0..40 {
        add(&setup.store, new(&format!("key-{number}")));
    }
    let whole = std::fs::read(&setup.path).expect("read");
    let opened = |bytes: &[u8]| {
        std::fs::write(&setup.path, bytes).expect("written");
        KeyStore::open(&setup.path, clock(&setup.time)).map(|_| ())
    };
    assert!(matches!(opened(b""), Err(AccessError::Damaged { .. })));
    assert!(matches!(
        opened(&[b'x'; 4_096]),
        Err(AccessError::Foreign { .. })
    ));
    for cut in [
        50,
        3_000,
        4_096,
        8_192,
        whole.len() / 2,
        whole.len() - 4_096,
    ] {
        let error = opened(whole.get(..cut).expect("shorter")).expect_err("refused");
        assert!(
            matches!(
                error,
                AccessError::Damaged { .. } | AccessError::Foreign { .. }
            ),
            "{cut}: {error}"
        );
    }
    assert_eq!(opened(&whole), Ok(()));

    let change = |sql: &str| {
        std::fs::write(&setup.path, &whole).expect("written");
        let connection = rusqlite::Connection::open(&setup.path).expect("opens");
        connection.execute_batch(sql).expect("changed");
        drop(connection);
        KeyStore::open(&setup.path, clock(&setup.time)).map(|_| ())
    };
    assert!(matches!(
        change("UPDATE meta SET value = '2.0'"),
        Err(AccessError::Newer { .. })
    ));
    assert_eq!(change("UPDATE meta SET value = '1.7'"), Ok(()));
    assert!(matches!(
        change("UPDATE keys SET scopes = 'everything'"),
        Err(AccessError::Damaged { .. })
    ));
    assert!(matches!(
        change("UPDATE keys SET hash = x'00'"),
        Err(AccessError::Damaged { .. })
    ));
    assert!(matches!(
        change("PRAGMA application_id = 1"),
        Err(AccessError::Foreign { .. })
    ));
}

#[test]
fn a_file_that_was_replaced_is_noticed_and_the_keys_stay() {
    let setup = setup();
    let (_, text) = add(&setup.store, new("ward"));
    std::fs::remove_file(&setup.path).expect("removed");
    assert!(matches!(
        setup.store.refresh(),
        Err(AccessError::Replaced { .. })
    ));
    setup.again();
    assert!(matches!(
        setup.store.refresh(),
        Err(AccessError::Replaced { .. })
    ));
    assert!(setup.store.check(&text).is_ok());
}

#[test]
fn one_changed_character_is_refused() {
    let setup = setup();
    let (_, text) = add(&setup.store, new("ward"));
    assert!(setup.store.check(&text).is_ok());
    for place in 0..text.len() {
        for letter in "0aAzZ_ ~".chars() {
            let mut changed: Vec<char> = text.chars().collect();
            if changed[place] != letter {
                changed[place] = letter;
                let changed: String = changed.into_iter().collect();
                assert_eq!(
                    setup.store.check(&changed),
                    Err(Refusal::Unknown),
                    "{place}"
                );
            }
        }
    }
    let more = [
        format!("{text} "),
        format!(" {text}"),
        format!("{text}{text}"),
        format!("{text}\0"),
        text.to_uppercase(),
        format!("{text}{}", "x".repeat(1 << 20)),
    ];
    for other in more {
        assert_eq!(setup.store.check(&other), Err(Refusal::Unknown));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn only_the_exact_text_of_a_key_is_accepted(
        any in any::<String>(),
        shaped in "primum_[0-9a-z]{12}_[0-9a-z]{52}",
        secret in "[0-9a-hjkmnp-tv-z]{52}",
        swap in (0usize..72, 0usize..72),
        cut in 0usize..72,
    ) {
        thread_local! {
            static ONE: (Setup, String, String) = {
                let setup = setup();
                let (one, two) = (add(&setup.store, new("one")).1, add(&setup.store, new("two")).1);
                (setup, one, two)
            };
        }
        ONE.with(|(setup, one, two)| {
            let mut swapped: Vec<char> = one.chars().collect();
            swapped.swap(swap.0, swap.1);
            let tries = [
                any,
                shaped,
                format!("{}{secret}", &one[..20]),
                swapped.into_iter().collect(),
                one[..cut].to_owned(),
                one[cut.max(1)..].to_owned(),
                // The id of one with the secret of the other.
                format!("{}{}", &one[..20], &two[20..]),
            ];
            for text in tries {
                prop_assert_eq!(setup.store.check(&text).is_ok(), text == *one || text == *two);
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_minute_holds_more_than_the_limit(
        limit in 1u32..20,
        steps in prop::collection::vec(0u64..9_000, 1..300),
    ) {
        let key = limited("k_a", limit);
        let rates = Rates::new();
        let start = Instant::now();
        let (mut now, mut let_through): (u64, Vec<u64>) = (0, Vec::new());
        for step in steps {
            now += step;
            let window = let_through.iter().filter(|time| *time + 60_000 > now).count();
            match rates.admit(&key, start + Duration::from_millis(now)) {
                Ok(()) => let_through.push(now),
                Err(wait) => {
                    // Refused only when full, and free again when it says so.
                    prop_assert_eq!(window, limit as usize);
                    let oldest = let_through[let_through.len() - window];
                    prop_assert_eq!(Duration::from_millis(oldest + 60_000 - now), wait);
                    continue;
                }
            }
            prop_assert!(window < limit as usize);
        }
    }
}

fn limited(id: &str, per_minute: u32) -> KeyRecord {
    KeyRecord {
        id: id.into(),
        name: "a".into(),
        person: None,
        scopes: BTreeSet::from([Scope::Consult]),
        per_minute: Some(per_minute),
        usd_per_day: None,
        retention_none: false,
        reviews: Vec::new(),
        created_at: 0,
        expires_at: None,
        revoked_at: None,
    }
}

#[test]
fn rates_hold_each_key_for_itself_and_forget_the_idle() {
    let rates = Rates::new();
    let start = Instant::now();
    for number in 0..1_000 {
        let key = limited(&format!("k_{number}"), 1);
        assert_eq!(rates.admit(&key, start), Ok(()));
        assert_eq!(rates.admit(&key, start), Err(Duration::from_secs(60)));
    }
    let mut free = limited("k_free", 1);
    free.per_minute = None;
    for _ in 0..100 {
        assert_eq!(rates.admit(&free, start), Ok(()));
    }
    assert_eq!(rates.remembered(), 1_000);
    let later = start + Duration::from_secs(60);
    assert_eq!(rates.admit(&limited("k_1", 1), later), Ok(()));
    assert_eq!(rates.remembered(), 1);
    // An earlier time, from a thread that came late, lets nothing through twice.
    assert!(rates.admit(&limited("k_1", 1), start).is_err());
}
