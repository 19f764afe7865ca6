//! Control tokens of chat templates, as they look in text.
//!
//! A tokenizer that reads them in a prompt takes them for the end of a turn or
//! the beginning of another; in an answer they tell that a model ran over its
//! end, or was asked with the wrong template. Every family has its own; those of
//! one form (`<|...|>`) are known by their form, so that the next family's are
//! known too. Sources, as published by their makers:
//!
//! * ChatML and `<|endoftext|>`: `openai/tiktoken`, `tiktoken_ext/openai_public.py`.
//! * harmony (`<|channel|>`, `<|message|>`, ...): cookbook.openai.com, "OpenAI
//!   harmony response format".
//! * Llama 2, 3 and 4 (`[INST]`, `<<SYS>>`, `<|eot_id|>`, `<|header_start|>`):
//!   llama.com, "Model cards and prompt formats".
//! * Mistral (`[TOOL_CALLS]`, `[SYSTEM_PROMPT]`, ...): `mistralai/mistral-common`,
//!   `tokens/tokenizers/base.py`.
//! * Gemma (`<start_of_turn>`): ai.google.dev, "Gemma formatting and system
//!   instructions".
//! * MiniMax (`]~b]`) and Seed (`<seed:bos>`): their `chat_template.jinja`.
//! * DeepSeek (full-width bars), Cohere (`<BOS_TOKEN>`), Qwen (`<tool_call>`),
//!   GLM (`[gMASK]`, `<sop>`), T5 (`<extra_id_0>`): their `tokenizer_config.json`.

use std::ops::Range;

/// Tokens that have no form of their own, case as published.
const KNOWN: [&str; 47] = [
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<unk>",
    "<s>",
    "</s>",
    "<<SYS>>",
    "<</SYS>>",
    "<BOS_TOKEN>",
    "<EOS_TOKEN>",
    "<EOP_TOKEN>",
    "<PAD_TOKEN>",
    "<UNK>",
    "<sop>",
    "<eop>",
    "<eod>",
    "<eoh>",
    "<eoa>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_CALLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[TOOL_CONTENT]",
    "[gMASK]",
    "[sMASK]",
    "[MODEL_SETTINGS]",
    "[/MODEL_SETTINGS]",
    "<eot>",
    "<eom>",
    "<mask>",
    "<tool_calls>",
    "<seed:bos>",
    "<seed:eos>",
    "]~b]",
    "]~!b[",
];

/// Bars between which a name stands: ASCII, and DeepSeek's full-width ones.
const BARS: [char; 2] = ['|', '\u{ff5c}'];

/// Longest name between bars, in bytes; the longest published one has 34.
const LONGEST_NAME: usize = 64;

/// Where the control tokens stand, in bytes, in order and without overlap.
pub fn control_tokens(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let starts = text.match_indices(['<', '[', ']']);
    for (at, _) in starts {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        if let Some(length) = token_at(&text[at..]) {
            found.push(at..at + length);
        }
    }
    found
}

/// Length of the control token with which a text begins.
pub(super) fn token_at(text: &str) -> Option<usize> {
    let known = KNOWN.iter().find(|token| text.starts_with(**token));
    if let Some(token) = known {
        return Some(token.len());
    }
    let after = text.strip_prefix('<')?;
    if let Some(name) = after.strip_prefix("extra_id_") {
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        let closed = digits > 0 && name[digits..].starts_with('>');
        return closed.then_some("<extra_id_>".len() + digits);
    }
    let bar = after.chars().next().filter(|bar| BARS.contains(bar))?;
    let name = &after[bar.len_utf8()..];
    let end =
        name.find(|c: char| c.is_whitespace() || c == '<' || c == '>' || BARS.contains(&c))?;
    let closing = name[end..].strip_prefix(bar)?;
    let whole = (1..=LONGEST_NAME).contains(&end) && closing.starts_with('>');
    whole.then_some(1 + bar.len_utf8() + end + bar.len_utf8() + 1)
}

#[cfg(test)]
mod tests {
    use super::control_tokens;

    #[test]
    fn tokens_of_every_family_are_found_where_they_stand() {
        for token in [
            "<|im_start|>",
            "<|im_end|>",
            "<|endoftext|>",
            "<|begin_of_text|>",
            "<|start_header_id|>",
            "<|eot_id|>",
            "<|header_start|>",
            "<|channel|>",
            "<|start_of_role|>",
            "<|reserved_special_token_247|>",
            "<|a_family_of_next_year|>",
            "<\u{ff5c}begin\u{2581}of\u{2581}sentence\u{ff5c}>",
            "<\u{ff5c}User\u{ff5c}>",
            "<start_of_turn>",
            "<end_of_turn>",
            "<extra_id_12>",
            "</s>",
            "[INST]",
            "[/INST]",
            "<<SYS>>",
            "[TOOL_CALLS]",
            "<tool_call>",
        ] {
            let text = format!("Stop it.{token}user: é");
            let found = control_tokens(&text);
            assert_eq!(
                found,
                std::slice::from_ref(&(8..8 + token.len())),
                "{token}"
            );
        }
    }

    #[test]
    fn words_signs_and_tags_that_look_like_them_are_none() {
        for text in [
            "Keep SpO2 <92% | >88%, if eGFR <30.",
            "a <| b |> c, <||>, <|>, <| |>",
            "| drug | dose |\n|---|---|",
            "[1], [INSTRUCTIONS], [x], [inst]",
            "<b>bold</b>, <sup>2</sup>, <br>, <summary>",
            "<extra_id_>, <extra_id_x>",
            "5 < 6 > 4",
            "",
        ] {
            assert!(control_tokens(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_name_without_end_is_none() {
        let long = format!("<|{}|>", "a".repeat(65));
        assert!(control_tokens(&long).is_empty());
        assert!(control_tokens("<|im_start").is_empty());
        assert!(control_tokens("<|im_start|").is_empty());
    }
}
