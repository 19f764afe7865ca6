//! Drafts and plans as other agents see them.

use super::leading_number;

/// One anonymised draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// `A`, `B`, ...
    pub letter: String,
    /// Its assessment.
    pub assessment: String,
    /// Its items, in order.
    pub items: Vec<DraftItem>,
}

/// One item of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftItem {
    /// `A1`.
    pub label: String,
    /// The action.
    pub text: String,
}

/// One item of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItem {
    /// Its number.
    pub number: usize,
    /// The action, without the note on its support.
    pub text: String,
}

/// Reads drafts: headings `Draft A`, a line `Assessment: ...`, items
/// `A1. text`; other lines go on with the item above.
pub fn drafts(block: &str) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for line in block.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(letter) = heading(line) {
            drafts.push(Draft {
                letter: letter.to_owned(),
                ..Draft::default()
            });
            continue;
        }
        let Some(draft) = drafts.last_mut() else {
            continue;
        };
        if let Some(text) = line.strip_prefix("Assessment:") {
            draft.assessment = text.trim().to_owned();
        } else if let Some((number, text)) = line
            .strip_prefix(draft.letter.as_str())
            .and_then(leading_number)
            .and_then(|(number, rest)| Some((number, rest.strip_prefix(". ")?)))
        {
            draft.items.push(DraftItem {
                label: format!("{}{number}", draft.letter),
                text: text.trim().to_owned(),
            });
        } else if let Some(item) = draft.items.last_mut() {
            item.text.push(' ');
            item.text.push_str(line);
        }
    }
    drafts
}

fn heading(line: &str) -> Option<&str> {
    let letter = line.strip_prefix("Draft ")?.trim_end_matches(':');
    let plain = (1..=3).contains(&letter.len()) && letter.bytes().all(|b| b.is_ascii_uppercase());
    plain.then_some(letter)
}

/// Reads a plan: lines `R1. text`, each perhaps with notes in brackets at its
/// end (`[supported by 2 of 3 drafts] [rated 8]`); other lines go on with the
/// item above. What stands under a heading of its own after the items
/// (`Disagreement:`, `Earlier edits:`) belongs to none of them.
pub fn plan(block: &str) -> Vec<PlanItem> {
    const SECTIONS: [&str; 2] = ["Disagreement:", "Earlier edits:"];
    let mut items: Vec<PlanItem> = Vec::new();
    let lines = block
        .lines()
        .take_while(|line| !SECTIONS.iter().any(|section| line.starts_with(section)));
    for line in lines.map(str::trim).filter(|l| !l.is_empty()) {
        if let Some((number, rest)) = line.strip_prefix('R').and_then(leading_number)
            && let Some(text) = rest.strip_prefix(". ")
        {
            let text = text.to_owned();
            items.push(PlanItem { number, text });
        } else if let Some(item) = items.last_mut() {
            item.text.push(' ');
            item.text.push_str(line);
        }
    }
    for item in &mut items {
        while let Some(bare) = without_note(&item.text) {
            item.text = bare.to_owned();
        }
    }
    items
}

/// The text before the note that ends it. A note may quote words that have
/// brackets of their own, so its beginning is found by counting them.
fn without_note(text: &str) -> Option<&str> {
    const NOTES: &[&str] = &[
        "supported by",
        "added by",
        "modified by",
        "edited by",
        "from ",
        "rated ",
        "disputed",
    ];
    let text = text.trim_end();
    text.ends_with(']').then_some(())?;
    let mut open = 0_usize;
    let start = text.char_indices().rev().find_map(|(at, c)| {
        match c {
            ']' => open += 1,
            '[' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })?;
    let (bare, note) = (text[..start].strip_suffix(' ')?, &text[start + 1..]);
    NOTES
        .iter()
        .any(|begin| note.starts_with(begin))
        .then(|| bare.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_are_read_by_their_letters() {
        let read = drafts(
            "Draft A\nAssessment: Fine.\nA1. Order a test\n  slowly\nA2. B1. is no label here\n\n\
             Draft B\nAssessment: None.\n\nDraft C\nC1. Stop it",
        );
        let shape: Vec<(&str, usize)> = read
            .iter()
            .map(|draft| (draft.letter.as_str(), draft.items.len()))
            .collect();
        assert_eq!(shape, [("A", 2), ("B", 0), ("C", 1)]);
        assert_eq!(read[0].items[0].text, "Order a test slowly");
        assert_eq!(read[0].assessment, "Fine.");
    }

    #[test]
    fn a_plan_loses_its_notes_and_nothing_else() {
        let read = plan(
            "Assessment: Sick.\nR1. Order a test [supported by 2 of 3 drafts]\n\
             R2. Give 5 [mg] [added by warden] [supported by 0 of 3 drafts]\nR3. Use [x]",
        );
        let texts: Vec<&str> = read.iter().map(|item| item.text.as_str()).collect();
        assert_eq!(texts, ["Order a test", "Give 5 [mg]", "Use [x]"]);
    }

    #[test]
    fn what_is_said_about_a_plan_is_not_in_it() {
        let read = plan(
            "R1. Order a test [supported by 2 of 3 drafts] [rated 8]\n\
             R2. Stop [x] [rated 5] [disputed: one draft says \"start [x]\"]\n\n\
             Disagreement:\nR3. Start it\n\nEarlier edits:\n- added \"R4. Go\"",
        );
        let texts: Vec<&str> = read.iter().map(|item| item.text.as_str()).collect();
        assert_eq!(texts, ["Order a test", "Stop [x]"]);
    }
}
