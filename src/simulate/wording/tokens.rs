//! Words of a text, with where they stand.

/// One word: letters and digits, or one of the signs that carry meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// In lower case.
    pub word: String,
}

/// Splits a text into words. Marks, quotes, dashes and case mean nothing;
/// `%`, `<` and `>` do; a point between digits does, a comma there does not
/// (`0.5`, `25,000`). The article `the` is passed over.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut open: Option<Token> = None;
    let mut chars = text.char_indices().peekable();
    let mut last = ' ';
    while let Some((at, c)) = chars.next() {
        let next_is_digit = chars.peek().is_some_and(|(_, n)| n.is_ascii_digit());
        let inside_number = last.is_ascii_digit() && next_is_digit && open.is_some();
        let end = at + c.len_utf8();
        if c.is_alphanumeric() {
            let token = open.get_or_insert_with(|| Token {
                start: at,
                end,
                word: String::new(),
            });
            token.end = end;
            token.word.extend(c.to_lowercase());
        } else if inside_number && (c == '.' || c == ',') {
            if let Some(token) = &mut open
                && c == '.'
            {
                token.word.push('.');
            }
        } else {
            found.extend(open.take());
            let sign = match c {
                '%' => "%",
                '<' | '≤' => "<",
                '>' | '≥' => ">",
                _ => "",
            };
            if !sign.is_empty() {
                let word = sign.to_owned();
                found.push(Token {
                    start: at,
                    end,
                    word,
                });
            }
        }
        last = c;
    }
    found.extend(open);
    found.retain(|token| token.word != "the");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.word).collect()
    }

    #[test]
    fn numbers_keep_their_points_and_signs_count() {
        assert_eq!(
            words("Give the **0.3 mg** (≥25,000 IU), X-ray; 5% at 10."),
            [
                "give", "0.3", "mg", ">", "25000", "iu", "x", "ray", "5", "%", "at", "10"
            ]
        );
    }
}
