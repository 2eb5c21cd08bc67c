//! How long ways to escalate take to find: in networks alone, and from the policies of generated accounts.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use keyward::config::Config;
use keyward::eval::{Inputs, Program, evaluate};
use keyward::identity::escalation::{Goal, Network, Node, Power, Step, StepKind, network};
use keyward::identity::privilege::privileges;
use keyward::identity::trust::trusts;
use keyward::identity::{Context, Model, lower};
use keyward::source::{Overlay, Tree, discover};
use keyward::syntax;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

/// Who reaches the administrator is spread over the whole network: each step goes to somebody half as far.
fn chain(size: usize) -> Network {
    let mut network = Network::default();
    let step = || Step { kind: StepKind::Escalates, ..Step::is("") };
    let nodes: Vec<_> = (0..size).map(|at| network.node(Node::Outsider(at.to_string()))).collect();
    let goal = network.node(Node::Goal(Goal { power: Power::Admin, place: "here".to_string() }));
    network.step(nodes[0], goal, step());
    for at in 1..size {
        for to in [at / 2, at.wrapping_mul(2_654_435_761) % size, at - 1] {
            network.step(nodes[at], nodes[to], step());
        }
    }
    network
}

fn networks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("network");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for size in [1_000, 10_000, 100_000] {
        group.bench_function(BenchmarkId::new("settle and follow", size), |bencher| {
            bencher.iter_batched(
                || chain(size),
                |mut network| {
                    network.settle();
                    let ways = network.nodes().filter_map(|(id, _)| network.worst(id));
                    (black_box(ways.map(|path| path.steps.len()).sum::<usize>()), network)
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Roles of which each tenth passes any role, each tenth takes over functions, and a few are administrators.
fn account(roles: usize) -> String {
    let mut text = String::new();
    for at in 0..roles {
        let service = ["lambda", "ec2", "ecs-tasks", "glue"][at % 4];
        let statements = match at % 10 {
            0 => r#"{ Effect = "Allow", Action = ["iam:PassRole", "lambda:*", "ec2:RunInstances"], Resource = "*" }"#.to_string(),
            1 => r#"{ Effect = "Allow", Action = "lambda:UpdateFunctionCode", Resource = "arn:aws:lambda:eu-west-1:123456789012:function:f-*" }"#.to_string(),
            2 => r#"{ Effect = "Allow", Action = ["iam:PassRole", "ecs:*"], Resource = "*" }, { Effect = "Deny", Action = "iam:PassRole", Resource = "arn:aws:iam::123456789012:role/r-7" }"#.to_string(),
            3 => format!(r#"{{ Effect = "Allow", Action = ["iam:PassRole", "glue:*"], Resource = aws_iam_role.r_{}.arn }}, {{ Effect = "Allow", Action = "glue:*", Resource = "*" }}"#, at / 2),
            7 if at < 100 => r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#.to_string(),
            _ => r#"{ Effect = "Allow", Action = ["s3:GetObject", "sqs:*", "dynamodb:Query"], Resource = "*" }"#.to_string(),
        };
        let _ = writeln!(
            text,
            "resource \"aws_iam_role\" \"r_{at}\" {{\n  name = \"r-{at}\"\n  assume_role_policy = jsonencode({{ \
             Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \
             \"{service}.amazonaws.com\" }} }}] }})\n}}\nresource \"aws_iam_role_policy\" \"p_{at}\" {{\n  role = \
             aws_iam_role.r_{at}.name\n  policy = jsonencode({{ Statement = [{statements}] }})\n}}"
        );
        if at % 10 == 4 {
            let _ = writeln!(
                text,
                "resource \"aws_lambda_function\" \"f_{at}\" {{\n  function_name = \"f-{at}\"\n  role = \
                 aws_iam_role.r_{at}.arn\n}}"
            );
        }
    }
    text
}

/// A fresh model with everything but the network; networks are computed once for each.
fn model(text: &str) -> Model {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("written");
    let found = discover(&Tree::from(dir.path()), &Overlay::default()).expect("readable");
    let parsed: Vec<_> = found.sources.iter().map(|file| syntax::parse(file)).collect();
    let mut gaps = Vec::new();
    let program = Program::new(&found.sources, &parsed, &found.manifests, &mut gaps);
    let inputs = Inputs { sources: &found.sources, program: &program, vars: &[], var_files: &[] };
    let root = program.roots().first().expect("a root module");
    let project = evaluate(&inputs, root);
    let config = Config::default();
    let model = lower(project, &Context { sources: &found.sources, config: &config, codeowners: None });
    assert!(privileges(&model).iter().next().is_some() && trusts(&model).iter().next().is_some());
    model
}

fn accounts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("account");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for roles in [1_000, 3_000, 10_000] {
        let text = account(roles);
        group.bench_function(BenchmarkId::new("network", roles), |bencher| {
            bencher.iter_batched(
                || model(&text),
                |model| {
                    let nodes = network(&model).nodes().count();
                    (black_box(nodes), model)
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, networks, accounts);
criterion_main!(benches);
