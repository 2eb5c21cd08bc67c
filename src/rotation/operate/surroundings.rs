use super::clock::Ticking;
use crate::config::{AwsAccess, AzureAccess, AzureSettings, GcpAccess, GcpSettings, SecretSource};
use crate::rotation::Http;
use crate::rotation::aws::AwsCredentials;
use crate::rotation::traits::{Clock, KeyId, Moment};
use crate::rotation::{azure, gcp};
use crate::source::read_limited;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(20);

/// What is around a run: the command line knows it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Which paths of the configuration are relative to.
    pub dir: &'a Path,
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub now: fn() -> Moment,
    /// Who does this, for the evidence.
    pub by: &'a str,
    /// Instead of the usual time for one request.
    pub timeout: Option<Duration>,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Surroundings").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// What is wrong, and what to do about it.
pub type Refusal = (String, String);

impl Surroundings<'_> {
    /// The clock of this machine.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(Ticking { now: self.now, ahead: 0 })
    }

    pub fn http(&self) -> Result<Http, Refusal> {
        Http::new(self.timeout.unwrap_or(TIMEOUT))
            .map_err(|why| (why, "install the certificates of the system".to_owned()))
    }

    /// What a variable or a file holds.
    pub fn secret(&self, source: &SecretSource) -> Result<SecretString, Refusal> {
        match source {
            SecretSource::Variable(name) => Ok(SecretString::from(self.variable(name)?)),
            SecretSource::File(path) => Ok(SecretString::from(self.file(path)?.trim())),
        }
    }

    /// Who asks AWS.
    pub fn aws(&self, access: &AwsAccess) -> Result<AwsCredentials, Refusal> {
        match access {
            AwsAccess::Variables { id, secret, session } => Ok(AwsCredentials {
                id: self.variable(id)?,
                secret: SecretString::from(self.variable(secret)?),
                session: (self.variable)(session).map(SecretString::from),
            }),
            AwsAccess::File(path) => {
                let text = self.file(path)?;
                process_output(&text).ok_or_else(|| {
                    let help =
                        "it has `AccessKeyId` and `SecretAccessKey`, as a `credential_process` prints them";
                    (format!("`{path}` holds no credentials of AWS"), help.to_owned())
                })
            }
        }
    }

    /// Who asks Google.
    pub fn google(&self, settings: &GcpSettings, http: &Http) -> Result<gcp::Actor, Refusal> {
        Ok(gcp::Actor::new(self.tokens(settings, http)?, self.google_login(&settings.access)?))
    }

    pub(super) fn tokens(&self, settings: &GcpSettings, http: &Http) -> Result<gcp::TokenEndpoint, Refusal> {
        let address = settings.token_endpoint.as_deref();
        gcp::TokenEndpoint::new(http.clone(), self.clock(), address).map_err(no_address)
    }

    fn google_login(&self, access: &GcpAccess) -> Result<gcp::Login, Refusal> {
        match access {
            GcpAccess::Token(source) => self.secret(source).map(gcp::Login::Token),
            GcpAccess::File(path) => {
                let text = self.file(path)?;
                let read = gcp::KeyFile::read(&text).map(Box::new);
                read.map(gcp::Login::KeyFile).map_err(|why| {
                    let help = "it has the key of a service account, as Google gives it out".to_owned();
                    (format!("cannot use `{path}`: {why}"), help)
                })
            }
            GcpAccess::Usual => Ok(match (self.variable)(GcpAccess::VARIABLE) {
                Some(token) => gcp::Login::Token(SecretString::from(token)),
                // As libraries of Google have it.
                None => gcp::Login::Metadata((self.variable)("GCE_METADATA_HOST")),
            }),
        }
    }

    /// Who asks Entra and Azure. Names of variables are those of Azure's own libraries.
    pub fn azure(&self, settings: &AzureSettings, http: &Http) -> Result<azure::Login, Refusal> {
        let variable = |name: &str| (self.variable)(name).filter(|value| !value.is_empty());
        let authority = |tenant: Option<String>| {
            let tenant = settings.tenant.clone().or(tenant).or_else(|| variable("AZURE_TENANT_ID"));
            let tenant = tenant.ok_or_else(|| {
                let help = "set `tenant` in `keyward.toml`, or the variable `AZURE_TENANT_ID`";
                ("it is not known in which tenant to log in".to_owned(), help.to_owned())
            })?;
            self.authority(settings, &tenant, http)
        };
        match &settings.access {
            AzureAccess::Token(source) => self.secret(source).map(azure::Login::Token),
            AzureAccess::File(path) => {
                let (tenant, client) = application(&self.file(path)?).ok_or_else(|| {
                    let help =
                        "it has `clientId`, `clientSecret` and `tenantId`, as the Azure CLI prints them";
                    (format!("`{path}` holds no application of Entra"), help.to_owned())
                })?;
                Ok(azure::Login::Password { authority: authority(tenant)?, client })
            }
            AzureAccess::Usual => {
                let client = variable("AZURE_CLIENT_ID");
                let (password, file) =
                    (variable("AZURE_CLIENT_SECRET"), variable("AZURE_FEDERATED_TOKEN_FILE"));
                Ok(match (client, password, file) {
                    (Some(id), Some(password), _) => {
                        let client = azure::Client { id, password: SecretString::from(password), key: None };
                        azure::Login::Password { authority: authority(None)?, client }
                    }
                    (Some(client), None, Some(file)) => {
                        let (authority, file) = (authority(None)?, self.dir.join(file));
                        azure::Login::Federated { authority, client, file }
                    }
                    (client, ..) => azure::Login::Machine {
                        client,
                        instead: variable("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
                    },
                })
            }
        }
    }

    pub(super) fn authority(
        &self,
        settings: &AzureSettings,
        tenant: &str,
        http: &Http,
    ) -> Result<azure::Authority, Refusal> {
        azure::Authority::new(http.clone(), settings.authority.as_deref(), tenant).map_err(no_address)
    }

    fn variable(&self, name: &str) -> Result<String, Refusal> {
        (self.variable)(name).ok_or_else(|| {
            let help = format!("set `{name}`, or name another variable or a file in keyward.toml");
            (format!("the variable `{name}` is not set"), help)
        })
    }

    pub(super) fn file(&self, path: &str) -> Result<Zeroizing<String>, Refusal> {
        let wrong = |why: String| {
            (format!("cannot read `{path}`: {why}"), "its path is relative to keyward.toml".to_owned())
        };
        let bytes = read_limited(&self.dir.join(path)).map_err(|gap| wrong(gap.message))?;
        String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| wrong("it is no text".to_owned()))
    }
}

pub(super) fn no_address(why: String) -> Refusal {
    (why, "correct it in `keyward.toml`".to_owned())
}

/// The tenant of an application, and what it logs in with.
/// Source: Azure CLI, `az ad sp create-for-rbac --json-auth`; `keyId` is ours.
fn application(text: &str) -> Option<(Option<String>, azure::Client)> {
    let read: serde_json::Value = serde_json::from_str(text).ok()?;
    let of = |name: &str| read[name].as_str().map(str::to_owned);
    let (password, key) = (SecretString::from(of("clientSecret")?), of("keyId").map(KeyId));
    Some((of("tenantId"), azure::Client { id: of("clientId")?, password, key }))
}

/// Source: AWS CLI User Guide, "Sourcing credentials with an external process".
fn process_output(text: &str) -> Option<AwsCredentials> {
    let read: serde_json::Value = serde_json::from_str(text).ok()?;
    let of = |name: &str| read[name].as_str().map(str::to_owned);
    Some(AwsCredentials {
        id: of("AccessKeyId")?,
        secret: SecretString::from(of("SecretAccessKey")?),
        session: of("SessionToken").map(SecretString::from),
    })
}
