use super::{Plan, human, markdown};
use serde_json::json;
use std::fmt;
use std::str::FromStr;

/// The version changes when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// How a plan is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanFormat {
    #[default]
    Human,
    Json,
    Markdown,
}

impl PlanFormat {
    pub const ALL: [PlanFormat; 3] = [PlanFormat::Human, PlanFormat::Json, PlanFormat::Markdown];

    pub fn name(self) -> &'static str {
        match self {
            PlanFormat::Human => "human",
            PlanFormat::Json => "json",
            PlanFormat::Markdown => "markdown",
        }
    }

    /// `all` shows what is not due as well; JSON always has everything.
    pub fn render(self, plan: &Plan, all: bool) -> String {
        match self {
            PlanFormat::Human => human::render(plan, all),
            PlanFormat::Json => as_json(plan),
            PlanFormat::Markdown => markdown::render(plan, all),
        }
    }
}

fn as_json(plan: &Plan) -> String {
    let document = json!({
        "schema": "urn:keyward:rotation-plan-v1",
        "version": VERSION,
        "today": plan.today.to_string(),
        "due": plan.due(),
        "disabled": plan.disabled,
        "items": plan.items,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

impl fmt::Display for PlanFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl FromStr for PlanFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        PlanFormat::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| format!("`{text}` is none of human, json, markdown"))
    }
}
