//! A draft that was cut at its limit: its last item is not whole, and half an
//! item may mean something else than the whole one ("Start a low-dose beta").

use crate::clinical::PatientText;
use crate::clinical::text::one_line;
use crate::deliberation::parse::Draft;
use crate::gateway::Ended;

use super::{Usable, may_lack_its_end};

/// Takes out the item in which the text ended. After a known cut that is the
/// last one, unless the text went on behind it. After an end that nobody knows
/// it is only one that breaks off where all others end as a sentence does.
pub(super) fn without_the_cut(mut draft: Draft, text: &str, ended: &Ended) -> Usable {
    let broken = may_lack_its_end(ended)
        && ends_in(&draft, text)
        && (*ended == Ended::Cut || breaks_off(&draft.items));
    let lost = if broken { draft.items.pop() } else { None };
    Usable { draft, lost }
}

/// Does the text end in the draft's last item?
fn ends_in(draft: &Draft, text: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let last_line = text.lines().rfind(|line| !line.trim().is_empty());
    let (Some(item), Some(line)) = (draft.items.last(), last_line) else {
        return false;
    };
    let (item, line) = (letters(item.expose()), letters(&one_line(line)));
    // An item without its mark, or one that goes over several lines.
    line.ends_with(&item) || item.ends_with(&line)
}

/// The last item does not end as a sentence does, and all before it do.
fn breaks_off(items: &[PatientText]) -> bool {
    let closed = |item: &PatientText| {
        let end = item
            .expose()
            .trim_end_matches(['"', '\'', ')', ']', '*', '_', '”', '’', '」']);
        end.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟', ';', '；'])
    };
    match items.split_last() {
        Some((last, before)) => !before.is_empty() && !closed(last) && before.iter().all(closed),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliberation::parse::parse_draft;

    fn lost(text: &str, ended: Ended) -> Option<String> {
        let usable = without_the_cut(parse_draft(text), text, &ended);
        usable.lost.map(|item| item.expose().to_owned())
    }

    const CUT: &str = "Gout.\n\n1. Aspirate the joint.\n2. Start a low-dose beta";

    #[test]
    fn a_cut_draft_loses_its_last_item_and_no_other() {
        assert_eq!(lost(CUT, Ended::Natural), None);
        assert_eq!(
            lost(CUT, Ended::Cut).as_deref(),
            Some("Start a low-dose beta")
        );
        let unknown = || Ended::Unknown(Some("odd".to_owned()));
        assert_eq!(
            lost(CUT, unknown()).as_deref(),
            Some("Start a low-dose beta")
        );
        let whole = "1. Aspirate the joint.\n2. Start colchicine.";
        assert_eq!(lost(whole, unknown()), None);
        assert_eq!(
            lost(whole, Ended::Cut).as_deref(),
            Some("Start colchicine.")
        );
        let bare = "1. Aspirate the joint\n2. Start colchicine";
        assert_eq!(lost(bare, unknown()), None, "nobody can tell");
    }

    #[test]
    fn what_breaks_off_behind_the_last_item_takes_none_with_it() {
        let text = "1. Aspirate the joint.\n2. Start colchicine.\n\nLet me know if you ha";
        assert_eq!(lost(text, Ended::Cut), None);
    }

    #[test]
    fn an_item_of_several_lines_is_one() {
        let text = "1. Aspirate the joint.\n2. Start colchicine,\n   but only when the eGFR";
        let item = "Start colchicine, but only when the eGFR";
        assert_eq!(lost(text, Ended::Cut).as_deref(), Some(item));
    }
}
