//! One statement of an item: what is to be done with what, and under which
//! terms. Filled by `read`, compared by `compare`.

use std::collections::BTreeSet;

use super::lexicon::{Sort, Word};
use super::quantity::{Dose, Span};
use super::tables::{GateKind, Verb};

/// Which acts are of one family, so that they can be the same or contrary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Family {
    Drug,
    Look,
    Refer,
    Procedure,
    Tell,
    /// Too little is known.
    #[default]
    Any,
}

/// A condition: `if potassium is above 5`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gate {
    pub kind: GateKind,
    pub denied: bool,
    pub words: BTreeSet<Word>,
    /// Above (1), below (-1) or at (0) a number.
    pub limits: Vec<(i8, f64)>,
}

impl Gate {
    pub fn new(kind: GateKind) -> Self {
        Self {
            kind,
            denied: false,
            words: BTreeSet::new(),
            limits: Vec::new(),
        }
    }

    /// Does the action wait for it? ("before" only says in which order.)
    pub fn holds_back(&self) -> bool {
        self.kind != GateKind::Before
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Clause {
    /// The verb as written; a noun that names an act stands in where there is
    /// none.
    pub verb: Option<Verb>,
    /// By the verb and the object, once both are read.
    pub family: Family,
    pub act: Option<Verb>,
    /// Not to be done.
    pub denied: bool,
    /// What it is about.
    pub main: BTreeSet<Word>,
    /// Asides, headings, examples: they help to recognise `main`.
    pub side: BTreeSet<Word>,
    /// What it is for.
    pub purpose: BTreeSet<Word>,
    pub doses: Vec<Dose>,
    /// Ways into the body.
    pub routes: BTreeSet<&'static str>,
    /// How often, in hours.
    pub every: Vec<Span>,
    /// How soon, in days.
    pub when: Vec<Span>,
    /// How long, in days.
    pub lasting: Vec<Span>,
    pub gates: Vec<Gate>,
    /// Urgent, routine, or not said.
    pub urgent: Option<bool>,
    /// For good, for a time, or not said.
    pub for_good: Option<bool>,
}

impl Clause {
    /// Is there anything that is done?
    pub fn is_empty(&self) -> bool {
        self.main.is_empty() && self.side.is_empty() && self.purpose.is_empty()
    }

    pub fn has(&self, sort: Sort) -> bool {
        self.main.iter().any(|word| word.sort == sort)
    }

    pub fn has_drug(&self) -> bool {
        self.has(Sort::Drug) || self.has(Sort::Class)
    }

    /// A verb that settles what is done, not one like "order" or "arrange".
    pub fn strong_verb(&self) -> Option<Verb> {
        self.verb.filter(|verb| {
            !matches!(
                verb,
                Verb::Do | Verb::Test | Verb::Advise | Verb::Avoid | Verb::Defer
            )
        })
    }

    /// Against doing it?
    pub fn is_against(&self) -> bool {
        self.denied != (self.verb == Some(Verb::Stop))
    }

    pub fn read_family(&self) -> Family {
        let by_verb = match self.verb {
            Some(Verb::Start) if self.has_drug() => Family::Drug,
            Some(Verb::Start) if self.has(Sort::Procedure) => Family::Procedure,
            Some(Verb::Start) if self.has(Sort::Test) => Family::Look,
            Some(
                Verb::Start | Verb::Stop | Verb::Raise | Verb::Lower | Verb::Swap | Verb::Continue,
            ) => Family::Drug,
            Some(Verb::Refer) => Family::Refer,
            Some(Verb::Monitor) => Family::Look,
            _ => Family::Any,
        };
        if by_verb != Family::Any {
            return by_verb;
        }
        if self.act == Some(Verb::Refer) || self.has(Sort::Specialty) {
            Family::Refer
        } else if self.has(Sort::Procedure) {
            Family::Procedure
        } else if self.has_drug() && !self.has(Sort::Test) && self.verb != Some(Verb::Test) {
            Family::Drug
        } else if self.has(Sort::Test)
            || self.act == Some(Verb::Test)
            || self.verb == Some(Verb::Test)
        {
            Family::Look
        } else if self.verb == Some(Verb::Advise) {
            Family::Tell
        } else {
            Family::Any
        }
    }

    /// Sent to an emergency department, or told to come back?
    pub fn is_safety_net(&self) -> bool {
        let place = |w: &Word| matches!(w.text.as_str(), "ed" | "ems" | "return");
        self.main.iter().any(place)
    }

    pub fn entities(&self) -> impl Iterator<Item = &Word> {
        self.main.iter().filter(|word| word.sort.is_entity())
    }

    /// The object and what helps to recognise it.
    pub fn named(&self) -> impl Iterator<Item = &Word> {
        self.main.iter().chain(&self.side)
    }

    /// All words, conditions last.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        let gates = self.gates.iter().flat_map(|gate| &gate.words);
        self.main
            .iter()
            .chain(&self.side)
            .chain(&self.purpose)
            .chain(gates)
    }

    /// What waits for something else, and is not merely ordered before it.
    pub fn held_back(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|gate| gate.holds_back())
    }
}
