//! Root modules as Terraform would evaluate them, without Terraform.

use keyward::diagnostic::Gap;
use keyward::eval::value::{Value, display};
use keyward::eval::{Inputs, Program, Project, Resource, evaluate};
use keyward::source::{SourceMap, discover};
use keyward::syntax;

struct World {
    sources: SourceMap,
    project: Project,
    gaps: Vec<Gap>,
    roots: Vec<String>,
}

fn world(files: &[(&str, &str)]) -> World {
    world_with(files, &[], "")
}

fn world_with(files: &[(&str, &str)], vars: &[(&str, &str)], root: &str) -> World {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
    let mut found = discover(&dir.path().into(), &Default::default()).expect("readable");
    let parsed: Vec<_> = found.sources.iter().map(|file| syntax::parse(file)).collect();
    let program = Program::new(&found.sources, &parsed, &found.manifests, &mut found.gaps);
    let vars: Vec<_> = vars.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let inputs = Inputs { sources: &found.sources, program: &program, vars: &vars, var_files: &[] };
    let project = evaluate(&inputs, root);
    let roots = program.roots().to_vec();
    World { project, gaps: found.gaps, roots, sources: found.sources }
}

impl World {
    fn resource(&self, address: &str) -> &Resource {
        let addresses: Vec<_> = self.project.resources.iter().map(|resource| &resource.address).collect();
        let found = self.project.resources.iter().find(|resource| resource.address == address);
        found.unwrap_or_else(|| panic!("{address} is not among {addresses:?}"))
    }

    fn value(&self, address: &str, attribute: &str) -> &Value {
        self.resource(address).body.value(attribute).unwrap_or_else(|| panic!("{address} has no {attribute}"))
    }

    fn text(&self, address: &str, attribute: &str) -> &str {
        let value = self.value(address, attribute);
        value.as_str().unwrap_or_else(|| panic!("{}", display::console(value)))
    }

    fn output(&self, name: &str) -> String {
        display::console(&self.project.modules[0].outputs[name].value)
    }

    fn written(&self, value: &Value) -> &str {
        self.sources.text(value.meta.span.expect("a place"))
    }
}

#[test]
fn variables_come_in_terraforms_order() {
    let files = [
        (
            "main.tf",
            "variable \"a\" { default = \"default\" }\nvariable \"b\" {}\nvariable \"c\" {}\nvariable \"d\" {}\noutput \"all\" { value = [var.a, var.b, var.c, var.d] }\n",
        ),
        ("terraform.tfvars", "b = \"file\"\nc = \"file\"\nd = \"file\"\n"),
        ("b.auto.tfvars", "c = \"auto\"\nd = \"auto\"\n"),
        ("prod.tfvars", "a = \"not loaded\"\n"),
    ];
    let world = world_with(&files, &[("d", "flag")], "");
    assert_eq!(
        world.output("all").split_whitespace().collect::<String>(),
        "[\"default\",\"file\",\"auto\",\"flag\",]"
    );
}

#[test]
fn override_files_change_what_they_name() {
    let world = world(&[
        (
            "main.tf",
            "resource \"aws_iam_user\" \"u\" {\n  name = \"one\"\n  path = \"/a/\"\n}\nlocals { x = 1 }\noutput \"x\" { value = local.x }\n",
        ),
        ("main_override.tf", "resource \"aws_iam_user\" \"u\" {\n  name = \"two\"\n}\nlocals { x = 2 }\n"),
    ]);
    assert_eq!(world.text("aws_iam_user.u", "name"), "two");
    assert_eq!(world.text("aws_iam_user.u", "path"), "/a/");
    assert_eq!(world.output("x"), "2");
}

#[test]
fn blocks_are_repeated() {
    let world = world(&[(
        "main.tf",
        "resource \"aws_iam_user\" \"n\" {\n  count = 2\n  name = \"u${count.index}\"\n}\n\
         resource \"aws_iam_user\" \"e\" {\n  for_each = { a = \"x\", b = \"y\" }\n  name = \"${each.key}-${each.value}\"\n}\n\
         variable \"unknown\" {}\nresource \"aws_iam_user\" \"q\" {\n  for_each = var.unknown\n  name = each.key\n}\n\
         resource \"aws_iam_user\" \"maybe\" {\n  count = var.unknown ? 1 : 0\n  name = \"m\"\n}\n\
         output \"names\" { value = aws_iam_user.n[*].name }\noutput \"b\" { value = aws_iam_user.e[\"b\"].name }\n",
    )]);
    assert_eq!(world.text("aws_iam_user.n[1]", "name"), "u1");
    assert_eq!(world.text("aws_iam_user.e[\"b\"]", "name"), "b-y");
    assert!(world.value("aws_iam_user.q[*]", "name").is_unknown());
    assert_eq!(world.text("aws_iam_user.maybe[0]", "name"), "m");
    assert_eq!(world.output("names").split_whitespace().collect::<String>(), "[\"u0\",\"u1\",]");
    assert_eq!(world.output("b"), "\"b-y\"");
}

#[test]
fn dynamic_blocks_become_blocks() {
    let world = world(&[(
        "main.tf",
        "resource \"aws_iam_role\" \"r\" {\n  dynamic \"inline_policy\" {\n    for_each = [\"a\", \"b\"]\n    iterator = it\n    content {\n      name = it.value\n    }\n  }\n}\n",
    )]);
    let blocks = world.resource("aws_iam_role.r").body.blocks("inline_policy");
    let names: Vec<_> = blocks.iter().filter_map(|block| block.text("name")).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn values_remember_where_they_were_written() {
    let world = world(&[
        ("main.tf", "module \"a\" {\n  source = \"./a\"\n  policy = \"*\"\n}\n"),
        (
            "a/main.tf",
            "variable \"policy\" {}\nmodule \"b\" {\n  source = \"../b\"\n  action = var.policy\n}\n",
        ),
        (
            "b/main.tf",
            "variable \"action\" {}\nresource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = var.action }] })\n}\n",
        ),
    ]);
    assert_eq!(world.roots, [""]);
    let policy = world.value("module.a.module.b.aws_iam_policy.p", "policy");
    let decoded = keyward::eval::decode_json(policy).expect("a document");
    let action =
        decoded.get("Statement").and_then(|list| list.items()?.first()?.get("Action")).expect("an action");
    assert_eq!(world.written(action), "\"*\"");
    assert_eq!(world.sources.get(action.meta.span.expect("a place").file).path, "main.tf");
    let route: Vec<_> = action.meta.hops().iter().map(|hop| hop.name.to_string()).collect();
    assert_eq!(route, ["module.a.policy", "var.policy", "module.a.module.b.action", "var.action"]);
}

#[test]
fn heredoc_policies_point_at_their_lines() {
    let text = "resource \"aws_iam_policy\" \"p\" {\n  policy = <<-EOT\n    {\n      \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": \"iam:*\", \"Resource\": \"${aws_x.y.arn}/*\" }]\n    }\n  EOT\n}\nresource \"aws_x\" \"y\" {}\n";
    let world = world(&[("main.tf", text)]);
    let decoded = keyward::eval::decode_json(world.value("aws_iam_policy.p", "policy")).expect("a document");
    let statement = decoded.get("Statement").and_then(|list| list.items()?.first()).expect("a statement");
    assert_eq!(world.written(statement.get("Action").expect("an action")), "iam:*");
    let resource = statement.get("Resource").expect("a resource");
    assert!(resource.as_str().is_none() && !resource.is_unknown(), "only the hole is unknown");
    assert_eq!(resource.deep_refs().iter().count(), 1);
}

#[test]
fn policy_documents_are_computed_and_merged() {
    let world = world(&[(
        "main.tf",
        "data \"aws_iam_policy_document\" \"base\" {\n  statement {\n    sid = \"A\"\n    actions = [\"s3:GetObject\"]\n    resources = [\"*\"]\n  }\n  statement {\n    actions = [\"sqs:*\"]\n    resources = [\"*\"]\n  }\n}\n\
         data \"aws_iam_policy_document\" \"all\" {\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n  statement {\n    sid = \"A\"\n    effect = \"Deny\"\n    actions = [\"s3:*\"]\n    resources = [\"*\"]\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:username\"\n      values = [\"&{aws:username}\"]\n    }\n  }\n}\n\
         resource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.all.json\n}\n",
    )]);
    let decoded = keyward::eval::decode_json(world.value("aws_iam_policy.p", "policy")).expect("a document");
    let statements = decoded.get("Statement").and_then(Value::items).expect("statements");
    let effects: Vec<_> =
        statements.iter().filter_map(|statement| statement.get("Effect")?.as_str()).collect();
    assert_eq!(effects, ["Deny", "Allow"]);
    let text = display::console(&decoded);
    assert!(text.contains("${aws:username}"), "{text}");
}

#[test]
fn google_policies_are_computed() {
    let world = world(&[(
        "main.tf",
        "data \"google_iam_policy\" \"p\" {\n  binding {\n    role = \"roles/owner\"\n    members = [\"serviceAccount:a@b.iam.gserviceaccount.com\"]\n  }\n}\nresource \"google_project_iam_policy\" \"p\" {\n  project = \"x\"\n  policy_data = data.google_iam_policy.p.policy_data\n}\n",
    )]);
    let decoded = keyward::eval::decode_json(world.value("google_project_iam_policy.p", "policy_data"))
        .expect("a document");
    let binding = decoded.get("bindings").and_then(|list| list.items()?.first()).expect("a binding");
    assert_eq!(binding.get("role").and_then(Value::as_str), Some("roles/owner"));
}

#[test]
fn files_are_read_inside_of_the_root_only() {
    let world = world(&[
        (
            "main.tf",
            "output \"in\" { value = file(\"${path.module}/a.txt\") }\noutput \"rendered\" { value = templatefile(\"t.tftpl\", { names = [\"x\", \"y\"] }) }\noutput \"out\" { value = file(\"../../etc/passwd\") }\noutput \"absolute\" { value = try(file(\"/etc/passwd\"), \"no\") }\n",
        ),
        ("a.txt", "hello"),
        ("t.tftpl", "%{ for n in names ~}\n- ${n}\n%{ endfor ~}\n"),
    ]);
    assert_eq!(world.output("in"), "\"hello\"");
    assert!(world.output("rendered").contains("- x\n- y\n"), "{}", world.output("rendered"));
    assert!(world.output("out").contains("known after apply"));
    assert!(!world.output("absolute").contains("root:"));
    let outside = world.project.gaps.iter().filter(|gap| gap.kind.name() == "outside-root").count();
    assert_eq!(outside, 2);
}

#[test]
fn cached_modules_are_used_and_missing_ones_are_gaps() {
    let world = world(&[
        (
            "main.tf",
            "module \"here\" {\n  source = \"acme/iam/aws\"\n}\nmodule \"gone\" {\n  source = \"acme/other/aws\"\n}\noutput \"x\" { value = module.here.x }\noutput \"y\" { value = module.gone.y }\n",
        ),
        (
            ".terraform/modules/modules.json",
            "{\"Modules\":[{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"},{\"Key\":\"here\",\"Source\":\"registry\",\"Dir\":\".terraform/modules/here\"}]}",
        ),
        (".terraform/modules/here/main.tf", "output \"x\" { value = \"cached\" }\n"),
    ]);
    assert_eq!(world.roots, [""]);
    assert_eq!(world.output("x"), "\"cached\"");
    assert!(world.output("y").contains("known after apply"));
    let missing: Vec<_> =
        world.project.gaps.iter().filter(|gap| gap.kind.name() == "missing-module").collect();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].help.as_deref().is_some_and(|help| help.contains("init")));
    assert!(world.gaps.is_empty());
}

#[test]
fn cycles_end_in_gaps() {
    let world = world(&[
        (
            "main.tf",
            "locals {\n  a = local.b\n  b = local.a\n}\nmodule \"m\" {\n  source = \"./m\"\n}\nresource \"aws_iam_user\" \"u\" {\n  name = \"alive\"\n}\n",
        ),
        ("m/main.tf", "module \"self\" {\n  source = \"../m\"\n}\n"),
    ]);
    assert_eq!(world.text("aws_iam_user.u", "name"), "alive");
    let cycles = world.project.gaps.iter().filter(|gap| gap.kind.name() == "cycle").count();
    assert!(cycles >= 2, "{:?}", world.project.gaps);
}

#[test]
fn optional_attributes_have_defaults() {
    let world = world(&[(
        "main.tf",
        "variable \"users\" {\n  type = map(object({ path = optional(string, \"/svc/\"), age = optional(number) }))\n  default = { a = {}, b = { path = \"/x/\" } }\n}\noutput \"paths\" { value = [for name, user in var.users : user.path] }\n",
    )]);
    assert_eq!(world.output("paths").split_whitespace().collect::<String>(), "[\"/svc/\",\"/x/\",]");
}

#[test]
fn json_syntax_is_the_same_language() {
    let world = world(&[(
        "main.tf.json",
        r#"{"variable":{"n":{"default":"ci"}},"resource":{"aws_iam_user":{"u":{"name":"${var.n}-bot","tags":{"owner":"x"}}}}}"#,
    )]);
    assert_eq!(world.text("aws_iam_user.u", "name"), "ci-bot");
}

#[test]
fn unknown_parts_stay_parts() {
    let world = world(&[(
        "main.tf",
        "variable \"env\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = \"app-${var.env}\"\n}\nresource \"aws_iam_role_policy_attachment\" \"a\" {\n  role = aws_iam_role.r.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\noutput \"both\" { value = var.env == \"prod\" ? \"a\" : \"b\" }\n",
    )]);
    let role = world.value("aws_iam_role_policy_attachment.a", "role");
    let refs: Vec<_> = role.deep_refs().iter().map(|one| one.path.to_string()).collect();
    assert_eq!(refs, ["name"]);
    assert!(world.output("both").contains("known after apply"));
}

#[test]
fn lifecycle_is_read() {
    let world = world(&[
        (
            "main.tf",
            "resource \"aws_db_instance\" \"a\" {\n  lifecycle {\n    ignore_changes = [password, tags[\"x\"], settings.a.b]\n    prevent_destroy = true\n  }\n}\nresource \"aws_db_instance\" \"b\" {\n  lifecycle {\n    ignore_changes = all\n    create_before_destroy = true\n  }\n}\nresource \"aws_db_instance\" \"c\" {}\n",
        ),
        (
            "more.tf.json",
            r#"{"resource":{"aws_db_instance":{"j":{"lifecycle":{"ignore_changes":["password"]}}}}}"#,
        ),
    ]);
    let of = |address: &str| world.resource(address).lifecycle.clone();
    let a = of("aws_db_instance.a");
    assert_eq!(a.ignored, ["password", "tags", "settings.a.b"]);
    assert!(a.ignores("password") && a.ignores("tags") && !a.ignores("name") && a.prevent_destroy);
    let b = of("aws_db_instance.b");
    assert!(b.ignores_all && b.ignores("anything") && b.create_before_destroy && !b.prevent_destroy);
    assert_eq!(of("aws_db_instance.c"), Default::default());
    assert!(of("aws_db_instance.j").ignores("password"));
}

#[test]
fn an_index_that_leads_anywhere_keeps_the_reference() {
    let world = world(&[(
        "main.tf",
        "variable \"n\" {}\nresource \"aws_iam_role\" \"each\" {\n  for_each = var.n\n}\nresource \"aws_iam_role\" \"count\" {\n  count = var.n\n}\nresource \"x_y\" \"u\" {\n  a = aws_iam_role.each[\"k\"].arn\n  b = aws_iam_role.count[3].arn\n  c = aws_iam_role.count[*].arn[var.n]\n  d = one(aws_iam_role.count[*].arn)\n  e = aws_iam_role.each[var.n].arn\n}\n",
    )]);
    for (name, address) in [("a", "each"), ("b", "count"), ("c", "count"), ("d", "count"), ("e", "each")] {
        let refs = world.value("x_y.u", name).deep_refs();
        let found: Vec<_> = refs
            .iter()
            .map(|one| {
                (world.project.resources[one.resource.0 as usize].name.to_string(), one.path.to_string())
            })
            .collect();
        assert!(found.contains(&(address.to_string(), "arn".to_string())), "{name}: {found:?}");
    }
}

#[test]
fn variable_files_are_decoded() {
    let world = world(&[
        (
            "main.tf",
            "locals {\n  a = provider::terraform::decode_tfvars(file(\"settings.txt\"))\n  b = provider::terraform::decode_tfvars(\"x = [1, true]\\ny = null\")\n}\noutput \"a\" { value = local.a }\noutput \"b\" { value = local.b }\noutput \"c\" { value = try(provider::terraform::decode_tfvars(\"x = var.y\"), \"refused\") }\noutput \"d\" { value = try(provider::terraform::decode_tfvars(\"x {}\"), \"refused\") }\n",
        ),
        ("settings.txt", "name = \"app\"\ntags = { owner = \"team\" }\n"),
    ]);
    let squeezed = |name: &str| world.output(name).split_whitespace().collect::<String>();
    assert_eq!(squeezed("a"), "{\"name\"=\"app\"\"tags\"={\"owner\"=\"team\"}}");
    assert_eq!(squeezed("b"), "{\"x\"=[1,true,]\"y\"=null}");
    assert_eq!((squeezed("c").as_str(), squeezed("d").as_str()), ("\"refused\"", "\"refused\""));
    let name = world.project.modules[0].locals["a"].get("name").expect("a name");
    assert_eq!(world.written(name), "\"app\"");
}

#[test]
fn what_is_the_same_in_each_round_is_what_it_would_be_alone() {
    let world = world(&[
        ("rules.json", r#"{"a": {"port": "${port}"}, "b": {"port": "2"}}"#),
        (
            "main.tf",
            r#"
            locals {
              ports = { port = 1 }
              again = { for k in keys(jsondecode(templatefile("rules.json", local.ports))) : k => jsondecode(templatefile("rules.json", local.ports))[k] }
              inner = [for x in ["a", "b"] : join("", [for y in ["c", "d"] : format("%s%s%s", x, y, upper(join("-", [for z in ["e", "f"] : z])))])]
              cover = [for x in ["a", "b"] : [for x in [1, 2] : format("%d", x)]]
              once  = [for x in ["a", "b"] : try(tonumber("none"), upper("none"), x)]
              later = [for x in ["a", "b"] : x == "a" ? lower("A") : upper(x)]
            }
            resource "terraform_data" "each" {
              for_each = toset(["a", "b"])
              input    = format("%s-%s", upper(each.key), lower("SAME"))
            }
            resource "terraform_data" "count" {
              count = 2
              input = join("-", [for x in ["x"] : format("%s%d", x, count.index)])
            }
            output "again" { value = local.again }
            output "inner" { value = local.inner }
            output "cover" { value = local.cover }
            output "once" { value = local.once }
            output "later" { value = local.later }
            "#,
        ),
    ]);
    let flat = |name: &str| world.output(name).split_whitespace().collect::<String>();
    assert_eq!(flat("again"), r#"{"a"={"port"="1"}"b"={"port"="2"}}"#);
    assert_eq!(flat("inner"), r#"["acE-FadE-F","bcE-FbdE-F",]"#);
    assert_eq!(flat("cover"), r#"[["1","2",],["1","2",],]"#);
    assert_eq!(flat("once"), r#"["NONE","NONE",]"#);
    assert_eq!(flat("later"), r#"["a","B",]"#);
    assert_eq!(world.text(r#"terraform_data.each["a"]"#, "input"), "A-same");
    assert_eq!(world.text(r#"terraform_data.each["b"]"#, "input"), "B-same");
    assert_eq!(world.text("terraform_data.count[0]", "input"), "x0");
    assert_eq!(world.text("terraform_data.count[1]", "input"), "x1");
}
