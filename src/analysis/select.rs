use crate::config::selects;
use crate::rules::RuleInfo;

/// Which rules run: selectors are names, codes, code prefixes or categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Empty for all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
}

impl Selection {
    pub fn takes(&self, rule: &RuleInfo) -> bool {
        let matches = |selector: &String| selects(selector, rule.name, rule.code, rule.category);
        (self.select.is_empty() || self.select.iter().any(matches)) && !self.ignore.iter().any(matches)
    }
}
