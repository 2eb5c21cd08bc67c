//! How long a keystroke takes: from the text of an open document to the report, in repositories of a thousand and of
//! four thousand files.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use keyward::analysis::Settings;
use keyward::workspace::Workspace;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Files of one service.
const FILES: usize = 4;
/// Services that call one shared module.
const CALLERS: usize = 8;

const SHARED: &str = r#"
variable "name" {
  type = string
}
variable "actions" {
  type    = list(string)
  default = ["s3:GetObject", "s3:ListBucket"]
}
resource "aws_iam_role" "this" {
  name = "${var.name}-task"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { Owner = "platform" }
}
resource "aws_iam_role_policy" "this" {
  name = "${var.name}-access"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.actions, Resource = "arn:aws:s3:::${var.name}/*" }]
  })
}
output "role_arn" {
  value = aws_iam_role.this.arn
}
"#;

/// Services with a root module each, which share modules.
fn repository(files: usize) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let services = files * CALLERS / (FILES * CALLERS + 1);
    for at in 0..services.div_ceil(CALLERS) {
        write(dir.path(), &format!("modules/task-{at}/main.tf"), SHARED);
    }
    for at in 0..services {
        let root = format!("live/service-{at}");
        write(dir.path(), &format!("{root}/main.tf"), &main_of(at));
        write(dir.path(), &format!("{root}/users.tf"), &users(at));
        write(dir.path(), &format!("{root}/queues.tf"), &queues(at));
        write(dir.path(), &format!("{root}/terraform.tfvars"), &format!("service = \"service-{at}\"\n"));
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn main_of(at: usize) -> String {
    let module = at / CALLERS;
    format!(
        "variable \"service\" {{\n  type = string\n}}\nmodule \"task\" {{\n  source   = \"../../modules/task-{module}\"\n  \
         for_each = toset([\"eu-west-1\", \"eu-central-1\"])\n  name     = \"${{var.service}}-${{each.key}}\"\n}}\n"
    )
}

fn users(at: usize) -> String {
    let user = |user: usize| {
        format!(
            "resource \"aws_iam_user\" \"ci_{user}\" {{\n  name = \"ci-{at}-{user}\"\n  tags = {{ Owner = \"team-{at}\" \
             }}\n}}\nresource \"aws_iam_access_key\" \"ci_{user}\" {{\n  user = aws_iam_user.ci_{user}.name\n}}\n"
        )
    };
    (0..4).map(user).collect()
}

fn queues(at: usize) -> String {
    let queue = |queue: usize| {
        format!(
            "resource \"aws_sqs_queue\" \"queue_{queue}\" {{\n  name = \"${{var.service}}-{at}-{queue}\"\n  policy = \
             jsonencode({{\n    Statement = [{{\n      Effect = \"Allow\"\n      Action = \"sqs:SendMessage\"\n      \
             Principal = {{ AWS = module.task[\"eu-west-1\"].role_arn }}\n    }}]\n  }})\n}}\n"
        )
    };
    (0..12).map(queue).collect()
}

fn keystrokes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a keystroke");
    group.sample_size(50).measurement_time(Duration::from_secs(8));
    for files in [1_000, 4_000] {
        let dir = repository(files);
        let today = jiff::civil::date(2026, 11, 22);
        let mut workspace = Workspace::open(dir.path(), Settings::default(), today).expect("readable");
        workspace.analyse(&|| false).expect("nobody cancels");
        let services = files * CALLERS / (FILES * CALLERS + 1);
        let mut at = 0;
        group.bench_function(BenchmarkId::new("in a root module", files), |bencher| {
            bencher.iter(|| {
                at += 7;
                let service = at % services;
                let text = format!("{}# {at}\n", users(service));
                workspace.set_buffer(&format!("live/service-{service}/users.tf"), text.into());
                workspace.analyse(&|| false).expect("nobody cancels").findings.len()
            });
        });
        group.bench_function(BenchmarkId::new("in a shared module", files), |bencher| {
            bencher.iter(|| {
                at += 3;
                let module = at % services.div_ceil(CALLERS);
                let text = format!("{SHARED}# {at}\n");
                workspace.set_buffer(&format!("modules/task-{module}/main.tf"), text.into());
                workspace.analyse(&|| false).expect("nobody cancels").findings.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, keystrokes);
criterion_main!(benches);
