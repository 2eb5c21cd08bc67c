//! Somebody who edits Terraform at random: types, cuts, undoes, saves, moves files about.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::diagnostic::{Finding, Gap, Label};
use keyward::source::{SourceMap, Span, Tree};
use keyward::workspace::{Report, Workspace};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit.max(1)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What people type. Each is typed in full, or only its beginning.
const SNIPPETS: &[&str] = &[
    "resource \"aws_iam_access_key\" \"typed\" {\n  user = aws_iam_user.typed.name\n}\n",
    "resource \"aws_iam_user\" \"typed\" {\n  name = \"typed\"\n  tags = { Owner = \"platform\" }\n}\n",
    "resource \"aws_iam_role\" \"idle\" {\n  name = \"idle\"\n  assume_role_policy = jsonencode({\n    Statement = [{\n      Effect = \"Allow\"\n      Principal = { Service = \"lambda.amazonaws.com\" }\n      Action = \"sts:AssumeRole\"\n    }]\n  })\n}\n",
    "output \"idle\" {\n  value = \"${aws_iam_role.idle.arn}\"\n}\n",
    "resource \"aws_db_instance\" \"main\" {\n  password = \"hunter2-Secret-9981\"\n  username = \"app\"\n}\n",
    "resource \"aws_db_instance\" \"other\" {\n  password = local.shared_password\n}\n",
    "locals {\n  shared_password = \"hunter2-Secret-9981\"\n}\n",
    "variable \"db_password\" {\n  default = \"s3cr3t-Passw0rd-77\"\n}\n",
    "module \"extra\" {\n  source = \"../modules/service\"\n  name   = \"extra\"\n}\n",
    "module \"gone\" {\n  source = \"./not-there\"\n}\n",
    "# keyward: ignore[hardcoded-secret] until=2027-03-31 reason=\"known\"\n",
    "# keyward: ignore[nhi-missing-owner]\n",
    "# keyward: ignore[KW1\n",
    "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n",
    "resource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = data.aws_iam_policy_document.d.json\n}\n",
    "resource \"aws_iam_role_policy\" \"from_file\" {\n  role = \"x\"\n  policy = file(\"${path.module}/policy.json\")\n}\n",
    "locals {\n  files = fileset(path.module, \"*.json\")\n  there = fileexists(\"${path.module}/policy.json\")\n}\n",
    "resource \"aws_lambda_function\" \"fn\" {\n  function_name = \"fn\"\n  role = \"arn:aws:iam::123456789012:role/shared-prod\"\n  environment {\n    variables = { API_TOKEN = \"ghp_R4nd0mL00kingTokenValue1234567890abcd\" }\n  }\n}\n",
    "provider \"aws\" {\n  access_key = \"AKIAQ3EGRIPVXR4ZT5XY\"\n  secret_key = \"vWz0aBcD3FgHiJkLmNoPqRsTuVwXyZ0123456789\"\n  assume_role {\n    role_arn = \"arn:aws:iam::123456789012:role/deploy\"\n  }\n}\n",
    "moved {\n  from = aws_iam_user.typed\n  to   = aws_iam_user.renamed\n}\n",
    "  count = var.enabled ? 1 : 0\n",
    "  tags = { owner = \"team-a\" }\n",
    "resource \"google_service_account\" \"sa\" {\n  account_id = \"runner\"\n}\n",
    "resource \"google_project_iam_member\" \"m\" {\n  role = \"roles/owner\"\n  member = \"serviceAccount:${google_service_account.sa.email}\"\n}\n",
    "x = \"${",
    "}\n",
    "{",
    "é ☃ \"",
    "<<EOT\n",
];

const CONFIGS: &[&str] = &[
    "",
    "persona = \"strict\"\n",
    "persona = \"auditor\"\n",
    "[[waiver]]\nrules = [\"hardcoded-secret\"]\nresource = \"aws_db_instance.*\"\nreason = \"known\"\nuntil = 2027-01-01\n",
    "ignore = [\"nhi-missing-owner\"]\n",
    "exclude = [\"modules/**\"]\n",
];

const CODEOWNERS: &[&str] = &["", "* @org/everyone\n", "*.tf @org/platform\n/services/ @org/apps\n"];

/// A directory, what an editor holds open of it, and the workspace that follows.
pub struct Playground {
    temp: tempfile::TempDir,
    pub root: PathBuf,
    pub rng: Rng,
    pub workspace: Workspace,
    pub today: jiff::civil::Date,
    disk: BTreeMap<String, Vec<u8>>,
    buffers: BTreeMap<String, String>,
    undo: Vec<(String, String)>,
    typing: Option<(String, usize, &'static str)>,
    settings: Settings,
    made: usize,
    /// What was done, for whoever has to find out what went wrong.
    pub log: Vec<String>,
}

impl Playground {
    pub fn new(files: BTreeMap<String, Vec<u8>>, seed: u64) -> Self {
        let temp = tempfile::tempdir().expect("a directory");
        let root = temp.path().canonicalize().expect("there").join("estate");
        std::fs::create_dir_all(root.join(".git")).expect("created");
        for (path, bytes) in &files {
            write(&root.join(path), bytes);
        }
        let today = jiff::civil::date(2026, 11, 22);
        let settings = settings(&root);
        let workspace = Workspace::open(&root, settings.clone(), today).expect("readable");
        Playground {
            temp,
            root,
            rng: Rng::new(seed),
            workspace,
            today,
            disk: files,
            buffers: BTreeMap::new(),
            undo: Vec::new(),
            typing: None,
            settings,
            made: 0,
            log: Vec::new(),
        }
    }

    /// One change, whatever it is.
    pub fn step(&mut self) {
        match self.rng.below(100) {
            0..25 => self.type_on(),
            25..40 => self.cut(),
            40..50 => self.replace(),
            50..58 => self.take_back(),
            58..64 => self.save(),
            64..67 => self.close(),
            67..72 => self.add(),
            72..76 => self.remove(),
            76..80 => self.rename(),
            80..82 => self.remove_directory(),
            82..87 => self.type_into("tfvars"),
            87..91 => self.type_into("json"),
            91..93 => self.codeowners(),
            93..95 => self.configure(),
            95..97 => self.switch(),
            97..99 => self.look_again(),
            _ => self.another_day(),
        }
    }

    /// Somebody works on a file: types something in pieces, and takes it back. `look` is called after each piece.
    pub fn visit(&mut self, mut look: impl FnMut(&mut Playground, &str)) {
        let Some(path) = self.any(".tf") else { return };
        let before = self.text(&path);
        let lines: Vec<usize> =
            [0].into_iter().chain(before.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let at = *self.rng.pick(&lines);
        let rest = *self.rng.pick(SNIPPETS);
        let mut states = vec![before.clone()];
        for part in 1..=5 {
            let until = boundary(rest, rest.len() * part / 5);
            states.push(format!("{}{}{}", &before[..at], &rest[..until], &before[at..]));
        }
        let back: Vec<String> = states.iter().rev().skip(1).cloned().collect();
        for text in states.into_iter().skip(1).chain(back) {
            self.put(&path, text);
            look(self, &path);
        }
        self.shut(&path);
    }

    fn any(&mut self, suffix: &str) -> Option<String> {
        let fits: Vec<&String> = self.disk.keys().filter(|path| path.ends_with(suffix)).collect();
        (!fits.is_empty()).then(|| (*self.rng.pick(&fits)).clone())
    }

    fn text(&self, path: &str) -> String {
        let disk = || String::from_utf8_lossy(&self.disk[path]).into_owned();
        self.buffers.get(path).cloned().unwrap_or_else(disk)
    }

    fn set(&mut self, path: &str, text: String) {
        self.undo.push((path.to_owned(), self.text(path)));
        if self.undo.len() > 50 {
            self.undo.remove(0);
        }
        self.put(path, text);
    }

    pub fn put(&mut self, path: &str, text: String) {
        self.workspace.set_buffer(path, text.as_str().into());
        self.buffers.insert(path.to_owned(), text);
    }

    fn type_on(&mut self) {
        let known = self.typing.take().filter(|(path, at, rest)| {
            !rest.is_empty() && self.disk.contains_key(path) && self.text(path).is_char_boundary(*at)
        });
        let start = match known {
            Some(known) => Some(known),
            None => self.any(".tf").map(|path| {
                let text = self.text(&path);
                let lines: Vec<usize> =
                    [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
                let at = *self.rng.pick(&lines);
                (path, at, *self.rng.pick(SNIPPETS))
            }),
        };
        let Some((path, at, rest)) = start else { return };
        let text = self.text(&path);
        let many = self.rng.below(3) > 0;
        let wanted = if many { rest.len() } else { 1 + self.rng.below(12) };
        let cut = (wanted.min(rest.len())..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
        let (now, later) = rest.split_at(cut);
        self.log.push(format!("type {now:?} into {path} at {at}"));
        self.set(&path, format!("{}{now}{}", &text[..at], &text[at..]));
        self.typing = Some((path, at + now.len(), later));
    }

    fn type_into(&mut self, suffix: &str) {
        let Some(path) = self.any(suffix) else { return };
        let text = self.text(&path);
        let ends: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
        let Some(at) = (!ends.is_empty()).then(|| *self.rng.pick(&ends)) else { return };
        let what = *self.rng.pick(&["x", "*", "prod", "\"", "\n", "arn:aws:iam::1:role/y"]);
        self.log.push(format!("type {what:?} into {path} at {at}"));
        self.set(&path, format!("{}{what}{}", &text[..at], &text[at..]));
    }

    /// The rest of a line, or some lines.
    fn cut(&mut self) {
        let Some(path) = self.any(".tf") else { return };
        let text = self.text(&path);
        let from = boundary(&text, self.rng.below(text.len() + 1));
        let line = text[from..].find('\n').map_or(text.len(), |at| from + at);
        let until = match self.rng.below(3) {
            0 => boundary(&text, (line + self.rng.below(200)).min(text.len())).max(from),
            _ => line,
        };
        self.log.push(format!("cut {from}..{until} of {path}"));
        self.set(&path, format!("{}{}", &text[..from], &text[until..]));
    }

    /// A word for another.
    fn replace(&mut self) {
        let Some(path) = self.any(".tf") else { return };
        let text = self.text(&path);
        let pairs = [
            ("prod", "dev"),
            ("\"*\"", "\"s3:GetObject\""),
            ("s3:", "iam:"),
            ("aws_iam_role", "aws_iam_user"),
            ("name", "naem"),
            ("var.", "local."),
            ("true", "false"),
            ("output", "variable"),
            ("\"./", "\"../"),
            ("modules/", "module/"),
            ("owner", "onwer"),
        ];
        let fits: Vec<_> = pairs.iter().filter(|(from, _)| text.contains(from)).collect();
        if fits.is_empty() {
            return;
        }
        let (from, to) = **self.rng.pick(&fits);
        let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
        let at = *self.rng.pick(&places);
        self.log.push(format!("replace {from} by {to} at {at} of {path}"));
        self.set(&path, format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
    }

    fn take_back(&mut self) {
        for _ in 0..=self.rng.below(4) {
            let Some((path, text)) = self.undo.pop() else { return self.cut() };
            if self.disk.contains_key(&path) {
                self.log.push(format!("undo in {path}"));
                self.put(&path, text);
            }
        }
        if self.undo.is_empty() {
            self.cut();
        }
    }

    fn open(&mut self) -> Option<String> {
        let open: Vec<String> = self.buffers.keys().cloned().collect();
        (!open.is_empty()).then(|| self.rng.pick(&open).clone())
    }

    fn save(&mut self) {
        let Some(path) = self.open() else { return };
        self.log.push(format!("save {path}"));
        let text = self.buffers[&path].clone();
        self.store(&path, text.into_bytes());
        self.workspace.refresh(std::slice::from_ref(&path));
        if self.rng.below(2) == 0 {
            self.shut(&path);
        }
    }

    fn close(&mut self) {
        if let Some(path) = self.open() {
            self.log.push(format!("close {path}"));
            self.shut(&path);
        }
    }

    fn shut(&mut self, path: &str) {
        self.buffers.remove(path);
        self.workspace.close_buffer(path);
    }

    fn store(&mut self, path: &str, bytes: Vec<u8>) {
        write(&self.root.join(path), &bytes);
        self.disk.insert(path.to_owned(), bytes);
    }

    fn drop_file(&mut self, path: &str) -> Option<Vec<u8>> {
        std::fs::remove_file(self.root.join(path)).expect("removed");
        self.buffers.contains_key(path).then(|| self.shut(path));
        self.disk.remove(path)
    }

    fn some_path(&mut self) -> String {
        let paths: Vec<String> = self.disk.keys().cloned().collect();
        self.rng.pick(&paths).clone()
    }

    fn new_path(&mut self, like: &str) -> String {
        let other = self.some_path();
        let dir = other.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        self.made += 1;
        let dir = if self.rng.below(5) == 0 { format!("{dir}/new{}", self.made) } else { dir };
        let name = like.rsplit('/').next().unwrap_or(like);
        let name = match self.rng.below(3) {
            0 => name.to_owned(),
            _ => format!("{}{}-{name}", ["a", "m", "z"][self.rng.below(3)], self.made),
        };
        format!("{dir}/{name}").trim_start_matches('/').to_owned()
    }

    fn add(&mut self) {
        let suffix = if self.rng.below(4) == 0 { "" } else { ".tf" };
        let Some(like) = self.any(suffix) else { return };
        let path = self.new_path(&like);
        if special(&path) || self.disk.contains_key(&path) {
            return;
        }
        self.log.push(format!("copy {like} to {path}"));
        let bytes = self.text(&like).into_bytes();
        self.store(&path, bytes);
        self.workspace.refresh(&[path]);
    }

    fn remove(&mut self) {
        let path = self.some_path();
        if self.disk.len() < 6 || special(&path) {
            return;
        }
        self.log.push(format!("remove {path}"));
        self.drop_file(&path);
        self.workspace.refresh(&[path]);
    }

    fn rename(&mut self) {
        let from = self.some_path();
        let to = self.new_path(&from);
        if special(&from) || special(&to) || self.disk.contains_key(&to) {
            return;
        }
        self.log.push(format!("rename {from} to {to}"));
        let bytes = self.drop_file(&from).expect("there");
        self.store(&to, bytes);
        self.workspace.refresh(&[from, to]);
    }

    fn remove_directory(&mut self) {
        let path = self.some_path();
        let Some((dir, _)) = path.rsplit_once('/') else { return };
        let below: Vec<String> =
            self.disk.keys().filter(|path| path.starts_with(&format!("{dir}/"))).cloned().collect();
        if below.len() * 4 > self.disk.len() || below.iter().any(|path| special(path)) {
            return;
        }
        self.log.push(format!("remove directory {dir}"));
        below.iter().for_each(|path| {
            self.drop_file(path);
        });
        std::fs::remove_dir_all(self.root.join(dir)).expect("removed");
        // Some editors tell of the directory, others of its files.
        match self.rng.below(2) {
            0 => self.workspace.refresh(&[dir.to_owned()]),
            _ => self.workspace.refresh(&below),
        }
    }

    fn codeowners(&mut self) {
        let text = *self.rng.pick(CODEOWNERS);
        self.log.push(format!("CODEOWNERS: {text:?}"));
        self.store("CODEOWNERS", text.into());
        self.workspace.refresh(&["CODEOWNERS".to_owned()]);
    }

    fn configure(&mut self) {
        let text = *self.rng.pick(CONFIGS);
        self.log.push(format!("keyward.toml: {text:?}"));
        self.store("keyward.toml", text.into());
        self.settings = settings(&self.root);
        self.workspace.refresh(&["keyward.toml".to_owned()]);
        self.workspace.reconfigure(self.settings.clone());
    }

    /// Another branch: many files at once.
    fn switch(&mut self) {
        self.log.push("switch".to_owned());
        for _ in 0..5 {
            let (left, right) = (self.some_path(), self.some_path());
            if special(&left) || special(&right) || left == right {
                continue;
            }
            let bytes = self.disk[&left].clone();
            self.store(&right, bytes);
            if self.rng.below(3) == 0 && self.disk.len() > 6 {
                self.drop_file(&left);
            }
        }
        self.workspace.refresh(&[]);
    }

    fn look_again(&mut self) {
        self.workspace.refresh(&[]);
    }

    fn another_day(&mut self) {
        self.today = jiff::civil::date(2026, 11, 22 + self.rng.below(3) as i8);
        self.workspace.set_today(self.today);
    }

    pub fn report(&mut self) -> Arc<Report> {
        self.workspace.analyse(&|| false).expect("nobody cancels")
    }

    /// What the one analysis says of the same bytes.
    pub fn truth(&self) -> Analysis {
        let overlay = self.buffers.iter();
        let overlay = overlay.map(|(path, text)| (self.root.join(path), Arc::from(text.as_bytes())));
        let settings = Settings { overlay: overlay.collect(), ..self.settings.clone() };
        analyse(&self.root, &settings, self.today).expect("readable")
    }

    /// Panics where the workspace is of another opinion.
    pub fn compare(&mut self) {
        // It may have been interrupted before.
        match self.rng.below(8) {
            0 => {
                let (asked, most) = (AtomicUsize::new(0), self.rng.below(20));
                let cancelled = || asked.fetch_add(1, Ordering::Relaxed) >= most;
                self.workspace.analyse(&cancelled);
            }
            1 => {
                self.workspace.glance(&|| false);
            }
            _ => {}
        }
        let report = self.report();
        let mut truth = self.truth();
        // Here the worst of each file comes first, there the worst of all.
        truth.findings.sort_by_key(|finding| finding.span().file);
        let found = described(
            &report.sources,
            report.whole(report.findings.iter().map(|it| &**it)).iter(),
            report.told_gaps().iter().map(|gap| &**gap),
        );
        let wanted = described(&truth.sources, truth.findings.iter(), truth.gaps.iter());
        if found != wanted {
            let different = similar::TextDiff::from_lines(&wanted, &found);
            let diff = different.unified_diff().context_radius(2).to_string();
            let log = self.log[self.log.len().saturating_sub(12)..].join("\n");
            let kept = self.temp.path().display();
            panic!("after\n{log}\nin {kept}\n{}", diff.chars().take(6_000).collect::<String>());
        }
    }
}

/// Files that have steps of their own.
fn special(path: &str) -> bool {
    path.ends_with("CODEOWNERS") || path.ends_with("keyward.toml") || path.ends_with(".gitignore")
}

fn settings(root: &Path) -> Settings {
    Settings::of(&Tree::from(root)).unwrap_or_default()
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
    std::fs::write(path, bytes).expect("written");
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Everything that is said, by path and offset.
pub fn described(
    sources: &SourceMap,
    findings: impl Iterator<Item = impl Borrow<Finding>>,
    gaps: impl Iterator<Item = impl Borrow<Gap>>,
) -> String {
    let at = |span: &Span| format!("{}:{}-{}", sources.get(span.file).path, span.start, span.end);
    let labels =
        |of: &[Label]| of.iter().map(|one| format!("{} {}", at(&one.span), one.text)).collect::<Vec<_>>();
    let mut text = String::new();
    for finding in findings {
        let it: &Finding = finding.borrow();
        let _ = writeln!(
            text,
            "{} {:?} {:?} {:?} {}",
            it.code, it.severity, it.confidence, it.persona, it.message
        );
        let _ = writeln!(text, "  {} {:?} {:?} {:?}", it.label, it.identity, it.owner, it.status);
        for site in &it.sites {
            let _ = writeln!(
                text,
                "  at {} {} {} {}",
                at(&site.span),
                site.address,
                site.attribute,
                site.fingerprint
            );
        }
        let redactions: Vec<_> = it.redactions.iter().map(at).collect();
        let _ = writeln!(text, "  related {:?} route {:?}", labels(&it.related), labels(&it.route));
        let _ = writeln!(text, "  notes {:?} help {:?} hidden {redactions:?}", it.notes, it.help);
        let _ = writeln!(text, "  merged {:?} root {:?}", it.merged, it.root.as_ref().map(at));
        for fix in &it.fixes {
            let edits: Vec<_> = fix.edits.iter().map(|edit| (at(&edit.span), &edit.text)).collect();
            let _ = writeln!(text, "  fix {:?} {} {edits:?}", fix.applicability, fix.title);
        }
    }
    for gap in gaps {
        let gap: &Gap = gap.borrow();
        let place = gap.span.as_ref().map(at);
        let _ = writeln!(text, "gap {:?} {place:?} {:?} {} {:?}", gap.kind, gap.path, gap.message, gap.help);
    }
    text
}

/// The files of a directory, those of version control left out.
pub fn files_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(&next).expect("readable").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a type");
            if kind.is_dir() && entry.file_name() != ".git" {
                pending.push(path);
            } else if kind.is_file() {
                let shown = path.strip_prefix(dir).expect("below").to_string_lossy().replace('\\', "/");
                found.insert(shown, std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}
