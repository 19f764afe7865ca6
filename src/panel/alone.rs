//! The models that are compared alone besides the advisors.

use super::model::{Panel, Solo};

impl Panel {
    /// Models that answer alone besides the advisors, whose drafts are their
    /// solo answers: those of `[[solo]]` as they stand there, then the models
    /// of the moderator and the guardians that no advisor uses, asked with the
    /// lead's prompt and no persona. Each model once. The judge's are not
    /// among them.
    pub fn alone(&self) -> Vec<Solo> {
        let lead_prompt = self.lead().map_or("advisor", |lead| lead.prompt.as_str());
        let mut alone: Vec<Solo> = self.solo.clone();
        for agent in self.moderator.iter().chain(&self.guardians) {
            let known = self
                .advisors
                .iter()
                .any(|advisor| advisor.model == agent.model)
                || alone.iter().any(|solo| solo.model == agent.model);
            if !known {
                alone.push(Solo {
                    model: agent.model.clone(),
                    prompt: lead_prompt.to_owned(),
                    persona: None,
                });
            }
        }
        alone
    }
}
