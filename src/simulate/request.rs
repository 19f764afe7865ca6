//! What a request says: model, task, messages, seed.

use serde::Deserialize;
use serde_json::{Number, Value};

/// A chat completion request, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct ChatRequest {
    /// Model id, perhaps with `@w<N>`: world N for this request.
    pub model: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Schema of the answer, if one is asked for.
    #[serde(default)]
    pub response_format: Option<Value>,
    /// Seed of the sampling.
    #[serde(default)]
    pub seed: Option<Number>,
    /// Streams are not offered.
    #[serde(default)]
    pub stream: Option<bool>,
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// `system`, `developer`, `user` or `assistant`.
    pub role: String,
    /// A text, or a list of parts of which the texts count.
    #[serde(default, deserialize_with = "content")]
    pub content: String,
}

fn content<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    struct Part {
        #[serde(default)]
        text: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Parts(Vec<Part>),
        Null(()),
    }
    Ok(match Content::deserialize(deserializer)? {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
            texts.join("\n")
        }
        Content::Null(()) => String::new(),
    })
}

/// What a model is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Answer a consult in free text.
    Advisor,
    /// Merge drafts.
    Synthesis,
    /// Say which items of all drafts are the same.
    Clusters,
    /// Rate every candidate.
    Ratings,
    /// Say what the others' candidates change about the own ones.
    Debate,
    /// Propose edits to a plan.
    GuardianEdits,
    /// Judge a guardian's edits.
    Checks,
    /// Grade every option of a list.
    Options,
    /// Propose flips of such grades.
    OptionsEdits,
    /// Say which options an answer recommends.
    Match,
    /// Check such verdicts.
    Review,
}

impl Task {
    const STRUCTURED: [Self; 10] = [
        Self::Synthesis,
        Self::Clusters,
        Self::Ratings,
        Self::Debate,
        Self::GuardianEdits,
        Self::Checks,
        Self::Options,
        Self::OptionsEdits,
        Self::Match,
        Self::Review,
    ];

    /// Name in schemas and statistics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Advisor => "advisor",
            Self::Synthesis => "primum_synthesis",
            Self::Clusters => "primum_clusters",
            Self::Ratings => "primum_ratings",
            Self::Debate => "primum_debate",
            Self::Checks => "primum_checks",
            Self::GuardianEdits => "primum_guardian_edits",
            Self::Options => "primum_options",
            Self::OptionsEdits => "primum_options_edits",
            Self::Match => "primum_match",
            Self::Review => "primum_review",
        }
    }

    /// Does the answer have a schema?
    pub const fn structured(self) -> bool {
        !matches!(self, Self::Advisor)
    }
}

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 404: there is no such model.
    UnknownModel(String),
    /// 400: the request makes no sense.
    Malformed(String),
}

impl ChatRequest {
    /// Reads a request's body.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when it is no chat completion request.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        // The parser's own words may quote the prompt; its position may not.
        let request: Self = serde_json::from_slice(body).map_err(|error| {
            Refusal::Malformed(format!(
                "the body is no chat completion request ({:?} error at line {}, column {})",
                error.classify(),
                error.line(),
                error.column()
            ))
        })?;
        if request.stream == Some(true) {
            return Err(Refusal::Malformed("streams are not offered".into()));
        }
        if request.first_user().is_none() {
            return Err(Refusal::Malformed("there is no user message".into()));
        }
        Ok(request)
    }

    fn first_user(&self) -> Option<usize> {
        self.messages.iter().position(|m| m.role == "user")
    }

    /// The conversation up to its first user message: the task as it was set.
    /// What follows (a failed answer, a request to repair it, or to say what
    /// is missing) changes nothing about it.
    pub fn original(&self) -> &[Message] {
        let end = self.first_user().map_or(self.messages.len(), |at| at + 1);
        &self.messages[..end]
    }

    /// Is this a later turn, after an answer?
    pub fn is_repair(&self) -> bool {
        self.original().len() < self.messages.len()
    }

    /// The first user message.
    pub fn user(&self) -> &str {
        self.original().last().map_or("", |m| m.content.as_str())
    }

    /// All that stands before it.
    pub fn system(&self) -> String {
        let original = self.original();
        let before = &original[..original.len().saturating_sub(1)];
        let texts: Vec<&str> = before.iter().map(|m| m.content.as_str()).collect();
        texts.join("\n")
    }

    /// The seed as a key for draws.
    pub fn seed_key(&self) -> Option<u64> {
        let seed = self.seed.as_ref()?;
        let whole = seed.as_u64().or_else(|| seed.as_i64().map(|s| s as u64));
        whole.or_else(|| seed.as_f64().map(f64::to_bits))
    }

    /// Model id without the world, and the world if one is named.
    pub fn model_and_world(&self) -> (&str, Option<u64>) {
        match self.model.rsplit_once("@w") {
            Some((id, world)) => match world.parse() {
                Ok(world) => (id, Some(world)),
                Err(_) => (self.model.as_str(), None),
            },
            None => (self.model.as_str(), None),
        }
    }

    /// The task: by the schema's name or title in `response_format`, else by
    /// a schema's title in the prompt, else to advise.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a schema that is none of ours.
    pub fn task(&self) -> Result<Task, Refusal> {
        let format = self.response_format.as_ref();
        let named = ["/json_schema/name", "/json_schema/schema/title"]
            .iter()
            .filter_map(|at| format?.pointer(at)?.as_str())
            .find_map(task_named);
        if let Some(task) = named {
            return Ok(task);
        }
        let by_schema = format.is_some_and(|f| f.pointer("/json_schema").is_some());
        let titled = self.original().iter().find_map(|m| titled(&m.content));
        match titled {
            Some(task) => Ok(task),
            None if by_schema => Err(Refusal::Malformed(
                "the simulated models know no task of this schema's name".into(),
            )),
            None => Ok(Task::Advisor),
        }
    }
}

fn task_named(name: &str) -> Option<Task> {
    Task::STRUCTURED
        .into_iter()
        .find(|task| task.name() == name)
}

/// The task of a schema that is quoted in a text: `"title": "primum_match"`.
fn titled(text: &str) -> Option<Task> {
    text.split("\"title\"").skip(1).find_map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?;
        let value = value.trim_start().strip_prefix('"')?;
        task_named(value.split('"').next()?)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(value: Value) -> ChatRequest {
        ChatRequest::parse(value.to_string().as_bytes()).expect("a request")
    }

    #[test]
    fn the_task_is_found_by_name_by_title_and_in_the_prompt() {
        let ask = |content: &str, format: Value| {
            request(json!({"model": "m", "response_format": format,
                "messages": [{"role": "user", "content": content}]}))
            .task()
        };
        let schema = |name: &str| json!({"type": "json_schema", "json_schema": {"name": name}});
        assert_eq!(ask("x", schema("primum_match")), Ok(Task::Match));
        assert_eq!(
            ask(
                "x",
                json!({"type": "json_schema", "json_schema":
                    {"name": "answer", "schema": {"title": "primum_review"}}})
            ),
            Ok(Task::Review)
        );
        assert_eq!(
            ask(
                "{\"title\": \"other\"} {\"title\" : \"primum_synthesis\"}",
                Value::Null
            ),
            Ok(Task::Synthesis)
        );
        assert_eq!(ask("x", json!({"type": "json_object"})), Ok(Task::Advisor));
        assert!(ask("x", schema("primum_unheard_of")).is_err());
    }

    #[test]
    fn later_turns_change_nothing_about_the_task() {
        let conversation = request(json!({"model": "sim-alpha@w12", "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "first"}]},
            {"role": "assistant", "content": null},
            {"role": "user", "content": "\"title\":\"primum_match\" please repair"},
        ]}));
        assert_eq!(conversation.user(), "first");
        assert_eq!(conversation.system(), "s");
        assert_eq!(conversation.task(), Ok(Task::Advisor));
        assert!(conversation.is_repair());
        assert_eq!(conversation.model_and_world(), ("sim-alpha", Some(12)));
    }

    #[test]
    fn what_is_no_request_is_malformed_and_not_quoted() {
        for body in [
            "",
            "[]",
            r#"{"model":"m"}"#,
            r#"{"model":"m","messages":[]}"#,
            r#"{"model":"m","messages":[{"role":"user","content":7}]}"#,
            r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"secret"}]}"#,
        ] {
            let Err(Refusal::Malformed(words)) = ChatRequest::parse(body.as_bytes()) else {
                unreachable!("{body} was taken");
            };
            assert!(!words.contains("secret"), "{words}");
        }
    }
}
