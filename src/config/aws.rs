use super::secret_source::{refuse_secrets, variable};
use super::table::Table;
use toml::Spanned;

/// Variables with an id, its secret and a session.
/// Source: AWS SDKs and Tools Reference Guide, "AWS access keys".
const USUAL: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// How AWS is asked, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsSettings {
    pub region: String,
    /// Instead of the usual one of the service.
    pub endpoint: Option<String>,
    pub access: AwsAccess,
}

impl AwsSettings {
    pub(super) fn read(table: &mut Table<'_>, usual_region: Option<&str>) -> Option<Self> {
        let region = match usual_region {
            Some(usual) => Some(table.string("region").map_or(usual.to_owned(), Spanned::into_inner)),
            None => table.required("region", "`region = \"eu-central-1\"`").map(Spanned::into_inner),
        };
        let endpoint = table.string("endpoint").map(Spanned::into_inner);
        refuse_secrets(table, &["access-key-id", "secret-access-key", "session-token"]);
        let file = table.string("credentials-file").map(Spanned::into_inner);
        let id = variable(table, "access-key-id-env", USUAL[0]);
        let secret = variable(table, "secret-access-key-env", USUAL[1]);
        let session = variable(table, "session-token-env", USUAL[2]);
        let access = match file {
            Some(file) => AwsAccess::File(file),
            None => AwsAccess::Variables { id: id?, secret: secret?, session: session? },
        };
        Some(AwsSettings { region: region?, endpoint, access })
    }

    /// Whoever the usual variables of the environment speak for.
    pub(super) fn usual() -> Self {
        let [id, secret, session] = USUAL.map(str::to_owned);
        let access = AwsAccess::Variables { id, secret, session };
        AwsSettings { region: "us-east-1".to_owned(), endpoint: None, access }
    }
}

/// Where the key that asks comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsAccess {
    /// Names of the variables with its id, its secret, and its session token if it has one.
    Variables { id: String, secret: String, session: String },
    /// A file as a `credential_process` prints it.
    File(String),
}
