//! A disk that is full: it is said, and no answer that was paid for is lost.

use std::path::{Path, PathBuf};
use std::process::Command;

use futures::future::join_all;
use primum::gateway::journal::{Journal, JournalError, system_clock};
use primum::gateway::{FailureKind, Gateway};

use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, config, provider};

/// A small disk of our own; it goes away with the test.
struct Disk(PathBuf);

impl Disk {
    /// `None` where nobody may mount one.
    fn of(size: &str) -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a folder").keep();
        let size = format!("size={size}");
        let mounted = mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &folder);
        if mounted {
            return Some(Disk(folder));
        }
        std::fs::remove_dir(&folder).expect("removed");
        eprintln!("skipped: a small disk cannot be mounted here");
        None
    }

    fn grow(&self, size: &str) {
        let size = format!("remount,size={size}");
        assert!(mount(&["-o", &size], &self.0), "it grows");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn mount(options: &[&str], folder: &Path) -> bool {
    let output = Command::new("mount").args(options).arg(folder).output();
    output.is_ok_and(|output| output.status.success())
}

/// Asks until nothing more is bought; returns the reason.
async fn until_full(gateway: &Gateway, first: usize) -> primum::gateway::CallError {
    for round in 0.. {
        let about: Vec<String> = (0..8).map(|n| format!("{} {n}", first + round)).collect();
        let calls = about.iter().map(|about| gateway.call(call(about)));
        let failed = join_all(calls).await.into_iter().find_map(Result::err);
        if let Some(error) = failed {
            return error;
        }
        assert!(round < 400, "the disk is never full");
    }
    unreachable!("it goes on until it returns")
}

#[tokio::test]
async fn what_was_on_its_way_when_the_disk_became_full_is_kept() {
    let Some(disk) = Disk::of("6m") else { return };
    let path = disk.0.join("run.sqlite");
    let answer = "1. Repeat the potassium today. ".repeat(300);
    let fake = Fake::always(Reply::after(5, Reply::says(&answer))).await;
    let open = || {
        let journal = Journal::open(&path, system_clock).expect("a journal");
        Gateway::new(config(provider(&fake.url), journal)).expect("a gateway")
    };
    let gateway = open();
    let error = until_full(&gateway, 0).await;
    assert_eq!(error.kind, FailureKind::Journal, "{error}");
    for words in [
        "the disk is full",
        "nothing is lost; free space and run the same command again",
    ] {
        assert!(error.message.contains(words), "{error}");
    }
    // Every answer that was bought is there, and nothing more is bought.
    let bought = fake.count();
    assert_eq!(gateway.journal().calls_count(), bought);
    assert!(gateway.call(call("more")).await.is_err());
    assert_eq!(fake.count(), bought);
    drop(gateway);
    disk.grow("60m");
    let gateway = open();
    for n in 0..8 {
        let answered = gateway.call(call(&format!("0 {n}"))).await;
        assert_eq!(&*answered.expect("an answer").text, answer);
    }
    assert_eq!(fake.count(), bought, "nothing is bought twice");
    assert!(gateway.call(call("more")).await.is_ok());
}

#[tokio::test]
async fn a_disk_that_is_full_from_the_beginning_is_told() {
    let Some(disk) = Disk::of("300k") else { return };
    std::fs::write(disk.0.join("filler"), vec![0; 290_000]).expect("a file");
    let error = Journal::open(&disk.0.join("run.sqlite"), system_clock).unwrap_err();
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
}
