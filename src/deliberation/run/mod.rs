//! Running the stages of a panel for one consult: who is asked what, in which
//! order, and what becomes of failures.
//!
//! What lives here: asking (`Run`), one file a stage, and the clock
//! ([`time`]). What may come in: the pure parts of deliberation and the
//! gateway. What may not: arithmetic of a protocol; that is
//! [`super::consensus`]'s and [`super::guardian`]'s.

mod drafts;
mod finish;
mod flow;
mod guardians;
mod pool;
mod protocols;
pub mod time;

use futures::future::join_all;

use crate::clinical::flow::CONSENSUS;
use crate::clinical::{PatientText, PlanFlow, Recommendation, Unused};
use crate::gateway::{Answer, CallError, FailureKind, Gateway, Schema};
use crate::panel::model::{Agent, OnConflict, Panel, Protocol, Skippable};

use super::ask::{Consult, Vars, ask};
use super::book::Book;
use super::conduct::{Conduct, Event};
use super::consensus::board::{Board, Voter};
use super::consensus::conflict::{self, Conflict};
use super::escalation::{self, Concern};
use super::parse::Draft;
use super::quorum;
use super::result::{Deliberation, Interrupted, StageRecord, Stages, Step, Told};
use super::vendors::{Others, vendors};
use time::Clock;

/// Drafts by advisor, in the panel's order.
type Drafts = [(String, Draft)];

/// Answers one consult with a panel.
///
/// The result depends on the panel, the consult, the seed and the models'
/// answers only: results are joined by agent name in the panel's order, so
/// arrival order changes nothing (design rule 2). With a deadline it depends
/// on what had arrived by then as well.
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
    let mut run = Run::new(panel, gateway, consult, conduct);
    let drafts = run.drafts().await?;
    let Some((mut book, board)) = run.consensus(&drafts).await? else {
        return Ok(run.failed());
    };
    run.after_consensus(&mut book, board);
    if conduct.stages == Stages::All && run.abstained.is_empty() {
        run.guardians(&mut book, drafts.len()).await?;
    }
    Ok(run.finish(book))
}

/// Why an answer counts for nothing that was read and has a form.
const NOTHING_MEANT: &str = "its answer refers to nothing that it was shown";

/// What a deliberation has learnt so far.
struct Run<'a> {
    panel: &'a Panel,
    gateway: &'a Gateway,
    consult: &'a Consult,
    conduct: &'a Conduct<'a>,
    clock: Clock,
    degraded: Vec<String>,
    abstained: Vec<String>,
    /// For whom another model drafted than was asked for.
    others: Others,
    /// What came with answers.
    told: Vec<Told>,
    /// What of the drafts is not used.
    unused: Vec<Unused>,
    /// Whose draft is the plan, where the protocol came to none.
    alone: Option<String>,
    notes: Vec<String>,
    /// What a reader must know: of the consensus, and then of the guardians.
    concerns: Vec<Concern>,
    /// How many of these are of the consensus; they are found anew at the end.
    of_consensus: usize,
    /// What the consensus decided on, and the conflicts in it.
    decided: Option<(Board, Vec<Conflict>)>,
    steps: Vec<Step>,
    flow: PlanFlow,
    stages: Vec<StageRecord>,
    usd: Option<f64>,
}

/// What came of a question.
enum Reply {
    /// An answer in time.
    Answer(Answer),
    /// An answer after its time, or none by then.
    Late,
    /// No answer, after so many seconds.
    Failed(FailureKind, f64),
}

impl Reply {
    /// What happened instead of an answer, after the agent's name.
    fn trouble(&self) -> Option<String> {
        match self {
            Self::Answer(_) => None,
            Self::Late => Some("came too late".to_owned()),
            Self::Failed(kind, _) => Some(format!("did not answer ({})", kind.words())),
        }
    }
}

impl<'a> Run<'a> {
    fn new(
        panel: &'a Panel,
        gateway: &'a Gateway,
        consult: &'a Consult,
        conduct: &'a Conduct<'a>,
    ) -> Self {
        Self {
            panel,
            gateway,
            consult,
            conduct,
            clock: Clock::new(panel, conduct.deadline),
            degraded: Vec::new(),
            abstained: Vec::new(),
            others: Others::new(),
            told: Vec::new(),
            unused: Vec::new(),
            alone: None,
            notes: Vec::new(),
            concerns: Vec::new(),
            of_consensus: 0,
            decided: None,
            steps: Vec::new(),
            flow: PlanFlow::default(),
            stages: Vec::new(),
            usd: Some(0.0),
        }
    }

    /// Asks several agents at once. Their answers come in the order given; the
    /// slowest one counts for the time.
    async fn ask_all(
        &mut self,
        stage: &'static str,
        asked: &[(Agent, Vars<'_>)],
        schema: &std::sync::Arc<Schema>,
    ) -> Result<Vec<Reply>, Interrupted> {
        let (panel, gateway, consult) = (self.panel, self.gateway, self.consult);
        let seats: Vec<&str> = asked.iter().map(|(agent, _)| agent.name.as_str()).collect();
        self.conduct.watch.saw(Event::Asked {
            stage,
            seats: &seats,
        });
        let clock = &self.clock;
        let watch = self.conduct.watch;
        let answers = join_all(asked.iter().map(|(agent, vars)| async move {
            let call = ask(
                panel,
                gateway,
                agent,
                stage,
                consult,
                vars,
                Some(schema.clone()),
            );
            let answer = clock.until_deadline(call).await;
            tell(watch, stage, &agent.name, answer.as_ref(), |answer| {
                answer.seconds
            });
            answer
        }))
        .await;
        let mut replies = Vec::with_capacity(answers.len());
        let mut slowest: f64 = 0.0;
        for ((agent, _), answer) in asked.iter().zip(answers) {
            let reply = self.received(stage, &agent.name, answer)?;
            match &reply {
                Reply::Answer(answer) => slowest = slowest.max(answer.seconds),
                Reply::Late => slowest = slowest.max(self.clock.waited()),
                Reply::Failed(_, seconds) => slowest = slowest.max(self.clock.counted(*seconds)),
            }
            replies.push(reply);
        }
        self.clock.spend(slowest);
        Ok(replies)
    }

    /// Asks one agent.
    async fn ask_one(
        &mut self,
        stage: &'static str,
        agent: &Agent,
        vars: Vars<'_>,
        schema: &std::sync::Arc<Schema>,
    ) -> Result<Reply, Interrupted> {
        let replies = self
            .ask_all(stage, &[(agent.clone(), vars)], schema)
            .await?;
        Ok(replies.into_iter().next().unwrap_or(Reply::Late))
    }

    /// Enters what came of a question. `None`: nothing by the deadline.
    fn received(
        &mut self,
        stage: &'static str,
        seat: &str,
        answer: Option<Result<Answer, CallError>>,
    ) -> Result<Reply, Interrupted> {
        let answer = match answer {
            None => None,
            Some(answer) => Some(Interrupted::check(answer)?),
        };
        let failure = match &answer {
            None => Some(FailureKind::Timeout),
            Some(answer) => answer.as_ref().err().map(|error| error.kind),
        };
        self.stages.push(StageRecord {
            stage: stage.to_owned(),
            seat: seat.to_owned(),
            failure,
            unusable: None,
        });
        Ok(match answer {
            None => Reply::Late,
            Some(Err(error)) => Reply::Failed(error.kind, error.seconds),
            Some(Ok(answer)) => {
                self.usd = self.usd.zip(answer.usd).map(|(sum, usd)| sum + usd);
                Told::add(&mut self.told, seat, &answer.notices);
                // Drafts say what is wrong with them in their own words.
                if stage != "draft" {
                    let troubles = answer.troubles(seat, &format!("answer in the stage {stage}"));
                    self.degraded.extend(troubles);
                } else if let Some(id) = answer.other_model() {
                    self.others.insert(seat.to_owned(), id.to_owned());
                }
                if self.clock.in_time(answer.seconds) {
                    Reply::Answer(answer)
                } else {
                    Reply::Late
                }
            }
        })
    }

    /// Enters that the last answer of an agent in a stage counts for nothing.
    fn unusable(&mut self, stage: &'static str, seat: &str, why: &str) {
        let mut asked = self.stages.iter_mut().rev();
        if let Some(record) = asked.find(|record| record.stage == stage && record.seat == seat) {
            record.unusable = Some(why.to_owned());
        }
        self.conduct.watch.saw(Event::Unusable { stage, seat, why });
    }

    /// Is there time for a stage that may be skipped? If not, the outcome says
    /// so.
    fn affords(&mut self, stage: Skippable, words: &str, event: &'static str) -> bool {
        if self.clock.affords(self.panel, stage) {
            return true;
        }
        self.degraded.push(format!("{words}: no time was left"));
        self.conduct.watch.saw(Event::Skipped { stage: event });
        false
    }

    /// Makes one plan of the drafts; `None` when there is no draft at all.
    async fn consensus(&mut self, drafts: &Drafts) -> Result<Option<(Book, Board)>, Interrupted> {
        if drafts.is_empty() {
            return Ok(None);
        }
        if self.panel.consensus.protocol != Protocol::Lead {
            let answered = drafts.iter().map(|(name, _)| name.as_str());
            self.abstained = quorum::unmet(self.panel, &self.others, answered);
        }
        let mut board = self.pool(drafts).await?;
        self.saw_drafts(drafts);
        self.saw_board(&board);
        let book = if !self.abstained.is_empty() {
            let why = "the panel abstained: this is one advisor's draft as it stands";
            self.lead_draft(drafts, why)
        } else {
            match self.panel.consensus.protocol {
                Protocol::Lead => one_draft(drafts, "consensus", 0, ""),
                Protocol::Synthesis => self.synthesis(drafts, &board).await?,
                Protocol::Vote => self.vote(drafts, &mut board),
                Protocol::Debate => self.debate(drafts, &mut board).await?,
                Protocol::Delphi => self.delphi(drafts, &mut board).await?,
            }
        };
        Ok(Some((book, board)))
    }

    /// Conflicts within the plan, escalation, and what the reader must know.
    fn after_consensus(&mut self, book: &mut Book, board: Board) {
        let rule = self.panel.consensus.vote.as_ref();
        let weigh = rule.is_some_and(|rule| rule.weigh_vendors);
        let conflicts = conflict::settle(
            book,
            &board,
            weigh,
            self.panel.escalation.conflict == OnConflict::Both,
        );
        if self.abstained.is_empty() {
            let rules = &self.panel.escalation;
            self.abstained = escalation::reasons(rules, &board, &conflicts);
        }
        self.concerns = escalation::concerns(book, &board, &conflicts);
        self.of_consensus = self.concerns.len();
        let by = match &self.alone {
            Some(name) => format!("{name}, whose draft is the plan"),
            None => self.panel.consensus.protocol.name().to_owned(),
        };
        book.pooled(board.ledger(|draft| book.carries(draft), &by));
        self.saw_plan(CONSENSUS, book);
        self.conduct.watch.saw(Event::Plan {
            after: "consensus",
            items: book.items().len(),
        });
        self.decided = Some((board, conflicts));
    }

    /// The lead's draft as the plan, or the first draft there is.
    fn lead_draft(&mut self, drafts: &Drafts, why: &str) -> Book {
        let lead = &self.panel.consensus.lead;
        let index = drafts
            .iter()
            .position(|(name, _)| name == lead)
            .unwrap_or(0);
        if let Some((name, _)) = drafts.get(index) {
            self.notes.push(format!("the plan is {name}'s draft"));
            self.alone = Some(name.clone());
        }
        one_draft(drafts, "consensus", index, why)
    }

    fn voters(&self, drafts: &Drafts) -> Vec<Voter> {
        let vendor_of = vendors(self.panel, &self.others);
        drafts
            .iter()
            .map(|(name, _)| Voter {
                name: name.clone(),
                vendor: vendor_of.get(name).cloned().unwrap_or_default(),
            })
            .collect()
    }
}

/// Tells who watches that an agent answered, or failed to.
pub(in crate::deliberation) fn tell<T>(
    watch: &dyn super::conduct::Watch,
    stage: &'static str,
    seat: &str,
    answer: Option<&Result<T, CallError>>,
    seconds_of: impl Fn(&T) -> f64,
) {
    let (seconds, failure) = match answer {
        None => (None, Some(FailureKind::Timeout)),
        Some(Err(error)) => (Some(error.seconds), Some(error.kind)),
        Some(Ok(answer)) => (Some(seconds_of(answer)), None),
    };
    watch.saw(Event::Answered {
        stage,
        seat,
        seconds,
        failure,
    });
}

/// One draft as the whole plan; what the other drafts have ends here.
fn one_draft(drafts: &Drafts, stage: &str, index: usize, why: &str) -> Book {
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
    book.drop_unplaced(stage, |draft| {
        let own = drafts
            .get(index)
            .is_some_and(|(agent, _)| draft.agent == *agent);
        PatientText::from(if own {
            "the plan says the same already"
        } else {
            why
        })
    });
    book
}

/// A validated answer as its type. The gateway has checked it against the
/// schema; `None` would mean that schema and type disagree.
pub(in crate::deliberation) fn decode<T: serde::de::DeserializeOwned>(
    answer: &Answer,
) -> Option<T> {
    let json = answer.json.as_deref()?;
    T::deserialize(json).ok()
}
