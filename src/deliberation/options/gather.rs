//! Asking the advisors for their grades at the same time, and how long they are
//! waited for.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use super::ask::{AskedGrades, ask_grades};
use super::list::OptionList;
use crate::deliberation::ask::Consult;
use crate::deliberation::conduct::{Event, Watch};
use crate::deliberation::quorum;
use crate::deliberation::run::tell;
use crate::gateway::{CallError, Gateway};
use crate::panel::model::{Agent, Panel, Protocol};

/// What came of one question; `None`: nothing by the deadline.
pub(super) type Arrived = Option<Result<AskedGrades, CallError>>;

/// The answers in the order of those asked. With a deadline, what has not come
/// by the drafts' share of the time is waited for only until a quorum is there.
pub(super) async fn gather(
    panel: &Panel,
    gateway: &Gateway,
    (consult, list): (&Consult, &OptionList),
    asked: &[&Agent],
    deadline: Option<Instant>,
    watch: &dyn Watch,
) -> Vec<Arrived> {
    let seats: Vec<&str> = asked.iter().map(|advisor| advisor.name.as_str()).collect();
    watch.saw(Event::Asked {
        stage: "draft",
        seats: &seats,
    });
    let seconds = |grades: &AskedGrades| grades.seconds;
    let mut open: FuturesUnordered<_> = asked
        .iter()
        .enumerate()
        .map(|(at, advisor)| async move {
            let answer = ask_grades(panel, gateway, advisor, consult, list).await;
            (at, answer)
        })
        .collect();
    let mut arrived: Vec<Arrived> = asked.iter().map(|_| None).collect();
    let soft = deadline.map(|deadline| {
        let whole = deadline.saturating_duration_since(Instant::now());
        Instant::now() + whole.mul_f64(panel.budget.draft_share)
    });
    while !open.is_empty() {
        let until = match soft {
            Some(soft) if enough(panel, asked, &arrived) => Some(soft),
            _ => deadline,
        };
        let next = match until {
            None => open.next().await,
            Some(until) => tokio::time::timeout_at(until, open.next())
                .await
                .unwrap_or_default(),
        };
        let Some((at, answer)) = next else { break };
        if let (Some(advisor), Some(place)) = (asked.get(at), arrived.get_mut(at)) {
            tell(watch, "draft", &advisor.name, Some(&answer), seconds);
            *place = Some(answer);
        }
    }
    for (advisor, _) in asked.iter().zip(&arrived).filter(|(_, a)| a.is_none()) {
        tell(watch, "draft", &advisor.name, None, seconds);
    }
    arrived
}

/// Are quorum and vendor mix met by what has arrived?
fn enough(panel: &Panel, asked: &[&Agent], arrived: &[Arrived]) -> bool {
    let usable: Vec<&str> = asked
        .iter()
        .zip(arrived)
        .filter(|(_, answer)| matches!(answer, Some(Ok(grades)) if grades.unusable.is_none()))
        .map(|(advisor, _)| advisor.name.as_str())
        .collect();
    if panel.consensus.protocol == Protocol::Lead {
        return !usable.is_empty();
    }
    let others = asked.iter().zip(arrived).filter_map(|(advisor, answer)| {
        let grades = answer.as_ref()?.as_ref().ok()?;
        Some((advisor.name.clone(), grades.other_model()?.to_owned()))
    });
    quorum::unmet(panel, &others.collect(), usable.into_iter()).is_empty()
}
