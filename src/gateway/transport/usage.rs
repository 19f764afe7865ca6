//! Tokens as the provider counts them, as far as they can be true.

use serde_json::Value;

use crate::gateway::call::Usage;

/// Tokens of an answer.
#[derive(Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) usage: Usage,
    /// Something of it was not said, or cannot be, and is estimated.
    pub(super) estimated: bool,
}

/// Bytes of a token in an estimate: about what English text has in the
/// tokenizers of today (OpenAI's rule of thumb is four characters).
const BYTES_OF_A_TOKEN: usize = 4;

/// More characters than this on a token in the mean of a whole prompt cannot
/// be. English prose has 4 to 5 in the tokenizers of today, and every other
/// script fewer; twice that leaves room for tokenizers to come, and for tables
/// and blank space.
const MOST_CHARACTERS_OF_A_TOKEN: u64 = 8;

/// The same of an answer, in bytes. Words have 4 to 5 bytes a token; the rest is
/// room for runs of blank space and dashes, which are one token in the tokenizers
/// of today.
const MOST_BYTES_OF_A_TOKEN: u64 = 128;

/// Shorter prompts say nothing: what a template adds weighs more.
const LEAST_CHARACTERS: usize = 800;

/// Reads `usage`. Nothing, zeros for a prompt or for an answer that has words, too
/// few tokens for what was written, negative numbers and words instead of numbers
/// are no counts: they are estimated by the lengths in bytes, thoughts included.
pub(super) fn count(told: Option<&Value>, prompt_bytes: usize, said_bytes: usize) -> Counted {
    let estimate = |bytes: usize| bytes.div_ceil(BYTES_OF_A_TOKEN) as u64;
    let tokens = |path: &str| number(told?.pointer(path)?);
    let positive = |count: &u64| *count > 0;
    // Anthropic counts what it had cached apart; the others within.
    let anthropic = |count: u64| {
        let cached = ["/cache_read_input_tokens", "/cache_creation_input_tokens"];
        let cached = cached.into_iter().filter_map(tokens);
        cached.fold(count, u64::saturating_add)
    };
    let prompt = tokens("/prompt_tokens")
        .or_else(|| tokens("/input_tokens").map(anthropic))
        .filter(positive);
    let said = tokens("/completion_tokens").or_else(|| tokens("/output_tokens"));
    // Some leave reasoning out of `completion_tokens` and count it in the
    // total alone; some leave the completion out altogether.
    let rest = tokens("/total_tokens").zip(prompt);
    let rest = rest.map(|(total, prompt)| total.saturating_sub(prompt));
    let said = said.max(rest).filter(|count| *count > 0 || said_bytes == 0);
    // So few cannot be: what was written is longer.
    let said =
        said.filter(|count| count.saturating_mul(MOST_BYTES_OF_A_TOKEN) >= said_bytes as u64);
    let completion = said.unwrap_or_else(|| estimate(said_bytes));
    let reasoning = tokens("/completion_tokens_details/reasoning_tokens")
        .or_else(|| tokens("/output_tokens_details/reasoning_tokens"));
    let cached = tokens("/prompt_tokens_details/cached_tokens")
        .or_else(|| tokens("/prompt_cache_hit_tokens"))
        .or_else(|| tokens("/cache_read_input_tokens"))
        .or_else(|| tokens("/cached_tokens"));
    let estimated = prompt.is_none() || said.is_none();
    let prompt = prompt.unwrap_or_else(|| estimate(prompt_bytes));
    Counted {
        usage: Usage {
            prompt,
            completion,
            reasoning: reasoning.unwrap_or(0).min(completion),
            cached: cached.unwrap_or(0).min(prompt),
        },
        estimated,
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| *number >= 0.0)?;
        Some(number as u64)
    })
}

/// Characters of a prompt of which the server counted so few tokens that it
/// must have left a part out; `None` when the count can be right.
pub(super) fn left_out<'a>(
    counted: u64,
    prompt: impl Iterator<Item = &'a str> + Clone,
) -> Option<u64> {
    let bound = counted.saturating_mul(MOST_CHARACTERS_OF_A_TOKEN);
    let bytes: usize = prompt.clone().map(str::len).sum();
    if bytes < LEAST_CHARACTERS || bytes as u64 <= bound {
        return None;
    }
    let characters: usize = prompt.map(|text| text.chars().count()).sum();
    (characters >= LEAST_CHARACTERS && characters as u64 > bound).then_some(characters as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn usage_is_read_as_far_as_it_can_be_true() {
        let read = |value: Value| {
            let Counted { usage, estimated } = count(Some(&value), 400, 40);
            let Usage {
                prompt,
                completion,
                reasoning,
                cached,
            } = usage;
            (prompt, completion, reasoning, cached, estimated)
        };
        let full = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
            "completion_tokens_details": {"reasoning_tokens": 2},
            "prompt_tokens_details": {"cached_tokens": 4}});
        assert_eq!(read(full), (10, 5, 2, 4, false));
        let apart = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40,
            "completion_tokens_details": {"reasoning_tokens": 25}});
        assert_eq!(read(apart), (10, 30, 25, 0, false));
        let anthropic = json!({"input_tokens": 3, "output_tokens": 5,
            "cache_read_input_tokens": 90, "cache_creation_input_tokens": 7});
        assert_eq!(read(anthropic), (100, 5, 0, 90, false));
        for (told, expected) in [
            (
                json!({"prompt_tokens": 10, "total_tokens": 17}),
                (10, 7, 0, 0, false),
            ),
            (
                json!({"prompt_tokens": 10.0, "completion_tokens": 2.0}),
                (10, 2, 0, 0, false),
            ),
            // What cannot be is estimated, and what can is kept.
            (json!({"prompt_tokens": 10}), (10, 10, 0, 0, true)),
            (
                json!({"prompt_tokens": 10, "completion_tokens": 0}),
                (10, 10, 0, 0, true),
            ),
            (
                json!({"prompt_tokens": 0, "completion_tokens": 7}),
                (100, 7, 0, 0, true),
            ),
            (
                json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
                (100, 10, 0, 0, true),
            ),
            (
                json!({"prompt_tokens": -1, "completion_tokens": -5}),
                (100, 10, 0, 0, true),
            ),
            (
                json!({"prompt_tokens": "12", "completion_tokens": "5"}),
                (100, 10, 0, 0, true),
            ),
            (json!({"prompt_tokens": null}), (100, 10, 0, 0, true)),
            (json!("none"), (100, 10, 0, 0, true)),
        ] {
            assert_eq!(read(told.clone()), expected, "{told}");
        }
        assert!(count(None, 400, 40).estimated);
        // One token for 400 bytes is none.
        let few = json!({"prompt_tokens": 10, "completion_tokens": 1});
        let counted = count(Some(&few), 400, 400);
        assert_eq!((counted.usage.completion, counted.estimated), (100, true));
        // Nothing was said, so nothing was counted.
        let empty = json!({"prompt_tokens": 10, "completion_tokens": 0});
        assert!(!count(Some(&empty), 400, 0).estimated);
    }

    #[test]
    fn only_a_count_that_cannot_be_tells_of_a_cut_prompt() {
        let english =
            "A 54-year-old woman with new atrial fibrillation takes warfarin. ".repeat(40);
        let of = |tokens| left_out(tokens, [english.as_str()].into_iter());
        let characters = english.chars().count() as u64;
        assert_eq!(of(characters / 4), None);
        assert_eq!(of(characters / 7), None);
        assert_eq!(of(characters / 9), Some(characters));
        assert_eq!(of(1), Some(characters));
        // Scripts of three bytes a character are counted by characters.
        let hindi = "रोगी को बुखार है। ".repeat(100);
        let tokens = hindi.chars().count() as u64 / 3;
        assert_eq!(left_out(tokens, [hindi.as_str()].into_iter()), None);
        assert_eq!(left_out(1, ["short"].into_iter()), None);
    }

    proptest! {
        #[test]
        fn no_numbers_make_it_panic(prompt in any::<i64>(), said in any::<f64>(), total in any::<u64>()) {
            let told = json!({"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": total,
                "input_tokens": total, "cache_read_input_tokens": total, "cache_creation_input_tokens": total});
            let _ = count(Some(&told), 10, 10);
            let _ = left_out(total, ["x"].into_iter());
        }
    }
}
