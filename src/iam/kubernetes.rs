//! Kubernetes: RBAC rules and the roles that every cluster has.

pub mod escalation;

use super::{Element, Pattern, Tri, Verdict};

/// One rule of a role. In each list `*` stands for everything, and no other wildcard exists but `*/scale` for
/// the subresource of any resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule<T = ()> {
    pub api_groups: Vec<Element<T>>,
    pub resources: Vec<Element<T>>,
    /// Limits the rule to objects with these names, if there are any.
    pub resource_names: Vec<Element<T>>,
    pub verbs: Vec<Element<T>>,
}

/// What rules amount to together.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement<T = ()> {
    pub verdict: Verdict,
    /// The `*` elements that matter: those of rules that write.
    pub wildcards: Vec<Wildcard<T>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wildcard<T = ()> {
    pub at: T,
    /// The index of the rule.
    pub rule: usize,
    pub list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    ApiGroups,
    Resources,
    Verbs,
}

const READING: [&str; 3] = ["get", "list", "watch"];
const WRITING: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// What the roles that come with a cluster amount to. `admin` and `edit` end at their namespace unless bound
/// cluster-wide; the caller knows the binding.
pub fn built_in(cluster_role: &str) -> Option<Verdict> {
    match cluster_role {
        "cluster-admin" => Some(Verdict::Admin),
        "admin" | "edit" => Some(Verdict::Power),
        "view" => Some(Verdict::None),
        _ => None,
    }
}

/// The group that is beyond RBAC: nothing can be denied to its members.
pub fn is_master_group(group: &str) -> bool {
    group == "system:masters"
}

/// Whether rules allow a verb on a resource (`pods`, `pods/exec`) of an API group (`""` for the core).
pub fn allows<T>(rules: &[Rule<T>], group: &str, resource: &str, verb: &str) -> Tri {
    Tri::any(rules.iter().map(|rule| {
        let whole = if rule.resource_names.is_empty() { Tri::Yes } else { Tri::Maybe };
        let resources = Tri::any(rule.resources.iter().map(|it| resource_matches(&it.pattern, resource)));
        any(&rule.api_groups, group).and(resources).and(any(&rule.verbs, verb)).and(whole)
    }))
}

pub fn judge<T: Clone>(rules: &[Rule<T>]) -> Judgement<T> {
    let everywhere: Vec<_> = rules.iter().filter(|rule| rule.is_everything()).collect();
    let has = |verb: &str| Tri::any(everywhere.iter().map(|rule| any(&rule.verbs, verb))).is_yes();
    let verdict = if everywhere.iter().any(|rule| has_star(&rule.verbs)) {
        Verdict::Admin
    } else if WRITING[..3].iter().all(|verb| has(verb)) || is_core_owner(rules) {
        Verdict::Power
    } else {
        Verdict::None
    };
    Judgement { verdict, wildcards: wildcards(rules) }
}

/// Everything in the core group: secrets, pods and service accounts.
fn is_core_owner<T>(rules: &[Rule<T>]) -> bool {
    ["secrets", "pods", "serviceaccounts", "serviceaccounts/token"]
        .iter()
        .all(|resource| WRITING.iter().all(|verb| allows(rules, "", resource, verb).is_yes()))
}

fn wildcards<T: Clone>(rules: &[Rule<T>]) -> Vec<Wildcard<T>> {
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.writes()) {
        let lists = [
            (List::ApiGroups, &rule.api_groups),
            (List::Resources, &rule.resources),
            (List::Verbs, &rule.verbs),
        ];
        for (list, elements) in lists {
            let stars = elements.iter().filter(|element| is_star(&element.pattern));
            found.extend(stars.map(|element| Wildcard { at: element.at.clone(), rule: index, list }));
        }
    }
    found
}

impl<T> Rule<T> {
    /// Some verb in it does more than read. Verbs that are not known do not count.
    pub fn writes(&self) -> bool {
        self.verbs.iter().any(|verb| match verb.pattern.as_text() {
            Some(text) => !READING.contains(&text),
            None => is_star(&verb.pattern),
        })
    }

    fn is_everything(&self) -> bool {
        has_star(&self.api_groups) && has_star(&self.resources) && self.resource_names.is_empty()
    }
}

fn any<T>(elements: &[Element<T>], text: &str) -> Tri {
    Tri::any(elements.iter().map(|element| matches(&element.pattern, text)))
}

fn resource_matches(pattern: &Pattern, resource: &str) -> Tri {
    let subresource = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    let by_subresource = subresource.is_some_and(|text| written(pattern) == text);
    matches(pattern, resource).or(by_subresource.into())
}

/// A star is a wildcard only where it stands alone.
fn matches(pattern: &Pattern, text: &str) -> Tri {
    match is_star(pattern) {
        true => Tri::Yes,
        false if pattern.has_hole() => pattern.matches(text),
        false => (written(pattern) == text).into(),
    }
}

fn written(pattern: &Pattern) -> String {
    pattern.to_string()
}

fn is_star(pattern: &Pattern) -> bool {
    pattern.is_any() || pattern.as_text() == Some("*")
}

fn has_star<T>(elements: &[Element<T>]) -> bool {
    elements.iter().any(|element| is_star(&element.pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<Element> {
        texts.iter().map(|text| Element::new(Pattern::parse(text), ())).collect()
    }

    fn rule(api_groups: &[&str], resources: &[&str], verbs: &[&str]) -> Rule {
        Rule {
            api_groups: list(api_groups),
            resources: list(resources),
            resource_names: Vec::new(),
            verbs: list(verbs),
        }
    }

    #[test]
    fn verdicts() {
        let verdict = |rules: &[Rule]| judge(rules).verdict;
        assert_eq!(verdict(&[rule(&["*"], &["*"], &["*"])]), Verdict::Admin);
        assert_eq!(verdict(&[rule(&["*"], &["*"], &["get", "list", "watch"])]), Verdict::None);
        assert_eq!(verdict(&[rule(&["*"], &["*"], &["create", "update", "patch"])]), Verdict::Power);
        assert_eq!(verdict(&[rule(&[""], &["*"], &["*"])]), Verdict::Power);
        assert_eq!(verdict(&[rule(&["apps"], &["*"], &["*"])]), Verdict::None);
        assert_eq!(built_in("cluster-admin"), Some(Verdict::Admin));
        assert!(is_master_group("system:masters"));
    }

    #[test]
    fn wildcards_of_rules_that_only_read_stay_quiet() {
        let rules = [rule(&["*"], &["*"], &["get"]), rule(&["apps"], &["deployments"], &["*"])];
        let found = judge(&rules).wildcards;
        assert_eq!(found, [Wildcard { at: (), rule: 1, list: List::Verbs }]);
    }

    #[test]
    fn lookups() {
        let rules = [rule(&[""], &["*/exec", "pods"], &["create"])];
        assert_eq!(allows(&rules, "", "pods/exec", "create"), Tri::Yes);
        assert_eq!(allows(&rules, "", "pods/log", "create"), Tri::No);
        assert_eq!(allows(&rules, "apps", "pods", "create"), Tri::No);
        let mut named = rules[0].clone();
        named.resource_names = list(&["x"]);
        assert_eq!(allows(&[named], "", "pods", "create"), Tri::Maybe);
    }
}
