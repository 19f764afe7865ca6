//! In which form a schema is sent: whole, or without the bounds that a server
//! does not take.
//!
//! A pure transform, chosen by the host. Servers that are not known here get
//! the whole form, since local ones need the bounds most; one that refuses it is
//! sent the bare one (`modes`).

use serde_json::Value;

/// What a schema is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// With all bounds.
    Whole,
    /// With the lengths of lists and the ranges of numbers, without those of
    /// texts.
    Lists,
    /// Without bounds.
    Bare,
}

/// A host whose subset of JSON Schema is published.
#[derive(Debug)]
pub struct KnownHost {
    /// The host, or the end of it after a dot.
    pub host: &'static str,
    /// What it takes.
    pub form: Form,
    /// Where that is published.
    pub source: &'static str,
}

/// Hosts by what they publish.
pub const KNOWN_HOSTS: [KnownHost; 9] = [
    KnownHost {
        host: "api.openai.com",
        form: Form::Lists,
        source: "https://platform.openai.com/docs/guides/structured-outputs#supported-schemas",
    },
    KnownHost {
        host: "openai.azure.com",
        form: Form::Bare,
        source: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs",
    },
    KnownHost {
        host: "services.ai.azure.com",
        form: Form::Bare,
        source: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs",
    },
    KnownHost {
        // Lists and ranges are taken, and schemas with them are refused all
        // the same once they have "too many states for serving".
        host: "generativelanguage.googleapis.com",
        form: Form::Bare,
        source: "https://ai.google.dev/gemini-api/docs/structured-output",
    },
    KnownHost {
        host: "aiplatform.googleapis.com",
        form: Form::Bare,
        source: "https://ai.google.dev/gemini-api/docs/structured-output",
    },
    KnownHost {
        host: "api.anthropic.com",
        form: Form::Bare,
        source: "https://platform.claude.com/docs/en/build-with-claude/structured-outputs",
    },
    KnownHost {
        // Hands the schema to any of the others.
        host: "openrouter.ai",
        form: Form::Bare,
        source: "https://openrouter.ai/docs/features/structured-outputs",
    },
    KnownHost {
        host: "api.x.ai",
        form: Form::Bare,
        source: "https://docs.x.ai/docs/guides/structured-outputs",
    },
    KnownHost {
        host: "api.groq.com",
        form: Form::Bare,
        source: "https://console.groq.com/docs/structured-outputs",
    },
];

/// Bounds of texts.
const OF_TEXTS: [&str; 2] = ["minLength", "maxLength"];
/// Bounds of lists and numbers.
const OF_LISTS: [&str; 4] = ["minItems", "maxItems", "minimum", "maximum"];

impl Form {
    /// The form for a server.
    pub fn of(base_url: &str) -> Form {
        let host = host(base_url);
        let known = KNOWN_HOSTS.iter().find(|known| {
            let front = host.strip_suffix(known.host);
            front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
        });
        known.map_or(Form::Whole, |known| known.form)
    }

    /// A schema in this form.
    pub fn apply(self, schema: &Value) -> Value {
        match self {
            Form::Whole => schema.clone(),
            Form::Lists => without(schema, &[&OF_TEXTS]),
            Form::Bare => without(schema, &[&OF_TEXTS, &OF_LISTS]),
        }
    }
}

/// The host of an address, in lower case.
fn host(base_url: &str) -> String {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// A schema without some keywords. Names of properties are no keywords.
fn without(schema: &Value, keywords: &[&[&str]]) -> Value {
    let Value::Object(node) = schema else {
        return schema.clone();
    };
    let kept = node
        .iter()
        .filter(|(name, _)| !keywords.iter().any(|all| all.contains(&name.as_str())))
        .map(|(name, value)| {
            let value = match (name.as_str(), value) {
                ("properties" | "$defs", Value::Object(properties)) => Value::Object(
                    properties
                        .iter()
                        .map(|(name, property)| (name.clone(), without(property, keywords)))
                        .collect(),
                ),
                ("items", items) => without(items, keywords),
                ("anyOf", Value::Array(branches)) => branches
                    .iter()
                    .map(|branch| without(branch, keywords))
                    .collect(),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
    Value::Object(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::shape;

    #[test]
    fn hosts_are_known_by_their_whole_name() {
        for (url, form) in [
            ("https://api.openai.com/v1", Form::Lists),
            ("https://API.OpenAI.com:443/v1", Form::Lists),
            ("https://me.openai.azure.com/openai/v1", Form::Bare),
            (
                "https://generativelanguage.googleapis.com/v1beta/openai",
                Form::Bare,
            ),
            ("http://127.0.0.1:8080/v1", Form::Whole),
            ("http://[::1]:8080/v1", Form::Whole),
            ("https://notapi.openai.com.example/v1", Form::Whole),
            ("https://evilapi.openai.com/v1", Form::Whole),
            ("https://x/?u=https://api.openai.com", Form::Whole),
            ("", Form::Whole),
        ] {
            assert_eq!(Form::of(url), form, "{url}");
        }
    }

    #[test]
    fn properties_that_are_called_like_bounds_stay() {
        let schema = shape::object([
            ("maxItems", shape::text()),
            ("n", shape::list(shape::integer(1, 9), 1, 3)),
        ]);
        let bare = Form::Bare.apply(&schema);
        assert_eq!(bare["properties"]["maxItems"]["type"], "string");
        assert_eq!(bare["required"], schema["required"]);
        let text = bare.to_string();
        for bound in ["maxLength", "minItems", "minimum", "maximum"] {
            assert!(!text.contains(bound), "{text}");
        }
        let lists = Form::Lists.apply(&schema).to_string();
        assert!(lists.contains("\"minItems\":1") && !lists.contains("maxLength"));
        assert_eq!(Form::Whole.apply(&schema), schema);
    }
}
