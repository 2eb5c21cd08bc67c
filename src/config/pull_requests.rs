use super::table::Table;
use toml::Spanned;
use toml::de::DeValue;

/// What findings of one pull request have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    Owner,
    /// The directory of the file.
    Module,
    /// The category of the rule.
    Family,
    Rule,
}

impl GroupBy {
    const ALL: [GroupBy; 4] = [GroupBy::Owner, GroupBy::Module, GroupBy::Family, GroupBy::Rule];

    fn name(self) -> &'static str {
        match self {
            GroupBy::Owner => "owner",
            GroupBy::Module => "module",
            GroupBy::Family => "family",
            GroupBy::Rule => "rule",
        }
    }
}

/// Which pull requests are drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draft {
    Never,
    /// Those with a fix that may remove access, rotate or replace.
    Unsafe,
    Always,
}

impl Draft {
    const ALL: [Draft; 3] = [Draft::Never, Draft::Unsafe, Draft::Always];

    fn name(self) -> &'static str {
        match self {
            Draft::Never => "never",
            Draft::Unsafe => "unsafe",
            Draft::Always => "always",
        }
    }
}

/// `[pr]`.
#[derive(Clone, Debug)]
pub struct PullRequests {
    /// The branch that they are for; the default branch without one.
    pub base: Option<Spanned<String>>,
    pub labels: Vec<Spanned<String>>,
    /// How many may be open at once. Critical ones are counted by themselves.
    pub max_open: usize,
    /// How many one run opens, counted likewise.
    pub max_per_run: usize,
    pub group_by: Vec<GroupBy>,
    pub draft: Draft,
    pub unsafe_fixes: bool,
    /// Besides the owners: `@user` or `@organisation/team`.
    pub reviewers: Vec<Spanned<String>>,
    pub ask_owners: bool,
    /// How long one that was closed without merging is left alone.
    pub suppress_days: i64,
    pub dashboard: bool,
    /// Follow the base whenever it moves, and not only when the changed files do.
    pub always_follow: bool,
    /// Let GitHub sign commits that are made with a token.
    pub sign: bool,
}

impl Default for PullRequests {
    fn default() -> Self {
        PullRequests {
            base: None,
            labels: Vec::new(),
            max_open: 5,
            max_per_run: 3,
            group_by: vec![GroupBy::Owner, GroupBy::Module, GroupBy::Family],
            draft: Draft::Unsafe,
            unsafe_fixes: true,
            reviewers: Vec::new(),
            ask_owners: true,
            suppress_days: 90,
            dashboard: true,
            always_follow: false,
            sign: false,
        }
    }
}

impl PullRequests {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let usual = PullRequests::default();
        let config = PullRequests {
            base: table.string("base"),
            labels: table.strings("labels").unwrap_or_default(),
            max_open: read_count(&mut table, "max-open").unwrap_or(usual.max_open),
            max_per_run: read_count(&mut table, "max-per-run").unwrap_or(usual.max_per_run),
            group_by: read_group_by(&mut table).unwrap_or(usual.group_by),
            draft: table.choice("draft", &Draft::ALL, Draft::name).unwrap_or(usual.draft),
            unsafe_fixes: read_flag(&mut table, "unsafe-fixes").unwrap_or(usual.unsafe_fixes),
            reviewers: read_reviewers(&mut table),
            ask_owners: read_flag(&mut table, "ask-owners").unwrap_or(usual.ask_owners),
            suppress_days: read_count(&mut table, "suppress-days")
                .map_or(usual.suppress_days, |days| days as i64),
            dashboard: read_flag(&mut table, "dashboard").unwrap_or(usual.dashboard),
            always_follow: read_flag(&mut table, "always-follow").unwrap_or(usual.always_follow),
            sign: read_flag(&mut table, "sign").unwrap_or(usual.sign),
        };
        table.finish();
        config
    }
}

/// More would be a mistake, and would overflow dates.
const MAX_COUNT: usize = 10_000;

fn read_count(table: &mut Table<'_>, key: &'static str) -> Option<usize> {
    let value = table.get(key)?;
    let DeValue::Integer(number) = value.get_ref() else {
        table.mismatch(key, "a number", value, Some(format!("write `{key} = 5`")));
        return None;
    };
    let count =
        usize::from_str_radix(number.as_str(), number.radix()).ok().filter(|count| *count <= MAX_COUNT);
    if count.is_none() {
        table.sink.error(value.span(), format!("`{key}` must be between 0 and {MAX_COUNT}"));
    }
    count
}

fn read_flag(table: &mut Table<'_>, key: &'static str) -> Option<bool> {
    let value = table.get(key)?;
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(*flag),
        _ => {
            table.mismatch(key, "true or false", value, None);
            None
        }
    }
}

fn read_group_by(table: &mut Table<'_>) -> Option<Vec<GroupBy>> {
    let names = table.strings("group-by")?;
    let mut found = Vec::new();
    for name in &names {
        match GroupBy::ALL.into_iter().find(|it| it.name() == name.get_ref()) {
            Some(it) => found.push(it),
            None => {
                let message = format!("`group-by` cannot hold `{}`", name.get_ref());
                table.sink.help(name.span(), message, "any of: owner, module, family, rule");
            }
        }
    }
    Some(found)
}

fn read_reviewers(table: &mut Table<'_>) -> Vec<Spanned<String>> {
    let mut names = table.strings("reviewers").unwrap_or_default();
    names.retain(|name| {
        let fine = name.get_ref().starts_with('@');
        if !fine {
            let message = format!("`{}` is not a user or team", name.get_ref());
            table.sink.help(name.span(), message, "write `@user` or `@organisation/team`");
        }
        fine
    });
    names
}
