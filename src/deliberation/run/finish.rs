//! The end of a deliberation: the word budget, what is still missing, and the
//! outcome.

use crate::clinical::flow::RENDER;
use crate::clinical::{Dissent, Ledger, Outcome, PatientText, Plan};
use crate::deliberation::book::Book;
use crate::deliberation::conduct::Event;
use crate::deliberation::escalation;
use crate::deliberation::render;
use crate::deliberation::result::{Deliberation, Told};

use super::Run;

impl Run<'_> {
    pub(super) fn finish(mut self, mut book: Book) -> Deliberation {
        if let Some(budget) = self.panel.budget.words {
            self.notes.extend(render::fit(&mut book, budget));
        }
        self.conduct.watch.saw(Event::Plan {
            after: "render",
            items: book.items().len(),
        });
        let dissent = self.dissent(&book);
        self.saw_plan(RENDER, &book);
        let (plan, mut ledger) = book.close();
        ledger.unused = self.unused;
        let text = render::render(&plan.assessment, &plan.items);
        let needs = &self.panel.escalation.needs;
        let question = self.consult.presentation.expose();
        let missing = escalation::missing(needs, question, &text);
        if !missing.is_empty() {
            self.abstained.push(format!(
                "the question does not say what the panel needs to know: {}",
                missing.join(", ")
            ));
        }
        Deliberation {
            outcome: Outcome::of(self.abstained, self.degraded),
            text: Some(PatientText::from(text)),
            plan,
            ledger,
            dissent,
            steps: self.steps,
            flow: self.flow,
            notes: self
                .notes
                .into_iter()
                .chain(Told::notes(&self.told))
                .collect(),
            told: self.told,
            stages: self.stages,
            usd: self.usd,
            seconds: self.clock.spent(),
        }
    }

    /// No advisor gave anything to work with.
    pub(super) fn failed(self) -> Deliberation {
        Deliberation {
            outcome: Outcome::Failed {
                reasons: self.degraded,
            },
            text: None,
            plan: Plan::default(),
            ledger: Ledger {
                unused: self.unused,
                ..Ledger::default()
            },
            dissent: Vec::new(),
            steps: Vec::new(),
            flow: self.flow,
            notes: self
                .notes
                .into_iter()
                .chain(Told::notes(&self.told))
                .collect(),
            told: self.told,
            stages: self.stages,
            usd: self.usd,
            seconds: self.clock.spent(),
        }
    }

    /// The plan's text as it would be if the work ended here.
    pub(super) fn text_of(&self, book: &Book) -> PatientText {
        let mut book = book.clone();
        if let Some(budget) = self.panel.budget.words {
            render::fit(&mut book, budget);
        }
        PatientText::from(render::render(book.assessment(), book.items()))
    }

    /// What the reader must know, with the numbers of the finished plan, what
    /// matters most first.
    fn dissent(&self, book: &Book) -> Vec<Dissent> {
        // Guardians and the word budget may have changed what is missing.
        let of_consensus = match &self.decided {
            Some((board, conflicts)) => escalation::concerns(book, board, conflicts),
            None => Vec::new(),
        };
        let of_guardians = self.concerns.iter().skip(self.of_consensus);
        let mut all: Vec<Dissent> = of_consensus
            .iter()
            .chain(of_guardians)
            .map(|concern| Dissent {
                items: concern
                    .keys
                    .iter()
                    .filter_map(|&key| book.place_of(key))
                    .map(|place| place + 1)
                    .collect(),
                ..concern.dissent.clone()
            })
            .collect();
        all.sort_by_key(|dissent| (dissent.severity.is_none(), dissent.kind));
        all
    }
}
