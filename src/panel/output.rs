//! How long an answer may get: the number of tokens that is asked for, and the
//! name under which a provider wants to hear it.

use serde::Serialize;

use super::model::{Model, Provider, SystemRole};

/// Most completion tokens where a panel names none: a model that never stops
/// must end somewhere. It is four times the longest plan that we ask for, with
/// room for thoughts: the publishers of reasoning models report a few hundred
/// to some ten thousand tokens of them
/// (<https://platform.openai.com/docs/guides/reasoning>), and it is the most
/// that widespread models write at all
/// (<https://platform.openai.com/docs/models/gpt-4o>). Models that think longer
/// name their `max_output`.
pub const DEFAULT_MOST: u32 = 16_384;

/// The field of a request that bounds the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLimit {
    /// `max_tokens`, as most servers take it.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// The server takes no limit; none is sent.
    None,
}

impl OutputLimit {
    /// Every one, in the order in which they are explained.
    pub const ALL: [OutputLimit; 3] = [Self::MaxTokens, Self::MaxCompletionTokens, Self::None];

    /// The word in a panel, which is the field's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::None => "none",
        }
    }
}

/// Hosts, by the end of their name, that want another field than `max_tokens`.
const HOSTS: [(&str, OutputLimit, &str); 6] = [
    (
        "api.openai.com",
        OutputLimit::MaxCompletionTokens,
        "https://platform.openai.com/docs/api-reference/chat/create",
    ),
    (
        ".openai.azure.com",
        OutputLimit::MaxCompletionTokens,
        "https://learn.microsoft.com/azure/foundry/openai/how-to/reasoning",
    ),
    (
        ".cognitiveservices.azure.com",
        OutputLimit::MaxCompletionTokens,
        "https://learn.microsoft.com/azure/foundry/openai/how-to/reasoning",
    ),
    (
        ".services.ai.azure.com",
        OutputLimit::MaxCompletionTokens,
        "https://learn.microsoft.com/azure/foundry/openai/how-to/reasoning",
    ),
    (
        "api.groq.com",
        OutputLimit::MaxCompletionTokens,
        "https://console.groq.com/docs/api-reference",
    ),
    (
        ".aliyuncs.com",
        OutputLimit::MaxCompletionTokens,
        "https://www.alibabacloud.com/en/notice/model_studio_notice_of_changes_to_certain_model_fields_724",
    ),
];

/// The field that the server at this address wants, by what its makers
/// publish; `max_tokens` where nothing is known of it.
pub fn limit_of(base_url: &str) -> OutputLimit {
    let host = base_url
        .parse::<http::Uri>()
        .ok()
        .and_then(|uri| uri.host().map(str::to_ascii_lowercase))
        .unwrap_or_default();
    HOSTS
        .iter()
        .find(|(known, _, _)| host == known.trim_start_matches('.') || host.ends_with(known))
        .map_or(OutputLimit::MaxTokens, |(_, limit, _)| *limit)
}

/// Fields of `extra` that bound the answer as well.
pub const IN_EXTRA: [&str; 2] = ["max_completion_tokens", "max_tokens"];

impl Model {
    /// Most tokens that an answer may have, by the panel or by default; `None`:
    /// no limit is sent.
    pub fn most_output(&self) -> Option<u32> {
        let in_extra = IN_EXTRA.iter().find_map(|name| self.extra.get(*name));
        match in_extra {
            Some(most) => most.as_u64().and_then(|most| most.try_into().ok()),
            None if self.output_limit == Some(OutputLimit::None) => None,
            None => Some(self.max_output.unwrap_or(DEFAULT_MOST)),
        }
    }

    /// The field under which this provider is told the limit; `None`: no field
    /// of ours is sent.
    pub fn output_field(&self, provider: &Provider) -> Option<&'static str> {
        if IN_EXTRA.iter().any(|name| self.extra.contains_key(*name)) {
            return None;
        }
        match self.output_limit.unwrap_or(limit_of(&provider.base_url)) {
            OutputLimit::None => None,
            limit => Some(limit.name()),
        }
    }

    /// Did the panel name the limit, or is it ours?
    pub fn limit_is_stated(&self) -> bool {
        self.max_output.is_some() || IN_EXTRA.iter().any(|name| self.extra.contains_key(*name))
    }

    /// Is the system message put in front of the first user message?
    pub fn merges_system(&self) -> bool {
        self.system == SystemRole::Merge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosts_have_a_source_and_others_take_what_most_take() {
        for (base_url, limit) in [
            (
                "https://api.openai.com/v1",
                OutputLimit::MaxCompletionTokens,
            ),
            (
                "https://API.OpenAI.com/v1",
                OutputLimit::MaxCompletionTokens,
            ),
            (
                "https://ours.openai.azure.com/openai/deployments/four",
                OutputLimit::MaxCompletionTokens,
            ),
            (
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                OutputLimit::MaxCompletionTokens,
            ),
            ("https://openrouter.ai/api/v1", OutputLimit::MaxTokens),
            (
                "https://notapi.openai.com.example.org/v1",
                OutputLimit::MaxTokens,
            ),
            ("http://127.0.0.1:8080/v1", OutputLimit::MaxTokens),
            ("", OutputLimit::MaxTokens),
        ] {
            assert_eq!(limit_of(base_url), limit, "{base_url}");
        }
        assert!(
            HOSTS
                .iter()
                .all(|(_, _, source)| source.starts_with("https://"))
        );
    }
}
