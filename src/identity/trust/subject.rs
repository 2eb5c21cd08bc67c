//! Whose tokens a pattern for subjects lets in: the grammar of each issuer.
//! Sources: GitHub documentation, "OpenID Connect reference"; GitLab documentation, "OpenID Connect in AWS"; HCP
//! Terraform documentation, "Workload identity tokens"; CircleCI documentation, "Using OpenID Connect tokens in
//! jobs"; Buildkite documentation, "OIDC"; Bitbucket documentation, "Deploy on AWS using Bitbucket Pipelines
//! OpenID Connect"; Kubernetes documentation, "Managing Service Accounts".

use super::{Issuer, Width};
use crate::iam::{Pattern, Piece};

/// What a pattern lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// None where it depends on a part that is not known.
    pub width: Option<Width>,
    /// "repository acme/app", "every repository of acme".
    pub described: String,
}

impl Reading {
    fn new(width: Width, described: impl Into<String>) -> Reading {
        Reading { width: Some(width), described: described.into() }
    }

    fn unknown(text: &str) -> Reading {
        Reading { width: None, described: format!("subject {text}") }
    }
}

/// Reads a pattern for the subject of an issuer's tokens.
pub fn read(issuer: Issuer, pattern: &Pattern) -> Reading {
    let text = pattern.to_string();
    // No subject of these issuers has a star in it: git takes none in branch names, and names have none.
    let literal =
        pattern.pieces().iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('*')));
    if literal {
        return Reading::new(Width::Nobody, format!("nobody, since no subject is called {text}"));
    }
    if text.starts_with('…') && !text.contains(['*', '?']) {
        return Reading::unknown(&text);
    }
    match issuer {
        Issuer::GitHub => github(&text),
        Issuer::GitLab => gitlab(&text),
        Issuer::TerraformCloud => steps(&text, "workspace", Some("project"), "workspace"),
        Issuer::Buildkite => steps(&text, "pipeline", None, "pipeline"),
        Issuer::CircleCi => circleci(&text),
        Issuer::Bitbucket => bitbucket(&text),
        Issuer::Kubernetes => kubernetes(&text),
        Issuer::Saml | Issuer::RolesAnywhere => Reading::unknown(&text),
        Issuer::Cognito | Issuer::Google | Issuer::Vault | Issuer::Other => other(&text),
    }
}

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Claims that a customised subject may be made of, and whether they name a repository.
const GITHUB_CLAIMS: [(&str, bool); 10] = [
    ("repo", true),
    ("repository", true),
    ("job_workflow_ref", true),
    ("workflow_ref", true),
    ("repository_id", false),
    ("repository_owner", false),
    ("repository_owner_id", false),
    ("enterprise", false),
    ("enterprise_id", false),
    ("organization", false),
];

/// `repo:ORG/REPO:ref:refs/heads/main`, and what organizations make of it.
fn github(text: &str) -> Reading {
    let mut best: Option<Reading> = None;
    for (claim, names_repository) in GITHUB_CLAIMS {
        let Some(rest) = after_key(text, claim) else { continue };
        let reading = match (names_repository, claim) {
            (true, _) => repository(rest, text),
            (false, "repository_id") => numbered(rest),
            (false, _) => organization(rest),
        };
        let narrower =
            best.as_ref().is_none_or(|known| reading.width < known.width || reading.width.is_none());
        if narrower {
            best = Some(reading);
        }
    }
    match best {
        Some(reading) => reading,
        None if text.starts_with('…') => Reading::unknown(text),
        // A branch, an environment or an actor is called the same in anybody's repository.
        None if text.contains(':') || is_wild(text) => {
            Reading::new(Width::Anyone, "every repository on GitHub")
        }
        None => Reading::new(Width::Nobody, format!("nobody, since no subject is called {text}")),
    }
}

/// What follows `key:` at the start of the subject or of one of its parts.
fn after_key<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')) {
        return Some(rest);
    }
    let inner = format!(":{key}:");
    text.find(&inner).map(|at| &text[at + inner.len()..])
}

/// `ORG/REPO:context`. Ids may be part of the names, as in `acme@12/app@34`.
fn repository(rest: &str, whole: &str) -> Reading {
    let (name, context) = rest.split_once(':').map_or((rest, None), |(name, context)| (name, Some(context)));
    let Some((owner, repo)) = name.split_once('/') else {
        return match name.find(['*', '?']) {
            Some(0) => Reading::new(Width::Anyone, "every repository on GitHub"),
            // The unknown part may hold a whole `ORG/REPO`.
            Some(at) if name[..at].contains('…') => Reading::unknown(whole),
            Some(at) => begins("organization", &name[..at]),
            None if name.contains('…') => context_of(name, context),
            None => Reading::new(Width::Nobody, format!("nobody, since no subject is called {whole}")),
        };
    };
    match owner.find(['*', '?']) {
        Some(0) if is_wild(repo) => return Reading::new(Width::Anyone, "every repository on GitHub"),
        Some(0) => return Reading::new(Width::Anyone, format!("anybody's repository called {repo}")),
        Some(at) if owner[..at].contains('…') => return Reading::unknown(whole),
        Some(at) => return begins("organization", &owner[..at]),
        None => {}
    }
    let repo = repo.split('/').next().unwrap_or(repo);
    match repo {
        "*" => Reading::new(Width::Organization, format!("every repository of {owner}")),
        _ if is_wild(repo) => Reading::new(Width::Family, format!("every repository like {owner}/{repo}")),
        _ => context_of(&format!("{owner}/{repo}"), context),
    }
}

fn context_of(name: &str, context: Option<&str>) -> Reading {
    let context = context.unwrap_or_default();
    match context {
        "*" => Reading::new(Width::Whole, format!("repository {name}, any branch and any pull request")),
        "pull_request" => Reading::new(Width::Whole, format!("pull requests of repository {name}")),
        "ref:*" | "ref:refs/*" | "ref:refs/heads/*" => {
            Reading::new(Width::Whole, format!("repository {name}, any branch"))
        }
        "" => Reading::new(Width::One, format!("repository {name}")),
        _ => Reading::new(Width::One, format!("repository {name} ({context})")),
    }
}

/// An id; one digit more makes it that of somebody else.
fn numbered(rest: &str) -> Reading {
    let id = rest.split(':').next().unwrap_or(rest);
    match id.find(['*', '?']) {
        Some(_) => Reading::new(Width::Anyone, "every repository on GitHub"),
        None => Reading::new(Width::Whole, format!("repository {id}")),
    }
}

fn organization(rest: &str) -> Reading {
    let name = rest.split(':').next().unwrap_or(rest);
    match name.find(['*', '?']) {
        Some(0) => Reading::new(Width::Anyone, "every repository on GitHub"),
        // `repository_owner:acme*` is mostly written for whatever follows the name.
        Some(at) if name[..at].contains('…') => Reading::unknown(name),
        Some(at) => begins("organization", &name[..at]),
        None => Reading::new(Width::Organization, format!("every repository of {name}")),
    }
}

/// Names that anybody may register.
fn begins(what: &str, start: &str) -> Reading {
    Reading::new(Width::Prefix, format!("every {what} whose name begins with {start}"))
}

/// `project_path:GROUP/PROJECT:ref_type:branch:ref:main`.
fn gitlab(text: &str) -> Reading {
    let Some(rest) = text.strip_prefix("project_path:") else {
        return match text.starts_with('*') || "project_path:".starts_with(text.trim_end_matches('*')) {
            true => Reading::new(Width::Anyone, "every project on GitLab"),
            false => Reading::unknown(text),
        };
    };
    let (path, context) = rest.split_once(':').unwrap_or((rest, "*"));
    match path.find(['*', '?']) {
        Some(0) => Reading::new(Width::Anyone, "every project on GitLab"),
        Some(at) if path[..at].contains('/') => match path[..at].strip_suffix('/') {
            Some(group) => Reading::new(Width::Organization, format!("every project of group {group}")),
            None => Reading::new(Width::Family, format!("every project like {path}")),
        },
        Some(at) if path[..at].contains('…') => Reading::unknown(text),
        Some(at) => begins("group", &path[..at]),
        None => match context {
            "*" | "ref_type:*" | "ref_type:branch:ref:*" | "ref_type:branch:*" => {
                Reading::new(Width::Whole, format!("project {path}, any branch"))
            }
            _ => Reading::new(Width::One, format!("project {path} ({context})")),
        },
    }
}

/// `organization:X:project:Y:workspace:Z:…`: a star may take the place of several parts.
fn steps(text: &str, last: &str, middle: Option<&str>, noun: &str) -> Reading {
    let Some(organization) = after_key(text, "organization") else {
        return match text.starts_with('*') || "organization:".starts_with(text.trim_end_matches('*')) {
            true => Reading::new(Width::Anyone, format!("every {noun} of every organization")),
            false => Reading::unknown(text),
        };
    };
    let organization = organization.split(':').next().unwrap_or_default();
    match organization.find(['*', '?']) {
        Some(0) => return Reading::new(Width::Anyone, format!("every {noun} of every organization")),
        Some(at) if organization[..at].contains('…') => return Reading::unknown(text),
        Some(at) => return begins("organization", &organization[..at]),
        None => {}
    }
    let part =
        |key: &str| after_key(text, key).and_then(|rest| rest.split(':').next()).filter(|it| *it != "*");
    match (part(last), middle.and_then(part)) {
        (Some(name), _) if is_wild(name) => {
            Reading::new(Width::Family, format!("every {noun} like {name} of {organization}"))
        }
        (Some(name), _) => Reading::new(Width::One, format!("{noun} {name} of {organization}")),
        (None, Some(project)) if is_wild(project) => {
            Reading::new(Width::Family, format!("every {noun} in projects like {project} of {organization}"))
        }
        (None, Some(project)) => {
            Reading::new(Width::Whole, format!("every {noun} in project {project} of {organization}"))
        }
        (None, None) => Reading::new(Width::Organization, format!("every {noun} of {organization}")),
    }
}

/// `org/ID/project/ID/user/ID`; the issuer is that of one organization.
fn circleci(text: &str) -> Reading {
    let project = text.split_once("project/").and_then(|(_, rest)| rest.split('/').next());
    match project {
        Some(project) if !is_wild(project) => Reading::new(Width::Whole, format!("project {project}")),
        _ if is_wild(text) => Reading::new(Width::Organization, "every project of the organization"),
        _ => Reading::unknown(text),
    }
}

/// `{repository}:{environment}:{step}`; the issuer is that of one workspace.
fn bitbucket(text: &str) -> Reading {
    let repository = text.split(':').next().unwrap_or(text);
    match repository.find(['*', '?']) {
        Some(0) => Reading::new(Width::Organization, "every repository of the workspace"),
        _ => Reading::new(Width::Whole, format!("repository {}", repository.trim_end_matches('*'))),
    }
}

/// `system:serviceaccount:NAMESPACE:NAME`.
fn kubernetes(text: &str) -> Reading {
    let every = || Reading::new(Width::Organization, "every service account of the cluster");
    let Some(rest) = text.strip_prefix("system:serviceaccount:") else {
        return match text.find('*') {
            Some(at) if "system:serviceaccount:".starts_with(&text[..at]) => every(),
            _ => Reading::unknown(text),
        };
    };
    let Some((namespace, name)) = rest.split_once(':') else {
        return match rest.find(['*', '?']) {
            Some(0) => every(),
            Some(at) => Reading::new(
                Width::Family,
                format!("every service account of namespaces whose name begins with {}", &rest[..at]),
            ),
            None => Reading::unknown(text),
        };
    };
    match (namespace, name) {
        ("*", "*") => every(),
        ("*", name) => Reading::new(Width::Prefix, format!("service account {name} of any namespace")),
        (namespace, name) if is_wild(namespace) => {
            Reading::new(Width::Family, format!("service account {name} of namespaces like {namespace}"))
        }
        (namespace, "*") => {
            Reading::new(Width::Whole, format!("every service account of namespace {namespace}"))
        }
        (namespace, name) if is_wild(name) => {
            Reading::new(Width::Whole, format!("service accounts like {namespace}/{name}"))
        }
        (namespace, name) => Reading::new(Width::One, format!("service account {namespace}/{name}")),
    }
}

fn other(text: &str) -> Reading {
    match text {
        "*" => Reading::new(Width::Organization, "every subject"),
        _ if text.starts_with(['*', '?']) => Reading::unknown(text),
        _ if is_wild(text) => Reading::new(Width::Family, format!("subjects like {text}")),
        _ => Reading::new(Width::One, format!("subject {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(issuer: Issuer, text: &str) -> Option<Width> {
        let holed =
            text.split('…').enumerate().fold(Pattern::builder(crate::iam::Syntax::Glob), |b, (at, part)| {
                let b = if at > 0 { b.hole() } else { b };
                b.text(part)
            });
        read(issuer, &holed.build()).width
    }

    #[test]
    fn github_subjects() {
        use Width::*;
        for (text, expected) in [
            ("*", Some(Anyone)),
            ("repo*", Some(Anyone)),
            ("repo:*", Some(Anyone)),
            ("repo:*/*", Some(Anyone)),
            ("repo:*/*:*", Some(Anyone)),
            ("repo:*/app:*", Some(Anyone)),
            ("*:ref:refs/heads/main", Some(Anyone)),
            ("environment:production", Some(Anyone)),
            ("repo:acme*", Some(Prefix)),
            ("repo:acme-*/*", Some(Prefix)),
            ("repo:acme?/app:*", Some(Prefix)),
            ("repo:acme/*", Some(Organization)),
            ("repo:acme/*:*", Some(Organization)),
            ("repo:acme/*:ref:refs/heads/main", Some(Organization)),
            ("repo:acme@12/*", Some(Organization)),
            ("repository_owner:acme:*", Some(Organization)),
            ("repository_owner_id:123:environment:prod", Some(Organization)),
            ("repo:acme/infra-*:*", Some(Family)),
            ("repo:acme/app*", Some(Family)),
            ("repo:acme/app:*", Some(Whole)),
            ("repo:acme@12/app@34:*", Some(Whole)),
            ("repo:acme/app:pull_request", Some(Whole)),
            ("repo:acme/app:ref:refs/heads/*", Some(Whole)),
            ("repo:acme/app:ref:refs/heads/main", Some(One)),
            ("repo:acme/app:ref:refs/tags/v*", Some(One)),
            ("repo:acme/app:environment:prod", Some(One)),
            ("repo:acme/app:environment:prod:job_workflow_ref:acme/w/.github/workflows/d.yml@*", Some(One)),
            ("repository_owner:acme:job_workflow_ref:acme/w/.github/workflows/d.yml@v1", Some(One)),
            ("repo:…:*", Some(Whole)),
            ("repo:…/…:ref:refs/heads/main", Some(One)),
            ("repo:…/*", Some(Organization)),
            ("repo:…*", None),
            ("…", None),
            ("acme/app", Some(Nobody)),
        ] {
            assert_eq!(width(Issuer::GitHub, text), expected, "{text}");
        }
        let literal = Pattern::literal("repo:acme/app:*");
        assert_eq!(read(Issuer::GitHub, &literal).width, Some(Nobody));
    }

    #[test]
    fn other_subjects() {
        use Width::*;
        for (issuer, text, expected) in [
            (Issuer::GitLab, "*", Some(Anyone)),
            (Issuer::GitLab, "project_path:*", Some(Anyone)),
            (Issuer::GitLab, "project_path:*:ref_type:branch:ref:main", Some(Anyone)),
            (Issuer::GitLab, "project_path:acme*", Some(Prefix)),
            (Issuer::GitLab, "project_path:acme/*", Some(Organization)),
            (Issuer::GitLab, "project_path:acme/infra/*:ref_type:branch:ref:main", Some(Organization)),
            (Issuer::GitLab, "project_path:acme/app:*", Some(Whole)),
            (Issuer::GitLab, "project_path:acme/app:ref_type:branch:ref:main", Some(One)),
            (Issuer::TerraformCloud, "*", Some(Anyone)),
            (Issuer::TerraformCloud, "organization:*", Some(Anyone)),
            (Issuer::TerraformCloud, "organization:acme*:project:*:workspace:*:run_phase:*", Some(Prefix)),
            (Issuer::TerraformCloud, "organization:acme:*", Some(Organization)),
            (
                Issuer::TerraformCloud,
                "organization:acme:project:*:workspace:*:run_phase:*",
                Some(Organization),
            ),
            (Issuer::TerraformCloud, "organization:acme:project:p:*", Some(Whole)),
            (Issuer::TerraformCloud, "organization:acme:project:p:workspace:w:run_phase:*", Some(One)),
            (Issuer::TerraformCloud, "organization:acme:project:*:workspace:w-*:run_phase:*", Some(Family)),
            (Issuer::TerraformCloud, "organization:…:project:…:workspace:…:run_phase:apply", Some(One)),
            (Issuer::Buildkite, "organization:acme:*", Some(Organization)),
            (Issuer::Buildkite, "organization:acme:pipeline:deploy:*", Some(One)),
            (Issuer::CircleCi, "org/1/project/*", Some(Organization)),
            (Issuer::CircleCi, "org/1/*", Some(Organization)),
            (Issuer::CircleCi, "org/1/project/2/user/*", Some(Whole)),
            (Issuer::Bitbucket, "*", Some(Organization)),
            (Issuer::Bitbucket, "{1}*:*", Some(Whole)),
            (Issuer::Kubernetes, "*", Some(Organization)),
            (Issuer::Kubernetes, "system:serviceaccount:*", Some(Organization)),
            (Issuer::Kubernetes, "system:serviceaccount:*:*", Some(Organization)),
            (Issuer::Kubernetes, "system:serviceaccount:*:app", Some(Prefix)),
            (Issuer::Kubernetes, "system:serviceaccount:web-*:app", Some(Family)),
            (Issuer::Kubernetes, "system:serviceaccount:web:*", Some(Whole)),
            (Issuer::Kubernetes, "system:serviceaccount:web:app", Some(One)),
            (Issuer::Kubernetes, "system:serviceaccount:…:…", Some(One)),
            (Issuer::Kubernetes, "…", None),
            (Issuer::Other, "*", Some(Organization)),
            (Issuer::Other, "user-1", Some(One)),
        ] {
            assert_eq!(width(issuer, text), expected, "{issuer:?} {text}");
        }
    }
}
