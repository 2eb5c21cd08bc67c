//! How long a thousand files take: parsing alone, evaluating alone, and everything up to the findings.

use criterion::{Criterion, criterion_group, criterion_main};
use keyward::analysis::{Settings, analyse};
use keyward::eval::{Inputs, Program, evaluate};
use keyward::source::{SourceFile, SourceMap, discover};
use keyward::syntax::{self, Parsed};
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const SERVICES: usize = 300;
/// Files of one service beside its module call: 1,000 files with the shared modules.
const SHARED: &str = "\
variable \"name\" {
  type = string
}
variable \"actions\" {
  type    = list(string)
  default = [\"s3:GetObject\", \"s3:ListBucket\"]
}
variable \"bucket_arn\" {
  type = string
}
variable \"tags\" {
  type    = map(string)
  default = {}
}
locals {
  tags = merge({ ManagedBy = \"terraform\" }, var.tags)
}
resource \"aws_iam_role\" \"this\" {
  name               = \"${var.name}-task\"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = local.tags
}
data \"aws_iam_policy_document\" \"trust\" {
  statement {
    actions = [\"sts:AssumeRole\"]
    principals {
      type        = \"Service\"
      identifiers = [\"ecs-tasks.amazonaws.com\"]
    }
  }
}
resource \"aws_iam_role_policy\" \"this\" {
  name = \"${var.name}-access\"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = \"2012-10-17\"
    Statement = [
      { Effect = \"Allow\", Action = var.actions, Resource = [var.bucket_arn, \"${var.bucket_arn}/*\"] },
      { Effect = \"Allow\", Action = \"logs:PutLogEvents\", Resource = \"*\" },
    ]
  })
}
output \"role_arn\" {
  value = aws_iam_role.this.arn
}
";

/// 300 services of three files in 30 roots, and what they share.
fn estate() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for at in 0..100 {
        write(dir.path(), &format!("modules/task-{at}/main.tf"), SHARED);
    }
    for at in 0..SERVICES {
        let root = format!("live/team-{}", at / 10);
        write(dir.path(), &format!("{root}/service-{at}.tf"), &service(at));
        write(dir.path(), &format!("{root}/users-{at}.tf"), &users(at));
        write(dir.path(), &format!("{root}/data-{at}.tf"), &data(at));
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn service(at: usize) -> String {
    let mut text = format!(
        "# Owned by team {team}\nlocals {{\n  service_{at} = \"service-{at}\"\n  regions_{at} = [\"eu-west-1\", \
         \"eu-central-1\"]\n}}\n\nmodule \"task_{at}\" {{\n  source     = \"../../modules/task-{module}\"\n  \
         for_each   = toset(local.regions_{at})\n  name       = \"${{local.service_{at}}}-${{each.key}}\"\n  \
         bucket_arn = aws_s3_bucket.data_{at}.arn\n  tags       = {{ Team = \"team-{team}\", Region = each.value \
         }}\n}}\n",
        team = at / 10,
        module = at % 100,
    );
    for task in 0..8 {
        let _ = write!(
            text,
            "\nresource \"aws_ecs_task_definition\" \"task_{at}_{task}\" {{\n  family        = \
             \"${{local.service_{at}}}-{task}\"\n  task_role_arn = \
             module.task_{at}[\"eu-west-1\"].role_arn\n  container_definitions = jsonencode([{{\n    name        \
             = \"main\"\n    image       = \"registry.example.com/app:1.{task}.0\"\n    environment = [\n      {{ \
             name = \"LOG_LEVEL\", value = \"info\" }},\n      {{ name = \"BUCKET\", value = \
             aws_s3_bucket.data_{at}.bucket }},\n    ]\n  }}])\n}}\n"
        );
    }
    text
}

fn users(at: usize) -> String {
    let mut text = String::new();
    for user in 0..8 {
        let _ = write!(
            text,
            "resource \"aws_iam_user\" \"ci_{at}_{user}\" {{\n  name = \"ci-{at}-{user}\"\n  path = \
             \"/automation/\"\n  tags = {{\n    Team    = \"team-{}\"\n    Purpose = \"deploys service {at}\"\n  \
             }}\n}}\n\nresource \"aws_iam_access_key\" \"ci_{at}_{user}\" {{\n  user = \
             aws_iam_user.ci_{at}_{user}.name\n}}\n\nresource \"aws_iam_user_policy\" \"ci_{at}_{user}\" {{\n  \
             user   = aws_iam_user.ci_{at}_{user}.name\n  policy = <<-EOT\n    {{\n      \"Version\": \
             \"2012-10-17\",\n      \"Statement\": [{{\n        \"Effect\": \"Allow\",\n        \"Action\": \
             [\"ecr:*\", \"ecs:UpdateService\"],\n        \"Resource\": \"*\"\n      }}]\n    }}\n  EOT\n}}\n\n",
            at / 10
        );
    }
    text
}

fn data(at: usize) -> String {
    let mut text = format!(
        "resource \"aws_s3_bucket\" \"data_{at}\" {{\n  bucket = \"acme-data-{at}\"\n}}\n\nvariable \
         \"queues_{at}\" {{\n  type = map(object({{ delay = optional(number, 0), fifo = optional(bool, false) \
         }}))\n  default = {{\n"
    );
    for queue in 0..40 {
        let _ = writeln!(text, "    queue-{queue} = {{ delay = {queue}, fifo = {} }}", queue % 2 == 0);
    }
    let _ = write!(
        text,
        "  }}\n}}\n\nresource \"aws_sqs_queue\" \"queue_{at}\" {{\n  for_each      = {{ for name, queue in \
         var.queues_{at} : name => queue if queue.delay > 30 }}\n  name          = \
         \"${{each.key}}${{each.value.fifo ? \".fifo\" : \"\"}}\"\n  delay_seconds = each.value.delay\n  \
         policy        = jsonencode({{\n    Version   = \"2012-10-17\"\n    Statement = [{{\n      Effect    = \
         \"Allow\"\n      Action    = \"sqs:SendMessage\"\n      Principal = {{ AWS = \
         module.task_{at}[\"eu-west-1\"].role_arn }}\n    }}]\n  }})\n}}\n"
    );
    text
}

fn parse_all(sources: &SourceMap) -> Vec<Parsed> {
    let files: Vec<Arc<SourceFile>> = sources.iter().cloned().collect();
    files.iter().map(|file| syntax::parse(file)).collect()
}

fn scan(criterion: &mut Criterion) {
    let dir = estate();
    let found = discover(&dir.path().into(), &Default::default()).expect("readable");
    let sources = found.sources;
    let parsed = parse_all(&sources);
    let mut gaps = Vec::new();
    let program = Program::new(&sources, &parsed, &found.manifests, &mut gaps);
    let inputs = Inputs { sources: &sources, program: &program, vars: &[], var_files: &[] };

    let mut group = criterion.benchmark_group("a thousand files");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("parse", |bencher| bencher.iter(|| black_box(parse_all(&sources))));
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| {
            let roots = program.roots().iter();
            roots.map(|root| evaluate(&inputs, root).resources.len()).sum::<usize>()
        });
    });
    let settings = Settings::default();
    let today = jiff::civil::date(2026, 11, 22);
    let gaps = analyse(dir.path(), &settings, today).expect("readable").gaps;
    assert!(gaps.is_empty(), "the estate is what people write: {:?}", &gaps[..gaps.len().min(5)]);
    group.bench_function("analyse", |bencher| {
        bencher.iter(|| analyse(dir.path(), &settings, today).expect("readable").findings.len());
    });
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
