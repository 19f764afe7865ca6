//! Single lines of a panel's file, changed in place: comments, order and layout
//! stay as a person wrote them. Pure.
//!
//! Only `key = value` lines of `[providers.NAME]` and `[models.NAME]` are set,
//! added or commented out. The result is read again and held against what was
//! meant; a file that is laid out otherwise (inline tables, dotted keys) and
//! would come to mean something else is left alone.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// A line to be changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineEdit<'a> {
    /// `providers` or `models`.
    pub family: &'a str,
    /// Name of the provider or model.
    pub name: &'a str,
    /// The key.
    pub key: &'a str,
    /// Its value as TOML; `None`: the line is commented out.
    pub value: Option<&'a str>,
}

/// Why a file was left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is not TOML.
    #[error("it cannot be read as TOML")]
    NotToml,
    /// The line would stand in another place than its table.
    #[error("[{table}] is not laid out in lines of its own: write `{line}` into it by hand")]
    Layout {
        /// The table.
        table: String,
        /// The line.
        line: String,
    },
}

impl LineEdit<'_> {
    /// The line as it is meant to stand.
    pub fn line(&self) -> String {
        match self.value {
            Some(value) => format!("{} = {value}", self.key),
            None => format!("# {} taken out", self.key),
        }
    }

    fn refused(&self) -> EditError {
        EditError::Layout {
            table: format!("{}.{}", self.family, self.name),
            line: self.line(),
        }
    }
}

/// Does the file have this table?
pub fn holds(text: &str, family: &str, name: &str) -> bool {
    let parsed = text.parse::<Table>().ok();
    let tables = parsed.as_ref().and_then(|table| table.get(family));
    tables.is_some_and(|tables| tables.get(name).is_some())
}

/// The file with these lines changed. All of them or none: where one cannot be,
/// nothing is.
///
/// # Errors
/// [`EditError`].
pub fn edit(text: &str, edits: &[LineEdit<'_>]) -> Result<String, EditError> {
    let mut meant: Table = text.parse().map_err(|_| EditError::NotToml)?;
    let mut edited = text.to_owned();
    for edit in edits {
        mean(&mut meant, edit).ok_or_else(|| edit.refused())?;
        edited = apply(&edited, edit).ok_or_else(|| edit.refused())?;
        // Values that are not finite never equal themselves; no key has any.
        if edited.parse::<Table>().ok().as_ref() != Some(&meant) {
            return Err(edit.refused());
        }
    }
    Ok(edited)
}

/// What the edit is to come to.
fn mean(meant: &mut Table, edit: &LineEdit<'_>) -> Option<()> {
    let table = meant
        .get_mut(edit.family)?
        .get_mut(edit.name)?
        .as_table_mut()?;
    match edit.value {
        Some(value) => {
            let line: Table = format!("key = {value}").parse().ok()?;
            let value: Value = line.get("key")?.clone();
            table.insert(edit.key.to_owned(), value);
        }
        None => {
            table.remove(edit.key)?;
        }
    }
    Some(())
}

fn apply(text: &str, edit: &LineEdit<'_>) -> Option<String> {
    let document = DeTable::parse(text).ok()?;
    let family = table_of(document.get_ref().get(edit.family)?)?;
    let table = table_of(family.get(edit.name)?)?;
    let known = table.iter().find(|(key, _)| key.get_ref() == edit.key);
    let (range, new) = match (known, edit.value) {
        (Some((_, old)), Some(value)) => (old.span(), value.to_owned()),
        (Some((key, old)), None) => {
            let line = line_of(text, key.span().start..old.span().end)?;
            let indent = text.get(line.clone())?;
            let indent = indent.len() - indent.trim_start().len();
            (line.start + indent..line.start + indent, "# ".to_owned())
        }
        (None, Some(value)) => {
            let place = end_of_lines(text, table)?;
            let line_end = line_end(text);
            let indent: String = {
                let line = line_of(text, place..place)?;
                let line = text.get(line)?;
                line.chars()
                    .take_while(|c| matches!(c, ' ' | '\t'))
                    .collect()
            };
            (
                place..place,
                format!("{line_end}{indent}{} = {value}", edit.key),
            )
        }
        (None, None) => return None,
    };
    let mut edited = text.to_owned();
    edited.replace_range(range, &new);
    Some(edited)
}

fn table_of<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The end of the last line with a plain value in the table: tables of its own
/// come after those.
fn end_of_lines(text: &str, table: &DeTable<'_>) -> Option<usize> {
    let plain = table.iter().filter(|(_, value)| {
        let inline = || {
            text.get(value.span())
                .is_some_and(|text| text.starts_with('{'))
        };
        !matches!(value.get_ref(), DeValue::Table(_)) || inline()
    });
    let last = plain.map(|(_, value)| value.span().end).max()?;
    Some(line_of(text, last..last)?.end)
}

/// The line around a range, without its end; `None` when the range has several.
fn line_of(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(range.start..)?;
    let end = rest.find('\n').map_or(text.len(), |at| range.start + at);
    if end < range.end {
        return None;
    }
    let end = match text.get(start..end)?.strip_suffix('\r') {
        Some(line) => start + line.len(),
        None => end,
    };
    Some(start..end)
}

fn line_end(text: &str) -> &'static str {
    match text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "\
# My panel.
name = \"mine\"

[providers.local]  # the box below the desk
base_url = \"http://127.0.0.1:8080/v1\"
# structured_output = \"prompt\"
structured_output = \"json_schema\" # see the notes

[providers.local.limits]
in_flight = 1

[models.small]
provider = \"local\"
id = \"small\"
  temperature = 0.2   # never more
price = { input = 1.0, output = 2.0 }

[[advisors]]
name = \"ada\"
model = \"small\"
";

    fn set<'a>(family: &'a str, name: &'a str, key: &'a str, value: &'a str) -> LineEdit<'a> {
        let value = Some(value);
        LineEdit {
            family,
            name,
            key,
            value,
        }
    }

    #[test]
    fn lines_are_replaced_added_and_commented_out() {
        let edits = [
            set("providers", "local", "structured_output", "\"json_object\""),
            set("providers", "local", "seed", "true"),
            LineEdit {
                value: None,
                ..set("models", "small", "temperature", "")
            },
            set("models", "small", "context", "8192"),
        ];
        let edited = edit(FILE, &edits).unwrap();
        let expected = FILE
            .replace(
                "structured_output = \"json_schema\" # see the notes\n",
                "structured_output = \"json_object\" # see the notes\nseed = true\n",
            )
            .replace("  temperature", "  # temperature")
            .replace("output = 2.0 }\n", "output = 2.0 }\ncontext = 8192\n");
        assert_eq!(edited, expected);
    }

    #[test]
    fn line_ends_and_a_missing_last_one_are_kept() {
        let windows = FILE.replace('\n', "\r\n");
        let edited = edit(&windows, &[set("models", "small", "context", "1")]).unwrap();
        assert_eq!(
            edited.matches("\r\n").count(),
            windows.matches("\r\n").count() + 1
        );
        assert!(!edited.replace("\r\n", "").contains('\n'));
        let short = "[models.a]\nid = \"x\"";
        let edited = edit(short, &[set("models", "a", "context", "1")]).unwrap();
        assert_eq!(edited, "[models.a]\nid = \"x\"\ncontext = 1");
    }

    #[test]
    fn other_layouts_are_left_alone() {
        for text in [
            "models = { a = { id = \"x\" } }\n",
            "[models]\na = { id = \"x\" }\n[models.b]\nid = \"y\"\n",
            "models.a.id = \"x\"\n",
            "[models.a.price]\ninput = 1\n",
        ] {
            let refused = edit(text, &[set("models", "a", "context", "1")]).unwrap_err();
            assert_eq!(
                refused,
                set("models", "a", "context", "1").refused(),
                "{text}"
            );
        }
        assert_eq!(edit("[models", &[]), Err(EditError::NotToml));
        let missing = edit(FILE, &[set("models", "large", "context", "1")]);
        assert!(missing.is_err() && !holds(FILE, "models", "large"));
        assert!(holds(FILE, "models", "small"));
    }

    #[test]
    fn a_value_of_several_lines_is_not_half_commented_out() {
        let text = "[models.a]\nid = \"x\"\nstop = [\n  1,\n]\n";
        let taken_out = LineEdit {
            value: None,
            ..set("models", "a", "stop", "")
        };
        assert!(edit(text, &[taken_out]).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_written_means_what_was_meant(
            before in "[ -~\n#]{0,40}",
            id in "[a-z\"\\\\#= ]{0,12}",
            after in "(\n[a-z]{1,4} = [0-9]{1,3}){0,3}",
        ) {
            let id = Value::String(id);
            let text = format!("{before}\n[models.a]\nid = {id}{after}\n[models.b]\nid = 1\n");
            if let Ok(edited) = edit(&text, &[set("models", "a", "context", "7")]) {
                let mut meant: Table = text.parse().unwrap();
                mean(&mut meant, &set("models", "a", "context", "7")).unwrap();
                prop_assert_eq!(edited.parse::<Table>().unwrap(), meant);
            }
        }
    }
}
