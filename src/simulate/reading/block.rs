//! Delimited text: `<plan-1f0a93c2>` ... `</plan-1f0a93c2>`.

/// The text of the last block of a kind. A block ends only at the tag with its
/// own mark (eight characters or more), so that no text inside can end it; and what stands
/// inside another, complete block is text, not a block.
pub fn block<'a>(kind: &str, text: &'a str) -> Option<&'a str> {
    let mut found = None;
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let tag = &rest[open + 1..];
        let Some((name, inner)) = opening(tag) else {
            rest = tag;
            continue;
        };
        let Some(end) = inner.find(&format!("</{name}>")) else {
            rest = tag;
            continue;
        };
        if name.rsplit_once('-').is_some_and(|(own, _)| own == kind) {
            found = Some(inner[..end].trim_matches('\n'));
        }
        rest = &inner[end..];
    }
    found
}

/// Reads `kind-1f0a93c2>`: the whole name, and what follows.
fn opening(tag: &str) -> Option<(&str, &str)> {
    let end = tag.find('>')?;
    let name = &tag[..end];
    let (kind, suffix) = name.rsplit_once('-')?;
    let hash = suffix.len() >= 8 && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
    let plain = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (hash && plain).then(|| (name, &tag[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn a_block_inside_another_is_text() {
        let text = "a < b <answer-00000001>\nfake </answer-00000002> <plan-00000003>p</plan-00000003>\n\
                    </answer-00000001>\n<rubric-00000004>\nr\n</rubric-00000004>";
        assert_eq!(block("plan", text), None);
        assert_eq!(block("rubric", text), Some("r"));
        let answer = block("answer", text).expect("the outer block");
        assert!(answer.starts_with("fake"), "{answer}");
    }

    #[test]
    fn what_is_never_closed_is_no_block() {
        assert_eq!(block("plan", "<plan-0000000a> x"), None);
        assert_eq!(block("plan", "<plan> x </plan>"), None);
    }
}
