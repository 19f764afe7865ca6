//! The `metrics` object of a judged record: names and numbers in order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One number of a metrics block. Whole numbers stay whole when written
/// (`response_len`), floats keep their point (`1.0`).
#[derive(Clone, Copy, Debug)]
pub enum MetricValue {
    /// A float; NaN where the file has `NaN` or null.
    Float(f64),
    /// A whole number.
    Whole(i64),
}

impl MetricValue {
    /// The number as a float.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            // Lengths and counts are far below 2^53.
            Self::Whole(value) => value as f64,
        }
    }
}

/// NaN equals NaN here: two blocks that are written alike are equal.
impl PartialEq for MetricValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Whole(a), Self::Whole(b)) => a == b,
            _ => false,
        }
    }
}

/// Names and numbers, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsBlock(Vec<(Cow<'static, str>, MetricValue)>);

impl MetricsBlock {
    /// The number of this name; NaN if it is there without a value, `None` if
    /// it is not there.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_f64())
    }

    /// Names and numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, MetricValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

impl FromIterator<(&'static str, MetricValue)> for MetricsBlock {
    fn from_iter<I: IntoIterator<Item = (&'static str, MetricValue)>>(entries: I) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(name, value)| (Cow::Borrowed(name), value))
                .collect(),
        )
    }
}

impl Serialize for MetricValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Float(value) if value.is_nan() => serializer.serialize_none(),
            Self::Float(value) => serializer.serialize_f64(value),
            Self::Whole(value) => serializer.serialize_i64(value),
        }
    }
}

impl<'de> Deserialize<'de> for MetricValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrNull;
        impl Visitor<'_> for NumberOrNull {
            type Value = MetricValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or null")
            }

            fn visit_i64<E>(self, value: i64) -> Result<MetricValue, E> {
                Ok(MetricValue::Whole(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<MetricValue, E> {
                Ok(i64::try_from(value)
                    .map_or(MetricValue::Float(value as f64), MetricValue::Whole))
            }

            fn visit_f64<E>(self, value: f64) -> Result<MetricValue, E> {
                Ok(MetricValue::Float(value))
            }

            fn visit_unit<E>(self) -> Result<MetricValue, E> {
                Ok(MetricValue::Float(f64::NAN))
            }
        }
        deserializer.deserialize_any(NumberOrNull)
    }
}

impl Serialize for MetricsBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for MetricsBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Block;
        impl<'de> Visitor<'de> for Block {
            type Value = MetricsBlock;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetricsBlock, A::Error> {
                let mut entries = Vec::with_capacity(32);
                while let Some((name, value)) = map.next_entry::<String, MetricValue>()? {
                    entries.push((Cow::Owned(name), value));
                }
                Ok(MetricsBlock(entries))
            }
        }
        deserializer.deserialize_map(Block)
    }
}
