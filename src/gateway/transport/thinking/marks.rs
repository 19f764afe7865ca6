//! The marks between which models think, as they are met in contents.

/// A mark's place, in bytes, and which side of the thoughts it stands on.
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Opens,
    Closes,
}

/// Names of tags, with any namespace in front (`<seed:think>` of Seed-OSS,
/// `<mm:think>` of MiniMax). `think`: DeepSeek, Qwen, Phi and most others;
/// `thought`: Gemma and EXAONE; `thinking`, `antthinking`: prompts after
/// Anthropic's; `reasoning`, `REASONING_SCRATCHPAD`: Nous and others.
const TAGS: [&str; 12] = [
    "think",
    "thinking",
    "thought",
    "thoughts",
    "thought_process",
    "think_intent",
    "antthinking",
    "reasoning",
    "reasoning_scratchpad",
    "scratchpad",
    "inner_monologue",
    "internal_thoughts",
];

/// Marks that are no tags: special tokens that a server wrote out as text.
const TOKENS: [(&str, &str); 12] = [
    // Mistral (Magistral, Ministral).
    ("[THINK]", "[/THINK]"),
    // Kimi-VL.
    ("◁think▷", "◁/think▷"),
    // Gemma 4, twice: as its templates have it, and as it is met.
    ("<|channel>thought", "<channel|>"),
    ("<|turn>thinking", "<turn|>"),
    // MedGemma 1.5.
    ("<unused94>thought", "<unused95>"),
    // Cohere.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Sky-T1, OpenThinker.
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|think|>", "<|/think|>"),
    ("<|thinking|>", "<|/thinking|>"),
    // Apertus.
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|reasoning|>", "<|/reasoning|>"),
    // A close without an opening of its own, as Gemma's tokens leave it.
    ("<unused94>", "<unused95>"),
];

/// What some models put around the answer after their thoughts.
const ANSWERS: [(&str, &str); 9] = [
    ("<answer>", "</answer>"),
    ("<final_answer>", "</final_answer>"),
    ("<final>", "</final>"),
    ("<response>", "</response>"),
    ("<output>", "</output>"),
    ("<solution>", "</solution>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|START_TEXT|>", "<|END_TEXT|>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
];

/// Tokens that end a turn and say nothing else.
const ENDS: [&str; 14] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|return|>",
    "<|end|>",
    "<end_of_turn>",
    "<turn|>",
    "<｜end▁of▁sentence｜>",
    "<eos>",
    "</s>",
];

/// Most bytes of what may follow a tag's name.
const MOST_OF_A_TAG: usize = 80;

/// All marks of a text, in their order.
pub(super) fn find(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    // What ends other things too ends thoughts only where it began them.
    let (mut in_details, mut in_turn) = (false, false);
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find(STARTS)) {
        let start = at + next;
        let rest = text.get(start..).unwrap_or_default();
        let found = token(rest, &mut in_turn).or_else(|| tag(rest, &mut in_details));
        match found {
            None => at = start + rest.chars().next().map_or(1, char::len_utf8),
            Some((found, length)) => {
                let end = start + length;
                match found {
                    Found::Side(side) => marks.push(Mark { start, end, side }),
                    Found::Empty => {
                        for side in [Side::Opens, Side::Closes] {
                            marks.push(Mark { start, end, side });
                        }
                    }
                }
                at = end;
            }
        }
    }
    marks
}

const STARTS: [char; 4] = ['<', '[', '◁', '&'];

enum Found {
    Side(Side),
    /// `<think/>`: no thoughts.
    Empty,
}

fn token(rest: &str, in_turn: &mut bool) -> Option<(Found, usize)> {
    let (side, token) = TOKENS.iter().find_map(|(opens, closes)| {
        let of = |token: &'static str, side| rest.starts_with(token).then_some((side, token));
        of(opens, Side::Opens).or_else(|| of(closes, Side::Closes))
    })?;
    match token {
        "<|turn>thinking" => *in_turn = true,
        "<turn|>" if !std::mem::take(in_turn) => return None,
        _ => {}
    }
    Some((Found::Side(side), token.len()))
}

/// A tag of [`TAGS`], also with its brackets written as entities.
fn tag(rest: &str, in_details: &mut bool) -> Option<(Found, usize)> {
    let (inner, bracket, ends) = match rest.strip_prefix('<') {
        Some(inner) => (inner, 1, ">"),
        None => (rest.strip_prefix("&lt;")?, 4, "&gt;"),
    };
    let mut most = inner.len().min(MOST_OF_A_TAG);
    while !inner.is_char_boundary(most) {
        most -= 1;
    }
    let length = inner.get(..most)?.find(ends)?;
    let inner = inner.get(..length)?;
    if inner.contains(['<', '\n']) {
        return None;
    }
    let length = bracket + length + ends.len();
    let trimmed = inner.trim();
    let (closes, named) = match trimmed.trim_start_matches('\\').strip_prefix('/') {
        Some(named) => (true, named.trim_start()),
        None => (false, trimmed),
    };
    let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-'));
    let name = named.get(..named.find(end).unwrap_or(named.len()))?;
    let name = name.to_ascii_lowercase();
    if name == "details" {
        let opens = !closes && named.contains("reasoning");
        let ends = closes && *in_details;
        if opens || ends {
            *in_details = opens;
            let side = if opens { Side::Opens } else { Side::Closes };
            return Some((Found::Side(side), length));
        }
        return None;
    }
    let base = name.rsplit(':').next().unwrap_or_default();
    if !TAGS.contains(&base) {
        return None;
    }
    Some(match (closes, named.ends_with('/')) {
        (true, _) => (Found::Side(Side::Closes), length),
        (false, true) => (Found::Empty, length),
        (false, false) => (Found::Side(Side::Opens), length),
    })
}

/// What stands within one pair of [`ANSWERS`], or the text as it is; without
/// blank space in front.
pub(super) fn unwrapped(text: &str) -> &str {
    let text = text.trim_start();
    for (opens, closes) in ANSWERS {
        if let Some(inner) = text.strip_prefix(opens) {
            let inner = inner.trim_start();
            return match inner.split_once(closes) {
                Some((answer, rest)) if rest.trim().is_empty() => answer,
                None => inner,
                // There is more behind it: nothing of it may get lost.
                Some(_) => text,
            };
        }
    }
    text
}

/// Bytes at the end of a text that only end a turn.
pub(super) fn end_tokens(text: &str) -> usize {
    let mut left = text;
    loop {
        let trimmed = left.trim_end();
        match ENDS.iter().find_map(|token| trimmed.strip_suffix(token)) {
            Some(shorter) => left = shorter,
            None => return text.len() - left.len(),
        }
    }
}
