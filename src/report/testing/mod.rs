//! Synthetic reports, and the tests that look at all formats together.

mod formats;
mod hostile;
mod schemas;
mod secrets;

use super::{Hidden, HumanOptions, ScanReport, Stats};
use crate::diagnostic::*;
use crate::rules::{FixKind, RuleInfo};
use crate::source::{FileKind, Overlay, SourceMap, Span, Tree};
use std::path::PathBuf;

pub static HARDCODED: RuleInfo = RuleInfo {
    code: "KW110",
    name: "hardcoded-secret",
    summary: "Secret literal in Terraform, tfvars or an embedded script",
    docs: "# Why\n\nA literal stays in git **history**.",
    severity: Severity::Critical,
    confidence: Confidence::High,
    persona: Persona::Regular,
    fix: FixKind::Unsafe,
    category: "secret",
    nhi: &["NHI2", "NHI7"],
    csf: &["PR.AA-01"],
    cis: &["AWS5:1.13"],
    file: "src/rules/hardcoded_secret.rs",
    line: 10,
};

pub static ROTATION: RuleInfo = RuleInfo {
    code: "KW503",
    name: "rotation-too-slow",
    summary: "Rotation interval over policy",
    docs: "",
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Regular,
    fix: FixKind::Safe,
    category: "lifecycle",
    nhi: &["NHI7"],
    csf: &[],
    cis: &[],
    file: "src/rules/rotation.rs",
    line: 7,
};

/// Owns what a [`ScanReport`] borrows.
#[derive(Default)]
pub struct Scene {
    pub sources: SourceMap,
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    pub rules: Vec<&'static RuleInfo>,
    pub redactions: Vec<Span>,
    pub stats: Stats,
    pub hidden: Hidden,
    pub fail_on: Option<Severity>,
}

impl Scene {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let mut sources =
            SourceMap::new(PathBuf::from("/srv/estate"), Tree::Disk(PathBuf::new()), Overlay::new());
        for (path, text) in files {
            let kind = FileKind::of(path).unwrap_or(FileKind::Other);
            sources.add(
                (*path).to_owned(),
                PathBuf::from("/srv/estate").join(path),
                kind,
                text.as_bytes().to_vec(),
            );
        }
        let stats = Stats { files: files.len(), identities: 2, credentials: 1, ..Stats::default() };
        Scene { sources, rules: vec![&HARDCODED, &ROTATION], stats, ..Scene::default() }
    }

    /// The first occurrence of `needle` in a file.
    pub fn span(&self, path: &str, needle: &str) -> Span {
        let file = self.sources.iter().find(|file| file.path == path).unwrap();
        let start = file.text.find(needle).unwrap();
        Span::new(file.id, start, start + needle.len())
    }

    pub fn report(&self) -> ScanReport<'_> {
        ScanReport {
            sources: &self.sources,
            findings: &self.findings,
            gaps: &self.gaps,
            rules: &self.rules,
            redactions: &self.redactions,
            stats: self.stats,
            hidden: self.hidden,
            today: "2026-11-22".to_owned(),
            fail_on: self.fail_on,
        }
    }

    pub fn human(&self) -> String {
        super::human::render(&self.report(), &HumanOptions::default())
    }
}

pub fn finding(rule: &RuleInfo, address: &str, attribute: &str, span: Span, message: &str) -> Finding {
    Finding {
        code: rule.code,
        rule: rule.name,
        category: rule.category,
        severity: rule.severity,
        confidence: rule.confidence,
        persona: rule.persona,
        message: message.to_owned(),
        label: String::new(),
        sites: vec![Site::new(rule.name, address, attribute, span)],
        related: Vec::new(),
        route: Vec::new(),
        notes: Vec::new(),
        help: None,
        fixes: Vec::new(),
        redactions: Vec::new(),
        identity: None,
        owner: None,
        merged: Vec::new(),
        root: None,
        status: Status::Open,
    }
}

pub const DB: &str = "\
resource \"aws_db_instance\" \"main\" {
  username = \"app\"
  password = var.password
}

variable \"password\" {}
";
pub const ROOT: &str = "\
module \"db\" {
  source   = \"./db\"
  for_each = toset([\"eu\", \"us\", \"ap\", \"sa\", \"af\"])
  password = local.password
}

locals {
  region   = \"eu\"
  password = \"hunter2-Hunter2!\"
}

resource \"aws_secretsmanager_secret_rotation\" \"db\" {
  rotation_rules {
    automatically_after_days = 400
  }
}
";
pub const SECRET: &str = "hunter2-Hunter2!";

/// A finding with everything, in a module of several instances, and a smaller one.
pub fn rich() -> Scene {
    let mut scene = Scene::new(&[("main.tf", ROOT), ("db/main.tf", DB)]);
    let used = scene.span("db/main.tf", "var.password");
    let written = scene.span("main.tf", "\"hunter2-Hunter2!\"");
    let mut secret = finding(
        &HARDCODED,
        "module.db[\"eu\"].aws_db_instance.main",
        "password",
        used,
        "`aws_db_instance.main` gets its master password from a literal, which is in the state and in the history of this repository",
    );
    secret.label = "becomes the master password".to_owned();
    for region in ["us", "ap", "sa", "af"] {
        let address = format!("module.db[\"{region}\"].aws_db_instance.main");
        secret.sites.push(Site::new(HARDCODED.name, address, "password", used));
    }
    secret.route = vec![
        Label::new(written, "local.password"),
        Label::new(scene.span("main.tf", "local.password"), "module.db.password"),
        Label::new(scene.span("db/main.tf", "variable \"password\""), "var.password"),
    ];
    secret.related = vec![Label::new(scene.span("db/main.tf", "\"app\""), "of this user")];
    secret.notes = vec!["The database is reachable from the internet".to_owned()];
    secret.help = Some("Let RDS manage it: `manage_master_user_password = true`".to_owned());
    secret.fixes = vec![
        Fix::new(
            "Replace `password` by `manage_master_user_password = true`".to_owned(),
            Applicability::Unsafe,
            vec![Edit {
                span: scene.span("db/main.tf", "password = var.password"),
                text: "manage_master_user_password = true".to_owned(),
            }],
        ),
        Fix::manual("Rotate the password: it stays in the git history").with(Some(Scaffold {
            snippet: format!("resource \"aws_db_instance\" \"main\" {{\n  password = \"{SECRET}\"\n\n  # `<who reads it>`\n}}\n"),
            steps: vec!["Apply this".to_owned(), format!("Forget `{SECRET}`")],
        })),
    ];
    secret.redactions = vec![written];
    secret.identity = Some("module.db[\"eu\"].aws_db_instance.main".to_owned());
    secret.owner = Some("platform-team".to_owned());
    secret.merged = vec!["secret-in-state"];
    let days = scene.span("main.tf", "400");
    let mut slow = finding(
        &ROTATION,
        "aws_secretsmanager_secret_rotation.db",
        "rotation_rules.automatically_after_days",
        days,
        "The secret of `aws_secretsmanager_secret_rotation.db` lives 400 days",
    );
    slow.label = "policy: at most 90".to_owned();
    slow.confidence = Confidence::Medium;
    slow.fixes = vec![Fix::new(
        "Rotate every 90 days".to_owned(),
        Applicability::Safe,
        vec![Edit { span: days, text: "90".to_owned() }],
    )];
    let mut waived = slow.clone();
    waived.status =
        Status::Waived { reason: "vendor limit, SEC-412".to_owned(), until: "2027-03-31".to_owned() };
    let mut known = slow.clone();
    known.status = Status::Baselined;
    scene.gaps = vec![
        Gap::new(GapKind::MissingModule, Some(scene.span("main.tf", "\"./db\"")), "module `vpc` is not here")
            .help("run `terraform init`"),
        Gap::new(GapKind::Unreadable, None, "permission denied").path("locked.tf"),
        Gap::new(GapKind::Limit, Some(scene.span("main.tf", "toset")), "too many instances"),
        Gap::new(GapKind::Limit, Some(scene.span("main.tf", "locals")), "too many steps"),
    ];
    scene.findings = vec![slow, waived, known, secret];
    scene.hidden = Hidden { by_persona: 3, waived: 1, baselined: 1 };
    scene.fail_on = Some(Severity::High);
    scene
}
