use super::secret_source::secret;
use super::table::Table;
use super::{AwsSettings, AzureSettings, GcpSettings, PathGlobs, SecretSource};
use toml::Spanned;

/// `[live]`: what `--live` asks.
#[derive(Clone, Debug, Default)]
pub struct LiveSettings {
    /// `[[live.aws]]`, one for each account.
    pub aws: Vec<LiveAccount>,
    /// `[[live.github]]`, one for each repository.
    pub github: Vec<LiveRepository>,
    /// `[[live.google]]`, one for each project.
    pub google: Vec<LiveProject>,
    /// `[[live.azure]]`, one for each tenant.
    pub azure: Vec<LiveTenant>,
}

/// A tenant of Entra, and the code that is for it.
#[derive(Clone, Debug)]
pub struct LiveTenant {
    /// Its id, or one of its domains.
    pub tenant: String,
    /// Of Microsoft Graph, instead of the usual one.
    pub endpoint: Option<String>,
    pub access: AzureSettings,
    /// Root modules that are applied there; not known when empty.
    pub roots: PathGlobs,
}

/// A project of Google Cloud, and the code that is for it.
#[derive(Clone, Debug)]
pub struct LiveProject {
    /// Its id.
    pub project: String,
    pub access: GcpSettings,
    /// Root modules that are applied there; not known when empty.
    pub roots: PathGlobs,
}

/// A repository on GitHub.
#[derive(Clone, Debug)]
pub struct LiveRepository {
    /// `owner/name`.
    pub repository: String,
    /// Instead of GitHub's own.
    pub api: Option<String>,
    pub token: SecretSource,
}

/// An account, and the code that is for it.
#[derive(Clone, Debug)]
pub struct LiveAccount {
    pub access: AwsSettings,
    /// Root modules that are applied there; not known when empty.
    pub roots: PathGlobs,
}

impl LiveSettings {
    /// Nothing is named, so whoever the environment speaks for is meant.
    pub fn is_empty(&self) -> bool {
        self.aws.is_empty() && self.github.is_empty() && self.google.is_empty() && self.azure.is_empty()
    }

    pub(super) fn read(mut table: Table<'_>) -> Self {
        let aws = table.tables("aws").into_iter().filter_map(LiveAccount::read).collect();
        let github = table.tables("github").into_iter().filter_map(LiveRepository::read).collect();
        let google = table.tables("google").into_iter().filter_map(LiveProject::read).collect();
        let azure = table.tables("azure").into_iter().filter_map(LiveTenant::read).collect();
        table.finish();
        LiveSettings { aws, github, google, azure }
    }
}

impl LiveAccount {
    fn read(mut table: Table<'_>) -> Option<Self> {
        // IAM is the same in all regions; the region is the one that is asked who asks.
        let access = AwsSettings::read(&mut table, Some("us-east-1"));
        let roots = PathGlobs::read(table.strings("roots").unwrap_or_default(), table.sink);
        table.finish();
        Some(LiveAccount { access: access?, roots })
    }
}

impl LiveProject {
    fn read(mut table: Table<'_>) -> Option<Self> {
        let example = "name it: `project = \"acme-prod\"`";
        let project = table.required("project", example);
        let access = GcpSettings::read(&mut table);
        let roots = PathGlobs::read(table.strings("roots").unwrap_or_default(), table.sink);
        let project = project?;
        let id = project.get_ref();
        // Source: Google Cloud, "Creating and managing projects"; a domain may come before a colon.
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
        if id.is_empty() || !id.bytes().all(plain) {
            table.sink.help(project.span(), "this is no id of a project", example);
            return None;
        }
        table.finish();
        Some(LiveProject { project: project.into_inner(), access: access?, roots })
    }
}

impl LiveTenant {
    fn read(mut table: Table<'_>) -> Option<Self> {
        let access = AzureSettings::read(&mut table);
        let endpoint = table.string("endpoint").map(Spanned::into_inner);
        let roots = PathGlobs::read(table.strings("roots").unwrap_or_default(), table.sink);
        let access = access?;
        let Some(tenant) = access.tenant.clone() else {
            table.missing("tenant", "name it: `tenant = \"acme.onmicrosoft.com\"`, or its id");
            return None;
        };
        table.finish();
        Some(LiveTenant { tenant, endpoint, access, roots })
    }
}

impl LiveRepository {
    fn read(mut table: Table<'_>) -> Option<Self> {
        let name = table.required("repository", "name it: `repository = \"acme/infrastructure\"`");
        let api = table.string("api").map(Spanned::into_inner);
        let token = secret(&mut table, ["token-env", "token-file"], "token", Some("GITHUB_TOKEN"));
        table.finish();
        Some(LiveRepository { repository: name?.into_inner(), api, token: token? })
    }
}

impl Default for LiveAccount {
    /// Whoever the usual variables of the environment speak for.
    fn default() -> Self {
        LiveAccount { access: AwsSettings::usual(), roots: PathGlobs::default() }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{AwsAccess, AzureAccess, GcpAccess, LiveAccount, parse};

    #[test]
    fn accounts_are_read_with_their_code() {
        let text = "[[live.aws]]\nroots = [\"prod\", \"shared/**\"]\ncredentials-file = \"audit.json\"\n";
        let live = parse(text, &[]).unwrap().live;
        assert_eq!(live.aws[0].access.access, AwsAccess::File("audit.json".to_owned()));
        assert!(live.aws[0].roots.matches("prod/eu") && !live.aws[0].roots.matches("dev"));
        let usual = LiveAccount::default();
        assert!(matches!(usual.access.access, AwsAccess::Variables { id, .. } if id == "AWS_ACCESS_KEY_ID"));
    }

    #[test]
    fn projects_are_read_with_who_asks() {
        let text =
            "[[live.google]]\nproject = \"example.com:acme\"\ntoken-env = \"TOKEN\"\nroots = [\"prod\"]\n";
        let live = parse(text, &[]).unwrap().live;
        assert_eq!(live.google[0].project, "example.com:acme");
        assert!(matches!(&live.google[0].access.access, GcpAccess::Token(_)));
        assert!(live.google[0].roots.matches("prod") && !live.is_empty());
        for wrong in ["", "project = \"a/b\"", "project = \"acme\"\ncredentials = \"x\"", "project = \"\""] {
            assert!(parse(&format!("[[live.google]]\n{wrong}\n"), &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tenants_are_read_with_who_asks() {
        let text = "[[live.azure]]\ntenant = \"acme.onmicrosoft.com\"\ncredentials-file = \"audit.json\"\n";
        let live = parse(text, &[]).unwrap().live;
        assert_eq!(live.azure[0].tenant, "acme.onmicrosoft.com");
        assert!(matches!(&live.azure[0].access.access, AzureAccess::File(file) if file == "audit.json"));
        for wrong in
            ["", "tenant = \"a/b\"", "tenant = \"acme\"\nclient-secret = \"x\"", "tenant = \"acme\"\nx = 1"]
        {
            assert!(parse(&format!("[[live.azure]]\n{wrong}\n"), &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_and_unknown_keys_are_refused() {
        assert!(parse("[[live.aws]]\nsecret-access-key = \"x\"\n", &[]).is_err());
        assert!(parse("[live]\ngcp = 1\n", &[]).is_err());
        assert!(parse("[[live.github]]\nrepository = \"a/b\"\ntoken = \"x\"\n", &[]).is_err());
        assert!(parse("[[live.github]]\n", &[]).is_err());
    }
}
