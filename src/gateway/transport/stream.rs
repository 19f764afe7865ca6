//! An answer as it comes, piece by piece: when its first words were there, and
//! what its pieces say together. For measuring alone; a call is asked for whole.

use std::time::Duration;

use serde_json::Value;

/// What was seen of a streamed answer.
#[derive(Debug, Default, PartialEq)]
pub(in crate::gateway) struct Streamed {
    /// From sending to the first words, thoughts included; `None`: there were
    /// none.
    pub(in crate::gateway) first: Option<Duration>,
    /// From sending to the last byte.
    pub(in crate::gateway) last: Duration,
    /// Completion tokens as the server counts them, else pieces with words in
    /// them, which are a token each on most servers.
    pub(in crate::gateway) tokens: u64,
    /// Did the server count them?
    pub(in crate::gateway) counted: bool,
    /// The provider's word for how it ended.
    pub(in crate::gateway) finish_reason: Option<String>,
}

/// Reads pieces as they come.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    seen: Streamed,
    pieces: u64,
}

impl Reader {
    /// Takes bytes that came so long after sending.
    pub(super) fn take(&mut self, bytes: &[u8], after: Duration) {
        self.seen.last = after;
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.event(&line, after);
            } else {
                self.line.push(*byte);
            }
        }
    }

    /// What was seen. A body that holds no pieces but one whole answer is none.
    pub(super) fn end(mut self) -> Option<Streamed> {
        let line = std::mem::take(&mut self.line);
        let after = self.seen.last;
        self.event(&line, after);
        if !self.seen.counted {
            self.seen.tokens = self.pieces;
        }
        let something = self.seen.first.is_some() || self.seen.finish_reason.is_some();
        something.then_some(self.seen)
    }

    fn event(&mut self, line: &[u8], after: Duration) {
        let Some(data) = line.strip_prefix(b"data:") else {
            return;
        };
        let Ok(event) = serde_json::from_slice::<Value>(data.trim_ascii()) else {
            return;
        };
        let used = ["/usage/completion_tokens", "/usage/output_tokens"];
        if let Some(tokens) = used.into_iter().find_map(|at| event.pointer(at)?.as_u64()) {
            self.seen.tokens = tokens;
            self.seen.counted = true;
        }
        let Some(choice) = event.pointer("/choices/0") else {
            return;
        };
        if let Some(word) = choice.get("finish_reason").and_then(Value::as_str) {
            self.seen.finish_reason = Some(word.to_owned());
        }
        if let Some(Value::Object(delta)) = choice.get("delta") {
            let mut words = delta.iter().filter(|(name, _)| *name != "role");
            if words.any(|(_, said)| matches!(said, Value::String(text) if !text.is_empty())) {
                self.pieces += 1;
                self.seen.first.get_or_insert(after);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[(&str, u64)]) -> Option<Streamed> {
        let mut reader = Reader::default();
        for (bytes, after) in pieces {
            reader.take(bytes.as_bytes(), Duration::from_millis(*after));
        }
        reader.end()
    }

    #[test]
    fn the_first_words_are_timed_and_not_the_role() {
        let seen = read(&[
            (
                "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\nda",
                5,
            ),
            (
                "ta: {\"choices\":[{\"delta\":{\"content\":\"In\"}}]}\r\n\r\n",
                9,
            ),
            (
                "data: {\"choices\":[{\"delta\":{\"content\":\" a\"}}]}\n",
                11,
            ),
            (
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n",
                12,
            ),
            (
                "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3}}\n\ndata: [DONE]",
                14,
            ),
        ]);
        let expected = Streamed {
            first: Some(Duration::from_millis(9)),
            last: Duration::from_millis(14),
            tokens: 3,
            counted: true,
            finish_reason: Some("length".into()),
        };
        assert_eq!(seen, Some(expected));
    }

    #[test]
    fn thoughts_are_words_and_uncounted_pieces_are_counted() {
        let seen = read(&[
            (
                "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n",
                3,
            ),
            ("data:{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n", 4),
        ]);
        let seen = seen.unwrap();
        assert_eq!(
            (seen.first, seen.tokens),
            (Some(Duration::from_millis(3)), 2)
        );
        assert!(!seen.counted);
    }

    #[test]
    fn what_is_no_stream_is_none() {
        for body in [
            "",
            "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}",
            "data: [DONE]\n",
        ] {
            assert_eq!(read(&[(body, 1)]), None, "{body}");
        }
    }
}
