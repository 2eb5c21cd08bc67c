//! Kubernetes: rules with which one becomes more than one is.

use super::{Rule, any, has_star, resource_matches};
use crate::iam::{Tri, rows};
use serde::Deserialize;
use std::sync::LazyLock;

static DATA: &str = include_str!("../../data/k8s-privesc.json");

/// A way to become more. One verb on one resource of one group is enough.
#[derive(Debug)]
pub struct Method {
    pub name: &'static str,
    /// What one does: "Bind any role".
    pub title: &'static str,
    pub groups: Vec<&'static str>,
    pub resources: Vec<&'static str>,
    pub verbs: Vec<&'static str>,
    pub gain: Gain,
}

/// What a method yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    ClusterAdmin,
    /// Stored secrets, tokens of service accounts among them.
    Tokens,
    ServiceAccount,
    Node,
    /// What a role allows, as long as one holds it already.
    Role,
}

#[derive(Deserialize)]
struct Raw {
    t: String,
    rules: Vec<RawRule>,
    gain: Gain,
}

#[derive(Deserialize)]
struct RawRule {
    groups: Vec<String>,
    resources: Vec<String>,
    verbs: Vec<String>,
}

/// The elements of a rule that allow a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<T> {
    /// Index of the rule.
    pub rule: usize,
    pub resource: T,
    pub verb: T,
    /// As written: `secrets`, `*`.
    pub resource_text: String,
    pub verb_text: String,
    /// Yes where nothing about it is unknown.
    pub certainty: Tri,
    /// Only for objects with certain names.
    pub named: bool,
}

/// All methods, in the order of the catalogue.
pub fn methods() -> &'static [Method] {
    static ALL: LazyLock<Vec<Method>> = LazyLock::new(read);
    &ALL
}

fn read() -> Vec<Method> {
    let methods = rows::read::<Raw>(DATA).iter().filter_map(|(name, row)| {
        let rule = row.rules.first()?;
        let list = |names: &'static [String]| names.iter().map(String::as_str).collect();
        Some(Method {
            name,
            title: &row.t,
            groups: list(&rule.groups),
            resources: list(&rule.resources),
            verbs: list(&rule.verbs),
            gain: row.gain,
        })
    });
    methods.collect()
}

pub fn method(name: &str) -> Option<&'static Method> {
    methods().iter().find(|method| method.name == name)
}

impl Method {
    /// The best match in a role: certain before uncertain, every object before named ones.
    pub fn find<T: Clone>(&self, rules: &[Rule<T>]) -> Option<Match<T>> {
        let found = rules.iter().enumerate().filter_map(|(at, rule)| self.find_in(at, rule));
        found.min_by_key(|found| (found.named, std::cmp::Reverse(found.certainty)))
    }

    fn find_in<T: Clone>(&self, at: usize, rule: &Rule<T>) -> Option<Match<T>> {
        if self.groups == ["*"] {
            let all = has_star(&rule.api_groups) && has_star(&rule.resources) && has_star(&rule.verbs);
            return all.then(|| self.matched(at, rule, 0, 0, Tri::Yes)).flatten();
        }
        let mut best: Option<(Tri, usize, usize)> = None;
        for (resource_at, resource) in rule.resources.iter().enumerate() {
            for group in &self.groups {
                let in_group = any(&rule.api_groups, group);
                if in_group.is_no() {
                    continue;
                }
                let wanted = self.resources.iter().filter(|name| lives_in(name, group));
                let touched = Tri::any(wanted.map(|name| resource_matches(&resource.pattern, name)));
                for (verb_at, verb) in rule.verbs.iter().enumerate() {
                    let element = std::slice::from_ref(verb);
                    let can = Tri::any(self.verbs.iter().map(|name| any(element, name)));
                    let answer = in_group.and(touched).and(can);
                    if answer.is_possible() && best.is_none_or(|(known, ..)| answer > known) {
                        best = Some((answer, resource_at, verb_at));
                    }
                }
            }
        }
        let (certainty, resource, verb) = best?;
        self.matched(at, rule, resource, verb, certainty)
    }

    fn matched<T: Clone>(
        &self,
        rule_at: usize,
        rule: &Rule<T>,
        resource: usize,
        verb: usize,
        certainty: Tri,
    ) -> Option<Match<T>> {
        let (resource, verb) = (rule.resources.get(resource)?, rule.verbs.get(verb)?);
        Some(Match {
            rule: rule_at,
            resource: resource.at.clone(),
            verb: verb.at.clone(),
            resource_text: resource.pattern.to_string(),
            verb_text: verb.pattern.to_string(),
            certainty,
            named: !rule.resource_names.is_empty(),
        })
    }
}

/// Some methods list resources of several groups; a resource is in one of them only.
/// Source: Kubernetes API reference.
fn lives_in(resource: &str, group: &str) -> bool {
    match resource {
        "pods" | "replicationcontrollers" => group.is_empty(),
        "deployments" | "daemonsets" | "statefulsets" | "replicasets" => group == "apps",
        "jobs" | "cronjobs" => group == "batch",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Element, Pattern};

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Rule {
        let list = |texts: &[&str]| texts.iter().map(|it| Element::new(Pattern::literal(it), ())).collect();
        Rule {
            api_groups: list(groups),
            resources: list(resources),
            resource_names: Vec::new(),
            verbs: list(verbs),
        }
    }

    fn met(rules: &[Rule]) -> Vec<&'static str> {
        methods().iter().filter(|it| it.find(rules).is_some()).map(|it| it.name).collect()
    }

    #[test]
    fn the_catalogue_is_whole() {
        assert_eq!(methods().len(), 13);
    }

    #[test]
    fn rules_hold_methods() {
        assert_eq!(met(&[rule(&[""], &["secrets"], &["list"])]), ["read-secrets"]);
        assert_eq!(met(&[rule(&["apps"], &["deployments"], &["patch"])]), ["create-pods"]);
        assert!(met(&[rule(&["apps"], &["pods"], &["create"])]).is_empty());
        assert_eq!(met(&[rule(&["rbac.authorization.k8s.io"], &["clusterroles"], &["*"])]).len(), 2);
        assert_eq!(met(&[rule(&["*"], &["*"], &["*"])]).len(), 13);
        assert!(met(&[rule(&[""], &["configmaps"], &["get", "create"])]).is_empty());
        let mut named = rule(&[""], &["secrets"], &["get"]);
        named.resource_names = vec![Element::new(Pattern::literal("x"), ())];
        let found = method("read-secrets").and_then(|it| it.find(&[named]));
        assert!(found.is_some_and(|found| found.named && found.certainty.is_yes()));
    }
}
