//! A free-text answer cut into its recommendations.

use super::leading_number;

/// One recommendation of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerItem {
    /// All its lines as one.
    pub text: String,
    /// Its first line, verbatim but for the list mark.
    pub line: String,
}

/// The recommendations of an answer: numbered lines where there are any, else
/// bulleted ones, else every line. Indented lines and bullets below an item
/// belong to it; headings and running text between items do not.
pub fn items(answer: &str) -> Vec<AnswerItem> {
    let lines: Vec<&str> = answer.lines().collect();
    let numbered = collect(&lines, numbered);
    if !numbered.is_empty() {
        return numbered;
    }
    let bulleted = collect(&lines, |line| bullet(line).filter(|_| indent(line) < 2));
    if !bulleted.is_empty() {
        return bulleted;
    }
    lines
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty() && !heading(line))
        .map(|line| AnswerItem {
            text: line.to_owned(),
            line: line.to_owned(),
        })
        .collect()
}

fn collect(lines: &[&str], start: impl Fn(&str) -> Option<&str>) -> Vec<AnswerItem> {
    let mut items: Vec<AnswerItem> = Vec::new();
    let mut inside = false;
    for line in lines {
        if let Some(text) = start(line) {
            let text = text.trim().to_owned();
            items.push(AnswerItem {
                line: text.clone(),
                text,
            });
            inside = true;
        } else if line.trim().is_empty() || heading(line.trim()) {
            inside = false;
        } else if let Some(item) = items.last_mut()
            && (inside || indent(line) >= 2)
        {
            item.text.push(' ');
            item.text.push_str(bullet(line).unwrap_or(line).trim());
        }
    }
    items
}

/// `1. text`, `1) text`, `**1.** text`, `**1. text**`.
fn numbered(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.trim_start_matches(['*', '_']);
    let (_, rest) = leading_number(line)?;
    let rest = rest.strip_prefix(['.', ')'])?;
    let rest = rest.trim_start_matches(['*', '_']);
    let text = rest.strip_prefix([' ', '\t'])?;
    (!text.trim().is_empty()).then_some(text)
}

fn bullet(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["- ", "* ", "• ", "– "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `## Tests`, `**Tests**`, `Tests:`
fn heading(line: &str) -> bool {
    line.starts_with('#')
        || line.ends_with(':')
        || (line.starts_with("**") && line.trim_end_matches(':').ends_with("**"))
}

#[cfg(test)]
mod tests {
    use super::items;

    fn texts(answer: &str) -> Vec<String> {
        items(answer).into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn layouts_of_numbered_lists() {
        for answer in [
            "An assessment of 2 sentences.\n\n1. Order a test\n2. Stop 1.5 mg",
            "1) Order a test\n\n2) Stop 1.5 mg\n",
            "### Plan\n**1.** Order a test\n**Medication:**\n**2.** Stop 1.5 mg",
        ] {
            assert_eq!(texts(answer)[0], "Order a test", "{answer}");
            assert_eq!(texts(answer)[1], "Stop 1.5 mg", "{answer}");
            assert_eq!(texts(answer).len(), 2, "{answer}");
        }
    }

    #[test]
    fn what_stands_below_an_item_belongs_to_it() {
        assert_eq!(
            texts("1. Order a test\n   - Rationale: because.\n  and more\n\nClosing words."),
            ["Order a test Rationale: because. and more"]
        );
    }

    #[test]
    fn bullets_or_lines_where_there_are_no_numbers() {
        assert_eq!(texts("So:\n- one\n  - why\n- two"), ["one why", "two"]);
        assert_eq!(
            texts("24-hour monitor\n\nStop it"),
            ["24-hour monitor", "Stop it"]
        );
        assert!(items("").is_empty());
    }
}
