use super::{Cause, Level, Privilege};
use crate::iam::Verdict;
use crate::iam::kubernetes::{Rule, built_in, judge};
use crate::identity::model::{Model, Policy};
use crate::identity::policy::{KubernetesRules, Tag};

pub(super) fn measure(model: &Model, grants: &[usize], total: &mut Privilege) {
    for index in grants {
        let grant = &model.grants[*index];
        let Policy::Kubernetes { rules, cluster_wide } = &grant.policy else { continue };
        let (verdict, name, ordinary, place) = match rules {
            KubernetesRules::Unknown => {
                total.raise(Level::Unknown, "not known");
                continue;
            }
            KubernetesRules::BuiltIn(name, _) => match built_in(name) {
                Some(verdict) => {
                    let ordinary = if verdict == Verdict::None { Level::Read } else { Level::Permissions };
                    (verdict, name.clone(), ordinary, None)
                }
                None => {
                    total.raise(Level::Unknown, "not known");
                    continue;
                }
            },
            KubernetesRules::Rules(rules) => {
                let judgement = judge(rules);
                let place = judgement.wildcards.iter().find_map(|wildcard| wildcard.at.span);
                (judgement.verdict, "its rules".to_string(), ordinary(rules), place)
            }
        };
        let target = if *cluster_wide { "the whole cluster" } else { "a namespace" };
        let level = match (cluster_wide, Level::of(verdict)) {
            (true, Some(level)) => level,
            _ => ordinary,
        };
        total.raise(level, &format!("{name} in {target}"));
        if !cluster_wide || verdict == Verdict::None {
            continue;
        }
        let computed = place.is_some();
        let text = if computed { "*".to_string() } else { name };
        let mut cause = Cause::new(verdict, *index, place.unwrap_or(grant.span), text);
        cause.phrase = match verdict {
            Verdict::Admin => "has full administration of the whole cluster",
            _ => "may do nearly everything in the whole cluster, secrets included",
        }
        .to_string();
        cause.label = match (computed, verdict) {
            (true, Verdict::Admin) => "every verb on every resource",
            (true, _) => "part of what takes in nearly everything",
            (false, Verdict::Admin) => "every verb on every resource, in every namespace",
            (false, _) => "in every namespace when bound cluster-wide",
        }
        .to_string();
        cause.place = "the whole cluster".to_string();
        cause.wildcard = false;
        if computed {
            let binding = model.resource(grant.resource).header();
            cause.together.push((binding, "bound to the whole cluster".to_string()));
        }
        total.causes.push(cause);
    }
}

fn ordinary(rules: &[Rule<Tag>]) -> Level {
    let touches = |name: &str| {
        let mut named = rules.iter().filter(|rule| rule.writes()).flat_map(|rule| &rule.api_groups);
        named.any(|group| group.pattern.as_text() == Some(name))
    };
    match rules {
        [] => Level::None,
        _ if touches("rbac.authorization.k8s.io") => Level::Permissions,
        _ if rules.iter().any(Rule::writes) => Level::Write,
        _ => Level::Read,
    }
}
