//! The end of a clause and of a sentence: what goes on from the clause before,
//! what a condition holds for, and what says nothing more.

use super::clause::Clause;
use super::lexicon::{LEXICON, Sort, Word};
use super::read::{Mode, Reader};
use super::tables::{GateKind, Verb};

impl Reader {
    /// A condition holds for all that its sentence says of other objects:
    /// "stop X and call if a rash appears".
    pub(super) fn end_sentence(&mut self) {
        self.finish();
        let sentence = self.done.get_mut(self.sentence..).unwrap_or_default();
        let gated = sentence
            .iter()
            .find(|clause| clause.held_back().next().is_some());
        if let Some(gated) = gated.cloned() {
            let free = |clause: &&mut Clause| clause.gates.is_empty() && clause.main != gated.main;
            for clause in sentence.iter_mut().filter(free) {
                clause.gates = gated.gates.clone();
            }
        }
        self.sentence = self.done.len();
    }

    /// Ends a clause. One without an object of its own goes on with the one
    /// before: "stop X and never restart", "start X 5 mg, increase to 10 mg".
    pub(super) fn finish(&mut self) {
        self.mode = Mode::Main;
        self.around = None;
        self.preposition.clear();
        self.compare = 0;
        let mut clause = std::mem::take(&mut self.clause);
        if clause.main.is_empty() && !clause.side.is_empty() {
            clause.main = std::mem::take(&mut clause.side);
        }
        clause
            .gates
            .retain(|gate| !gate.words.is_empty() || !gate.limits.is_empty());
        put_off(&mut clause);
        if !clause.main.is_empty() {
            tidy(&mut clause);
            self.done.push(clause);
            return;
        }
        let Some(last) = self.done.last_mut() else {
            if !clause.purpose.is_empty() || !clause.gates.is_empty() || clause.verb.is_some() {
                self.done.push(clause);
            }
            return;
        };
        let opposed = clause.is_against() != last.is_against() && clause.verb != Some(Verb::Swap);
        let apart = clause.verb == Some(Verb::Monitor) && !clause.when.is_empty();
        if clause.verb.is_some() && (opposed || apart) {
            clause.main = last.main.clone();
            self.done.push(clause);
        } else {
            if clause.is_against() {
                last.for_good = last.for_good.or(clause.denied.then_some(true));
            }
            last.doses.extend(clause.doses);
            last.routes.extend(clause.routes);
            last.every.extend(clause.every);
            last.when.extend(clause.when);
            last.lasting.extend(clause.lasting);
            last.gates.extend(clause.gates);
            last.urgent = last.urgent.or(clause.urgent);
        }
    }
}

/// "Wait for Y before X" and "no X before Y" are "no X until Y".
fn put_off(clause: &mut Clause) {
    let swap = clause.verb == Some(Verb::Defer) && !clause.main.is_empty();
    let before = clause
        .gates
        .iter_mut()
        .filter(|gate| gate.kind == GateKind::Before);
    for gate in before.filter(|gate| !gate.words.is_empty()).take(1) {
        if clause.denied {
            gate.kind = GateKind::Until;
            if swap {
                std::mem::swap(&mut gate.words, &mut clause.main);
            }
        }
    }
}

/// A class beside its members says nothing more: what is started is the
/// member, what is stopped is the class.
fn tidy(clause: &mut Clause) {
    let drugs: Vec<Word> = clause.main.iter().chain(&clause.side).cloned().collect();
    let against = clause.is_against();
    let named = |word: &Word| {
        drugs.iter().any(|other| {
            let pair = (word.sort == Sort::Class) != (other.sort == Sort::Class);
            pair && LEXICON.related(word, other)
        })
    };
    let superfluous: Vec<Word> = clause
        .main
        .iter()
        .filter(|word| (word.sort == Sort::Class) != against && named(word))
        .filter(|word| matches!(word.sort, Sort::Drug | Sort::Class))
        .cloned()
        .collect();
    for word in superfluous {
        clause.main.remove(&word);
        clause.side.insert(word);
    }
    if !against {
        // `SGLT2 inhibitor: dapagliflozin`: the drug may stand in an aside.
        let aside = clause.side.iter().find(|w| w.sort == Sort::Drug).cloned();
        if let Some(drug) = aside.filter(|_| !clause.has_drug()) {
            clause.side.remove(&drug);
            clause.main.insert(drug);
        }
    }
}
