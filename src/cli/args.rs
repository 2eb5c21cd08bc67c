use crate::analysis::Selection;
use crate::diagnostic::Persona;
use crate::report::Format;
use crate::report::graph::GraphFormat;
use crate::report::inventory::InventoryFormat;
use crate::report::review::ReviewFormat;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

/// Who still holds a key? Finds the non-human identities in Terraform and OpenTofu, who owns them, which keys
/// they hold, where those keys go, what runs as them, and what is wrong with that.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look for problems with identities, credentials and grants
    Scan(ScanArgs),
    /// List every identity and credential with owner, purpose, workloads, privilege, expiry and place
    Inventory(InventoryArgs),
    /// Draw who holds what: the identity graph, whole or around one address
    Graph(GraphArgs),
    /// Explain a rule, or everything known about one address
    Explain(ExplainArgs),
    /// Ask who can do what, who can become whom, and by which way
    #[command(after_help = QUERY_HELP)]
    Query(QueryArgs),
    /// Compare two revisions: what a change does to identities, for its reviewer
    Review(ReviewArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Record what is known today, so that a scan counts only what is new
    Baseline(BaselineArgs),
    /// Open pull requests with fixes, keep them up to date, and close them when nothing is left to do
    #[command(after_help = PR_HELP)]
    Pr(PrArgs),
    /// Exchange credentials without an outage: plan, run, resume, roll back, and show the evidence
    Rotate(super::rotate::RotateArgs),
    /// Turn the skips of other scanners into waivers with a reason and a last day
    Migrate(MigrateArgs),
    /// Serve an editor over standard input and output, by the language server protocol
    Lsp(LspArgs),
    /// Evaluate expressions in a root module, one a line, as `terraform console` does
    Console(ConsoleArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Write the rule pages
    #[command(hide = true)]
    Docs(DocsArgs),
}

/// What to read, and with which values.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Directory or file to analyse; `-` reads one file from standard input
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Name that decides how standard input is read
    #[arg(long, value_name = "NAME", default_value = "stdin.tf")]
    pub stdin_filename: String,
    /// Value of a root module variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// File with values of root module variables
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
    /// Configuration to use instead of the nearest `keyward.toml`
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Ignore every `keyward.toml`
    #[arg(long)]
    pub no_config: bool,
    /// The day to judge dates by, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
}

/// Which rules run.
#[derive(Debug, Args)]
pub(super) struct RuleArgs {
    /// Run only these rules: names, codes, code prefixes or categories
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub select: Vec<String>,
    /// Leave these rules out
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub ignore: Vec<String>,
}

impl RuleArgs {
    /// What the command line says goes before the configuration, and what either leaves out is left out.
    pub fn choose(&self, selection: &mut Selection) {
        if !self.select.is_empty() {
            selection.select.clone_from(&self.select);
        }
        selection.ignore.extend(self.ignore.iter().cloned());
    }
}

/// Which findings there are, are shown, and count.
#[derive(Debug, Args)]
pub(super) struct ChoiceArgs {
    /// Lowest severity of a finding that fails the run (in a review: of a new one): info, low, medium, high,
    /// critical, never
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<String>,
    #[command(flatten)]
    pub rules: RuleArgs,
    /// How much to show: regular, strict, auditor
    #[arg(long)]
    pub persona: Option<Persona>,
}

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Format of standard output: human, concise, json, sarif, github, gitlab, junit, markdown
    #[arg(long, short, default_value = "human")]
    pub format: Format,
    /// Also write a report to a file; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = format_and_file)]
    pub output: Vec<(Format, PathBuf)>,
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Baseline to use instead of the usual `keyward-baseline.json`
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Count what a baseline knows as well
    #[arg(long)]
    pub no_baseline: bool,
    /// Apply fixes that change no access, replace nothing and invent no value
    #[arg(long)]
    pub fix: bool,
    /// Apply fixes that may remove access, rotate or replace as well
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what the fixes would change, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// List every coverage gap
    #[arg(long, short)]
    pub verbose: bool,
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(super) struct InventoryArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Format: table, json, csv, markdown
    #[arg(long, short, default_value = "table")]
    pub format: InventoryFormat,
    /// Ask the accounts and repositories of `[live]`, or else the AWS account of the environment, what is there
    #[arg(long)]
    pub live: bool,
    /// Print nothing unless there is something to look at, and exit with 1 then
    #[arg(long, requires = "live")]
    pub alert_only: bool,
}

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Only what is connected to this address
    #[arg(long, value_name = "ADDRESS")]
    pub around: Option<String>,
    /// How many steps from that address
    #[arg(long, default_value_t = 3, requires = "around")]
    pub depth: usize,
    /// Format: dot, mermaid, json
    #[arg(long, short, default_value = "dot")]
    pub format: GraphFormat,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Rule name or code, or address of an identity or credential
    pub subject: String,
    #[command(flatten)]
    pub input: InputArgs,
    /// Format of what is known about an address: human, json
    #[arg(long, short, value_enum, default_value_t = AnswerFormat::Human)]
    pub format: AnswerFormat,
}

/// The forms of questions are those of `query::GRAMMAR`, which a test holds this to.
pub(super) const QUERY_HELP: &str = "\
Questions:
  who can PERMISSION [on RESOURCE]
  who can become IDENTITY
  can IDENTITY PERMISSION [on RESOURCE]
  can IDENTITY become IDENTITY
  path from IDENTITY to IDENTITY
  path from IDENTITY to admin
  path from IDENTITY to secrets

Identities and resources are addresses, with `*` for any characters; a resource may be an ARN. Permissions are
those of AWS (iam:PassRole), Google Cloud (iam.serviceAccounts.actAs), Azure (Microsoft.KeyVault/vaults/read) and
Kubernetes (get secrets).

Exit codes: 0 somebody, or yes; 1 nobody, or no; 2 the question makes no sense here; 3 cannot tell";

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// The question, best in quotes: \"who can iam:PassRole on aws_iam_role.admin\"
    pub question: String,
    #[command(flatten)]
    pub input: InputArgs,
    /// Only what somebody may do by their own grants, not what they may after becoming somebody else
    #[arg(long)]
    pub direct: bool,
    /// Format: human, json
    #[arg(long, short, value_enum, default_value_t = AnswerFormat::Human)]
    pub format: AnswerFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// Directory in a git repository, or a bare repository
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// What the change is compared with: a branch, a tag or a commit; where the two parted counts
    #[arg(long, value_name = "REV")]
    pub base: String,
    /// The change
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub head: String,
    /// Take the files of the work tree for the change, committed or not
    #[arg(long, conflicts_with = "head")]
    pub worktree: bool,
    /// Compare with the base itself, not with where the two parted
    #[arg(long)]
    pub direct: bool,
    /// Format of standard output: human, markdown, json, sarif
    #[arg(long, short, default_value = "human")]
    pub format: ReviewFormat,
    /// Also write the review to a file; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = review_format_and_file)]
    pub output: Vec<(ReviewFormat, PathBuf)>,
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Value of a root module variable, for both revisions
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// File with values of root module variables; one of the repository is read from each revision
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
    /// The day to judge dates by, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
    /// Show everything instead of the first few
    #[arg(long, short)]
    pub verbose: bool,
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Also write the review as a comment on this pull request, or bring the one that is there up to date
    #[arg(long, value_name = "NUMBER")]
    pub comment: Option<u64>,
    /// Repository of the pull request, instead of the one that the checkout came from
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    #[command(flatten)]
    pub forge: ForgeArgs,
}

#[derive(Debug, Args)]
pub(super) struct LspArgs {
    /// How to talk to the client; there is no other way, but some clients say so
    #[arg(long, hide = true)]
    pub stdio: bool,
    /// The process of the client, which tells it in the conversation as well
    #[arg(long = "clientProcessId", hide = true, value_name = "ID")]
    pub client_process: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Print the rules as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    pub command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Record every finding of today
    Write(BaselineInput),
    /// Forget what is gone
    Prune(BaselineInput),
    /// Count what is known, new and gone; fails when something is new
    Status(BaselineInput),
}

#[derive(Debug, Args)]
pub(super) struct BaselineInput {
    #[command(flatten)]
    pub input: InputArgs,
    /// The file, instead of `keyward-baseline.json` beside `keyward.toml` or in the scanned directory
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

pub(super) const PR_HELP: &str = "\
A token is taken from --token-file, else from GITHUB_TOKEN or GH_TOKEN; an App from --app-id and --app-key, or from
KEYWARD_APP_ID and KEYWARD_APP_KEY. It needs write access to contents, pull requests and issues.

The configuration is that of the base branch, table [pr] of keyward.toml. Nothing is executed, and nothing is pushed
from here: files are changed through the API of GitHub.";

#[derive(Debug, Args)]
pub(super) struct PrArgs {
    #[command(flatten)]
    pub pulls: PullArgs,
    /// Only fixes that change no access, replace nothing and invent no value
    #[arg(long)]
    pub safe_only: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
}

/// Where pull requests are made from and for, and how many.
#[derive(Debug, Args)]
pub(super) struct PullArgs {
    /// Directory of a checkout, or a repository as owner/name or owner/name@branch
    #[arg(default_value = ".")]
    pub target: String,
    /// Repository on GitHub, instead of the one that the checkout came from
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// Branch that the pull requests are for, instead of the default one
    #[arg(long, value_name = "BRANCH")]
    pub base: Option<String>,
    /// Directory to scan, below the top of the repository
    #[arg(long, value_name = "DIR")]
    pub directory: Option<String>,
    /// Print the plan, the texts and the changes, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How many may be open at once; critical ones are counted by themselves
    #[arg(long, value_name = "COUNT")]
    pub max_open: Option<usize>,
    /// How many this run may open; critical ones are counted by themselves
    #[arg(long, value_name = "COUNT")]
    pub max_per_run: Option<usize>,
    /// Value of a root module variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// The day to judge dates by, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
    #[command(flatten)]
    pub forge: ForgeArgs,
}

/// How to reach GitHub, and as whom.
#[derive(Debug, Args)]
pub(super) struct ForgeArgs {
    /// Address of the API, instead of GITHUB_API_URL or GitHub's own: https://HOST/api/v3 of an Enterprise server
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// File with a token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Id or client id of a GitHub App
    #[arg(long, value_name = "ID", requires = "app_key")]
    pub app_id: Option<String>,
    /// File with the private key of the App
    #[arg(long, value_name = "FILE", requires = "app_id")]
    pub app_key: Option<PathBuf>,
    /// Installation of the App, instead of the one for the repository
    #[arg(long, value_name = "ID")]
    pub app_installation: Option<u64>,
    /// Longest time to wait for limits of GitHub and after failures, in seconds, all together
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub max_wait: u64,
}

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Last day of the waivers, where a skip has none; 90 days from today otherwise
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<Date>,
    /// Print what would change, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Do not record what nobody skipped in a baseline
    #[arg(long)]
    pub no_baseline: bool,
    /// How much a waiver may be needed for: regular, strict, auditor
    #[arg(long)]
    pub persona: Option<Persona>,
    /// Format: human, json
    #[arg(long, short, value_enum, default_value_t = AnswerFormat::Human)]
    pub format: AnswerFormat,
}

#[derive(Debug, Args)]
pub(super) struct ConsoleArgs {
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct DocsArgs {
    /// Directory for the pages
    #[arg(default_value = "docs/rules")]
    pub dir: PathBuf,
    /// Change nothing; fail when a page is out of date
    #[arg(long)]
    pub check: bool,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE")?;
    Ok((name.trim().to_string(), value.to_string()))
}

fn format_and_file(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("it must be FORMAT=FILE")?;
    Ok((format.parse()?, PathBuf::from(file)))
}

fn review_format_and_file(text: &str) -> Result<(ReviewFormat, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("it must be FORMAT=FILE")?;
    Ok((format.parse()?, PathBuf::from(file)))
}
