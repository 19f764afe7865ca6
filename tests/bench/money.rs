//! What a run has cost, where it is told and where it is estimated; and a run
//! whose disk is full, or whose journal was damaged.

use std::path::Path;
use std::process::Command;

use crate::bench_common::panel::Draft;
use crate::bench_common::provider::Provider;
use crate::bench_common::{Place, json, must, run};

#[test]
fn estimated_dollars_are_marked_wherever_they_are_shown() {
    let place = Place::new();
    let faults = "faults = { rate = 0.15, kinds = [\"hang\"], seed = 3, hang_seconds = 30.0 }";
    let provider = Provider::start(&place, faults);
    let panel = Draft::demo()
        .limits("call_seconds = 1.0\nattempts = 6")
        .both("base_url", provider.url())
        .write(&place, "p");
    let ended = run(place
        .bench(&panel, "late")
        .args(["--quiet", "--limit", "2"]));
    assert!(
        ended.stdout.contains("spent in all: ~$"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains("attempts without an answer may be billed")
    );
    let spending = &json(&place.path("late").join("timings.json"))["spending"];
    let number = |name: &str| spending[name].as_f64().expect("a number");
    assert!(number("usd_estimated") > 0.0 && number("usd_estimated") < number("usd"));
    assert!(number("unanswered") > 0.0);
    let listed = must(0, &mut place.primum(&["runs", "."]));
    assert!(listed.stdout.contains(" ~"), "{}", listed.stdout);
    let listed = must(0, &mut place.primum(&["runs", ".", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed[0]["usd_estimated"], spending["usd_estimated"]);
    // The simulator tells what its answers take, so the arms' dollars are told.
    let summary = place.summary("late");
    for (name, arm) in summary["arms"].as_object().expect("arms") {
        assert!(arm["usd"].is_number(), "{name}");
        assert!(arm.get("usd_is_estimated").is_none(), "{name}");
    }
    let journal = place.journal("late");
    let spent = journal.spent().expect("read");
    assert_eq!(number("usd"), spent.usd);
    let told = must(
        0,
        place
            .bench(&panel, "told")
            .args(["--quiet", "--limit", "1", "--dry-run"]),
    );
    assert!(!told.stdout.contains('~'));
}

/// Changes a word of one draft behind the journal's back.
fn damage(file: &Path) {
    let connection = rusqlite::Connection::open(file).expect("a file");
    let change = "UPDATE calls SET text = 'X' || substr(text, 2) WHERE rowid =
                  (SELECT min(rowid) FROM calls WHERE stage = 'draft')";
    assert_eq!(connection.execute(change, []).expect("a change"), 1);
}

#[test]
fn a_damaged_run_is_refused_by_everybody_until_it_is_mended() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let panel = Draft::demo()
        .both("base_url", provider.url())
        .write(&place, "p");
    let bench = || {
        let mut command = place.bench(&panel, "run");
        command.args(["--quiet", "--limit", "2"]);
        command
    };
    must(0, &mut bench());
    let bought = provider.requests();
    let file = place.path("run").join("run.sqlite");
    damage(&file);
    for command in [
        &mut bench(),
        &mut place.primum(&["bench", "--resume", "run", "--quiet"]),
        &mut place.primum(&["report", "run"]),
        &mut place.primum(&["verify", "run"]),
        &mut place.primum(&["explain", "run", "Card901"]),
    ] {
        let ended = run(command);
        assert_ne!(ended.code, Some(0), "{command:?}");
        assert!(
            ended.stderr.contains("is not as it was written"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("primum mend"), "{}", ended.stderr);
    }
    assert_eq!(provider.requests(), bought);
    let mended = must(0, &mut place.primum(&["mend", "run"]));
    assert!(
        mended.stdout.contains("1 damaged row(s) taken out"),
        "{}",
        mended.stdout
    );
    assert!(
        mended.stdout.contains("in stage draft of"),
        "{}",
        mended.stdout
    );
    assert!(
        mended.stdout.contains("run.sqlite.damaged"),
        "{}",
        mended.stdout
    );
    must(0, &mut bench());
    assert_eq!(
        provider.requests(),
        bought + 1,
        "only what was damaged is asked again"
    );
    must(0, &mut place.primum(&["verify", "run"]));
    let whole = must(0, &mut place.primum(&["mend", "run"]));
    assert!(
        whole.stdout.contains("nothing was changed"),
        "{}",
        whole.stdout
    );
}

#[test]
fn a_run_without_room_says_so_and_the_same_command_goes_on() {
    let place = Place::new();
    let provider = Provider::start(&place, "");
    let panel = Draft::demo()
        .both("base_url", provider.url())
        .write(&place, "p");
    must(0, place.bench(&panel, "whole").arg("--quiet"));
    let bench = || {
        let mut command = place.bench(&panel, "small");
        command.arg("--quiet");
        command
    };
    // No file may be longer than that, in blocks of 512 bytes.
    let mut limited = Command::new("sh");
    let program = bench();
    limited
        .args(["-c", "ulimit -f 700; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(program.get_current_dir().expect("a folder"))
        .env_remove("PRIMUM_LOG");
    let ended = run(&mut limited);
    assert_ne!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.code.is_some(), "it was killed without a word");
    assert!(
        ended.stderr.contains("the disk is full"),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("free space and run the same command again"),
        "{}",
        ended.stderr
    );
    must(0, &mut bench());
    let [small, whole] = ["small", "whole"]
        .map(|run| std::fs::read(place.path(run).join("summary.json")).expect("a summary"));
    assert!(
        small == whole,
        "another result than without the interruption"
    );
}
