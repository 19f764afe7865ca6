//! Whether a prompt fits into a model's window, and how much room it leaves for
//! the answer. Pure.
//!
//! Nobody but the model's own tokenizer counts its tokens, so two bounds are
//! used. A prompt is refused only by the *lower* one, which no tokenizer in use
//! beats: they cut text at spaces and punctuation before they look for tokens,
//! so that a run of letters or digits is one token at least (and one more for
//! every further 32 letters, since no vocabulary has longer words). Of English
//! text that is about three quarters of the true number. The answer is
//! shortened by the *upper* one, a token for every three bytes; English takes
//! four, and what the template around the messages adds is within the
//! difference.

use super::call::{Call, CallError, FailureKind};

/// An answer of fewer tokens is of no use to anybody: the output is not
/// lowered below it.
const LEAST_OUTPUT: u32 = 256;
/// Letters of the longest words in vocabularies.
const LONGEST_WORD: usize = 32;
/// Bytes a token, at least, in running text.
const BYTES_A_TOKEN: usize = 3;

/// Most completion tokens to ask for: as wanted, or as many as the window
/// leaves, and never fewer than are of use.
pub(super) fn output(call: &Call, prompt_bytes: usize, wanted: u32) -> u32 {
    let Some(context) = call.model.context else {
        return wanted;
    };
    let prompt = u32::try_from(prompt_bytes.div_ceil(BYTES_A_TOKEN)).unwrap_or(u32::MAX);
    let left = context.saturating_sub(prompt);
    wanted.min(left.max(LEAST_OUTPUT))
}

/// # Errors
/// [`FailureKind::TooLong`] when the prompt certainly does not fit.
pub(super) fn check(call: &Call) -> Result<(), CallError> {
    let model = &call.model;
    let Some(context) = model.context else {
        return Ok(());
    };
    let messages = call.messages.iter();
    let least: usize = messages.map(|message| at_least(&message.content)).sum();
    let output = LEAST_OUTPUT.min(model.most_output().unwrap_or(LEAST_OUTPUT));
    if least.saturating_add(output as usize) <= context as usize {
        return Ok(());
    }
    Err(CallError::new(
        FailureKind::TooLong,
        format!(
            "provider {}, model {}: the prompt has {least} tokens or more, which leaves no room \
             for an answer in the {context} of the model's context; nothing was sent. A model \
             with a larger window is needed, or a larger `context` where the server has one",
            model.provider, model.name
        ),
    ))
}

/// Fewest tokens that this text can have.
fn at_least(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_alphanumeric());
    runs.filter(|run| !run.is_empty())
        .map(|run| run.chars().count().div_ceil(LONGEST_WORD))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_and_number_is_a_token_and_nothing_else_is() {
        for (text, least) in [
            ("", 0),
            ("Start apixaban 5 mg twice daily.", 6),
            ("a 54-year-old woman", 5),
            ("electroencephalographically", 1),
            ("INR 2.0-3.0", 5),
            ("        \n\n\n\n", 0),
            ("----------------------------------------", 0),
            ("\u{75c5}\u{4eba}", 1),
        ] {
            assert_eq!(at_least(text), least, "{text}");
        }
        assert_eq!(at_least(&"\u{75c5}".repeat(320)), 10);
    }
}
