//! Secrets that are given to pipelines: of which types they are, what they are called, and where their values
//! come from. Sources: the Terraform Registry pages of the GitHub, GitLab, HCP Terraform, CircleCI and
//! Bitbucket providers.

use crate::eval::value::{Kind, Value, Why};
use crate::eval::{Attr, Resource};
use crate::identity::{Credential, Model, Place};
use crate::secret::is_secret_name;

/// Where a type of pipeline secret has its parts.
#[derive(Debug)]
pub(super) struct CiSecret {
    pub kind: &'static str,
    pub name: &'static str,
    pub values: &'static [&'static str],
    /// Nothing else is put into it.
    pub always_secret: bool,
    /// The platform, for advice.
    pub platform: &'static str,
}

const fn row(
    kind: &'static str,
    name: &'static str,
    values: &'static [&'static str],
    always_secret: bool,
    platform: &'static str,
) -> CiSecret {
    CiSecret { kind, name, values, always_secret, platform }
}

const GITHUB: &[&str] = &["plaintext_value", "encrypted_value", "value", "value_encrypted"];

const KINDS: [CiSecret; 20] = [
    row("github_actions_secret", "secret_name", GITHUB, true, "github"),
    row("github_actions_environment_secret", "secret_name", GITHUB, true, "github"),
    row("github_actions_organization_secret", "secret_name", GITHUB, true, "github"),
    row("github_dependabot_secret", "secret_name", GITHUB, true, "github"),
    row("github_dependabot_organization_secret", "secret_name", GITHUB, true, "github"),
    row("github_codespaces_secret", "secret_name", GITHUB, true, "github"),
    row("github_codespaces_organization_secret", "secret_name", GITHUB, true, "github"),
    row("github_codespaces_user_secret", "secret_name", GITHUB, true, "github"),
    row("github_actions_variable", "variable_name", &["value"], false, "github"),
    row("gitlab_project_variable", "key", &["value"], false, "gitlab"),
    row("gitlab_group_variable", "key", &["value"], false, "gitlab"),
    row("gitlab_instance_variable", "key", &["value"], false, "gitlab"),
    row("tfe_variable", "key", &["value", "value_wo"], false, "tfe"),
    row("circleci_environment_variable", "name", &["value"], true, "circleci"),
    row("circleci_context_environment_variable", "variable", &["value"], true, "circleci"),
    row("bitbucket_repository_variable", "key", &["value"], false, "bitbucket"),
    row("bitbucket_workspace_variable", "key", &["value"], false, "bitbucket"),
    row("bitbucket_deployment_variable", "key", &["value"], false, "bitbucket"),
    row("buildkite_pipeline_secret", "key", &["value"], true, "buildkite"),
    row("spacelift_environment_variable", "name", &["value"], false, "spacelift"),
];

pub(super) fn of(kind: &str) -> Option<&'static CiSecret> {
    KINDS.iter().find(|row| row.kind == kind)
}

impl CiSecret {
    pub fn name_of<'r>(&self, resource: &'r Resource) -> Option<&'r str> {
        resource.body.text(self.name)
    }

    /// The attribute that gives it its value.
    pub fn value_of<'r>(&self, resource: &'r Resource) -> Option<(&'static str, &'r Attr)> {
        let given = self.values.iter().find_map(|name| Some((*name, resource.body.attr(name)?)));
        given.filter(|(_, attr)| !attr.value.is_null() && attr.value.as_str() != Some(""))
    }

    /// It is a secret by its type or by its name.
    pub fn holds_secret(&self, resource: &Resource) -> bool {
        self.always_secret || self.name_of(resource).is_some_and(is_secret_name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cloud {
    Aws,
    Google,
    Azure,
}

/// Names by which the tools of a cloud read a key. Sources: AWS CLI User Guide, "Environment variables";
/// Google provider reference, "Authentication"; azurerm provider, "Authenticating using a service principal".
const NAMES: [(&str, Cloud); 20] = [
    ("AWS_SECRET_ACCESS_KEY", Cloud::Aws),
    ("AWS_SECRET_KEY", Cloud::Aws),
    ("AWS_ACCESS_KEY_SECRET", Cloud::Aws),
    ("GOOGLE_CREDENTIALS", Cloud::Google),
    ("GOOGLE_APPLICATION_CREDENTIALS", Cloud::Google),
    ("GOOGLE_APPLICATION_CREDENTIALS_JSON", Cloud::Google),
    ("GOOGLE_CLOUD_KEYFILE_JSON", Cloud::Google),
    ("GCLOUD_SERVICE_KEY", Cloud::Google),
    ("GCLOUD_KEYFILE_JSON", Cloud::Google),
    ("GCP_CREDENTIALS", Cloud::Google),
    ("GCP_SA_KEY", Cloud::Google),
    ("GCP_SERVICE_ACCOUNT_KEY", Cloud::Google),
    ("GCP_KEY", Cloud::Google),
    ("GCR_JSON_KEY", Cloud::Google),
    ("AZURE_CLIENT_SECRET", Cloud::Azure),
    ("ARM_CLIENT_SECRET", Cloud::Azure),
    ("AZURE_CREDENTIALS", Cloud::Azure),
    ("AZURE_SP_CREDENTIALS", Cloud::Azure),
    ("ARM_ACCESS_KEY", Cloud::Azure),
    ("AZURE_CLIENT_CERTIFICATE_PASSWORD", Cloud::Azure),
];

/// The cloud whose key something of this name is; `PROD_AWS_SECRET_ACCESS_KEY` is one as well.
pub(super) fn cloud_of_name(name: &str) -> Option<Cloud> {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let found = NAMES.iter().find(|(known, _)| {
        name.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
            || name.strip_prefix(known).is_some_and(|rest| rest.starts_with('_'))
    });
    found.map(|(_, cloud)| *cloud)
}

/// The cloud whose standing key a credential is.
pub(super) fn cloud_of_credential(credential: &Credential) -> Option<Cloud> {
    match credential.kind.as_str() {
        "aws_iam_access_key" | "aws_iam_service_specific_credential" => Some(Cloud::Aws),
        "google_service_account_key" | "google_storage_hmac_key" => Some(Cloud::Google),
        "azuread_application_password" | "azuread_service_principal_password" => Some(Cloud::Azure),
        _ => None,
    }
}

/// Standing cloud keys that go into a pipeline secret.
pub(super) fn keys_in<'m>(
    places: &[&'m Place],
    model: &'m Model,
) -> impl Iterator<Item = (&'m Place, &'m Credential, Cloud)> {
    places.iter().filter_map(move |place| {
        let credential = model.credential(place.credential);
        let cloud = cloud_of_credential(credential).filter(|_| credential.is_static)?;
        // SMTP passwords are no keys to the cloud.
        (!place.output.starts_with("ses_smtp")).then_some((*place, credential, cloud))
    })
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Literal,
    /// An attribute of a resource or data source, which is in state: its address and path.
    State(String),
    /// An input variable, which whoever applies it gives.
    Variable(String),
    Unknown,
}

pub(super) fn source(model: &Model, value: &Value) -> Source {
    let refs = value.deep_refs();
    if let Some(reference) = refs.iter().next() {
        let address = &model.resource(reference.resource).address;
        return Source::State(match reference.path.is_empty() {
            true => address.clone(),
            false => format!("{address}.{}", reference.path),
        });
    }
    match &value.kind {
        Kind::String(_) | Kind::Number(_) => Source::Literal,
        Kind::Unknown(unknown) => match &unknown.why {
            Why::Variable(name) => Source::Variable(name.to_string()),
            _ => Source::Unknown,
        },
        _ => Source::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys() {
        assert_eq!(cloud_of_name("AWS_SECRET_ACCESS_KEY"), Some(Cloud::Aws));
        assert_eq!(cloud_of_name("prod-aws-secret-access-key"), Some(Cloud::Aws));
        assert_eq!(cloud_of_name("ARM_CLIENT_SECRET_PROD"), Some(Cloud::Azure));
        assert_eq!(cloud_of_name("GCP_SA_KEY"), Some(Cloud::Google));
        assert_eq!(cloud_of_name("MYGCP_KEYS"), None);
        assert_eq!(cloud_of_name("AWS_ROLE_ARN"), None);
    }
}
