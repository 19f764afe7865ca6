//! The guardians, one after the other or all at once, and the agents who are
//! asked about their edits. A guardian that fails leaves the plan as it was
//! (design rule 4).

use crate::clinical::PatientText;
use crate::deliberation::ask::Vars;
use crate::deliberation::book::Book;
use crate::deliberation::conduct::Event;
use crate::deliberation::guardian::{
    CheckAnswer, Checked, Edits, History, Proposal, Round, check, edit, view,
};
use crate::deliberation::result::{Interrupted, StageRecord, Step};
use crate::deliberation::vendors::vendors;
use crate::gateway::fence::fence;
use crate::panel::model::{Agent, EditMode, Skippable};

use super::{NOTHING_MEANT, Reply, Run, decode};

impl Run<'_> {
    /// Asks the guardians and carries out what stands. `drafts`: how many
    /// drafts the plan rests on.
    pub(super) async fn guardians(
        &mut self,
        book: &mut Book,
        drafts: usize,
    ) -> Result<(), Interrupted> {
        let panel = self.panel;
        if panel.guardians.is_empty() {
            return Ok(());
        }
        self.step("consensus", book, (0, 0));
        if !self.affords(
            Skippable::Guardians,
            "the guardians were left out",
            "guardian",
        ) {
            return Ok(());
        }
        let mut history = History::default();
        match panel.edits.mode {
            EditMode::Serial => {
                for guardian in &panel.guardians {
                    if self.clock.left() <= 0.0 {
                        self.degraded
                            .push(format!("no time was left for guardian {}", guardian.name));
                        continue;
                    }
                    let one = std::slice::from_ref(guardian);
                    self.review(book, drafts, one, &mut history).await?;
                }
            }
            EditMode::Parallel => {
                self.review(book, drafts, &panel.guardians, &mut history)
                    .await?;
            }
        }
        // An empty plan would say "do nothing", which nobody recommended.
        if book.items().len() == 0 {
            self.abstained
                .push("the guardians left nothing of the plan".to_owned());
        }
        Ok(())
    }

    /// Some guardians on the plan as it stands: what they propose, what others
    /// say of it, and what is done.
    async fn review(
        &mut self,
        book: &mut Book,
        drafts: usize,
        guardians: &[Agent],
        history: &mut History,
    ) -> Result<(), Interrupted> {
        let shown = fence(
            "plan",
            &view::plan(book, drafts, &self.dissent_so_far(), history),
        );
        let answers = self.edits(guardians, &shown, book.items().len()).await?;
        let limits = &self.panel.edits;
        let round = Round::open(book, answers, limits, history);
        let checked = self.checks(round.proposals(), &shown).await?;
        let vendor_of = vendors(self.panel, &self.others);
        let verdicts = round.settle(&checked, limits, &vendor_of, history);
        self.concerns.extend(verdicts.record(book, history));
        for guardian in guardians {
            let name = &guardian.name;
            verdicts.carry_out(name, book, history);
            self.step(name, book, verdicts.counts(name));
            self.saw_plan(name, book);
            self.conduct.watch.saw(Event::Plan {
                after: name,
                items: book.items().len(),
            });
        }
        Ok(())
    }

    /// What the guardians answer, in the panel's order; one that fails is
    /// named.
    async fn edits(
        &mut self,
        guardians: &[Agent],
        plan: &str,
        items: usize,
    ) -> Result<Vec<(String, Edits)>, Interrupted> {
        let asked: Vec<(Agent, Vars<'_>)> = guardians
            .iter()
            .map(|guardian| {
                let vars = Vars {
                    plan: Some(plan.to_owned()),
                    max_edits: Some(self.panel.edits.max_edits),
                    ..Vars::new(self.panel, guardian, self.consult)
                };
                (guardian.clone(), vars)
            })
            .collect();
        let schema = edit::schema(items, self.panel.edits.max_edits);
        let replies = self.ask_all("guardian", &asked, &schema).await?;
        let mut answers = Vec::new();
        for (guardian, reply) in guardians.iter().zip(replies) {
            let name = &guardian.name;
            match &reply {
                Reply::Answer(answer) => match decode::<Edits>(answer) {
                    Some(edits) if edits.are_about_nothing(items) => {
                        self.unusable("guardian", name, NOTHING_MEANT);
                        self.degraded
                            .push(format!("guardian {name}'s edits: {NOTHING_MEANT}"));
                    }
                    Some(edits) => answers.push((name.clone(), edits)),
                    None => self
                        .degraded
                        .push(format!("guardian {name}'s edits could not be read")),
                },
                Reply::Late => self
                    .degraded
                    .push(format!("guardian {name}'s edits came too late")),
                Reply::Failed(..) => {
                    let trouble = reply.trouble().unwrap_or_default();
                    self.degraded.push(format!("guardian {name} {trouble}"));
                }
            }
        }
        Ok(answers)
    }

    /// Asks the checkers about proposals, all at once.
    async fn checks(&mut self, proposals: &[Proposal], plan: &str) -> Result<Checked, Interrupted> {
        let mut checked = Checked::nothing(proposals.len());
        let panel = self.panel;
        let Some(prompt) = panel
            .edits
            .prompt
            .as_ref()
            .filter(|_| !proposals.is_empty())
        else {
            return Ok(checked);
        };
        if self.clock.left() <= 0.0 {
            self.degraded
                .push("no time was left to check the guardians' edits".to_owned());
            return Ok(checked);
        }
        let block = fence("edits", &view::edits(proposals));
        let checkers: Vec<Agent> = panel
            .edits
            .checker_order
            .iter()
            .filter(|name| !self.failed_before(name))
            .take(panel.edits.checkers)
            .filter_map(|name| panel.advisors.iter().find(|advisor| advisor.name == *name))
            .map(|advisor| Agent {
                prompt: prompt.clone(),
                ..advisor.clone()
            })
            .collect();
        let asked: Vec<(Agent, Vars<'_>)> = checkers
            .iter()
            .map(|checker| {
                let vars = Vars {
                    plan: Some(plan.to_owned()),
                    edits: Some(block.clone()),
                    ..Vars::new(panel, checker, self.consult)
                };
                (checker.clone(), vars)
            })
            .collect();
        let schema = check::schema(proposals.len());
        let replies = self.ask_all("check", &asked, &schema).await?;
        for (checker, reply) in checkers.iter().zip(replies) {
            let name = &checker.name;
            let answer = match &reply {
                Reply::Answer(answer) => decode::<CheckAnswer>(answer),
                _ => None,
            };
            match answer {
                Some(answer) => {
                    if !checked.enter(name, answer) {
                        self.unusable("check", name, NOTHING_MEANT);
                        self.degraded.push(format!(
                            "{name} was asked about the guardians' edits: {NOTHING_MEANT}"
                        ));
                    }
                }
                None => {
                    let trouble = reply.trouble();
                    let trouble = trouble.as_deref().unwrap_or("gave an answer without form");
                    self.degraded.push(format!(
                        "{name} {trouble} when asked about the guardians' edits"
                    ));
                }
            }
        }
        Ok(checked)
    }

    /// Did an agent fail to answer already? Then it is not asked once more.
    fn failed_before(&self, name: &str) -> bool {
        let failed = |stage: &StageRecord| {
            stage.seat == name && (stage.failure.is_some() || stage.unusable.is_some())
        };
        self.stages.iter().any(failed)
    }

    /// What guardians and checkers are told of the disagreement, without names.
    fn dissent_so_far(&self) -> Vec<PatientText> {
        let concerns = self.concerns.iter();
        concerns.map(|concern| concern.told.clone()).collect()
    }

    /// Keeps the text as it stands now.
    fn step(&mut self, after: &str, book: &Book, (applied, refused): (usize, usize)) {
        self.steps.push(Step {
            after: after.to_owned(),
            text: self.text_of(book),
            applied,
            refused,
        });
    }
}
