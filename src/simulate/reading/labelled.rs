//! Lists whose lines carry a letter and a number: pooled items (`A1. text`),
//! candidates (`C1. text`) and proposed edits (`E1. add: text`).

use super::leading_number;
use super::plan::DraftItem;

/// One candidate recommendation, as raters and debaters see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// `C1`.
    pub label: String,
    /// The action.
    pub text: String,
    /// Is it the reader's own? Only a debate says.
    pub own: Option<bool>,
    /// How many support it, of how many; only a debate says.
    pub support: Option<(usize, usize)>,
    /// All ratings of an earlier round, in the order given.
    pub ratings: Vec<u8>,
    /// The reader's own among them.
    pub own_rating: Option<u8>,
}

/// A proposed edit, as a second agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditLine {
    /// `E1`.
    pub label: String,
    /// What is to be done.
    pub op: EditOp,
    /// The text to add, or that of the item concerned.
    pub text: String,
    /// The new wording.
    pub into: Option<String>,
}

/// What an edit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditOp {
    /// A new item.
    Add,
    /// An item goes.
    Remove,
    /// An item gets another wording.
    Reword,
}

/// Reads lines `A1. text`; other lines go on with the item above.
pub fn pooled(block: &str) -> Vec<DraftItem> {
    let mut items: Vec<DraftItem> = Vec::new();
    for line in block.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some((label, text)) = labelled(line) {
            items.push(DraftItem { label, text });
        } else if let Some(item) = items.last_mut() {
            item.text.push(' ');
            item.text.push_str(line);
        }
    }
    items
}

/// Reads lines `C1. text`, perhaps with `[yours; supported by 2 of 3]` at the
/// end, each perhaps with indented notes below; of these only the ratings say
/// anything to a simulated model.
pub fn candidates(block: &str) -> Vec<Candidate> {
    const NOTES: [&str; 4] = ["if done:", "if left out:", "for:", "against:"];
    let mut found: Vec<Candidate> = Vec::new();
    for line in block.lines().filter(|l| !l.trim().is_empty()) {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some((label, text)) = labelled(line).filter(|_| !indented) {
            let candidate = Candidate {
                label,
                text,
                ..Candidate::default()
            };
            found.push(candidate);
        } else if let Some(candidate) = found.last_mut() {
            if let Some(given) = line.strip_prefix("ratings:").filter(|_| indented) {
                ratings(given, candidate);
            } else if !(indented && NOTES.iter().any(|note| line.starts_with(note))) {
                candidate.text.push(' ');
                candidate.text.push_str(line);
            }
        }
    }
    found.iter_mut().for_each(support);
    found
}

/// `3 7 8; yours: 7`
fn ratings(given: &str, candidate: &mut Candidate) {
    let rating = |word: &str| word.parse().ok().filter(|r| (1..=9).contains(r));
    let (all, own) = given.split_once(';').unwrap_or((given, ""));
    candidate.ratings = all.split_whitespace().filter_map(rating).collect();
    candidate.own_rating = own
        .trim()
        .strip_prefix("yours:")
        .and_then(|own| rating(own.trim()));
}

/// Takes `[not yours; supported by 1 of 3]` off the end of the text.
fn support(candidate: &mut Candidate) {
    let read = |text: &str| {
        let (bare, note) = text.trim_end().strip_suffix(']')?.rsplit_once(" [")?;
        let (own, rest) = note.split_once("; supported by ")?;
        let own = match own {
            "yours" => true,
            "not yours" => false,
            _ => return None,
        };
        let (support, of) = rest.split_once(" of ")?;
        let support = (support.parse().ok()?, of.parse().ok()?);
        Some((bare.trim_end().to_owned(), own, support))
    };
    if let Some((bare, own, counts)) = read(&candidate.text) {
        candidate.text = bare;
        candidate.own = Some(own);
        candidate.support = Some(counts);
    }
}

/// Reads lines `E1. add: text`, `E2. remove: text`, `E3. reword: text` with
/// `into: text` indented below; other lines below are passed over.
pub fn edits(block: &str) -> Vec<EditLine> {
    let mut edits: Vec<EditLine> = Vec::new();
    for line in block.lines() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some((label, rest)) = labelled(line).filter(|_| !indented) {
            let edit = rest.split_once(':').and_then(|(op, text)| {
                let op = match op {
                    "add" => EditOp::Add,
                    "remove" => EditOp::Remove,
                    "reword" => EditOp::Reword,
                    _ => return None,
                };
                Some(EditLine {
                    label,
                    op,
                    text: text.trim().to_owned(),
                    into: None,
                })
            });
            edits.extend(edit);
        } else if let Some(edit) = edits.last_mut()
            && let Some(text) = line.strip_prefix("into:")
            && indented
        {
            edit.into.get_or_insert_with(|| text.trim().to_owned());
        }
    }
    edits
}

/// `A12. text`: the label, and the text.
fn labelled(line: &str) -> Option<(String, String)> {
    let letters = line.find(|c: char| !c.is_ascii_uppercase())?;
    if !(1..=3).contains(&letters) {
        return None;
    }
    let (number, rest) = leading_number(&line[letters..])?;
    let text = rest.strip_prefix(". ")?;
    Some((
        format!("{}{number}", &line[..letters]),
        text.trim().to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooled_items_keep_their_labels() {
        let read = pooled("A1. Order a test\nAB12. Stop it\n  at once\nnone");
        let shape: Vec<(&str, &str)> = read
            .iter()
            .map(|item| (item.label.as_str(), item.text.as_str()))
            .collect();
        assert_eq!(
            shape,
            [("A1", "Order a test"), ("AB12", "Stop it at once none")]
        );
    }

    #[test]
    fn candidates_with_all_their_notes() {
        let read = candidates(
            "C1. Order [a] test [yours; supported by 2 of 3]\n   for: C9. is no label here\n\
             C2. Stop it [not yours; supported by 1 of 3]\n   against: [x]\n\
             C3. Wait\n   ratings: 3 7 8; yours: 7\n   if done: fine\n   if left out: ill\n\
             C4. Go [x]\n   ratings: 0 5",
        );
        let texts: Vec<&str> = read.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["Order [a] test", "Stop it", "Wait", "Go [x]"]);
        assert_eq!((read[0].own, read[0].support), (Some(true), Some((2, 3))));
        assert_eq!((read[1].own, read[1].support), (Some(false), Some((1, 3))));
        assert_eq!(read[2].ratings, [3, 7, 8]);
        assert_eq!((read[2].own_rating, read[2].own), (Some(7), None));
        assert_eq!((&read[3].ratings, read[3].own_rating), (&vec![5], None));
    }

    #[test]
    fn edits_of_every_kind() {
        let read = edits(
            "E1. add: Order: a test\n   reason: because\nE2. remove: Stop it\n   reason: into: x\n\
             E3. reword: Give 5 mg\n   into: Give 10 mg\n   reason: more\nE4. replace: y",
        );
        let shape: Vec<(&str, EditOp, &str, Option<&str>)> = read
            .iter()
            .map(|e| (e.label.as_str(), e.op, e.text.as_str(), e.into.as_deref()))
            .collect();
        assert_eq!(
            shape,
            [
                ("E1", EditOp::Add, "Order: a test", None),
                ("E2", EditOp::Remove, "Stop it", None),
                ("E3", EditOp::Reword, "Give 5 mg", Some("Give 10 mg")),
            ]
        );
    }
}
