//! Prompt files: finding, splitting, hashing, checking, rendering.
//!
//! A prompt is a minijinja template of two parts, system and user, divided by
//! the line `=== user ===`. An undefined variable is an error and not an empty
//! string, and a template's work is bounded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::model::Prompt;

/// The line between system and user message.
pub const DIVIDER: &str = "=== user ===";

/// Steps that rendering one part may take; a shipped prompt takes some hundred.
const FUEL: u64 = 100_000;

/// Prompts that are built into the program, by name.
pub const BUILT_IN: [(&str, &str); 12] = [
    ("advisor", include_str!("../../prompts/advisor.md")),
    (
        "advisor-bare",
        include_str!("../../prompts/advisor-bare.md"),
    ),
    ("checker", include_str!("../../prompts/checker.md")),
    ("clusterer", include_str!("../../prompts/clusterer.md")),
    ("debater", include_str!("../../prompts/debater.md")),
    ("guardian", include_str!("../../prompts/guardian.md")),
    ("judge-match", include_str!("../../prompts/judge-match.md")),
    (
        "judge-review",
        include_str!("../../prompts/judge-review.md"),
    ),
    ("moderator", include_str!("../../prompts/moderator.md")),
    (
        "options-advisor",
        include_str!("../../prompts/options-advisor.md"),
    ),
    (
        "options-guardian",
        include_str!("../../prompts/options-guardian.md"),
    ),
    ("rater", include_str!("../../prompts/rater.md")),
];

/// Who uses a prompt; it decides which variables are supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Advisors and models alone.
    Advisor,
    /// The moderator of `synthesis`.
    Moderator,
    /// Who groups drafted items.
    Clusterer,
    /// Advisors that rate candidates.
    Rater,
    /// Advisors that debate candidates.
    Debater,
    /// Guardians.
    Guardian,
    /// Advisors that are asked about a guardian's edits.
    Checker,
    /// Advisors and models alone that grade options.
    OptionsAdvisor,
    /// Guardians of graded options.
    OptionsGuardian,
    /// The judge's first call.
    JudgeMatch,
    /// The judge's second call.
    JudgeReview,
}

impl Role {
    /// The prompt of this role unless another is named.
    pub fn default_prompt(self) -> &'static str {
        match self {
            Self::Advisor => "advisor",
            Self::Moderator => "moderator",
            Self::Clusterer => "clusterer",
            Self::Rater => "rater",
            Self::Debater => "debater",
            Self::Guardian => "guardian",
            Self::Checker => "checker",
            Self::OptionsAdvisor => "options-advisor",
            Self::OptionsGuardian => "options-guardian",
            Self::JudgeMatch => "judge-match",
            Self::JudgeReview => "judge-review",
        }
    }

    /// Variables that are supplied to a prompt in this role.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Advisor => &["case", "presentation", "persona", "words"],
            Self::Moderator => &["case", "drafts", "persona", "words"],
            Self::Clusterer => &["case", "items", "persona"],
            Self::Rater | Self::Debater => &["case", "candidates", "persona"],
            Self::Guardian => &["case", "plan", "persona", "max_edits", "words"],
            Self::Checker => &["case", "plan", "edits", "persona"],
            Self::OptionsAdvisor => &["case", "presentation", "options", "persona"],
            Self::OptionsGuardian => &["case", "grades", "persona", "max_edits"],
            Self::JudgeMatch => &["case", "answer", "rubric", "guidance", "option_count"],
            Self::JudgeReview => &["case", "answer", "rubric", "guidance", "verdicts"],
        }
    }

    /// Variables that a prompt in this role must show, one of each group: a
    /// guardian that never sees the plan would still answer.
    pub fn essential(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Advisor => &[&["case", "presentation"]],
            Self::Moderator => &[&["case"], &["drafts"]],
            Self::Clusterer => &[&["items"]],
            Self::Rater | Self::Debater => &[&["case"], &["candidates"]],
            Self::Guardian => &[&["case"], &["plan"]],
            Self::Checker => &[&["case"], &["edits"]],
            Self::OptionsAdvisor => &[&["case", "presentation"], &["options"]],
            Self::OptionsGuardian => &[&["case"], &["grades"]],
            Self::JudgeMatch => &[&["answer"], &["rubric"]],
            Self::JudgeReview => &[&["answer"], &["rubric"], &["verdicts"]],
        }
    }

    /// The role in a sentence.
    pub fn say(self) -> &'static str {
        match self {
            Self::Advisor => "an advisor",
            Self::Moderator => "the moderator",
            Self::Clusterer => "the clusterer",
            Self::Rater => "an advisor that rates candidates",
            Self::Debater => "an advisor that debates candidates",
            Self::Guardian => "a guardian",
            Self::Checker => "an advisor that checks edits",
            Self::OptionsAdvisor => "an advisor that grades options",
            Self::OptionsGuardian => "a guardian of graded options",
            Self::JudgeMatch => "the judge's first call",
            Self::JudgeReview => "the judge's second call",
        }
    }
}

/// Why a prompt cannot be used. Never holds the words of a variable, which may
/// be a patient's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// There is no line `=== user ===`, or there are several.
    #[error("prompt `{name}` has {count} lines `=== user ===`; it needs exactly one")]
    Divider {
        /// Name of the prompt.
        name: String,
        /// How many lines there are.
        count: usize,
    },
    /// The template does not parse or render.
    #[error("prompt `{name}`, line {line}: {what}")]
    Template {
        /// Name of the prompt.
        name: String,
        /// Line of the file, from 1.
        line: usize,
        /// What kind of error, in minijinja's words.
        what: String,
    },
    /// Nothing is left to ask after rendering.
    #[error("prompt `{name}` renders to an empty user message")]
    Empty {
        /// Name of the prompt.
        name: String,
    },
}

/// Finds a prompt by name: beside the panel file (`dir`), then in
/// `../prompts/`, then built in. `None`: there is none of this name.
///
/// # Errors
/// When a file is there but cannot be read as UTF-8 text.
pub fn find(dir: &Path, name: &str) -> std::io::Result<Option<(String, String)>> {
    for path in places(dir).map(|place| place.join(format!("{name}.md"))) {
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Some((path.display().to_string(), text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("{}: {error}", path.display());
                return Err(std::io::Error::new(error.kind(), message));
            }
        }
    }
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
    Ok(built_in.map(|(_, text)| ("built in".to_owned(), (*text).to_owned())))
}

/// Names of all prompts that [`find`] would find from this directory.
pub fn available(dir: &Path) -> BTreeSet<String> {
    let files = places(dir)
        .filter_map(|place| std::fs::read_dir(place).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| file.strip_suffix(".md").map(str::to_owned))
        .filter(|name| super::shape::is_name(name));
    files
        .chain(BUILT_IN.iter().map(|(name, _)| (*name).to_owned()))
        .collect()
}

fn places(dir: &Path) -> impl Iterator<Item = PathBuf> {
    [dir.to_owned(), dir.join("../prompts")].into_iter()
}

/// Splits and hashes a prompt's text.
///
/// # Errors
/// [`PromptError::Divider`].
pub fn split(name: &str, source: &str, text: &str) -> Result<Prompt, PromptError> {
    let normal = text.replace("\r\n", "\n");
    let count = normal.lines().filter(|line| line.trim() == DIVIDER).count();
    let mut system = String::new();
    let mut user = None;
    for line in normal.split_inclusive('\n') {
        match &mut user {
            None if line.trim() == DIVIDER => user = Some(String::new()),
            None => system.push_str(line),
            Some(user) => user.push_str(line),
        }
    }
    match user {
        Some(user) if count == 1 => Ok(Prompt {
            name: name.to_owned(),
            source: source.to_owned(),
            system,
            user,
            sha256: hex(&Sha256::digest(text.as_bytes())),
            parsed: Parsed::default(),
        }),
        _ => Err(PromptError::Divider {
            name: name.to_owned(),
            count,
        }),
    }
}

/// Renders a prompt to its system message (`None` when blank) and user
/// message, both without outer white space. `vars` serialises to a map; what
/// the template uses must be in it, `null` and empty texts count as there.
///
/// # Errors
/// [`PromptError::Template`] when a variable is missing or the template does
/// too much work, [`PromptError::Empty`] when the user message is blank.
pub fn render(
    prompt: &Prompt,
    vars: impl Serialize,
) -> Result<(Option<String>, String), PromptError> {
    let vars = minijinja::Value::from(minijinja::value::Serde(vars));
    let environment = prompt.parsed.of(prompt)?;
    let part = |name: &str, lines_above: usize| {
        environment
            .get_template(name)
            .and_then(|template| template.render(vars.clone()))
            .map(|text| text.trim().to_owned())
            .map_err(|error| template_error(prompt, &error, lines_above))
    };
    let system = part(SYSTEM, 0)?;
    let user = part(USER, lines_above_user(prompt))?;
    if user.is_empty() {
        return Err(PromptError::Empty {
            name: prompt.name.clone(),
        });
    }
    Ok(((!system.is_empty()).then_some(system), user))
}

/// The templates of a prompt, parsed when it is rendered for the first time and
/// shared by its clones: a run renders the same few prompts a million times.
#[derive(Clone, Default)]
pub struct Parsed(Arc<OnceLock<Result<Environment<'static>, PromptError>>>);

/// Names of the two templates.
const SYSTEM: &str = "system";
const USER: &str = "user";

impl Parsed {
    fn of(&self, prompt: &Prompt) -> Result<&Environment<'static>, PromptError> {
        let parse = || {
            let mut environment = environment();
            for (name, text, lines_above) in [
                (SYSTEM, &prompt.system, 0),
                (USER, &prompt.user, lines_above_user(prompt)),
            ] {
                environment
                    .add_template_owned(name, text.clone())
                    .map_err(|error| template_error(prompt, &error, lines_above))?;
            }
            Ok(environment)
        };
        self.0.get_or_init(parse).as_ref().map_err(Clone::clone)
    }
}

/// They follow from the texts, which are compared.
impl PartialEq for Parsed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Variables that the prompt uses, as `(name, line of the file)`.
///
/// # Errors
/// [`PromptError::Template`] when a part does not parse.
pub fn variables(prompt: &Prompt) -> Result<BTreeSet<String>, PromptError> {
    let environment = environment();
    let functions: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let mut found = BTreeSet::new();
    for (part, lines_above) in [
        (&prompt.system, 0),
        (&prompt.user, lines_above_user(prompt)),
    ] {
        let template = environment
            .template_from_str(part)
            .map_err(|error| template_error(prompt, &error, lines_above))?;
        let names = template.undeclared_variables(false);
        found.extend(
            names
                .into_iter()
                .filter(|name| !functions.contains(name.as_str())),
        );
    }
    Ok(found)
}

/// Renders with made-up values, all given and then all optional ones empty, to
/// find what only shows when a template runs (an unknown filter, an attribute
/// of a text).
///
/// # Errors
/// As [`render`].
pub fn try_out(prompt: &Prompt, role: Role) -> Result<(), PromptError> {
    for given in [true, false] {
        let vars: serde_json::Map<_, _> = role
            .variables()
            .iter()
            .map(|name| ((*name).to_owned(), sample(name, given)))
            .collect();
        render(prompt, vars)?;
    }
    Ok(())
}

fn sample(name: &str, given: bool) -> serde_json::Value {
    match name {
        "persona" | "guidance" if !given => "".into(),
        "words" if !given => serde_json::Value::Null,
        "words" | "max_edits" | "option_count" => 7.into(),
        _ => "text".into(),
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment
}

fn lines_above_user(prompt: &Prompt) -> usize {
    prompt.system.lines().count() + 1
}

/// The detail is minijinja's description of the template; for errors while
/// rendering it could quote a value, so only the kind is kept.
fn template_error(prompt: &Prompt, error: &minijinja::Error, lines_above: usize) -> PromptError {
    let what = match (error.kind(), error.detail()) {
        (
            ErrorKind::SyntaxError | ErrorKind::UnknownFilter | ErrorKind::UnknownTest,
            Some(detail),
        ) => {
            format!("{}: {detail}", error.kind())
        }
        (kind, _) => kind.to_string(),
    };
    PromptError::Template {
        name: prompt.name.clone(),
        line: lines_above + error.line().unwrap_or(1),
        what,
    }
}

/// Bytes in small hexadecimal letters.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
