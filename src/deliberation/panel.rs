//! Running the stages of a panel for one consult.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::clinical::{Ledger, Outcome, PatientText, Plan, Recommendation};
use crate::gateway::fence::fence;
use crate::gateway::{Answer, CallError, Gateway};
use crate::panel::model::{ModeratorFallback, Panel, Protocol};

use super::ask::{Consult, Vars, ask, ask_draft};
use super::book::Book;
use super::conduct::Conduct;
use super::guardian::{self, Edits, RefusedRemovals};
use super::parse::{Draft, parse_draft};
use super::quorum;
use super::render;
use super::result::{Deliberation, Interrupted, StageRecord, Stages};
use super::synthesis::{self, Labels, Synthesis};

/// Answers one consult with a panel.
///
/// The result depends on the panel, the consult, the seed and the models'
/// answers only: results are joined by agent name in the panel's order, so
/// arrival order changes nothing (design rule 2).
///
/// # Errors
/// [`Interrupted`] when a call was not made; every other failure is part of
/// the outcome.
pub async fn deliberate(
    panel: &Panel,
    gateway: &Gateway,
    consult: &Consult,
    conduct: &Conduct<'_>,
) -> Result<Deliberation, Interrupted> {
    let stages = conduct.stages;
    let mut run = Run::new(panel, gateway, consult, conduct.run_seed);
    let drafts = run.drafts().await?;
    let Some(mut book) = run.consensus(&drafts).await? else {
        return Ok(run.failed());
    };
    if stages == Stages::All && run.abstained.is_empty() {
        run.guardians(&mut book, drafts.len()).await?;
    }
    Ok(run.finish(book))
}

/// What a deliberation has learnt so far.
struct Run<'a> {
    panel: &'a Panel,
    gateway: &'a Gateway,
    consult: &'a Consult,
    run_seed: u64,
    degraded: Vec<String>,
    abstained: Vec<String>,
    notes: Vec<String>,
    stages: Vec<StageRecord>,
    usd: Option<f64>,
    seconds: f64,
}

impl<'a> Run<'a> {
    fn new(panel: &'a Panel, gateway: &'a Gateway, consult: &'a Consult, run_seed: u64) -> Self {
        Self {
            panel,
            gateway,
            consult,
            run_seed,
            degraded: Vec::new(),
            abstained: Vec::new(),
            notes: Vec::new(),
            stages: Vec::new(),
            usd: Some(0.0),
            seconds: 0.0,
        }
    }

    /// Enters a question and what came of it.
    fn record(&mut self, stage: &'static str, seat: &str, result: &Result<Answer, CallError>) {
        self.stages.push(StageRecord {
            stage: stage.to_owned(),
            seat: seat.to_owned(),
            failure: result.as_ref().err().map(|error| error.kind),
        });
        if let Ok(answer) = result {
            self.usd = self.usd.zip(answer.usd).map(|(sum, usd)| sum + usd);
        }
    }

    /// Seconds that are left of the panel's budget, if it has one.
    fn time_left(&self) -> f64 {
        self.panel
            .budget
            .seconds
            .map_or(f64::INFINITY, |budget| budget - self.seconds)
    }

    /// Asks the advisors, all at once and blind. Under `lead` only the lead is
    /// asked. Returns the drafts that came in time, in the panel's order.
    async fn drafts(&mut self) -> Result<Vec<(String, Draft)>, Interrupted> {
        let (panel, gateway, consult) = (self.panel, self.gateway, self.consult);
        let asked: Vec<_> = panel
            .advisors
            .iter()
            .filter(|advisor| {
                panel.consensus.protocol != Protocol::Lead || advisor.name == panel.consensus.lead
            })
            .collect();
        let answers = join_all(
            asked
                .iter()
                .map(|advisor| ask_draft(panel, gateway, advisor, consult)),
        )
        .await;

        let mut drafts = Vec::with_capacity(asked.len());
        let mut slowest: f64 = 0.0;
        for (advisor, answer) in asked.into_iter().zip(answers) {
            let answer = Interrupted::check(answer)?;
            self.record("draft", &advisor.name, &answer);
            match answer {
                Ok(answer) if answer.declined => {
                    self.degraded
                        .push(format!("{} declined to answer", advisor.name));
                }
                Ok(answer) if answer.seconds <= self.time_left() => {
                    slowest = slowest.max(answer.seconds);
                    if answer.cut_short {
                        self.degraded.push(format!(
                            "{}'s draft was cut at its token limit",
                            advisor.name
                        ));
                    }
                    let draft = parse_draft(&answer.text);
                    if draft.items.is_empty() {
                        self.degraded
                            .push(format!("{}'s draft has no recommendation", advisor.name));
                    } else {
                        drafts.push((advisor.name.clone(), draft));
                    }
                }
                Ok(_) => {
                    slowest = self.time_left();
                    self.degraded
                        .push(format!("{}'s draft came too late", advisor.name));
                }
                Err(error) => self.degraded.push(format!(
                    "{} did not answer ({})",
                    advisor.name,
                    error.kind.words()
                )),
            }
        }
        self.seconds += slowest;
        Ok(drafts)
    }

    /// Makes one plan of the drafts; `None` when there is no draft at all.
    async fn consensus(&mut self, drafts: &[(String, Draft)]) -> Result<Option<Book>, Interrupted> {
        if drafts.is_empty() {
            return Ok(None);
        }
        if self.panel.consensus.protocol == Protocol::Lead {
            return Ok(Some(one_draft(drafts, "consensus", 0, "")));
        }
        self.check_quorum(drafts);
        if !self.abstained.is_empty() {
            let why = "the panel abstained: this is one advisor's draft as it stands";
            return Ok(Some(self.lead_draft(drafts, why)));
        }
        self.synthesis(drafts).await.map(Some)
    }

    /// Quorum and vendor mix (design rule 5).
    fn check_quorum(&mut self, drafts: &[(String, Draft)]) {
        let answered = drafts.iter().map(|(name, _)| name.as_str());
        self.abstained = quorum::unmet(self.panel, answered);
    }

    async fn synthesis(&mut self, drafts: &[(String, Draft)]) -> Result<Book, Interrupted> {
        let Some(moderator) = &self.panel.moderator else {
            return Ok(self.without_moderator(drafts, "the panel has no moderator"));
        };
        if self.time_left() <= 0.0 {
            return Ok(self.without_moderator(drafts, "no time was left for the moderator"));
        }
        let labels = Labels::shuffled(
            drafts.len(),
            self.run_seed,
            &self.consult.item,
            self.consult.trial,
        );
        let vars = Vars {
            drafts: Some(fence("drafts", &labels.block(drafts))),
            ..Vars::new(self.panel, moderator, self.consult)
        };
        let answer = ask(
            self.panel,
            self.gateway,
            moderator,
            "synthesis",
            self.consult,
            &vars,
            Some(synthesis::SCHEMA.clone()),
        )
        .await;
        let answer = Interrupted::check(answer)?;
        self.record("synthesis", &moderator.name, &answer);
        let answer = match answer {
            Ok(answer) if answer.seconds <= self.time_left() => answer,
            Ok(_) => {
                self.seconds += self.time_left();
                let why = format!("{}'s merge came too late", moderator.name);
                return Ok(self.without_moderator(drafts, &why));
            }
            Err(error) => {
                let why = format!("{} did not answer ({})", moderator.name, error.kind.words());
                return Ok(self.without_moderator(drafts, &why));
            }
        };
        self.seconds += answer.seconds;
        let mut book = Book::open(drafts);
        let merged = decode::<Synthesis>(&answer).is_some_and(|merged| {
            synthesis::apply(&mut book, &moderator.name, merged, &labels, drafts)
        });
        if merged {
            Ok(book)
        } else {
            let why = format!("{} merged the drafts into an empty plan", moderator.name);
            Ok(self.without_moderator(drafts, &why))
        }
    }

    /// The moderator failed: the panel's rule says whether one advisor's draft
    /// is answered, openly, or the panel abstains.
    fn without_moderator(&mut self, drafts: &[(String, Draft)], why: &str) -> Book {
        match self.panel.consensus.if_moderator_fails {
            ModeratorFallback::Lead => self.degraded.push(format!(
                "{why}: this is one advisor's plan and not the panel's"
            )),
            ModeratorFallback::Abstain => self.abstained.push(why.to_owned()),
        }
        self.lead_draft(
            drafts,
            "the drafts were not merged: one advisor's draft stands alone",
        )
    }

    /// The lead's draft as the plan, or the first draft there is.
    fn lead_draft(&mut self, drafts: &[(String, Draft)], why: &str) -> Book {
        let lead = &self.panel.consensus.lead;
        let index = drafts
            .iter()
            .position(|(name, _)| name == lead)
            .unwrap_or(0);
        if let Some((name, _)) = drafts.get(index) {
            self.notes.push(format!("the plan is {name}'s draft"));
        }
        one_draft(drafts, "consensus", index, why)
    }

    /// Guardians, one after the other. One that fails leaves the plan as it
    /// was (design rule 4).
    async fn guardians(&mut self, book: &mut Book, drafts: usize) -> Result<(), Interrupted> {
        let vendor_of: BTreeMap<String, String> = self
            .panel
            .advisors
            .iter()
            .map(|advisor| (advisor.name.clone(), advisor.vendor.clone()))
            .collect();
        let mut refused_removals = RefusedRemovals::default();
        for guardian in &self.panel.guardians {
            if self.time_left() <= 0.0 {
                self.degraded
                    .push(format!("no time was left for guardian {}", guardian.name));
                continue;
            }
            let vars = Vars {
                plan: Some(fence("plan", &guardian::block(book, drafts))),
                max_edits: Some(self.panel.edits.max_edits),
                ..Vars::new(self.panel, guardian, self.consult)
            };
            let answer = ask(
                self.panel,
                self.gateway,
                guardian,
                "guardian",
                self.consult,
                &vars,
                Some(guardian::SCHEMA.clone()),
            )
            .await;
            let answer = Interrupted::check(answer)?;
            self.record("guardian", &guardian.name, &answer);
            match answer {
                Ok(answer) if answer.seconds <= self.time_left() => {
                    self.seconds += answer.seconds;
                    match decode::<Edits>(&answer) {
                        Some(edits) => guardian::apply(
                            book,
                            &guardian.name,
                            edits,
                            &self.panel.edits,
                            &vendor_of,
                            &mut refused_removals,
                        ),
                        None => self.degraded.push(format!(
                            "guardian {}'s edits could not be read",
                            guardian.name
                        )),
                    }
                }
                Ok(_) => {
                    self.seconds += self.time_left();
                    self.degraded
                        .push(format!("guardian {}'s edits came too late", guardian.name));
                }
                Err(error) => self.degraded.push(format!(
                    "guardian {} did not answer ({})",
                    guardian.name,
                    error.kind.words()
                )),
            }
        }
        Ok(())
    }

    fn finish(mut self, mut book: Book) -> Deliberation {
        if let Some(budget) = self.panel.budget.words {
            self.notes.extend(render::fit(&mut book, budget));
        }
        let (plan, ledger) = book.close();
        let text = render::render(&plan.assessment, &plan.items);
        let outcome = Outcome::of(self.abstained, self.degraded);
        Deliberation {
            outcome,
            text: Some(PatientText::from(text)),
            plan,
            ledger,
            dissent: Vec::new(),
            steps: Vec::new(),
            notes: self.notes,
            stages: self.stages,
            usd: self.usd,
            seconds: self.seconds,
        }
    }

    /// No advisor gave anything to work with.
    fn failed(self) -> Deliberation {
        Deliberation {
            outcome: Outcome::Failed {
                reasons: self.degraded,
            },
            text: None,
            plan: Plan::default(),
            ledger: Ledger::default(),
            dissent: Vec::new(),
            steps: Vec::new(),
            notes: self.notes,
            stages: self.stages,
            usd: self.usd,
            seconds: self.seconds,
        }
    }
}

/// One draft as the whole plan; what the other drafts have ends here.
fn one_draft(drafts: &[(String, Draft)], stage: &str, index: usize, why: &str) -> Book {
    let mut book = Book::open(drafts);
    if let Some((agent, draft)) = drafts.get(index) {
        book.assess(draft.assessment.clone());
        for (i, text) in draft.items.iter().enumerate() {
            let basis = crate::clinical::DraftRef {
                agent: agent.clone(),
                number: i + 1,
            };
            book.place(stage, Recommendation::drafted(text.clone(), basis));
        }
    }
    book.drop_unplaced(stage, |_| PatientText::from(why));
    book
}

/// A validated answer as its type. The gateway has checked it against the
/// schema; `None` would mean that schema and type disagree.
pub(super) fn decode<T: serde::de::DeserializeOwned>(answer: &Answer) -> Option<T> {
    let json = answer.json.as_deref()?;
    T::deserialize(json).ok()
}
