//! Who issued a token, told by the host in its address.

use super::{Issuer, Width};

/// Parts of an issuer's address, or of the ARN of a provider for it. The first that is found counts.
const HOSTS: &[(&str, Issuer)] = &[
    ("token.actions.", Issuer::GitHub),
    ("vstoken.actions.", Issuer::GitHub),
    ("/_services/token", Issuer::GitHub),
    ("api.bitbucket.org", Issuer::Bitbucket),
    ("oidc.circleci.com", Issuer::CircleCi),
    ("agent.buildkite.com", Issuer::Buildkite),
    ("app.terraform.io", Issuer::TerraformCloud),
    ("app.eu.terraform.io", Issuer::TerraformCloud),
    ("oidc.eks.", Issuer::Kubernetes),
    ("oidc-eks.", Issuer::Kubernetes),
    ("container.googleapis.com", Issuer::Kubernetes),
    (".oic.prod-aks.azure.com", Issuer::Kubernetes),
    ("oidc.prod-aks.azure.com", Issuer::Kubernetes),
    ("kubernetes.default.svc", Issuer::Kubernetes),
    ("cognito-identity.amazonaws.com", Issuer::Cognito),
    ("accounts.google.com", Issuer::Google),
    (":saml-provider/", Issuer::Saml),
    ("gitlab", Issuer::GitLab),
];

/// Issuers whose tokens anybody gets who opens an account.
/// Sources: the pages on OpenID Connect of GitHub, GitLab, HCP Terraform and Buildkite.
const PUBLIC: &[&str] = &[
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "app.eu.terraform.io",
    "agent.buildkite.com",
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
];

impl Issuer {
    /// Told by the address; `Other` where nothing in it is known.
    pub fn of(address: &str) -> Issuer {
        let address = address.to_ascii_lowercase();
        HOSTS.iter().find(|(host, _)| address.contains(host)).map_or(Issuer::Other, |(_, issuer)| *issuer)
    }

    /// Told by the form of a subject, where the address says nothing.
    pub fn of_subject(subject: &str) -> Option<Issuer> {
        let forms = [
            ("system:serviceaccount:", Issuer::Kubernetes),
            ("repo:", Issuer::GitHub),
            ("project_path:", Issuer::GitLab),
        ];
        if subject.starts_with("organization:") {
            return match subject.contains(":pipeline:") {
                true => Some(Issuer::Buildkite),
                false => subject.contains(":workspace:").then_some(Issuer::TerraformCloud),
            };
        }
        forms.iter().find(|(start, _)| subject.starts_with(start)).map(|(_, issuer)| *issuer)
    }

    /// How it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Issuer::GitHub => "GitHub Actions",
            Issuer::GitLab => "GitLab CI",
            Issuer::Bitbucket => "Bitbucket Pipelines",
            Issuer::CircleCi => "CircleCI",
            Issuer::Buildkite => "Buildkite",
            Issuer::TerraformCloud => "HCP Terraform",
            Issuer::Kubernetes => "the cluster",
            Issuer::Cognito => "Amazon Cognito",
            Issuer::Google => "Google",
            Issuer::Saml => "the SAML provider",
            Issuer::RolesAnywhere => "IAM Roles Anywhere",
            Issuer::Vault => "Vault",
            Issuer::Other => "the identity provider",
        }
    }

    /// Who holds a token of it at all.
    pub fn everybody(self, address: &str) -> Width {
        match is_public(self, address) {
            true => Width::Anyone,
            false => Width::Organization,
        }
    }
}

/// Whether one issuer serves everybody, so that only the subject tells its customers apart. Some issuers have an
/// address for each customer: `oidc.circleci.com/org/…`, a cluster, a tenant.
pub fn is_public(issuer: Issuer, address: &str) -> bool {
    let host = host(address);
    match issuer {
        // Enterprises may have an issuer of their own, with their name behind the host.
        Issuer::GitHub => match host.split_once('/') {
            Some((host, rest)) => host == PUBLIC[0] && rest.trim_matches('/').is_empty(),
            None => true,
        },
        // Whatever provider the account has.
        _ => host == "*" || PUBLIC.contains(&host.trim_end_matches('/')),
    }
}

/// The address without scheme, or behind the last part of an ARN.
fn host(address: &str) -> &str {
    let rest = address.split_once(":oidc-provider/").map_or(address, |(_, rest)| rest);
    let rest = rest.strip_prefix("https://").unwrap_or(rest);
    rest.strip_suffix("/.well-known/openid-configuration").unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_told_by_their_host() {
        let arn = "arn:aws:iam::1:oidc-provider/";
        for (address, issuer, public) in [
            ("https://token.actions.githubusercontent.com", Issuer::GitHub, true),
            ("token.actions.githubusercontent.com/", Issuer::GitHub, true),
            ("https://token.actions.githubusercontent.com/acme", Issuer::GitHub, false),
            ("https://github.acme.com/_services/token", Issuer::GitHub, false),
            ("gitlab.com", Issuer::GitLab, true),
            ("gitlab.acme.com", Issuer::GitLab, false),
            ("https://app.terraform.io", Issuer::TerraformCloud, true),
            ("oidc.circleci.com/org/1", Issuer::CircleCi, false),
            ("oidc.eks.eu-west-1.amazonaws.com/id/A", Issuer::Kubernetes, false),
            ("acme.eu.auth0.com", Issuer::Other, false),
        ] {
            assert_eq!(Issuer::of(address), issuer, "{address}");
            assert_eq!(is_public(issuer, address), public, "{address}");
            let provider = format!("{arn}{}", address.trim_start_matches("https://"));
            assert_eq!((Issuer::of(&provider), is_public(issuer, &provider)), (issuer, public), "{provider}");
        }
    }
}
