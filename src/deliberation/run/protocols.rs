//! Asking what a protocol asks. What follows from the answers is in
//! [`crate::deliberation::consensus`].

use crate::clinical::PatientText;
use crate::deliberation::ask::Vars;
use crate::deliberation::book::Book;
use crate::deliberation::consensus::board::Board;
use crate::deliberation::consensus::debate::{self, Changes};
use crate::deliberation::consensus::delphi::{self, Ratings};
use crate::deliberation::consensus::synthesis::{self, Synthesis};
use crate::deliberation::consensus::vote;
use crate::deliberation::labels::Labels;
use crate::deliberation::quorum;
use crate::deliberation::result::Interrupted;
use crate::gateway::Schema;
use crate::gateway::fence::fence;
use crate::panel::model::{Agent, ModeratorFallback, Skippable};

use super::{Drafts, NOTHING_MEANT, Reply, Run, decode};

impl Run<'_> {
    /// `vote`: nobody is asked again.
    pub(super) fn vote(&mut self, drafts: &Drafts, board: &mut Board) -> Book {
        self.vote_after("vote", drafts, board)
    }

    /// `debate`: rounds of changes until nobody changes anything, then a vote.
    pub(super) async fn debate(
        &mut self,
        drafts: &Drafts,
        board: &mut Board,
    ) -> Result<Book, Interrupted> {
        self.shuffle(board);
        for round in 1..=self.panel.consensus.rounds {
            let words = format!("round {round} of the debate was left out");
            if !self.affords(Skippable::Rounds, &words, "debate") {
                break;
            }
            let shown = |agent: &str| debate::block(board, agent);
            let answers: Vec<(String, Changes)> = self
                .ask_again("debate", drafts, &debate::schema(board), &shown)
                .await?;
            self.clock.pass(Skippable::Rounds);
            let answers = self.about("debate", answers, |changes| changes.refer_to(board));
            let silent = answers.is_empty();
            let case = self.consult.presentation.expose();
            if silent || !debate::enter(board, round, case, answers) {
                break;
            }
        }
        while self.clock.has_ahead(Skippable::Rounds) {
            self.clock.pass(Skippable::Rounds);
        }
        Ok(self.vote_after("debate", drafts, board))
    }

    fn vote_after(&mut self, stage: &str, drafts: &Drafts, board: &mut Board) -> Book {
        if let Some(rule) = &self.panel.consensus.vote {
            vote::decide(board, rule);
        }
        self.decided(drafts, board, stage)
    }

    /// `delphi`: two rounds of ratings.
    pub(super) async fn delphi(
        &mut self,
        drafts: &Drafts,
        board: &mut Board,
    ) -> Result<Book, Interrupted> {
        if self.clock.left() <= 0.0 {
            return Ok(self.without_ratings(drafts, "no time was left to rate the candidates"));
        }
        self.shuffle(board);
        for round in 1..=2 {
            if round == 2 {
                let words = "the second round of ratings was left out";
                if !self.affords(Skippable::Rounds, words, "rating") {
                    break;
                }
            }
            let shown = |agent: &str| delphi::block(board, agent);
            let answers: Vec<(String, Ratings)> = self
                .ask_again("rating", drafts, &delphi::schema(board), &shown)
                .await?;
            let answers = self.about("rating", answers, |ratings| ratings.refer_to(board));
            if round == 1 && answers.is_empty() {
                return Ok(self.without_ratings(drafts, "no advisor rated the candidates"));
            }
            if !answers.is_empty() {
                delphi::enter(board, round, answers);
            }
        }
        self.clock.pass(Skippable::Rounds);
        let rules = &self.panel.consensus;
        let raters = board.voters.iter().map(|voter| voter.name.as_str());
        let raters = raters.filter(|name| {
            let rounds = board.candidates.iter().filter_map(|c| c.rounds.last());
            rounds
                .into_iter()
                .any(|round| round.ratings.contains_key(*name))
        });
        let unmet = quorum::unmet(self.panel, &self.others, raters);
        self.abstained.extend(
            unmet
                .into_iter()
                .map(|rule| format!("among those who rated: {rule}")),
        );
        delphi::decide(board, rules.uncertain.unwrap_or_default(), rules.quorum);
        Ok(self.decided(drafts, board, "delphi"))
    }

    fn without_ratings(&mut self, drafts: &Drafts, why: &str) -> Book {
        self.abstained.push(why.to_owned());
        self.lead_draft(drafts, "nobody rated it: one advisor's draft stands alone")
    }

    /// Asks everybody who drafted once more, each with a view of its own. Returns the answers that can be used, in the panel's order; what is
    /// missing degrades the outcome.
    async fn ask_again<T: serde::de::DeserializeOwned>(
        &mut self,
        stage: &'static str,
        drafts: &Drafts,
        schema: &std::sync::Arc<Schema>,
        view: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Vec<(String, T)>, Interrupted> {
        let panel = self.panel;
        let prompt = panel.consensus.prompt.clone().unwrap_or_default();
        let agents: Vec<Agent> = panel
            .advisors
            .iter()
            .filter(|advisor| drafts.iter().any(|(name, _)| *name == advisor.name))
            .map(|advisor| Agent {
                prompt: prompt.clone(),
                ..advisor.clone()
            })
            .collect();
        let asked: Vec<(Agent, Vars<'_>)> = agents
            .iter()
            .map(|agent| {
                let vars = Vars {
                    candidates: Some(fence("candidates", &view(&agent.name))),
                    ..Vars::new(panel, agent, self.consult)
                };
                (agent.clone(), vars)
            })
            .collect();
        let replies = self.ask_all(stage, &asked, schema).await?;
        let mut answers = Vec::with_capacity(replies.len());
        for (agent, reply) in agents.iter().zip(replies) {
            let name = &agent.name;
            let decoded = match &reply {
                Reply::Answer(answer) => decode::<T>(answer),
                _ => None,
            };
            match decoded {
                Some(answer) => answers.push((name.clone(), answer)),
                None => {
                    let trouble = reply.trouble();
                    let trouble = trouble.as_deref().unwrap_or("gave an answer without form");
                    self.degraded
                        .push(format!("{name} {trouble} in the stage {stage}"));
                }
            }
        }
        Ok(answers)
    }

    /// The answers that are about something that was shown; one that refers to
    /// nothing of it is a failed answer and no silence.
    fn about<T>(
        &mut self,
        stage: &'static str,
        answers: Vec<(String, T)>,
        about: impl Fn(&T) -> bool,
    ) -> Vec<(String, T)> {
        let (kept, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|(_, answer)| about(answer));
        for (name, _) in lost {
            self.unusable(stage, &name, NOTHING_MEANT);
            self.degraded
                .push(format!("{name} in the stage {stage}: {NOTHING_MEANT}"));
        }
        kept
    }

    /// The plan of what was decided. A panel that found nothing to agree on
    /// abstains: an empty plan would say "do nothing".
    fn decided(&mut self, drafts: &Drafts, board: &Board, stage: &str) -> Book {
        let mut book = Book::open(drafts);
        board.write(&mut book, stage);
        if book.items().len() == 0 {
            self.abstained
                .push("no recommendation found enough support".to_owned());
            return self.lead_draft(drafts, "nothing found enough support");
        }
        book.assess(self.assessment(drafts));
        book
    }

    /// The lead's assessment, or the first one that there is.
    fn assessment(&self, drafts: &Drafts) -> PatientText {
        let lead = &self.panel.consensus.lead;
        let of_lead = drafts.iter().filter(|(name, _)| name == lead);
        of_lead
            .chain(drafts)
            .map(|(_, draft)| &draft.assessment)
            .find(|assessment| !assessment.is_blank())
            .cloned()
            .unwrap_or_default()
    }

    /// Candidates are shown in an order that says nothing of who drafted them.
    fn shuffle(&self, board: &mut Board) {
        let consult = self.consult;
        let seed = self.conduct.run_seed;
        let n = board.candidates.len();
        board.shuffle(Labels::shuffled(n, seed, &consult.item, consult.trial).order());
    }

    /// `synthesis`: the moderator merges the drafts.
    pub(super) async fn synthesis(
        &mut self,
        drafts: &Drafts,
        board: &Board,
    ) -> Result<Book, Interrupted> {
        let Some(moderator) = &self.panel.moderator else {
            return Ok(self.without_moderator(drafts, "the panel has no moderator"));
        };
        if self.clock.left() <= 0.0 {
            return Ok(self.without_moderator(drafts, "no time was left for the moderator"));
        }
        let labels = Labels::shuffled(
            drafts.len(),
            self.conduct.run_seed,
            &self.consult.item,
            self.consult.trial,
        );
        let names = labels.names(drafts, |_, _| true);
        let vars = Vars {
            drafts: Some(fence("drafts", &labels.block(drafts))),
            ..Vars::new(self.panel, moderator, self.consult)
        };
        let reply = self
            .ask_one("synthesis", moderator, vars, &synthesis::schema(&names))
            .await?;
        let name = &moderator.name;
        let answer = match &reply {
            Reply::Answer(answer) => answer,
            Reply::Late => {
                let why = format!("{name}'s merge came too late");
                return Ok(self.without_moderator(drafts, &why));
            }
            Reply::Failed(..) => {
                let why = format!("{name} {}", reply.trouble().unwrap_or_default());
                return Ok(self.without_moderator(drafts, &why));
            }
        };
        let mut book = Book::open(drafts);
        let merged = decode::<Synthesis>(answer).is_some_and(|merged| {
            synthesis::apply(&mut book, name, merged, &labels, drafts, board)
        });
        if merged {
            Ok(book)
        } else {
            let why = format!("{name} merged the drafts into an empty plan");
            Ok(self.without_moderator(drafts, &why))
        }
    }

    /// The moderator failed: the panel's rule says whether one advisor's draft
    /// is answered, openly, or the panel abstains.
    fn without_moderator(&mut self, drafts: &Drafts, why: &str) -> Book {
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
}
