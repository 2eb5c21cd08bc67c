use super::table::Table;
use super::{AwsSettings, PathGlobs};

/// `[live]`: what `--live` asks.
#[derive(Clone, Debug, Default)]
pub struct LiveSettings {
    /// `[[live.aws]]`, one for each account.
    pub aws: Vec<LiveAccount>,
}

/// An account, and the code that is for it.
#[derive(Clone, Debug)]
pub struct LiveAccount {
    pub access: AwsSettings,
    /// Root modules that are applied there; not known when empty.
    pub roots: PathGlobs,
}

impl LiveSettings {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let aws = table.tables("aws").into_iter().filter_map(LiveAccount::read).collect();
        table.finish();
        LiveSettings { aws }
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

impl Default for LiveAccount {
    /// Whoever the usual variables of the environment speak for.
    fn default() -> Self {
        LiveAccount { access: AwsSettings::usual(), roots: PathGlobs::default() }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{AwsAccess, LiveAccount, parse};

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
    fn secrets_and_unknown_keys_are_refused() {
        assert!(parse("[[live.aws]]\nsecret-access-key = \"x\"\n", &[]).is_err());
        assert!(parse("[live]\ngcp = 1\n", &[]).is_err());
    }
}
