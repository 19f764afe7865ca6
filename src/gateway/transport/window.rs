//! How large a model's context window is, as servers tell it beside their
//! models. Nobody agreed on a name.

use serde_json::Value;

/// Where servers tell it, the nearest to what is served first.
///
/// Sources: llama.cpp, `tools/server/README.md` (`/v1/models` with `meta.n_ctx`,
/// `/props` with `default_generation_settings.n_ctx`); vLLM, its model card
/// (`max_model_len`); OpenRouter, "List available models" (`context_length`,
/// `top_provider.context_length`); Groq, "List models" (`context_window`);
/// Mistral, "List models" (`max_context_length`); LM Studio, its REST API
/// (`loaded_context_length`); Gemini, "Models" (`inputTokenLimit`).
const PLACES: [&str; 11] = [
    "/loaded_context_length",
    "/meta/n_ctx",
    "/default_generation_settings/n_ctx",
    "/max_model_len",
    "/top_provider/context_length",
    "/context_length",
    "/context_window",
    "/max_context_length",
    "/n_ctx",
    "/inputTokenLimit",
    "/max_input_tokens",
];

/// Tokens that prompt and answer may have together, out of what a server says
/// of one model: an entry of `/v1/models`, or `/props`.
pub(in crate::gateway) fn window_told(told: &Value) -> Option<u32> {
    let tokens = PLACES.iter().find_map(|at| {
        let told = told.pointer(at)?;
        told.as_u64().filter(|tokens| *tokens > 0)
    })?;
    u32::try_from(tokens).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_window_is_found_under_every_name() {
        for (told, window) in [
            (
                json!({"id": "m", "meta": {"n_ctx": 8192, "n_ctx_train": 32768}}),
                Some(8192),
            ),
            (
                json!({"default_generation_settings": {"n_ctx": 4096}}),
                Some(4096),
            ),
            (json!({"id": "m", "max_model_len": 32768}), Some(32768)),
            (
                json!({"context_length": 200_000, "top_provider": {"context_length": 64_000}}),
                Some(64_000),
            ),
            (
                json!({"context_length": 200_000, "top_provider": null}),
                Some(200_000),
            ),
            (json!({"id": "m", "context_window": 131_072}), Some(131_072)),
            (
                json!({"max_context_length": 131_072, "loaded_context_length": 8192}),
                Some(8192),
            ),
            (json!({"id": "m", "context_length": 0}), None),
            (json!({"id": "m", "context_length": "8192"}), None),
            (json!({"id": "m"}), None),
            (json!(null), None),
        ] {
            assert_eq!(window_told(&told), window, "{told}");
        }
    }
}
