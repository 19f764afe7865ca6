//! An item's text into clauses. One pass over the tokens; what is an aside, a
//! reason or a condition does not become part of what is done.

use super::clause::{Clause, Gate};
use super::lexicon::{LEXICON, Meaning, Sort, Word};
use super::quantity::{Dose, Span, Unit, measured};
use super::tables::{GateKind, Verb};
use super::words::{Joint, Mark, Token, tokens};

/// Where the words go.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    Main,
    Side,
    Purpose,
    Reason,
    Gate,
}

pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let tokens = tokens(text);
    let mut reader = Reader {
        texts: tokens.iter().map(Token::text).collect(),
        tokens,
        at: 0,
        clause: Clause::default(),
        mode: Mode::Main,
        around: None,
        aside: false,
        preposition: String::new(),
        compare: 0,
        done: Vec::new(),
        sentence: 0,
    };
    reader.run();
    reader.done
}

pub(super) struct Reader {
    tokens: Vec<Token>,
    texts: Vec<String>,
    at: usize,
    pub(super) clause: Clause,
    pub(super) mode: Mode,
    /// The mode around an open parenthesis.
    pub(super) around: Option<Mode>,
    /// It has words of its own.
    aside: bool,
    pub(super) preposition: String,
    /// Above, below: for the next number.
    pub(super) compare: i8,
    pub(super) done: Vec<Clause>,
    /// The first clause of the sentence.
    pub(super) sentence: usize,
}

impl Reader {
    fn run(&mut self) {
        while self.at < self.tokens.len() {
            if let Token::Mark(mark) = self.tokens[self.at] {
                self.at += 1;
                self.mark(mark);
                continue;
            }
            if let Some((length, meaning)) = LEXICON.begins(&self.texts[self.at..]) {
                // `for 7 days` is no purpose and `after 4 weeks` no condition.
                let timed = matches!(meaning, Meaning::Purpose | Meaning::Gate(GateKind::After))
                    && self.mode != Mode::Gate
                    && self.is_time(self.at + length);
                let text = self.texts[self.at + length - 1].clone();
                self.at += length;
                self.note_comparison(&text);
                if timed {
                    self.preposition = text;
                } else {
                    self.meaning(meaning.clone(), length, &text);
                }
            } else if matches!(self.tokens[self.at], Token::Number(..)) {
                self.number();
            } else {
                let word = LEXICON.unknown(&self.texts[self.at]);
                self.note_comparison(&word.text);
                self.at += 1;
                self.word(word);
            }
        }
        self.end_sentence();
    }

    fn is_time(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Number(..)))
            && matches!(measured(&self.tokens, at), Some((_, _, Unit::Time(_), _)))
    }

    fn note_comparison(&mut self, text: &str) {
        match text {
            "<" | "below" | "under" | "less" | "lower" => self.compare = -1,
            ">" | "above" | "over" | "exceed" | "greater" | "more" | "higher" => self.compare = 1,
            _ => {}
        }
    }

    fn mark(&mut self, mark: Mark) {
        match mark {
            Mark::Stop => self.end_sentence(),
            Mark::Open => {
                self.around.get_or_insert(self.mode);
                self.aside = false;
                if self.mode == Mode::Main {
                    self.mode = Mode::Side;
                }
            }
            Mark::Close => {
                if let Some(mode) = self.around.take() {
                    self.mode = mode;
                }
            }
            Mark::Dash if self.around.is_none() => {
                if self.begins_act() && !self.clause.main.is_empty() {
                    self.finish();
                } else if self.clause.is_empty() {
                    self.mode = Mode::Main;
                } else {
                    self.mode = Mode::Side;
                }
            }
            Mark::Colon if self.around.is_none() => self.colon(),
            Mark::Comma if self.around.is_none() => self.comma(),
            _ => {}
        }
    }

    /// What stood before a colon is the action, or the heading of it.
    fn colon(&mut self) {
        let told = self.clause.verb == Some(Verb::Advise) || self.clause.is_safety_net();
        if told {
            self.gate(GateKind::If);
        } else if self.clause.has(Sort::Procedure) || self.clause.has(Sort::Specialty) {
            self.mode = Mode::Side;
        } else {
            let heading = std::mem::take(&mut self.clause.main);
            self.clause.side.extend(heading);
            self.mode = Mode::Main;
        }
    }

    fn comma(&mut self) {
        let leading = self.clause.main.is_empty() && self.clause.verb.is_none();
        match self.mode {
            Mode::Gate if leading => self.mode = Mode::Main,
            Mode::Reason if leading => self.mode = Mode::Main,
            Mode::Gate => {}
            _ if self.begins_act() && !self.clause.is_empty() => self.finish(),
            Mode::Side => self.mode = Mode::Main,
            _ => {}
        }
    }

    /// Does a verb or a negation come next, perhaps after an "and"?
    fn begins_act(&self) -> bool {
        let mut at = self.at;
        let link = |text: &String| {
            matches!(
                text.as_str(),
                "and" | "then" | "or" | "also" | "to" | "urgently" | "immediately" | "promptly"
            )
        };
        while self.texts.get(at).is_some_and(link) {
            at += 1;
        }
        match self.texts.get(at..).and_then(|rest| LEXICON.begins(rest)) {
            Some((_, Meaning::Verb(verb))) => !matches!(verb, Verb::Do) || self.mode == Mode::Main,
            Some((length, Meaning::NotBefore)) => {
                let rest = self.texts.get(at + length..).unwrap_or_default();
                !matches!(rest.first().map(String::as_str), Some("be" | "been"))
            }
            _ => false,
        }
    }

    fn meaning(&mut self, meaning: Meaning, length: usize, text: &str) {
        if self.mode == Mode::Reason && !matches!(meaning, Meaning::Gate(GateKind::Until)) {
            return;
        }
        match meaning {
            Meaning::Thing(word) => self.word(word),
            Meaning::Verb(verb) => self.verb(verb, text),
            Meaning::Act(verb) => self.clause.act = self.clause.act.or(Some(verb)),
            Meaning::NotBefore => self.negation(),
            Meaning::NotAfter => match self.mode {
                Mode::Gate => self.deny_gate(),
                _ => self.clause.denied = !self.clause.denied,
            },
            Meaning::Gate(kind) => self.gate(kind),
            Meaning::Rhythm(hours) if self.mode != Mode::Gate => {
                self.clause.every.push(Span::of(&[hours], 1.0));
            }
            Meaning::Soon(from, to) if self.mode != Mode::Gate => {
                self.clause.when.push(Span { from, to });
                if to <= 1.0 && from < 1.0 {
                    self.clause.urgent = Some(true);
                }
            }
            Meaning::Urgent if self.mode != Mode::Gate => self.clause.urgent = Some(true),
            Meaning::Routine if self.mode != Mode::Gate => self.clause.urgent = Some(false),
            Meaning::Route(route) if self.mode != Mode::Gate => {
                self.clause.routes.insert(route);
            }
            Meaning::Permanent => self.clause.for_good = Some(true),
            Meaning::Reason if self.mode == Mode::Main && self.clause.main.is_empty() => {}
            Meaning::Reason if self.mode != Mode::Gate => self.mode = Mode::Reason,
            Meaning::Purpose => self.purpose(),
            Meaning::Empty => {
                let and = matches!(text, "and" | "then" | "or") && length == 1;
                let parts = self.mode != Mode::Gate && self.around.is_none();
                if and && parts && self.begins_act() && !self.clause.is_empty() {
                    self.finish();
                }
                self.preposition = text.to_owned();
            }
            _ => {}
        }
    }

    fn purpose(&mut self) {
        if self.clause.is_safety_net() {
            self.gate(GateKind::If);
        } else if self.mode == Mode::Main && !self.clause.main.is_empty() {
            self.mode = Mode::Purpose;
        }
    }

    fn gate(&mut self, kind: GateKind) {
        // "(exon 12 if negative)": a condition of the aside alone.
        if self.around == Some(Mode::Main) && self.mode == Mode::Side && self.aside {
            return self.mode = Mode::Reason;
        }
        self.clause.gates.push(Gate::new(kind));
        self.mode = Mode::Gate;
    }

    fn deny_gate(&mut self) {
        if let Some(gate) = self.clause.gates.last_mut() {
            gate.denied = !gate.denied;
        }
    }

    fn negation(&mut self) {
        match self.mode {
            Mode::Gate => self.deny_gate(),
            Mode::Main if self.clause.main.is_empty() || self.begins_act() => {
                self.clause.denied = !self.clause.denied;
            }
            // "oral, not intravenous"
            Mode::Main => self.mode = Mode::Reason,
            _ => {}
        }
    }

    fn verb(&mut self, verb: Verb, text: &str) {
        if self.mode == Mode::Gate && self.around.is_none() && verb == Verb::Test {
            self.word(LEXICON.unknown(text));
        }
        if self.mode != Mode::Main {
            return;
        }
        if matches!(text, "hold" | "withhold" | "suspend" | "pause") {
            self.clause.for_good = Some(false);
        }
        let clause = &mut self.clause;
        match verb {
            Verb::Avoid | Verb::Defer => {
                clause.denied = !clause.denied;
                clause.verb = clause.verb.or(Some(verb));
            }
            _ if clause.verb == Some(Verb::Stop) => {}
            // "Place X on hold"
            Verb::Stop if clause.verb == Some(Verb::Do) => clause.verb = Some(verb),
            _ if clause.verb == Some(Verb::Refer) && !clause.main.is_empty() => {}
            _ if clause.main.is_empty() || clause.verb.is_none() => clause.verb = Some(verb),
            _ => {}
        }
    }

    fn word(&mut self, word: Word) {
        let clause = &mut self.clause;
        match self.mode {
            Mode::Main => clause.main.insert(word),
            Mode::Side => {
                self.aside = true;
                clause.side.insert(word)
            }
            Mode::Purpose => clause.purpose.insert(word),
            Mode::Reason => false,
            Mode::Gate => clause
                .gates
                .last_mut()
                .is_some_and(|gate| gate.words.insert(word)),
        };
    }

    fn number(&mut self) {
        let compare = std::mem::take(&mut self.compare);
        let Some((lists, joint, unit, length)) = measured(&self.tokens, self.at) else {
            if let Token::Number(values, joint) = &self.tokens[self.at] {
                self.bare_number(values.clone(), *joint, compare);
            }
            self.at += 1;
            return;
        };
        self.at += length;
        if self.mode == Mode::Gate {
            let gate = self.clause.gates.last_mut();
            let factor = match unit {
                Unit::Time(days) => days,
                Unit::Amount { factor, .. } => factor,
            };
            let values = lists.iter().flatten().map(|v| (compare, v * factor));
            return gate
                .into_iter()
                .for_each(|g| g.limits.extend(values.clone()));
        }
        if self.mode == Mode::Reason {
            return;
        }
        match unit {
            Unit::Time(days) => self.times(&lists, joint, days),
            Unit::Amount { of, factor, daily } => {
                for list in &lists {
                    self.clause.doses.push(match joint {
                        Joint::Slash => Dose::ratio(list),
                        Joint::Range => Dose::new(of.clone(), factor, list),
                    });
                }
                if daily {
                    self.clause.every.push(Span::of(&[24.0], 1.0));
                }
            }
        }
    }

    fn bare_number(&mut self, values: Vec<f64>, joint: Joint, compare: i8) {
        match self.mode {
            Mode::Gate => {
                let gate = self.clause.gates.last_mut();
                gate.into_iter()
                    .for_each(|g| g.limits.extend(values.iter().map(|v| (compare, *v))));
            }
            Mode::Reason => {}
            _ if joint == Joint::Slash => self.clause.doses.push(Dose::ratio(&values)),
            // "Levetiracetam 500 BID", "INR 2-3".
            Mode::Main => {
                let drug = self.clause.has_drug() && self.preposition != "x";
                let of = if drug { "mg" } else { "number" };
                self.clause
                    .doses
                    .push(Dose::new(of.to_owned(), 1.0, &values));
            }
            _ => {}
        }
    }

    fn times(&mut self, lists: &[Vec<f64>], joint: Joint, days: f64) {
        let split: Vec<Vec<f64>> = match joint {
            Joint::Slash => lists.iter().flatten().map(|value| vec![*value]).collect(),
            Joint::Range => lists.to_vec(),
        };
        let spans = split.iter().map(|list| Span::of(list, days));
        let clause = &mut self.clause;
        match self.preposition.as_str() {
            "every" | "q" | "each" => {
                let hours = split.iter().map(|list| Span::of(list, days * 24.0));
                clause.every.extend(hours);
            }
            "for" | "x" | "over" | "through" | "total" => clause.lasting.extend(spans),
            "in" | "within" | "after" | "at" | "by" | "least" | "<" => clause.when.extend(spans),
            // No word tells: how long for a drug, how soon for the rest.
            _ if clause.has_drug() => clause.lasting.extend(spans),
            _ => clause.when.extend(spans),
        }
        self.preposition.clear();
    }
}
