//! `primum power`: what a next run could show, by what one run saw.

use crate::clinical::{Shown, Simulated};
use std::path::PathBuf;

use serde_json::json;

use crate::bench::study::study;
use crate::evidence::detectable::{Detectable, detectable};
use crate::evidence::table::Table;
use crate::evidence::{Measure, Study};
use crate::panel::suggest;
use crate::report::dossier::words;
use crate::stats::power::Aim;

use super::{Exit, Failure, print, stored};

/// Say what a run's cases can detect, and what a wished difference would need.
///
/// From how much two arms differed from case to case: the smallest difference
/// that the same cases detect, and how many cases, or variants and trials of
/// the same cases, a wished one needs (paired t test, two-sided). A run of few
/// cases knows its own spread badly, so these are orders of magnitude.
#[derive(clap::Args, Clone, Debug)]
pub struct PowerArgs {
    /// Run folder, or its name in runs/
    #[arg(long, value_name = "RUN")]
    from: PathBuf,
    /// First arm [default: the first panel]
    #[arg(long, value_name = "ARM")]
    arm: Option<String>,
    /// Second arm [default: every arm that the panel is compared with]
    #[arg(long, value_name = "ARM")]
    against: Option<String>,
    /// Difference that you wish to detect: 0.05 is 5 points of a rate
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    wish: Option<f64>,
    /// Wished power
    #[arg(long, default_value_t = 0.8, value_name = "P")]
    power: f64,
    /// Two-sided error rate
    #[arg(long, default_value_t = 0.05, value_name = "P")]
    alpha: f64,
    /// Folder of the run's cases [default: where they were]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(args: &PowerArgs) -> Result<Exit, Failure> {
    let share = |p: f64| p > 0.0 && p < 1.0;
    if !(share(args.alpha) && share(args.power) && args.power > args.alpha) {
        return Err(Failure::usage(
            "--alpha and --power lie between 0 and 1, and power above alpha",
        ));
    }
    if args
        .wish
        .is_some_and(|wish| !wish.is_finite() || wish == 0.0 || wish.abs() > 1.0)
    {
        return Err(Failure::usage(
            "--wish is a difference between -1 and 1 and not 0; 0.05 is 5 points of a rate",
        ));
    }
    let run = stored::open(&args.from, args.cases.as_deref())?;
    let simulated = run.meta.simulated.clone();
    let whole = study(std::slice::from_ref(&run)).map_err(Failure::data)?;
    let aim = Aim {
        alpha: args.alpha,
        power: args.power,
    };
    let (a, others) = arms(args, &whole)?;
    if others.contains(&a) {
        return Err(Failure::usage("--arm and --against name the same arm"));
    }
    let mut found = Vec::new();
    for measure in [Measure::Severe, Measure::headline(whole.options)] {
        let table = Table::of(&whole, measure);
        let of = |b: &usize| detectable(&whole, &table, measure, (a, *b), (aim, args.wish));
        found.extend(others.iter().filter_map(of));
    }
    if args.json {
        let all = json!({
            "simulated": simulated.any(),
            "simulated_mark": simulated.mark(),
            "alpha": args.alpha,
            "power": args.power,
            "comparisons": found,
        });
        print(&serde_json::to_string_pretty(&all).map_err(Failure::data)?)?;
    } else {
        print(&told(args, &simulated, &found))?;
    }
    if found.is_empty() {
        eprintln!(
            "no two arms have two scored cases in common; if the run is partial: primum bench --resume \
             {}",
            run.folder.display()
        );
        return Ok(Exit::Partial);
    }
    Ok(Exit::Done)
}

/// Places of the arms that are compared.
fn arms(args: &PowerArgs, study: &Study) -> Result<(usize, Vec<usize>), Failure> {
    let place = |name: &str| {
        let found = study.arms.iter().position(|arm| arm.rows.name == name);
        found.ok_or_else(|| {
            let names = study.arms.iter().map(|arm| arm.rows.name.as_str());
            let near = suggest::nearest_few(name, names, 5);
            Failure::usage(format!(
                "the run has no arm {name}; near are {}",
                near.join(", ")
            ))
        })
    };
    let panel = study.panels.first();
    let a = match (&args.arm, panel) {
        (Some(arm), _) => place(arm)?,
        (None, Some(panel)) => place(&panel.arm)?,
        (None, None) => return Err(Failure::usage("the run has no panel: name --arm")),
    };
    let others = match (&args.against, panel) {
        (Some(arm), _) => vec![place(arm)?],
        (None, Some(panel)) => panel
            .members
            .iter()
            .chain(&panel.unguarded)
            .chain(&panel.selves)
            .filter_map(|name| place(name).ok())
            .filter(|at| *at != a)
            .collect(),
        (None, None) => Vec::new(),
    };
    Ok((a, others))
}

fn told(args: &PowerArgs, simulated: &Simulated, found: &[Detectable]) -> String {
    let mut table = crate::report::terminal::table(super::stdout_width());
    let mut head = vec![
        "first − second",
        "measure",
        "cases",
        "answers/case",
        "seen",
        "sd of cases",
        "smallest detectable",
    ];
    if args.wish.is_some() {
        head.extend(["cases needed", "or answers/case"]);
    }
    table.set_header(head);
    for one in found {
        let shown = |value: f64| words::difference(one.measure, value);
        let mut cells = vec![
            format!("{} − {}", one.a, one.b),
            one.measure.name().to_owned(),
            one.cases.to_string(),
            words::number(one.per_case, 1),
            shown(one.seen),
            words::mean(one.measure, one.sd),
            one.smallest.map_or_else(
                || "nothing differed".to_owned(),
                |value| words::mean(one.measure, value),
            ),
        ];
        if let Some(wish) = &one.wish {
            cells.push(match wish.cases {
                Some(cases) => cases.to_string(),
                None => "–".to_owned(),
            });
            cells.push(match (wish.per_case, wish.limit, one.between_within) {
                (Some(items), _, _) => items.to_string(),
                (None, Some(limit), _) => {
                    format!("never (limit {})", words::mean(one.measure, limit))
                }
                (None, None, None) => "unknown: one answer a case".to_owned(),
                (None, None, Some(_)) => "–".to_owned(),
            });
        }
        table.add_row(cells);
    }
    format!(
        "{}{}\nTwo-sided alpha {}, power {}; rates and their differences per 100. A run of few cases \
         knows its own spread badly: take these as orders of magnitude.\n{}",
        simulated
            .sentence(Shown::Numbers)
            .map_or_else(String::new, |sentence| format!("{sentence}.\n")),
        table.trim_fmt(),
        args.alpha,
        args.power,
        args.wish.map_or_else(
            || "For what a wished difference needs: --wish 0.05\n".to_owned(),
            |wish| format!(
                "Wished: {} ({} points of a rate).\n",
                wish,
                words::number(100.0 * wish, 1)
            )
        ),
    )
}
