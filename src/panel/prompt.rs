//! stub until the panel branch lands
use super::model::Prompt;
/// stub
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct PromptError;
/// stub
pub fn render(
    _p: &Prompt,
    _v: &impl serde::Serialize,
) -> Result<(Option<String>, String), PromptError> {
    Err(PromptError)
}
