//! `primum consult` through the program: where the question comes from, what is
//! printed where, and that nothing is left behind.

use crate::bench_common;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::bench_common::consult::{assert_silent, consult, demo, drafted, json_of, text_of};
use crate::bench_common::panel::Draft;
use crate::bench_common::{Ended, Place, must, root, run};
use primum::clinical::Ledger;
use primum::report::Answer;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// `UPDATE_SCHEMAS=1 cargo test --test bench consult` writes them anew.
#[test]
fn schemas_of_answers_and_ledgers_are_current() {
    for (name, schema) in [
        ("consult", schema::<Answer>()),
        ("ledger", schema::<Ledger>()),
    ] {
        let path = root().join(format!("schemas/{name}.schema.json"));
        let text = primum::panel::schema::to_text(&schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).expect("schemas/ can be written");
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == text,
            "{} is out of date: run the tests with UPDATE_SCHEMAS=1",
            path.display()
        );
    }
}

/// Runs a command with these bytes on its stdin.
fn with_stdin(command: &mut Command, bytes: &[u8]) -> Ended {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its stdin");
    // A program that has read enough closes its end.
    let _ = stdin.write_all(bytes);
    drop(stdin);
    let output = child.wait_with_output().expect("its words");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        took: started.elapsed(),
    }
}

fn files(place: &Place) -> Vec<String> {
    bench_common::folder::all(&place.path(""))
        .into_keys()
        .collect()
}

/// Seconds differ from run to run, and hashes from edit to edit of the demo
/// panel; the last lines, which are the hashes, are cut off.
fn without_seconds(text: &str) -> String {
    let mut lines = Vec::new();
    let version = format!("primum {}", env!("CARGO_PKG_VERSION"));
    for line in text.lines().take_while(|line| !line.starts_with(&version)) {
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len() {
            let number = words[at - 1].parse::<f64>().is_ok();
            if number && words[at] == "s" {
                words[at - 1] = "0.00";
            }
        }
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

#[test]
fn a_case_is_answered_judged_and_shown_and_nothing_is_left_behind() {
    let place = Place::new();
    let ended = must(0, &mut consult(&place, &demo(), &["--against", "Card901"]));
    assert!(ended.stdout.starts_with("COMPLETE\nSIMULATED"));
    insta::assert_snapshot!(without_seconds(&ended.stdout));
    for source in ["\nprimum ", " · panel demo ", "\nprompts: advisor="] {
        assert!(ended.stdout.contains(source), "{source}");
    }
    for line in ended.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_silent(&ended.stderr, &text_of("Card901"));
    assert!(
        ended.stderr.contains("question: Card901"),
        "{}",
        ended.stderr
    );
    assert_eq!(files(&place), [""; 0], "nothing is written");
}

#[test]
fn json_is_all_of_it_and_fits_its_schema() {
    let place = Place::new();
    let args = ["--against", "Card901-2", "--json", "--quiet"];
    let ended = must(0, &mut consult(&place, &demo(), &args));
    assert_eq!(ended.stderr, "");
    let answer = json_of(&ended);
    let validator = jsonschema::validator_for(&schema::<Answer>()).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(faults, [""; 0]);
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys[..2], ["format", "outcome"], "how it ended comes first");
    assert_eq!(answer["format"], "primum-consult/1");
    assert_eq!(answer["outcome"]["state"], "complete");
    assert_eq!(answer["score"]["own_text"], true);
    assert_eq!(answer["score"]["simulated"], true);
    assert!(answer["score"]["metrics"]["F1_weighted"].is_number());
    assert!(
        answer["notices"][0]
            .as_str()
            .is_some_and(|n| n.starts_with("SIMULATED"))
    );
    let stages = answer["stages"].as_array().expect("stages");
    assert!(
        stages
            .iter()
            .all(|s| s["seconds"].is_number() && s["usd"].is_number())
    );
    let sum: f64 = stages.iter().filter_map(|s| s["usd"].as_f64()).sum();
    let usd = answer["usd"].as_f64().expect("a price");
    assert!((sum - usd).abs() < 1e-9);
    assert!(
        answer["spent_usd"].as_f64() > Some(usd),
        "the judge costs, too"
    );

    let parsed: Answer = serde_json::from_str(&ended.stdout).expect("an answer");
    let drafted = drafted(&parsed.ledger);
    assert_eq!(parsed.ledger.check(&parsed.plan, &drafted), Ok(()));
}

#[test]
fn a_case_gets_the_answer_that_a_benchmark_gives_it() {
    let place = Place::new();
    must(
        0,
        place
            .bench(&demo(), "run")
            .args(["--only", "Card901", "--quiet"]),
    );
    let args = ["--against", "Card901", "--json"];
    let answer = json_of(&must(0, &mut consult(&place, &demo(), &args)));
    let explained = must(
        0,
        &mut place.primum(&["explain", "run", "Card901", "--json"]),
    );
    assert_eq!(answer["ledger"], json_of(&explained));
    let lines = bench_common::folder::lines(&place.path("run"));
    let file = |folder: &str| {
        let key = (
            format!("{folder}/panel.demo.jsonl"),
            "Card901".to_owned(),
            1,
        );
        serde_json::from_str::<Value>(&lines[&key]).expect("JSON")
    };
    assert_eq!(answer["text"], file("responses")["response"]);
    let metric = |value: &Value| value["metrics"]["F1_weighted"].as_f64().expect("a metric");
    assert_eq!(metric(&answer["score"]), metric(&file("judged")));
}

#[test]
fn a_question_comes_from_a_file_or_stdin_and_the_same_words_get_the_same_answer() {
    let place = Place::new();
    let question = text_of("Neuro901");
    place.write("question.txt", &question);
    let answer = |ended: Ended| {
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_silent(&ended.stderr, &question);
        let mut answer = json_of(&ended);
        // What depends on the clock.
        for key in ["stages", "seconds"] {
            answer[key] = Value::Null;
        }
        answer
    };
    let file = answer(run(&mut consult(
        &place,
        &demo(),
        &["--json", "--file", "question.txt"],
    )));
    let piped = answer(with_stdin(
        &mut consult(&place, &demo(), &["--json"]),
        question.as_bytes(),
    ));
    let dash = answer(with_stdin(
        &mut consult(&place, &demo(), &["--json", "--file", "-"]),
        question.as_bytes(),
    ));
    assert_eq!(file, piped);
    assert_eq!(file, dash);
    assert!(file.get("score").is_none());
    assert_eq!(files(&place), ["question.txt"]);

    // Another question than the case's own is said to be one.
    let other = with_stdin(
        &mut consult(&place, &demo(), &["--against", "Card901"]),
        question.as_bytes(),
    );
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    assert!(other.stdout.contains("another question was asked"));
}

#[test]
fn faulty_questions_and_flags_are_named_and_no_word_is_quoted() {
    let place = Place::new();
    place.write("latin.txt", "");
    std::fs::write(place.path("latin.txt"), b"Frau M\xfcller, 80 Jahre").expect("a file");
    place.write("blank.txt", " \n\t\n");
    place.write("long.txt", &"word ".repeat(300_000));
    let ends = |args: &[&str], code: i32, words: &str| {
        let ended = run(&mut consult(&place, &demo(), args));
        assert_eq!(ended.code, Some(code), "{args:?}\n{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{args:?}\n{}", ended.stderr);
        assert!(!ended.stderr.contains("Frau"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "{args:?}");
    };
    ends(
        &["--file", "latin.txt"],
        5,
        "latin.txt: the question is not UTF-8 text (byte 7)",
    );
    ends(
        &["--file", "blank.txt"],
        5,
        "blank.txt: the question is empty",
    );
    ends(
        &["--file", "long.txt"],
        5,
        "long.txt: the question is longer than 1 MiB",
    );
    ends(&["--file", "none.txt"], 2, "cannot read none.txt");
    ends(&[], 5, "stdin: the question is empty");
    ends(&["--against", "Card9O1"], 2, "near are Card901");
    ends(
        &["--deadline", "0"],
        2,
        "--deadline must be more than 0 seconds",
    );
    ends(
        &["--deadline", "NaN"],
        2,
        "--deadline must be more than 0 seconds",
    );
    ends(&["--budget-usd=-1"], 2, "--budget-usd must be 0 or more");
    ends(&["--trial", "0"], 2, "--trial");

    let options = root()
        .join("agents/options-demo.toml")
        .display()
        .to_string();
    let ended = run(&mut consult(&place, &options, &["--against", "Card901"]));
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("is for the task options"),
        "{}",
        ended.stderr
    );

    let mut bare = Draft::demo();
    bare.panel.remove("judge_file");
    let text = bare.panel.to_string();
    place.write("bare.toml", &text);
    let ended = run(&mut consult(&place, "bare.toml", &["--against", "Card901"]));
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("--against needs a judge"),
        "{}",
        ended.stderr
    );
}

#[test]
fn every_protocol_answers_and_its_ledger_adds_up() {
    let place = Place::new();
    for protocol in ["lead", "vote", "synthesis", "debate", "delphi"] {
        let args = ["--against", "Endo901", "--json", "--protocol", protocol];
        let ended = run(&mut consult(&place, &demo(), &args));
        let answer: Answer = serde_json::from_str(&ended.stdout)
            .unwrap_or_else(|error| panic!("{protocol}: {error}\n{}", ended.stderr));
        assert!(answer.text.is_some(), "{protocol}");
        assert_eq!(answer.source.protocol, protocol);
        assert_eq!(answer.source.panel, format!("demo-{protocol}"));
        let drafted = drafted(&answer.ledger);
        let adds_up = answer.ledger.check(&answer.plan, &drafted);
        assert_eq!(adds_up, Ok(()), "{protocol}");
    }
    let ended = run(&mut consult(&place, &demo(), &["--protocol", "all"]));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn help_says_what_is_kept_and_how_it_ends() {
    let place = Place::new();
    let ended = must(0, &mut place.primum(&["consult", "--help"]));
    for words in [
        "Nothing is written to disk",
        "degraded, abstained",
        "130  interrupted",
    ] {
        assert!(ended.stdout.contains(words), "{words} in\n{}", ended.stdout);
    }
}
