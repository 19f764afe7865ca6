//! What the judge must answer, in the shapes of scoring.md, 2.3 and 2.4.

use std::sync::{Arc, LazyLock};

use serde_json::json;

use crate::gateway::Schema;

/// First call: actions of the answer, and a verdict for every option.
pub static MATCH: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_match",
        json!({
            "title": "primum_match",
            "type": "object",
            "additionalProperties": false,
            "required": ["actions", "options"],
            "properties": {
                "actions": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["id", "action", "category", "evidence", "dependsOn", "match"],
                    "properties": {
                        "id": {"type": "integer"},
                        "action": {"type": "string"},
                        "category": {"enum": [
                            "Diagnostic", "Medication", "Procedure", "Counseling", "Follow-up"
                        ]},
                        "evidence": {"type": "string"},
                        "dependsOn": {"type": "array", "items": {"type": "integer"}},
                        "match": {"type": "string"}
                    }
                }},
                "options": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["id", "matched", "partial", "matched_action_ids", "evidence"],
                    "properties": {
                        "id": {"type": "integer"},
                        "matched": {"type": "boolean"},
                        "partial": {"type": "boolean"},
                        "matched_action_ids": {"type": "array", "items": {"type": "integer"}},
                        "evidence": {"type": "string"}
                    }
                }}
            }
        }),
    ))
});

/// Second call: the verdicts of the first that are wrong.
pub static REVIEW: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_review",
        json!({
            "title": "primum_review",
            "type": "object",
            "additionalProperties": false,
            "required": ["overrides"],
            "properties": {
                "overrides": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                        "option_id", "new_verdict", "rationale", "evidence", "action_id"
                    ],
                    "properties": {
                        "option_id": {"type": "integer"},
                        "new_verdict": {"enum": ["yes", "partial", "no"]},
                        "rationale": {"type": "string"},
                        "evidence": {"type": ["string", "null"]},
                        "action_id": {"type": ["integer", "null"]}
                    }
                }}
            }
        }),
    ))
});
