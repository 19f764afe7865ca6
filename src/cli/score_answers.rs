//! `primum score --responses`: answers of anybody, judged and scored.

use std::collections::BTreeMap;

use crate::bench::{JudgingTask, Work};
use crate::cases::{CaseSet, Fault, RubricSet};
use crate::judged::expected::{expected, k_of};
use crate::judged::source::prompts_hash;
use crate::judged::{ItemFilter, Output, ResponsesFile, Scorer, read_responses};
use crate::report::{ScoreInput, ScoredAnswers};
use crate::score::{Healing, Profile};
use crate::whole_file::LineFile;

use super::asking::{self, Asked, Plan};
use super::judges::{self, LoadedJudge};
use super::score::{ScoreArgs, bad_input, case_set, filter, finish, names, profiles};
use super::score::{report_faults, set_warnings};
use super::score_judged::something_selected;
use super::{Exit, Failure, cases, score_judged};

/// Runs the command.
pub fn main(args: &ScoreArgs) -> Result<Exit, Failure> {
    let profiles = profiles(&args.profile)?;
    let filter = filter(args.k, &args.only)?;
    let judges = judges::load(&args.judge)?;
    let set = cases::load(&args.cases)?;
    let rubrics = score_judged::rubrics(&args.cases)?;
    let files = read(args, &set, &filter)?;
    let faults: Vec<Fault> = rubrics
        .faults
        .iter()
        .chain(files.iter().flat_map(|file| &file.faults))
        .cloned()
        .collect();
    report_faults(&faults, args.strict)?;

    let plan = asking::plan(
        set,
        &judges,
        &files,
        args.judge_trials,
        &args.judge,
        &args.asking,
    )?;
    let arms: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let name = format!("score-{}", arms.join("+"));
    let asked = plan.run(args.out.as_deref(), &name, &args.asking)?;

    let output = Output::create(&asked.out, &profiles).map_err(Failure::usage)?;
    let scorer = Scorer::new(&rubrics, profiles.clone(), filter.clone(), true);
    let found = files.iter().flat_map(|file| &file.found);
    let k = k_of(&filter, found.map(|(id, _)| id.as_str()));
    let mut scored = Vec::with_capacity(files.len());
    for file in &files {
        let mut arm = outline(file, &rubrics, &filter, k);
        let prompts = prompts_of(&judges);
        fill(&mut arm, &plan, &asked, &scorer, &output, &prompts)?;
        scored.push(arm);
    }
    something_selected(&args.only, &scored)?;
    let mut warnings = set_warnings(&rubrics);
    for judge in &judges {
        let vendors: Vec<(String, String)> = args
            .vendor
            .iter()
            .map(|vendor| (vendor.clone(), "the models".to_owned()))
            .collect();
        warnings.extend(judges::vendor_warnings(&judge.judge, &vendors));
    }
    warnings.extend(judges::told(&asked)?);
    let input = ScoreInput {
        case_set: case_set(&rubrics.name, &rubrics.hash, &scored),
        arms: scored,
        rubrics: &scorer.rubrics,
        profiles,
        mix_judges: args.mix_judges,
        k,
        judge_trials: args.judge_trials,
        judges: judges::sources(&judges),
        simulated: files.iter().fold(plan.meta.simulated.clone(), |all, file| {
            all.and(&file.simulated)
        }),
        stopped: asked.stopped(),
        faults: faults.iter().map(bad_input).collect(),
        warnings,
    };
    let summary = finish(args, input, Some(&output), Some(&asked.out))?;
    plan.close(&asked, !summary.partial)
}

fn read(
    args: &ScoreArgs,
    set: &CaseSet,
    filter: &ItemFilter,
) -> Result<Vec<ResponsesFile>, Failure> {
    let known = asking::items(set);
    args.responses
        .iter()
        .zip(names(&args.responses)?)
        .map(|(path, name)| {
            read_responses(path, &name, filter, |id| known.contains_key(id)).map_err(Failure::usage)
        })
        .collect()
}

/// An arm before its verdicts: what is expected, and what is empty.
pub fn outline(
    file: &ResponsesFile,
    set: &RubricSet,
    filter: &ItemFilter,
    k: u32,
) -> ScoredAnswers {
    let empty: Vec<(String, u64)> = file
        .answers
        .iter()
        .filter(|answer| answer.text.is_none())
        .map(|answer| (answer.item.clone(), u64::from(answer.trial)))
        .collect();
    let expected = expected(set.items.as_deref(), filter, k, &file.found);
    let mut why: BTreeMap<(String, u64), String> = expected
        .iter()
        .map(|key| (key.clone(), "there is no answer in the file".to_owned()))
        .collect();
    let unreadable = "its line cannot be used".to_owned();
    why.extend(
        file.found
            .iter()
            .map(|key| (key.clone(), unreadable.clone())),
    );
    why.extend(
        empty
            .iter()
            .map(|key| (key.clone(), "the answer is empty".to_owned())),
    );
    ScoredAnswers {
        name: file.name.clone(),
        expected,
        empty,
        why,
        records: Vec::new(),
    }
}

/// One hash for the prompts of each judge.
pub fn prompts_of(judges: &[LoadedJudge]) -> Vec<Option<String>> {
    judges
        .iter()
        .map(|judge| prompts_hash(&judges::source(&judge.panel, &judge.judge).prompts))
        .collect()
}

/// Scores the stored verdicts of an arm and writes them, each judge trial into
/// a file of its own.
fn fill(
    arm: &mut ScoredAnswers,
    plan: &Plan,
    asked: &Asked,
    scorer: &Scorer,
    output: &Output,
    prompts: &[Option<String>],
) -> Result<(), Failure> {
    for judge_trial in 1..=plan.judging.judge_trials {
        let name = match judge_trial {
            1 => arm.name.clone(),
            again => format!("{}.judge-trial-{again}", arm.name),
        };
        let mut files = output
            .judged(&name)
            .iter()
            .map(|path| LineFile::create(path))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::usage)?;
        for task in plan.judging.tasks() {
            if task.judge_trial != judge_trial || plan.judging.answers[task.answer].arm != arm.name
            {
                continue;
            }
            let lines = one(arm, plan, asked, scorer, prompts, task)?;
            for (file, line) in files.iter_mut().zip(&lines) {
                file.line(line).map_err(Failure::usage)?;
            }
        }
        for file in files {
            file.close().map_err(Failure::usage)?;
        }
    }
    Ok(())
}

/// Scores one stored verdict; without one, notes why.
pub fn one(
    arm: &mut ScoredAnswers,
    plan: &Plan,
    asked: &Asked,
    scorer: &Scorer,
    prompts: &[Option<String>],
    task: JudgingTask,
) -> Result<Vec<String>, Failure> {
    let profile: Profile = scorer.profiles.first().copied().unwrap_or_default();
    let answer = &plan.judging.answers[task.answer];
    let found = plan
        .judging
        .record(&asked.journal, &profile, task)
        .map_err(Failure::data)?;
    let scored = found.and_then(|record| {
        let rubric = scorer
            .rubric_of(&record.id)
            .ok_or_else(|| "the case has no usable rubric".to_owned())?;
        scorer
            .score(rubric, &record, Healing::AsItStands)
            .map_err(|error| error.to_string())
    });
    match scored {
        Ok(mut scored) => {
            scored.record.judge_trial = task.judge_trial;
            scored.record.prompts = prompts
                .get(task.judge)
                .and_then(|hash| hash.as_deref().map(Into::into));
            arm.records.push(scored.record);
            Ok(scored.lines)
        }
        Err(why) => {
            let key = (answer.item.id.clone(), u64::from(answer.trial));
            arm.why.insert(key, why);
            Ok(Vec::new())
        }
    }
}
