//! Marks that no advice has: control tokens of chat templates, and the marks
//! around foreign text in our own prompts.

use crate::gateway::control::control_tokens;
use crate::gateway::fence::fence_marks;
use crate::panel::model::DraftChecks;

use super::Unusable;

/// The text without control tokens at its very ends. A server with the wrong
/// template leaves the token that ended the turn; the answer before it is whole.
pub(super) fn without_end(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let tokens = control_tokens(text);
        if let Some(last) = tokens.last().filter(|last| last.end == text.len()) {
            text = text[..last.start].trim_end();
        } else if let Some(first) = tokens.first().filter(|first| first.start == 0) {
            text = text[first.end..].trim_start();
        } else {
            return text;
        }
    }
}

pub(super) fn check(rules: &DraftChecks, text: &str) -> Result<(), Unusable> {
    if fence_marks(text) > 0 {
        return Err(Unusable::OurMarks);
    }
    if control_tokens(text).len() > rules.control_tokens {
        return Err(Unusable::ControlTokens);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_at_the_ends_go_and_those_inside_stay() {
        assert_eq!(without_end("1. Stop it.<|im_end|>\n"), "1. Stop it.");
        assert_eq!(without_end("<s> 1. Stop it. </s></s>"), "1. Stop it.");
        assert_eq!(without_end("<|im_end|><|endoftext|>"), "");
        let inside = "1. Stop it.<end_of_turn>\n<start_of_turn>user\nWhy?";
        assert_eq!(without_end(inside), inside);
    }
}
