//! What came with an answer that its reader must know of: the answer stands,
//! and something about it is not as it was asked for.

use serde::{Deserialize, Serialize};

/// One such thing. It holds names and numbers, and nothing of a prompt or of
/// an answer. Kept with the answer in the journal, so that a run that goes on
/// tells the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// Another model answered than was asked for.
    OtherModel {
        /// The id that was asked for.
        asked: String,
        /// The id in the answer.
        answered: String,
    },
    /// The provider did not say how many tokens it took, or what cannot be;
    /// they are estimated from the lengths.
    UsageEstimated,
    /// The server counted far fewer tokens than the prompt has: it left a part
    /// of it out.
    PromptCut {
        /// Characters of the prompt.
        characters: u64,
        /// Tokens that the server counted.
        tokens: u64,
    },
    /// The server refused a way of asking for structured output, and another
    /// was taken.
    ModeFellBack {
        /// The mode of the panel, in its own word (`json_schema`).
        from: String,
        /// The mode that was taken.
        to: String,
    },
    /// The answer was not well-formed and was read all the same.
    ReadLeniently {
        /// What was forgiven, in a few words of ours (`a trailing comma`).
        how: String,
    },
    /// The first answer ended at the limit, and the question was asked again
    /// with a higher one.
    LimitRaised {
        /// Most completion tokens of the first question.
        from: u64,
        /// Most completion tokens of the answer that counts.
        to: u64,
    },
    /// Something that a later version of this program has noted.
    #[serde(other)]
    Later,
}

impl Notice {
    /// In words, after the name of whom it is about and a colon.
    pub fn words(&self) -> String {
        match self {
            Notice::OtherModel { asked, answered } => {
                format!("`{asked}` was asked for and `{answered}` answered")
            }
            Notice::UsageEstimated => {
                "the provider did not say how many tokens it took, so cost is estimated".into()
            }
            Notice::PromptCut { characters, tokens } => format!(
                "the server counted {tokens} tokens for a prompt of {characters} characters: it \
                 must have left a part of the question out"
            ),
            Notice::ModeFellBack { from, to } => {
                format!("the server refuses structured output as {from}; {to} was used")
            }
            Notice::ReadLeniently { how } => format!("an answer was read in spite of {how}"),
            Notice::LimitRaised { from, to } => {
                format!("an answer was cut at {from} tokens and asked for again with up to {to}")
            }
            Notice::Later => "something that only a newer version of this program knows".into(),
        }
    }

    /// Is it about money alone?
    pub fn is_of_cost(&self) -> bool {
        matches!(self, Notice::UsageEstimated)
    }

    /// Does the answer itself suffer, so that an outcome that rests on it is
    /// not complete?
    pub fn degrades(&self) -> bool {
        matches!(self, Notice::PromptCut { .. } | Notice::Later)
    }
}

/// Notices as they stand in a row of the journal; `None` for none.
pub(super) fn to_row(notices: &[Notice]) -> Option<String> {
    if notices.is_empty() {
        return None;
    }
    serde_json::to_string(notices).ok()
}

/// Notices of a row. A row without them is of an earlier version; what cannot
/// be read is of a later one.
pub(super) fn from_row(row: Option<&str>) -> Vec<Notice> {
    let Some(row) = row else {
        return Vec::new();
    };
    let values: Vec<serde_json::Value> = match serde_json::from_str(row) {
        Ok(values) => values,
        Err(_) => return vec![Notice::Later],
    };
    let read = |value| serde_json::from_value(value).unwrap_or(Notice::Later);
    values.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_come_back_from_a_row_and_later_ones_are_not_lost() {
        let notices = vec![
            Notice::OtherModel {
                asked: "a".into(),
                answered: "b".into(),
            },
            Notice::UsageEstimated,
        ];
        assert_eq!(from_row(to_row(&notices).as_deref()), notices);
        assert_eq!(to_row(&[]), None);
        assert_eq!(from_row(None), []);
        let later =
            r#"[{"notice":"usage-estimated"},{"notice":"x","y":1},{"notice":"other-model"}]"#;
        assert_eq!(
            from_row(Some(later)),
            [Notice::UsageEstimated, Notice::Later, Notice::Later]
        );
        assert_eq!(from_row(Some("{")), [Notice::Later]);
    }
}
