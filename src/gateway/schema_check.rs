//! The check that a JSON value fits a schema: the part of JSON Schema that the
//! schemas of this program are written in, and nothing beyond it.
//!
//! A schema with any other keyword is refused when it is prepared, so that no
//! rule is ever silently left out. General validators read every draft,
//! references and formats, and take longer to build than SQLite; all of that is
//! for schemas of others, which never get here.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

/// Keywords that say something to a reader and nothing about a value.
const NOTES: [&str; 3] = ["title", "description", "$schema"];
/// Most values of an `enum` that a message lists.
const MOST_LISTED: usize = 3;

/// A schema, read once.
pub(super) struct Check(Node);

/// One rule that a value does not keep.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// JSON pointer into the value; empty for the whole.
    pub(super) place: String,
    /// JSON pointer to the rule in the schema.
    pub(super) rule: String,
    /// What is wrong. Values of the answer are not in it; names of members that
    /// the schema does not know are.
    pub(super) told: String,
}

/// A schema or a part of one: its rules in the order in which they are held
/// against a value, each with its JSON pointer.
struct Node(Vec<(String, Rule)>);

enum Rule {
    Types(Vec<Kind>),
    Const(Value),
    Enum(Vec<Value>),
    Minimum(Number),
    Maximum(Number),
    MinLength(u64),
    MaxLength(u64),
    MinItems(u64),
    MaxItems(u64),
    Required(Vec<String>),
    Properties(Vec<(String, Node)>),
    /// No members but these.
    Closed(Vec<String>),
    Items(Node),
    AnyOf(Vec<Node>),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Check {
    /// Reads a schema.
    ///
    /// # Errors
    /// The first keyword that is not known here or has no sensible value, and
    /// where it stands.
    pub(super) fn new(schema: &Value) -> Result<Self, String> {
        node(schema, "").map(Check)
    }

    #[cfg(test)]
    pub(super) fn fits(&self, value: &Value) -> bool {
        self.0.fits(value)
    }

    /// What does not fit, the first `most` of it: outer rules before inner ones,
    /// members and items in the order of the value.
    pub(super) fn faults(&self, value: &Value, most: usize) -> Vec<Fault> {
        let mut found = Vec::new();
        self.0.faults(value, "", most, &mut found);
        found
    }
}

fn node(schema: &Value, at: &str) -> Result<Node, String> {
    let Value::Object(map) = schema else {
        return Err(format!("{}: no object", shown(at)));
    };
    let mut rules = Vec::new();
    for (word, value) in map {
        if NOTES.contains(&word.as_str()) {
            continue;
        }
        let path = below(at, word);
        let rule = rule(word, value, map, &path)
            .ok_or_else(|| format!("{}: not understood", shown(&path)))??;
        rules.extend(rule.map(|rule| (path, rule)));
    }
    rules.sort_by_key(|(_, rule)| rule.order());
    Ok(Node(rules))
}

/// The rule that a keyword stands for; `None` where it is unknown or its value
/// makes no sense.
fn rule(
    word: &str,
    value: &Value,
    map: &Map<String, Value>,
    path: &str,
) -> Option<Result<Option<Rule>, String>> {
    let rule = match word {
        "type" => Rule::Types(match value {
            Value::Array(words) if !words.is_empty() => {
                let kinds: Option<BTreeSet<_>> = words.iter().map(Kind::of).collect();
                kinds?.into_iter().collect()
            }
            word => vec![Kind::of(word)?],
        }),
        "const" => Rule::Const(value.clone()),
        "enum" => Rule::Enum(value.as_array().filter(|some| !some.is_empty())?.clone()),
        "minimum" => Rule::Minimum(value.as_number()?.clone()),
        "maximum" => Rule::Maximum(value.as_number()?.clone()),
        "minLength" => Rule::MinLength(value.as_u64()?),
        "maxLength" => Rule::MaxLength(value.as_u64()?),
        "minItems" => Rule::MinItems(value.as_u64()?),
        "maxItems" => Rule::MaxItems(value.as_u64()?),
        "required" => Rule::Required(words(value)?),
        "additionalProperties" => match value.as_bool()? {
            false => {
                let known = map.get("properties").and_then(Value::as_object);
                Rule::Closed(known.map_or_else(Vec::new, |map| map.keys().cloned().collect()))
            }
            true => return Some(Ok(None)),
        },
        "properties" => {
            let read = value.as_object()?.iter().map(|(name, schema)| {
                node(schema, &below(path, name)).map(|node| (name.clone(), node))
            });
            return Some(
                read.collect::<Result<_, _>>()
                    .map(Rule::Properties)
                    .map(Some),
            );
        }
        "items" => return Some(node(value, path).map(Rule::Items).map(Some)),
        "anyOf" => {
            let ways = value.as_array().filter(|ways| !ways.is_empty())?;
            let read = (0..)
                .zip(ways)
                .map(|(number, way)| node(way, &format!("{path}/{number}")));
            return Some(read.collect::<Result<_, _>>().map(Rule::AnyOf).map(Some));
        }
        _ => return None,
    };
    Some(Ok(Some(rule)))
}

fn words(value: &Value) -> Option<Vec<String>> {
    let words = value.as_array()?.iter();
    words.map(|word| Some(word.as_str()?.to_owned())).collect()
}

impl Node {
    fn fits(&self, value: &Value) -> bool {
        self.0.iter().all(|(_, rule)| rule.kept(value))
    }

    fn faults(&self, value: &Value, place: &str, most: usize, found: &mut Vec<Fault>) {
        for (path, rule) in &self.0 {
            if found.len() >= most {
                return;
            }
            rule.faults(value, place, path, most, found);
        }
        found.truncate(most);
    }
}

impl Rule {
    /// Cheap rules first, then those that go inside.
    fn order(&self) -> u8 {
        match self {
            Self::Types(_) => 0,
            Self::Const(_) => 1,
            Self::Enum(_) => 2,
            Self::Minimum(_) => 3,
            Self::Maximum(_) => 4,
            Self::MinLength(_) => 5,
            Self::MaxLength(_) => 6,
            Self::MinItems(_) => 7,
            Self::MaxItems(_) => 8,
            Self::Required(_) => 9,
            Self::Properties(_) => 10,
            Self::Closed(_) => 11,
            Self::Items(_) => 12,
            Self::AnyOf(_) => 13,
        }
    }

    /// A rule about another kind of value is kept, as JSON Schema has it.
    fn kept(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Types(kinds), _) => kinds.iter().any(|kind| kind.is(value)),
            (Self::Const(only), _) => same(only, value),
            (Self::Enum(options), _) => options.iter().any(|option| same(option, value)),
            (Self::Minimum(limit), Value::Number(number)) => compare(number, limit).is_ge(),
            (Self::Maximum(limit), Value::Number(number)) => compare(number, limit).is_le(),
            (Self::MinLength(least), Value::String(text)) => text.chars().count() as u64 >= *least,
            (Self::MaxLength(most), Value::String(text)) => text.chars().count() as u64 <= *most,
            (Self::MinItems(least), Value::Array(items)) => items.len() as u64 >= *least,
            (Self::MaxItems(most), Value::Array(items)) => items.len() as u64 <= *most,
            (Self::Required(names), Value::Object(map)) => {
                names.iter().all(|name| map.contains_key(name))
            }
            (Self::Properties(members), Value::Object(map)) => members
                .iter()
                .all(|(name, node)| map.get(name).is_none_or(|value| node.fits(value))),
            (Self::Closed(known), Value::Object(map)) => {
                map.keys().all(|name| known.contains(name))
            }
            (Self::Items(node), Value::Array(items)) => items.iter().all(|item| node.fits(item)),
            (Self::AnyOf(ways), _) => ways.iter().any(|way| way.fits(value)),
            _ => true,
        }
    }

    fn faults(&self, value: &Value, place: &str, path: &str, most: usize, found: &mut Vec<Fault>) {
        match (self, value) {
            (Self::Properties(members), Value::Object(map)) => {
                for (name, value) in map {
                    if let Some((_, node)) = members.iter().find(|(known, _)| known == name) {
                        node.faults(value, &below(place, name), most, found);
                    }
                }
            }
            (Self::Items(node), Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    node.faults(item, &format!("{place}/{number}"), most, found);
                }
            }
            (Self::Required(names), Value::Object(map)) => {
                let missing = names.iter().filter(|name| !map.contains_key(*name));
                found.extend(missing.map(|name| Fault {
                    place: place.to_owned(),
                    rule: path.to_owned(),
                    told: format!("{} is a required property", Value::from(name.as_str())),
                }));
            }
            _ if self.kept(value) => {}
            _ => found.push(Fault {
                place: place.to_owned(),
                rule: path.to_owned(),
                told: self.told(value),
            }),
        }
    }

    /// What is wrong with a value that does not keep this rule.
    fn told(&self, value: &Value) -> String {
        match self {
            Self::Types(kinds) => {
                let words: Vec<_> = kinds
                    .iter()
                    .map(|kind| format!("{:?}", kind.word()))
                    .collect();
                let plural = if words.len() == 1 { "" } else { "s" };
                format!("value is not of type{plural} {}", words.join(", "))
            }
            Self::Const(only) => format!("{only} was expected"),
            Self::Enum(options) => format!("value is not one of {}", listed(options)),
            Self::Minimum(limit) => format!("value is less than the minimum of {limit}"),
            Self::Maximum(limit) => format!("value is greater than the maximum of {limit}"),
            Self::MinLength(least) => {
                format!("value is shorter than {}", many(*least, "character"))
            }
            Self::MaxLength(most) => format!("value is longer than {}", many(*most, "character")),
            Self::MinItems(least) => format!("value has less than {}", many(*least, "item")),
            Self::MaxItems(most) => format!("value has more than {}", many(*most, "item")),
            Self::Closed(known) => {
                let map = value.as_object().into_iter().flat_map(Map::keys);
                let others = map.filter(|name| !known.contains(name));
                let others: Vec<_> = others.map(|name| format!("'{name}'")).collect();
                let verb = if others.len() == 1 { "was" } else { "were" };
                let others = others.join(", ");
                format!("Additional properties are not allowed ({others} {verb} unexpected)")
            }
            Self::AnyOf(_) => {
                "value is not valid under any of the schemas listed in the 'anyOf' keyword".into()
            }
            // Told by what is inside, or by the names that are missing.
            Self::Required(_) | Self::Properties(_) | Self::Items(_) => String::new(),
        }
    }
}

impl Kind {
    const ALL: [(Self, &str); 7] = [
        (Self::Null, "null"),
        (Self::Boolean, "boolean"),
        (Self::Integer, "integer"),
        (Self::Number, "number"),
        (Self::String, "string"),
        (Self::Array, "array"),
        (Self::Object, "object"),
    ];

    fn of(word: &Value) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| word == known);
        known.map(|(kind, _)| *kind)
    }

    fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(kind, _)| *kind == self);
        known.map_or("", |(_, word)| word)
    }

    fn is(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            // 3.0 is an integer, as JSON Schema has it.
            Self::Integer => value.as_number().is_some_and(|number| {
                !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

/// Equal as JSON Schema has it: numbers by their value, whatever their form.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare(one, other).is_eq(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(name, one)| other.get(name).is_some_and(|other| same(one, other));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// Whole numbers exactly, others as floating point.
fn compare(one: &Number, other: &Number) -> std::cmp::Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => {
            let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
            let order = float(one).partial_cmp(&float(other));
            order.unwrap_or(std::cmp::Ordering::Equal)
        }
    }
}

/// `"a", "b" or "c"`, or the first of many.
fn listed(options: &[Value]) -> String {
    let (first, last) = if options.len() <= MOST_LISTED {
        let (last, first) = options
            .split_last()
            .map_or((None, options), |(l, f)| (Some(l), f));
        (first, last.map(Value::to_string).unwrap_or_default())
    } else {
        let first = &options[..MOST_LISTED - 1];
        (
            first,
            format!("{} other candidates", options.len() - first.len()),
        )
    };
    let first: Vec<_> = first.iter().map(Value::to_string).collect();
    if first.is_empty() {
        last
    } else {
        format!("{} or {last}", first.join(", "))
    }
}

fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A JSON pointer to a member.
fn below(place: &str, name: &str) -> String {
    let mut pointer = format!("{place}/");
    for letter in name.chars() {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            letter => pointer.push(letter),
        }
    }
    pointer
}

fn shown(place: &str) -> &str {
    if place.is_empty() { "the whole" } else { place }
}

#[cfg(test)]
mod tests;
