//! Is the model that answered the one that was asked for?
//!
//! Providers answer with another spelling of the same id: with a date, a
//! vendor in front, a tag, a path, a quantisation. All of that is the same
//! model. What is left must be equal, or another model answered.

/// Do two ids name the same model? An answer without an id says nothing and
/// counts as the same.
pub fn same_model(asked: &str, answered: &str) -> bool {
    if asked.eq_ignore_ascii_case(answered) || answered.trim().is_empty() {
        return true;
    }
    let (asked, answered) = (Parts::of(asked), Parts::of(answered));
    if asked.words != answered.words {
        return false;
    }
    // `llama3.2` may well be answered by `llama3.2:3b`.
    let sizes =
        asked.sizes.is_empty() || answered.sizes.is_empty() || asked.sizes == answered.sizes;
    sizes && !(asked.words.is_empty() && asked.sizes.is_empty())
}

/// The family that an id names by its first word: `gpt`, `claude`, `qwen`.
/// Empty where the id has no word.
pub fn family(id: &str) -> String {
    let parts = Parts::of(id);
    let word = |word: &&String| word.len() > 1 && word.chars().all(char::is_alphabetic);
    parts
        .words
        .iter()
        .find(word)
        .or(parts.words.first())
        .cloned()
        .unwrap_or_default()
}

/// Words that say nothing of which model it is.
const NEUTRAL: [&str; 52] = [
    // Vendors and those who repack.
    "openai",
    "anthropic",
    "google",
    "meta",
    "mistralai",
    "qwenlm",
    "deepseekai",
    "microsoft",
    "nvidia",
    "ibm",
    "cohere",
    "xai",
    "unsloth",
    "bartowski",
    "thebloke",
    "lmstudio",
    "community",
    "us",
    "eu",
    "apac",
    "global",
    // Kinds of the same model.
    "latest",
    "instruct",
    "it",
    "chat",
    "hf",
    "base",
    "preview",
    "exp",
    "experimental",
    "free",
    "beta",
    "online",
    "extended",
    "nitro",
    "floor",
    "maas",
    "v",
    // Quantisations and files.
    "gguf",
    "ggml",
    "awq",
    "gptq",
    "exl",
    "mlx",
    "onnx",
    "int",
    "fp",
    "bf",
    "bnb",
    "bit",
    "dwq",
    "bin",
];

#[derive(PartialEq)]
struct Parts {
    words: Vec<String>,
    /// Numbers of parameters: `8b`, `270m`, `8x7b`.
    sizes: Vec<String>,
}

impl Parts {
    fn of(id: &str) -> Parts {
        let id = id.trim().to_ascii_lowercase();
        // The last part of a path is the model; before it stand vendors,
        // accounts and folders.
        let last = id
            .trim_end_matches('/')
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default();
        let mut parts = Parts {
            words: Vec::new(),
            sizes: Vec::new(),
        };
        let mut pieces: Vec<&str> = last
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|piece| !piece.is_empty())
            .collect();
        drop_date(&mut pieces);
        for piece in pieces {
            if is_quantisation(piece) || is_date(piece) {
                continue;
            }
            for piece in piece.split('_').filter(|piece| !piece.is_empty()) {
                parts.enter(piece);
            }
        }
        parts
    }

    fn enter(&mut self, piece: &str) {
        if is_quantisation(piece) || is_date(piece) {
            return;
        }
        if is_size(piece) {
            self.sizes.push(piece.to_owned());
            return;
        }
        // `gpt4o` and `gpt-4o` are one, and so are `v3` and `3`.
        let mut word = String::new();
        let mut digits = false;
        for c in piece.chars() {
            if c.is_ascii_digit() != digits && !word.is_empty() {
                self.word(&word);
                word.clear();
            }
            digits = c.is_ascii_digit();
            word.push(c);
        }
        self.word(&word);
    }

    fn word(&mut self, word: &str) {
        if !word.is_empty() && !NEUTRAL.contains(&word) {
            self.words.push(word.to_owned());
        }
    }
}

/// `20240806`, `0613`, `2411`: a day, a day of the year, a month. A version of
/// so many digits is not known.
fn is_date(piece: &str) -> bool {
    matches!(piece.len(), 4 | 6 | 8) && piece.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes `2024-08-06`, `05-20` at the end, and what comes after a date such as
/// the `v1:0` of Bedrock.
fn drop_date(pieces: &mut Vec<&str>) {
    let number = |piece: &str, most: u32| {
        piece.len() == 2
            && piece
                .parse::<u32>()
                .is_ok_and(|number| (1..=most).contains(&number))
    };
    if let Some(at) = pieces.iter().position(|piece| is_date(piece))
        && at > 0
    {
        let rest = pieces.get(at + 1..).unwrap_or_default();
        let day = matches!(rest, [month, day, ..] if number(month, 12) && number(day, 31));
        let skip = if day { 3 } else { 1 };
        // A version of the packaging follows a date, never the model's own.
        let version = |piece: &&str| {
            piece
                .trim_start_matches('v')
                .bytes()
                .all(|b| b.is_ascii_digit())
        };
        let rest: Vec<&str> = pieces
            .iter()
            .skip(at + skip)
            .filter(|p| !version(p))
            .copied()
            .collect();
        pieces.truncate(at);
        pieces.extend(rest);
    } else if let [.., month, day] = pieces.as_slice()
        && pieces.len() > 3
        && number(month, 12)
        && number(day, 31)
    {
        pieces.truncate(pieces.len() - 2);
    }
}

/// `7b`, `1.5b` (in pieces: `5b`), `270m`, `8x7b`, `a22b`, `e4b`.
fn is_size(piece: &str) -> bool {
    let Some(number) = piece.strip_suffix(['b', 'm']) else {
        return false;
    };
    let number = number.trim_start_matches(['a', 'e']);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == 'x')
}

/// `q4_k_m`, `iq3_xs`, `fp8`, `bf16`, `int4`, `4bit`, `w8a8`.
fn is_quantisation(piece: &str) -> bool {
    let rest = |head: &str| {
        let rest = piece.strip_prefix(head)?;
        rest.starts_with(|c: char| c.is_ascii_digit())
            .then_some(rest)
    };
    let tail = |rest: &str| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
            .split('_')
            .all(|part| part.len() <= 2)
    };
    ["q", "iq", "fp", "bf", "int", "nf", "w"]
        .into_iter()
        .filter_map(rest)
        .any(tail)
        || piece
            .strip_suffix("bit")
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        || ["_k_m", "_k_s", "_k_l", "_k_xl"]
            .iter()
            .any(|tail| piece.ends_with(tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_spellings_are_the_same_model() {
        for (asked, answered) in [
            ("gpt-4o", "gpt-4o-2024-08-06"),
            ("gpt-4", "gpt-4-0613"),
            ("GPT-4o", "gpt-4o"),
            ("openai/gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
            ("gemini-2.5-flash", "models/gemini-2.5-flash"),
            ("gemini-2.5-flash", "gemini-2.5-flash-preview-05-20"),
            ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
            ("claude-3-5-sonnet", "claude-3.5-sonnet"),
            (
                "claude-sonnet-4",
                "us.anthropic.claude-sonnet-4-20250514-v1:0",
            ),
            ("claude-sonnet-4", "claude-sonnet-4@20250514"),
            ("mistral-large-latest", "mistral-large-2411"),
            ("llama3.2", "llama3.2:latest"),
            ("llama3.2", "llama3.2:3b"),
            ("llama3.2:3b", "llama3.2:3b-instruct-q4_K_M"),
            (
                "meta-llama/Llama-3.3-70B-Instruct",
                "Meta-Llama-3.3-70B-Instruct-FP8",
            ),
            (
                "qwen2.5-7b-instruct",
                "/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
            ),
            ("smollm2-135m", r"C:\models\SmolLM2-135M-Instruct.Q8_0.gguf"),
            ("deepseek/deepseek-r1:free", "deepseek/deepseek-r1"),
            ("accounts/fireworks/models/deepseek-v3", "deepseek-v3"),
            ("kimi-k2", "kimi-k2-0711-preview"),
            ("grok-4", "grok-4-0709"),
            ("qwen-max", "qwen-max-2025-01-25"),
            ("gemma-3-270m-it", "gemma-3-270m-it-4bit"),
            ("gpt-oss", "openai/gpt-oss-20b"),
            ("m", ""),
        ] {
            assert!(same_model(asked, answered), "{asked} {answered}");
        }
    }

    #[test]
    fn another_model_is_another_model() {
        for (asked, answered) in [
            ("gpt-4o", "gpt-4o-mini"),
            ("gpt-4o-mini", "gpt-4o"),
            ("gpt-4o", "gpt-3.5-turbo"),
            ("gpt-4", "gpt-4-turbo"),
            ("claude-sonnet-4", "gpt-4o"),
            ("claude-opus-4", "claude-sonnet-4-20250514"),
            ("claude-3-5-sonnet", "claude-3-7-sonnet"),
            ("gemini-2.5-pro", "gemini-2.5-flash"),
            ("gemini-2.5-flash", "gemini-2.0-flash"),
            ("llama3.2:3b", "llama3.2:1b"),
            ("mistral-large", "mistral-small-2503"),
            ("qwen3-8b", "llama-3.1-8b"),
            ("deepseek-r1", "deepseek-r1-distill-qwen-7b"),
            ("openrouter/auto", "gpt-4o"),
            ("latest", "gpt-4o"),
            ("o1", "o3"),
        ] {
            assert!(!same_model(asked, answered), "{asked} {answered}");
        }
    }

    #[test]
    fn families_are_named_by_their_first_word() {
        for (id, family) in [
            ("openai/gpt-4o-mini", "gpt"),
            ("claude-3-5-sonnet", "claude"),
            ("us.anthropic.claude-sonnet-4-v1:0", "claude"),
            ("Qwen2.5-7B-Instruct", "qwen"),
            ("o3", "o"),
            ("", ""),
        ] {
            assert_eq!(self::family(id), family, "{id}");
        }
    }

    proptest! {
        #[test]
        fn no_ids_make_it_panic(a in "\\PC{0,40}", b in "[a-z0-9:/@._-]{0,40}") {
            let _ = same_model(&a, &b);
            let _ = family(&a);
            prop_assert!(same_model(&b, &b));
        }
    }
}
