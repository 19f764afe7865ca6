//! Running the stages of a panel that grades options.

use std::collections::BTreeMap;

use super::ask::AskedGrades;
use super::flips::{self, Flips, RefusedFlips};
use super::gather::gather;
use super::list::OptionList;
use super::vote;
use crate::clinical::{Grade, GradeEntry, GradeLedger, GradedOption, Outcome, PatientText, Unused};
use crate::deliberation::ask::{Consult, Vars, ask};
use crate::deliberation::quorum;
use crate::deliberation::run::time::Clock;
use crate::deliberation::run::{decode, tell};
use crate::deliberation::usable::Unusable;
use crate::deliberation::vendors::{Others, vendors};
use crate::deliberation::{Conduct, Event, Interrupted, Stages, Told};
use crate::gateway::Gateway;
use crate::gateway::fence::fence;
use crate::panel::model::{Panel, Protocol, VoteRule};

/// What a panel answered.
#[derive(Clone, Debug)]
pub struct GradedAnswer {
    /// How it ended. The first thing that a reader must be shown.
    pub outcome: Outcome,
    /// One grade for every option that has a usable one, in the order of the
    /// list; empty when the outcome is `failed`.
    pub grades: Vec<GradedOption>,
    /// The life of every grade.
    pub ledger: GradeLedger,
    /// What happened that changes no outcome.
    pub notes: Vec<String>,
    /// What came with the answers of agents, each once.
    pub told: Vec<Told>,
    /// Dollars of all its calls; `None` when a model has no price.
    pub usd: Option<f64>,
    /// Seconds along the critical path, our own waits left out.
    pub seconds: f64,
}

/// Grades the options of one case with a panel. The result depends on the
/// panel, the case, the list and the models' answers only: results are joined
/// by agent name in the panel's order (design rule 2). With a deadline it depends
/// on what had arrived by then as well. `conduct.run_seed` is not used: nothing
/// is shuffled here.
///
/// # Errors
/// [`Interrupted`] when a call was not made; every other failure is part of
/// the outcome.
pub async fn grade_options(
    panel: &Panel,
    gateway: &Gateway,
    consult: &Consult,
    list: &OptionList,
    conduct: &Conduct<'_>,
) -> Result<GradedAnswer, Interrupted> {
    let mut run = Run {
        panel,
        gateway,
        consult,
        list,
        conduct,
        clock: Clock::new(panel, conduct.deadline),
        degraded: Vec::new(),
        abstained: Vec::new(),
        notes: Vec::new(),
        others: Others::new(),
        told: Vec::new(),
        unused: Vec::new(),
        usd: Some(0.0),
    };
    let drafts = run.drafts().await?;
    if drafts.is_empty() {
        return Ok(run.failed());
    }
    let (mut ledger, lead) = run.consensus(&drafts);
    run.saw_grades("consensus", &ledger);
    if conduct.stages == Stages::All && run.abstained.is_empty() {
        run.guardians(&mut ledger).await?;
    }
    Ok(run.finish(ledger, lead))
}

/// What a run has learnt so far.
struct Run<'a> {
    panel: &'a Panel,
    gateway: &'a Gateway,
    consult: &'a Consult,
    list: &'a OptionList,
    conduct: &'a Conduct<'a>,
    clock: Clock,
    degraded: Vec<String>,
    abstained: Vec<String>,
    notes: Vec<String>,
    /// For whom another model graded than was asked for.
    others: Others,
    /// What came with answers.
    told: Vec<Told>,
    unused: Vec<Unused>,
    usd: Option<f64>,
}

/// Advisors' grades, in the panel's order.
type Drafts = Vec<(String, AskedGrades)>;

impl Run<'_> {
    fn pay(&mut self, usd: Option<f64>) {
        self.usd = self.usd.zip(usd).map(|(sum, usd)| sum + usd);
    }

    /// Asks the advisors, all at once and blind. Under `lead` only the lead is
    /// asked.
    async fn drafts(&mut self) -> Result<Drafts, Interrupted> {
        let rule = &self.panel.consensus;
        let asked: Vec<_> = self
            .panel
            .advisors
            .iter()
            .filter(|advisor| rule.protocol != Protocol::Lead || advisor.name == rule.lead)
            .collect();
        let about = (self.consult, self.list);
        let (deadline, watch) = (self.clock.deadline(), self.conduct.watch);
        let answers = gather(self.panel, self.gateway, about, &asked, deadline, watch).await;
        let mut drafts = Vec::with_capacity(asked.len());
        let mut slowest: f64 = 0.0;
        for (advisor, answer) in asked.into_iter().zip(answers) {
            let name = &advisor.name;
            let Some(answer) = answer else {
                slowest = slowest.max(self.clock.waited());
                self.degraded.push(format!("{name}'s grades came too late"));
                continue;
            };
            match Interrupted::check(answer)? {
                Ok(answer) => {
                    self.pay(answer.usd);
                    Told::add(&mut self.told, name, &answer.notices);
                    if let Some(id) = answer.other_model() {
                        self.others.insert(name.clone(), id.to_owned());
                    }
                    let in_time = self.clock.in_time(answer.seconds);
                    slowest = slowest.max(self.clock.counted(answer.seconds));
                    if !in_time {
                        self.degraded.push(format!("{name}'s grades came too late"));
                    } else {
                        self.degraded.extend(answer.troubles(name));
                        match answer.unusable {
                            None => drafts.push((name.clone(), answer)),
                            Some(why) => self.unusable(name, why),
                        }
                    }
                }
                Err(error) => {
                    slowest = slowest.max(self.clock.counted(error.seconds));
                    let why = error.kind.words();
                    self.degraded.push(format!("{name} did not answer ({why})"));
                }
            }
        }
        self.clock.spend(slowest);
        Ok(drafts)
    }

    /// Enters that an advisor's grades count for nothing.
    fn unusable(&mut self, name: &str, why: Unusable) {
        self.unused.push(Unused {
            agent: name.to_owned(),
            why: why.words().to_owned(),
            item: None,
        });
        self.conduct.watch.saw(Event::Unusable {
            stage: "draft",
            seat: name,
            why: why.words(),
        });
    }

    /// Tells who watches how many options have a grade.
    fn saw_grades(&self, after: &str, ledger: &GradeLedger) {
        let graded = ledger
            .entries
            .iter()
            .filter(|entry| entry.grade().is_some());
        let items = graded.count();
        self.conduct.watch.saw(Event::Plan { after, items });
    }

    /// One grade for every option; and, where one advisor's grades stand as
    /// they are, that advisor's own entries for their rationales.
    fn consensus(&mut self, drafts: &Drafts) -> (GradeLedger, Option<AskedGrades>) {
        let lead = &self.panel.consensus.lead;
        let of_lead = drafts.iter().find(|(name, _)| name == lead);
        let one = of_lead.or(drafts.first());
        let vote = self.votes(drafts);
        if vote.is_none()
            && let Some((name, _)) = one
            && !self.abstained.is_empty()
        {
            self.notes.push(format!("the grades are {name}'s"));
        }
        let entries: Vec<GradeEntry> = self
            .list
            .numbers()
            .map(|option| match (&vote, one) {
                (Some(rule), _) => self.voted(option, votes_on(option, drafts), rule),
                (None, Some((name, _))) => one_advisor(option, votes_on(option, drafts), name),
                (None, None) => one_advisor(option, BTreeMap::new(), lead),
            })
            .collect();
        let without: Vec<i64> = entries
            .iter()
            .filter(|entry| entry.consensus.is_none())
            .map(|entry| entry.option)
            .collect();
        if vote.is_some() && !without.is_empty() {
            let numbers = super::numbers(&without);
            self.degraded
                .push(format!("no quorum of usable grades for option {numbers}"));
        }
        let ledger = GradeLedger {
            entries,
            refused: Vec::new(),
            unused: std::mem::take(&mut self.unused),
        };
        let own = one.filter(|_| vote.is_none());
        (ledger, own.map(|(_, grades)| grades.clone()))
    }

    /// The rule of the vote, if there is one. Not under `lead`, and not where quorum or vendor mix
    /// are not met: then one advisor's grades are carried, and not presented as
    /// the panel's (design rule 5).
    fn votes(&mut self, drafts: &Drafts) -> Option<VoteRule> {
        if self.panel.consensus.protocol == Protocol::Lead {
            return None;
        }
        let names = drafts.iter().map(|(name, _)| name.as_str());
        self.abstained = quorum::unmet(self.panel, &self.others, names);
        let rule = self.panel.consensus.vote.clone();
        rule.filter(|_| self.abstained.is_empty())
    }

    fn voted(&self, option: i64, votes: BTreeMap<String, Grade>, rule: &VoteRule) -> GradeEntry {
        let decided = vote::decide(&votes, rule, self.panel.consensus.quorum);
        let (consensus, why) = match decided {
            Ok((grade, why)) => (Some(grade), why),
            Err(why) => (None, why),
        };
        GradeEntry {
            option,
            votes,
            consensus,
            why,
            flips: Vec::new(),
        }
    }

    /// Guardians, one after the other. One that fails leaves the grades as they
    /// were (design rule 4).
    async fn guardians(&mut self, ledger: &mut GradeLedger) -> Result<(), Interrupted> {
        let panel = self.panel;
        let vendor_of = vendors(panel, &self.others);
        let mut refused = RefusedFlips::default();
        for guardian in &panel.guardians {
            let name = &guardian.name;
            if self.clock.left() <= 0.0 {
                self.degraded
                    .push(format!("no time was left for guardian {name}"));
                continue;
            }
            let vars = Vars {
                grades: Some(fence("grades", &flips::block(self.list, ledger))),
                max_edits: Some(panel.edits.max_edits),
                ..Vars::new(panel, guardian, self.consult)
            };
            let schema = Some(flips::schema(self.list, panel.edits.max_edits));
            let (gateway, consult) = (self.gateway, self.consult);
            let watch = self.conduct.watch;
            watch.saw(Event::Asked {
                stage: "guardian",
                seats: &[name],
            });
            let asking = ask(panel, gateway, guardian, "guardian", consult, &vars, schema);
            let answer = self.clock.until_deadline(asking).await;
            tell(watch, "guardian", name, answer.as_ref(), |answer| {
                answer.seconds
            });
            let Some(answer) = answer else {
                self.clock.spend(self.clock.waited());
                self.degraded
                    .push(format!("guardian {name}'s flips came too late"));
                self.saw_grades(name, ledger);
                continue;
            };
            match Interrupted::check(answer)? {
                Ok(answer) => {
                    self.pay(answer.usd);
                    Told::add(&mut self.told, name, &answer.notices);
                    self.degraded.extend(answer.troubles(name, "answer"));
                    let in_time = self.clock.in_time(answer.seconds);
                    self.clock.spend(self.clock.counted(answer.seconds));
                    match decode::<Flips>(&answer).filter(|_| in_time) {
                        Some(flips) if flips.are_about_nothing(self.list) => self.degraded.push(
                            format!("guardian {name}'s flips name no option of the list"),
                        ),
                        Some(flips) => flips::apply(
                            ledger,
                            name,
                            flips,
                            &panel.edits,
                            &vendor_of,
                            &mut refused,
                        ),
                        None if in_time => self
                            .degraded
                            .push(format!("guardian {name}'s flips could not be read")),
                        None => self
                            .degraded
                            .push(format!("guardian {name}'s flips came too late")),
                    }
                }
                Err(error) => {
                    self.clock.spend(self.clock.counted(error.seconds));
                    let why = error.kind.words();
                    self.degraded
                        .push(format!("guardian {name} did not answer ({why})"));
                }
            }
            self.saw_grades(name, ledger);
        }
        Ok(())
    }

    fn finish(self, ledger: GradeLedger, own: Option<AskedGrades>) -> GradedAnswer {
        let rationale = |entry: &GradeEntry| match (entry.flips.last(), &own) {
            (Some(flip), _) => flip.reason.clone(),
            (None, Some(own)) => own
                .grades
                .iter()
                .find(|grade| grade.option == entry.option)
                .map(|grade| grade.rationale.clone())
                .unwrap_or_default(),
            (None, None) => PatientText::from(entry.why.as_str()),
        };
        let grades = ledger
            .entries
            .iter()
            .filter_map(|entry| {
                Some(GradedOption {
                    option: entry.option,
                    grade: entry.grade()?,
                    rationale: rationale(entry),
                })
            })
            .collect();
        GradedAnswer {
            outcome: Outcome::of(self.abstained, self.degraded),
            grades,
            ledger,
            notes: self
                .notes
                .into_iter()
                .chain(Told::notes(&self.told))
                .collect(),
            told: self.told,
            usd: self.usd,
            seconds: self.clock.spent(),
        }
    }

    /// No advisor gave anything to work with.
    fn failed(self) -> GradedAnswer {
        GradedAnswer {
            outcome: Outcome::Failed {
                reasons: self.degraded,
            },
            grades: Vec::new(),
            ledger: GradeLedger {
                unused: self.unused,
                ..GradeLedger::default()
            },
            notes: self
                .notes
                .into_iter()
                .chain(Told::notes(&self.told))
                .collect(),
            told: self.told,
            usd: self.usd,
            seconds: self.clock.spent(),
        }
    }
}

fn votes_on(option: i64, drafts: &Drafts) -> BTreeMap<String, Grade> {
    drafts
        .iter()
        .filter_map(|(name, draft)| {
            let own = draft.grades.iter().find(|grade| grade.option == option)?;
            Some((name.clone(), own.grade))
        })
        .collect()
}

/// One advisor's grade as it stands; the others' votes are kept in the ledger.
fn one_advisor(option: i64, votes: BTreeMap<String, Grade>, name: &str) -> GradeEntry {
    let consensus = votes.get(name).copied();
    GradeEntry {
        option,
        consensus,
        why: match consensus {
            Some(_) => format!("{name}'s grade"),
            None => format!("{name} gave no usable grade"),
        },
        votes,
        flips: Vec::new(),
    }
}
