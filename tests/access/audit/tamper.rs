//! What was changed behind the store's back is found, and told where.

use primum::audit::{Audit, AuditError, verify};
use rusqlite::Connection;

use super::{check, clock, fill, place, runtime};

/// Changes a store as someone would who knows SQLite, and says what is found.
fn tampered(sql: &str) -> Vec<String> {
    let (_folder, path) = place();
    let audit = Audit::open(&path, clock().0).expect("opens");
    runtime().block_on(fill(&audit));
    drop(audit);
    let connection = Connection::open(&path).expect("opens");
    let guards: Vec<(String, String)> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .and_then(|mut query| {
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .expect("guards");
    let refused = connection.execute_batch(sql).is_err();
    let touches_log = sql.contains("log") || sql.contains("UPDATE contents");
    assert!(refused || !touches_log, "a guard refuses {sql}");
    for (name, _) in &guards {
        let drop = format!("DROP TRIGGER {name}");
        connection.execute_batch(&drop).expect("dropped");
    }
    if refused {
        connection.execute_batch(sql).expect("changed");
    }
    for (_, sql) in &guards {
        connection.execute_batch(sql).expect("put back");
    }
    drop(connection);
    let found = check(&path);
    found.findings.into_iter().map(|f| f.what).collect()
}

#[test]
fn every_change_is_found_and_told_where() {
    for column in [
        "at = at + 1",
        "kind = 'cancelled'",
        "consult = 'q'",
        "key_id = 'k_9'",
        "key_name = 'other'",
        "person = NULL",
        "panel = 'other'",
        "panel_hash = 'other'",
        "outcome = 'other'",
        "content_mac = zeroblob(32)",
        "prev = zeroblob(31)",
        "hash = zeroblob(32)",
    ] {
        for seq in 1..=6 {
            let found = tampered(&format!("UPDATE log SET {column} WHERE seq = {seq}"));
            let told = format!("entry {seq} ");
            assert!(
                found.first().is_some_and(|first| first.contains(&told)),
                "{column} of {seq}: {found:?}"
            );
        }
    }
    for (sql, told) in [
        ("DELETE FROM log WHERE seq = 3", "entry 3 is missing"),
        ("DELETE FROM log WHERE seq IN (3, 4)", "entries 3 to 4"),
        ("DELETE FROM log WHERE seq > 4", "the last 2 are gone"),
        (
            "UPDATE log SET seq = 99 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 3;
             UPDATE log SET seq = 3 WHERE seq = 99",
            "entry 2 ",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE consult = 'a' AND part = 'question'",
            "the stored question of consult a",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE part = 'answer'",
            "the stored answer of consult a",
        ),
        (
            "UPDATE contents SET extra = 'x' WHERE part = 'answer'",
            "the stored answer of consult a",
        ),
        (
            "UPDATE contents SET body = 'x' WHERE part = 'note'",
            "the stored note of consult a",
        ),
        ("DELETE FROM contents WHERE consult = 'b'", "consult b"),
        (
            "INSERT INTO contents (consult, part, pad, salt, body) VALUES ('b', 'answer', x'', x'', '')",
            "no entry speaks of",
        ),
        (
            "UPDATE idempotency SET consult = 'b' WHERE consult = 'a'",
            "idempotency key",
        ),
    ] {
        let found = tampered(sql);
        assert!(
            found.iter().any(|what| what.contains(told)),
            "{sql}: {found:?}"
        );
        assert!(
            !found.iter().any(|what| what.contains("MARKED")),
            "{found:?}"
        );
    }
}

#[test]
fn a_tail_cut_with_its_counter_is_found_by_a_head_kept_outside() {
    let (_folder, path) = place();
    let audit = Audit::open(&path, clock().0).expect("opens");
    runtime().block_on(fill(&audit));
    let head = audit.head().hash;
    drop(audit);
    let connection = Connection::open(&path).expect("opens");
    connection
        .execute_batch(
            "DROP TRIGGER log_keeps; DROP TRIGGER counter_grows; DELETE FROM log WHERE seq = 6",
        )
        .expect("cut");
    let refused = Audit::open(&path, clock().0);
    assert!(matches!(refused, Err(AuditError::Broken { .. })));
    connection
        .execute_batch("UPDATE counter SET seq = 5, hash = (SELECT hash FROM log WHERE seq = 5)")
        .expect("hidden");
    let found = verify(&path, Some(&head)).expect("read");
    assert!(found.findings.iter().any(|f| f.what.contains(&head)));
    assert!(found.findings.iter().any(|f| f.what.contains("guard")));
    assert_eq!(verify(&path, Some("12")), Err(AuditError::BadHead));
}
