//! The expected severe-harm rates of simulated models and of panels that keep
//! what a strict majority of them wrote, by numerical integration.
//!
//! This program exists to be compared with: it reads the rubrics by itself and
//! shares no code with the scorer or the simulator, only the numbers that a
//! simulator is configured with. The formulas: `docs/simulated-models.md`.

mod harm;
mod knowledge;
mod quadrature;
mod rubric;
mod tree;

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::{Value, json};

use knowledge::{Config, RHOS};
use rubric::Rubric;

/// Computes what a benchmark of simulated models should find.
#[derive(Parser)]
#[command(name = "primum-truth", version)]
struct Args {
    /// Cases in the benchmark's layout (`dataset/rubrics/*.json`).
    #[arg(long, value_name = "DIR", default_value = "cases/demo")]
    cases: PathBuf,
    /// The simulator's numbers, as it prints them.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Members of a panel, separated by commas; may be given several times.
    /// The same model may sit in several seats.
    #[arg(long, value_name = "MODEL,MODEL,...")]
    panel: Vec<String>,
    /// The share of error variance that all models have in common, in place of
    /// the configured one.
    #[arg(long)]
    rho: Option<f64>,
    /// The same for models of one family.
    #[arg(long)]
    rho_family: Option<f64>,
    /// The same for one model in several seats.
    #[arg(long)]
    rho_self: Option<f64>,
    /// Rates of every case too, as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("primum-truth: {error}");
            ExitCode::from(5)
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let config = Config::read(&args.config, [args.rho, args.rho_family, args.rho_self])?;
    let rubrics = rubric::read_all(&args.cases)?;
    let mut arms: Vec<Arm> = Vec::new();
    for model in config.models() {
        arms.push(Arm::new(&config, &rubrics, vec![model.to_owned()])?);
    }
    for panel in &args.panel {
        let members: Vec<String> = panel.split(',').map(|m| m.trim().to_owned()).collect();
        arms.push(Arm::new(&config, &rubrics, members)?);
    }
    if args.json {
        let arms: Vec<Value> = arms.iter().map(Arm::to_json).collect();
        let mut all = json!({"simulated": true, "cases": rubrics.len()});
        for (name, rho) in RHOS.iter().zip(config.rhos) {
            all[name] = json!(rho);
        }
        all["arms"] = json!(arms);
        println!("{all}");
        return Ok(());
    }
    let [rho, rho_family, rho_self] = config.rhos;
    println!(
        "SIMULATED: expected rate of base cases with severe harm, {} cases, rho = {rho}, \
         rho_family = {rho_family}, rho_self = {rho_self}",
        rubrics.len()
    );
    for arm in &arms {
        println!("{:>8.4}  {}", arm.mean(), arm.members.join(" + "));
    }
    Ok(())
}

/// One model alone or several that vote.
struct Arm {
    members: Vec<String>,
    cases: Vec<(String, f64)>,
}

impl Arm {
    fn new(
        config: &Config,
        rubrics: &[Rubric],
        members: Vec<String>,
    ) -> Result<Self, Box<dyn Error>> {
        // All that a unit's probability depends on, besides the members.
        let mut known: HashMap<(String, i64), f64> = HashMap::new();
        let cases = rubrics
            .iter()
            .map(|rubric| {
                let rate = harm::severe_harm(rubric, |unit| {
                    let key = (rubric.specialty(), unit.score);
                    if let Some(known) = known.get(&key) {
                        return Ok(*known);
                    }
                    let p = config.written_by_majority(&members, rubric, unit)?;
                    known.insert(key, p);
                    Ok(p)
                })?;
                Ok((rubric.id.clone(), rate))
            })
            .collect::<Result<_, Box<dyn Error>>>()?;
        Ok(Self { members, cases })
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.cases.iter().map(|(_, rate)| rate).sum();
        sum / (self.cases.len().max(1)) as f64
    }

    fn to_json(&self) -> Value {
        let cases: serde_json::Map<String, Value> = self
            .cases
            .iter()
            .map(|(id, rate)| (id.clone(), json!(rate)))
            .collect();
        json!({"members": self.members, "severe_harm_rate": self.mean(), "cases": cases})
    }
}
