//! The prompts that a file names: each read once, checked for every role in
//! which it is used, its faults reported where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::diagnostics::{Fault, Severity, Source};
use super::model::Prompt;
use super::prompt::{self, PromptError, Role};
use super::sink::Sink;
use super::suggest;

/// The prompts of one file.
pub struct PromptBook {
    dir: PathBuf,
    entries: BTreeMap<String, Option<Entry>>,
    checked: BTreeSet<(String, Role)>,
}

struct Entry {
    prompt: Arc<Prompt>,
    source: Arc<Source>,
    variables: BTreeSet<String>,
}

impl PromptBook {
    /// Prompts are looked for from the directory of the file that names them.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            entries: BTreeMap::new(),
            checked: BTreeSet::new(),
        }
    }

    /// Notes that a prompt is used in a role, and checks it. `span`: where it
    /// is named (or the agent, when it is not named); `has_persona`: a persona
    /// is given, which the prompt should use.
    pub fn add(&mut self, name: &str, role: Role, span: Range<usize>, sink: &mut Sink) {
        if !self.entries.contains_key(name) {
            let entry = self.open(name, span.clone(), sink);
            self.entries.insert(name.to_owned(), entry);
        }
        let Some(Some(entry)) = self.entries.get(name) else {
            return;
        };
        if self.checked.insert((name.to_owned(), role)) {
            check(entry, role, span, sink);
        }
    }

    /// Does the prompt use this variable? `true` when the prompt is unknown.
    pub fn uses(&self, name: &str, variable: &str) -> bool {
        match self.entries.get(name) {
            Some(Some(entry)) => entry.variables.contains(variable),
            _ => true,
        }
    }

    /// All prompts by name.
    pub fn into_prompts(self) -> BTreeMap<String, Arc<Prompt>> {
        let found = self.entries.into_iter();
        found
            .filter_map(|(name, entry)| Some((name, entry?.prompt)))
            .collect()
    }

    fn open(&self, name: &str, span: Range<usize>, sink: &mut Sink) -> Option<Entry> {
        if !super::shape::is_name(name) {
            return None; // reported with the shape; never used as a path
        }
        let (path, text) = match prompt::find(&self.dir, name) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let known = prompt::available(&self.dir);
                let message = format!("there is no prompt `{name}`");
                let mut help = suggest::help(name, known.iter().map(String::as_str), "prompts");
                help.push_str(&format!(
                    "; a prompt of your own is a file `{name}.md` beside this file or in ../prompts/"
                ));
                sink.error("unknown-prompt", span, &message, &help);
                return None;
            }
            Err(error) => {
                let message = format!("the prompt `{name}` cannot be read: {error}");
                sink.error(
                    "unknown-prompt",
                    span,
                    &message,
                    "a prompt is a UTF-8 text file",
                );
                return None;
            }
        };
        let shown = if path == "built in" {
            format!("prompts/{name}.md (built in)")
        } else {
            path.clone()
        };
        let source = Source::new(&shown, &text, Vec::new());
        let parsed = prompt::split(name, &path, &text)
            .and_then(|prompt| prompt::variables(&prompt).map(|variables| (prompt, variables)));
        match parsed {
            Ok((prompt, variables)) => Some(Entry {
                prompt: Arc::new(prompt),
                source,
                variables,
            }),
            Err(error) => {
                sink.push(fault(&source, &error, None));
                None
            }
        }
    }
}

fn check(entry: &Entry, role: Role, span: Range<usize>, sink: &mut Sink) {
    let supplied = role.variables();
    let user = format!("{} ({})", role.say(), sink.source().path());
    let mut sound = true;
    for variable in &entry.variables {
        if !supplied.contains(&variable.as_str()) {
            sound = false;
            let message = format!(
                "the prompt `{}` uses `{variable}`, which {} is not given",
                entry.prompt.name,
                role.say()
            );
            let help = suggest::help(variable, supplied.iter().copied(), "given are");
            let help = format!("{help} (used by {user})");
            let place = find_variable(entry.source.text(), variable);
            sink.push(Fault::new(
                &entry.source,
                Severity::Error,
                "unknown-variable",
                Some(place),
                &message,
                Some(&help),
            ));
        }
    }
    for group in role.essential() {
        if !group.iter().any(|name| entry.variables.contains(*name)) {
            let message = format!(
                "the prompt `{}` never shows {} the `{}`",
                entry.prompt.name,
                role.say(),
                group.join("` or `")
            );
            let help = format!("write {{{{ {} }}}} in it, or name another prompt", group[0]);
            sink.error("blind-prompt", span.clone(), &message, &help);
        }
    }
    if sound && let Err(error) = prompt::try_out(&entry.prompt, role) {
        sink.push(fault(
            &entry.source,
            &error,
            Some(&format!("used by {user}")),
        ));
    }
}

fn fault(source: &Arc<Source>, error: &PromptError, help: Option<&str>) -> Fault {
    let span = match error {
        PromptError::Template { line, .. } => line_span(source.text(), *line),
        _ => 0..source.text().find('\n').unwrap_or(source.text().len()),
    };
    Fault::new(
        source,
        Severity::Error,
        "bad-prompt",
        Some(span),
        &error.to_string(),
        help,
    )
}

fn line_span(text: &str, line: usize) -> Range<usize> {
    let mut start = 0;
    for (at, whole) in text.split_inclusive('\n').enumerate() {
        if at + 1 == line {
            return start..start + whole.trim_end().len();
        }
        start += whole.len();
    }
    text.len()..text.len()
}

/// First place of a variable inside `{{ }}` or `{% %}`; the start of the file
/// when it is written in a way that this search does not see.
fn find_variable(text: &str, variable: &str) -> Range<usize> {
    let mut from = 0;
    while let Some(open) = text[from..]
        .find("{{")
        .into_iter()
        .chain(text[from..].find("{%"))
        .min()
    {
        let start = from + open + 2;
        let length = text[start..].find(['}', '%']).unwrap_or(text.len() - start);
        let inner = &text[start..start + length];
        for (at, hit) in inner.match_indices(variable) {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let before = inner[..at]
                .chars()
                .next_back()
                .is_some_and(|c| word(c) || c == '.');
            let after = inner[at + hit.len()..].chars().next().is_some_and(word);
            if !before && !after {
                return start + at..start + at + hit.len();
            }
        }
        from = start;
    }
    0..0
}
