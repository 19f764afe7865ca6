//! What refusals are about, by the codes and phrases that are met: money, the
//! text of this one prompt, its length, or the form of every request. As data;
//! whatever is not named here stays what its status says.

use super::error_body::ErrorBody;

/// Codes and phrases of one meaning.
pub(super) struct Meaning {
    codes: &'static [&'static str],
    phrases: &'static [&'static str],
}

impl Meaning {
    /// Does the error mean this?
    pub(super) fn is_of(&self, body: &ErrorBody) -> bool {
        body.says(self.codes, self.phrases)
    }
}

/// An account without quota or money, as OpenAI, Moonshot, one-api, Anthropic,
/// DeepSeek and OpenRouter write it. "Exceeded your current quota" is not among
/// the phrases: Gemini says so for a limit that ends within the minute.
pub(super) const QUOTA: Meaning = Meaning {
    codes: &[
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "exceeded_current_quota_error",
        "insufficient_user_quota",
        "insufficient_balance",
        "payment_required",
    ],
    phrases: &[
        "credit balance is too low",
        "insufficient balance",
        "insufficient credits",
        "insufficient_quota",
        "requires more credits",
    ],
};

/// A filter that does not like the words of this prompt: OpenAI
/// (`invalid_prompt`), Azure (`ResponsibleAIPolicyViolation`), OpenRouter,
/// Alibaba (`data_inspection_failed`), Mistral and others. Another prompt may
/// well pass.
pub(super) const FILTERED: Meaning = Meaning {
    codes: &[
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "invalid_prompt",
        "data_inspection_failed",
        "datainspectionfailed",
        "sensitive_words_detected",
        "content_moderation",
        "moderation_blocked",
    ],
    phrases: &[
        "moderation",
        "flagged",
        "content policy",
        "content management policy",
        "usage policy",
        "usage policies",
        "safety system",
        "inappropriate content",
        "content filter",
        "content_filter",
        "prohibited content",
    ],
};

/// A prompt that is longer than the model's window, as OpenAI, Anthropic,
/// Gemini, llama.cpp, vLLM, TGI, Mistral and Groq write it.
pub(super) const TOO_LONG: Meaning = Meaning {
    codes: &[
        "context_length_exceeded",
        "exceed_context_size_error",
        "request_too_large",
        "string_above_max_length",
    ],
    phrases: &[
        "maximum context length",
        "context length",
        "context window",
        "context size",
        "prompt is too long",
        "prompt too long",
        "input is too long",
        "input length",
        "too many tokens",
        "reduce the length",
        "exceeds the maximum number of tokens",
        "too large for model",
    ],
};

/// A model that is not known under this id, where the status is not 404.
pub(super) const NO_MODEL: Meaning = Meaning {
    codes: &["model_not_found", "model_not_exist", "invalid_model"],
    phrases: &[
        "is not a valid model id",
        "model not exist",
        "unknown model",
        "no such model",
    ],
};

/// Refusals of the request's form that come with a server error's status: the
/// next attempt meets them as well. llama.cpp runs the model's chat template,
/// and whatever that raises is a 500; so are grammars and schemas that it
/// cannot read.
pub(super) const IN_DISGUISE: Meaning = Meaning {
    codes: &["unsupported_parameter", "unsupported_value"],
    phrases: &[
        "roles are supported",
        "role not supported",
        "role is not supported",
        "roles must alternate",
        "raise_exception",
        "chat template",
        "chat_template",
        "jinja",
        "template error",
        "error rendering",
        "failed to apply template",
        "failed to parse grammar",
        "error parsing grammar",
        "unable to generate parser",
        "failed to initialize samplers",
        "json schema conversion failed",
        "unrecognized schema",
        "not supported with this model",
        "unsupported parameter",
        "unsupported value",
    ],
};
