//! The published rules of strict servers, as data, and the check of a schema
//! against them. The fake servers of `vendors.rs` refuse by the same rules.

use std::path::Path;

use primum::gateway::forms::Form;
use serde::Deserialize;
use serde_json::Value;

/// What one server takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Its name for people.
    pub server: String,
    form: FormWord,
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// The form in which it is sent our schemas.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FormWord {
    Whole,
    Lists,
    Bare,
}

/// One rule with where it is published.
#[derive(Debug, Deserialize)]
pub struct Rule {
    #[serde(flatten)]
    is: Is,
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum Is {
    RootObject,
    Typed,
    SingleType,
    StringEnums,
    ClosedObjects,
    AllRequired,
    Keywords { allowed: Vec<String> },
    MostProperties { most: usize },
    Deepest { most: usize },
    MostEnumValues { most: usize },
    MostCharacters { most: usize },
    MostLength { most: u64 },
    MostItems { most: u64 },
    Name,
}

/// All servers.
pub const SERVERS: [&str; 6] = ["openai", "azure", "gemini", "anthropic", "llamacpp", "vllm"];

impl Rules {
    pub fn of(server: &str) -> Rules {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects/rules");
        let text = std::fs::read_to_string(folder.join(format!("{server}.toml"))).expect("rules");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{server}: {error}"))
    }

    pub fn form(&self) -> Form {
        match self.form {
            FormWord::Whole => Form::Whole,
            FormWord::Lists => Form::Lists,
            FormWord::Bare => Form::Bare,
        }
    }

    /// What a schema breaks, each with its path.
    pub fn broken_by(&self, name: &str, schema: &Value) -> Vec<String> {
        let mut nodes = Vec::new();
        walk(schema, "", 1, &mut nodes);
        let mut broken = Vec::new();
        for rule in &self.rules {
            rule.is.check(name, &nodes, &mut broken);
        }
        broken
    }
}

/// A node of a schema: where, how deep in objects, and the node.
struct Node<'a> {
    path: String,
    depth: usize,
    value: &'a Value,
}

fn walk<'a>(value: &'a Value, path: &str, depth: usize, nodes: &mut Vec<Node<'a>>) {
    nodes.push(Node {
        path: if path.is_empty() {
            "/".into()
        } else {
            path.into()
        },
        depth,
        value,
    });
    for holder in ["properties", "$defs"] {
        for (name, child) in value[holder].as_object().into_iter().flatten() {
            walk(child, &format!("{path}/{holder}/{name}"), depth + 1, nodes);
        }
    }
    if let Some(items) = value.get("items") {
        walk(items, &format!("{path}/items"), depth, nodes);
    }
    for holder in ["anyOf", "oneOf", "allOf"] {
        for (at, child) in value[holder].as_array().into_iter().flatten().enumerate() {
            walk(child, &format!("{path}/{holder}/{at}"), depth, nodes);
        }
    }
}

fn is_object(node: &Value) -> bool {
    node["type"] == "object" || node.get("properties").is_some()
}

impl Is {
    fn check(&self, name: &str, nodes: &[Node<'_>], broken: &mut Vec<String>) {
        let each = |what: &str, bad: &dyn Fn(&Value) -> bool| -> Vec<String> {
            let found = nodes.iter().filter(|node| bad(node.value));
            found.map(|node| format!("{}: {what}", node.path)).collect()
        };
        let sum = |count: &dyn Fn(&Value) -> usize| -> usize {
            nodes.iter().map(|node| count(node.value)).sum()
        };
        let enums = |node: &Value| node["enum"].as_array().map_or(0, Vec::len);
        let properties = |node: &Value| node["properties"].as_object().map_or(0, |all| all.len());
        let most = |what: &str, found: usize, most: usize| match found > most {
            true => vec![format!("/: {found} {what}, {most} at most")],
            false => Vec::new(),
        };
        broken.extend(match self {
            Is::RootObject => match nodes[0].value["type"] == "object" {
                true => Vec::new(),
                false => vec!["/: no object".into()],
            },
            Is::Typed => each("no type", &|node| {
                node.get("type").is_none()
                    && node.get("anyOf").is_none()
                    && node.get("$ref").is_none()
            }),
            Is::SingleType => each("a list of types", &|node| node["type"].is_array()),
            Is::StringEnums => each("an enum of other than words", &|node| {
                node["enum"].as_array().is_some_and(|values| {
                    let word = |value: &Value| value.as_str().is_some_and(|word| !word.is_empty());
                    node["type"] != "string" || !values.iter().all(word)
                })
            }),
            Is::ClosedObjects => each("open", &|node| {
                is_object(node) && node["additionalProperties"] != false
            }),
            Is::AllRequired => each("a property is not required", &|node| {
                let required = node["required"].as_array().cloned().unwrap_or_default();
                let mut names = node["properties"].as_object().into_iter().flatten();
                names.any(|(name, _)| !required.iter().any(|one| one == name))
            }),
            Is::Keywords { allowed } => each("an unknown keyword", &|node| {
                let mut words = node.as_object().into_iter().flatten();
                words.any(|(word, _)| !allowed.contains(word))
            }),
            Is::MostProperties { most: limit } => most("properties", sum(&properties), *limit),
            Is::Deepest { most: limit } => {
                let deepest = nodes.iter().map(|node| node.depth).max().unwrap_or(0);
                // The leaves are no level of nesting.
                most("levels", deepest - 1, *limit)
            }
            Is::MostEnumValues { most: limit } => most("enum values", sum(&enums), *limit),
            Is::MostCharacters { most: limit } => {
                let words = |node: &Value| {
                    let values = node["enum"].as_array().into_iter().flatten();
                    let values = values.filter_map(Value::as_str).map(str::len);
                    let names = node["properties"].as_object().into_iter().flatten();
                    values.sum::<usize>() + names.map(|(name, _)| name.len()).sum::<usize>()
                };
                most("characters of names", sum(&words), *limit)
            }
            Is::MostLength { most } => each("a text too long", &|node| {
                node["maxLength"]
                    .as_u64()
                    .is_some_and(|length| length > *most)
            }),
            Is::MostItems { most } => each("a list too long", &|node| {
                ["minItems", "maxItems"]
                    .iter()
                    .any(|bound| node[bound].as_u64().is_some_and(|count| count > *most))
            }),
            Is::Name => {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                match name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
                    true => vec![format!("name {name}")],
                    false => Vec::new(),
                }
            }
        });
    }
}
