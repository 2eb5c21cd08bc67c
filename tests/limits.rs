//! No configuration makes keyward hang, fill the memory or read outside of the scanned directory: each of
//! these ends in a gap, and the resource next to it is still analysed.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::diagnostic::GapKind;
use std::fmt::Write;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// Far beyond what any of these needs: it only turns a hang into a failure.
const WATCHDOG: Duration = Duration::from_secs(60);
/// The most memory that the whole test process may have used, all tests of this file running at once.
const MEMORY: u64 = 3 << 30;

const SIBLING: &str = "resource \"aws_iam_user\" \"sibling\" {\n  name = \"still-${\"here\"}\"\n}\n";

fn estate(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    write(dir.path(), "sibling.tf", SIBLING);
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

fn write(dir: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("created");
    std::fs::write(path, content).expect("written");
}

fn scan(path: &Path) -> Analysis {
    scan_with(path, Settings::default())
}

fn scan_with(path: &Path, settings: Settings) -> Analysis {
    let path = path.to_path_buf();
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || {
        let analysis = analyse(&path, &settings, jiff::civil::date(2026, 11, 22)).expect("readable");
        let _ = done.send(analysis);
    });
    let analysis = result.recv_timeout(WATCHDOG).expect("the analysis ends, and without a panic");
    assert!(!analysis.internal_error, "{:?}", analysis.gaps);
    assert!(peak_memory().is_none_or(|peak| peak < MEMORY), "{:?} bytes at most", peak_memory());
    analysis
}

/// Only Linux tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1_024)
}

/// What `address` has for `attribute`, as text.
fn text<'a>(analysis: &'a Analysis, address: &str, attribute: &str) -> Option<&'a str> {
    let resources = analysis.estate.models.iter().flat_map(|model| &model.project.resources);
    resources.into_iter().find(|resource| resource.address == address)?.body.text(attribute)
}

fn instances(analysis: &Analysis) -> usize {
    analysis.estate.models.iter().map(|model| model.project.resources.len()).sum()
}

#[track_caller]
fn assert_sibling(analysis: &Analysis) {
    assert_eq!(text(analysis, "aws_iam_user.sibling", "name"), Some("still-here"), "{:?}", analysis.gaps);
}

#[track_caller]
fn assert_gap(analysis: &Analysis, kind: GapKind) {
    assert!(analysis.gaps.iter().any(|gap| gap.kind == kind), "no {kind:?} in {:#?}", analysis.gaps);
    assert!(analysis.gaps.len() < 100, "{} gaps for one mistake", analysis.gaps.len());
}

/// Scans one file beside the sibling, which must survive it.
#[track_caller]
fn limited(text: &str, kind: GapKind) -> Analysis {
    let dir = estate(&[("main.tf", text)]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, kind);
    assert_sibling(&analysis);
    analysis
}

fn user(attribute: &str) -> String {
    format!("resource \"aws_iam_user\" \"bomb\" {{\n  {attribute}\n}}\n")
}

// What multiplies.

#[test]
fn a_million_literal_elements() {
    let elements = "1,".repeat(400_000);
    limited(&user(&format!("for_each = toset([{elements}])\n name = each.key")), GapKind::Limit);
}

#[test]
fn a_million_computed_elements() {
    let each = "toset([for p in setproduct(range(1000), range(1000)) : \"${p[0]}-${p[1]}\"])";
    limited(&user(&format!("for_each = {each}\n name = each.key")), GapKind::Limit);
}

#[test]
fn a_billion_instances() {
    let analysis = limited(&user("count = 1000000000\n name = \"u-${count.index}\""), GapKind::Limit);
    assert!(instances(&analysis) < 2_000);
    assert_eq!(text(&analysis, "aws_iam_user.bomb[7]", "name"), Some("u-7"));
}

#[test]
fn a_range_over_a_billion() {
    limited(&user("name = join(\",\", range(1000000000))"), GapKind::Evaluation);
}

#[test]
fn many_blocks_of_many_instances() {
    let mut code = String::new();
    for at in 0..200 {
        let _ = writeln!(code, "resource \"x_y\" \"u{at}\" {{\n count = 1000\n name = \"x\"\n}}");
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    write(dir.path(), "a.tf", SIBLING);
    write(dir.path(), "b.tf", code);
    let analysis = scan(dir.path());
    assert!(analysis.gaps.iter().any(|gap| gap.kind == GapKind::Limit));
    assert!(instances(&analysis) < 50_000);
    assert_sibling(&analysis);
}

#[test]
fn thousands_of_identities_and_what_they_hold() {
    let code = "resource \"aws_iam_user\" \"u\" {\n count = 1024\n name = \"u-${count.index}\"\n}\n\
                resource \"aws_iam_access_key\" \"k\" {\n count = 1024\n user = \
                aws_iam_user.u[count.index].name\n}\n\
                resource \"aws_iam_policy\" \"p\" {\n count = 1024\n name = \"p-${count.index}\"\n policy = \
                jsonencode({ Statement = [{ Effect = \"Allow\", Action = [\"iam:*\", \"s3:Get*\"], Resource = \
                \"arn:aws:s3:::b-${count.index}/*\" }] })\n}\n\
                resource \"aws_iam_user_policy_attachment\" \"a\" {\n count = 1024\n user = \
                aws_iam_user.u[count.index].name\n policy_arn = aws_iam_policy.p[count.index].arn\n}\n";
    let dir = estate(&[("main.tf", code)]);
    let analysis = scan(dir.path());
    assert_sibling(&analysis);
    assert_eq!(instances(&analysis), 4 * 1_024 + 1);
}

#[test]
fn loops_in_loops() {
    let name = "length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a * b * c]]])";
    limited(&user(&format!("name = {name}")), GapKind::Limit);
}

#[test]
fn loops_in_templates() {
    let text = "%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }${a}%{ endfor }\
                %{ endfor }%{ endfor }";
    limited(&user(&format!("name = \"{text}\"")), GapKind::Limit);
}

#[test]
fn dynamic_blocks_in_dynamic_blocks() {
    let code = "resource \"x_y\" \"bomb\" {\n dynamic \"a\" {\n for_each = range(1000)\n content {\n  dynamic \
                \"b\" {\n for_each = range(1000)\n content {\n   dynamic \"c\" {\n for_each = range(1000)\n \
                content {\n d = a.key\n }\n }\n }\n }\n }\n }\n}\n";
    let dir = tempfile::tempdir().expect("a temporary directory");
    write(dir.path(), "a.tf", SIBLING);
    write(dir.path(), "b.tf", code);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Limit);
    assert_sibling(&analysis);
}

#[test]
fn dynamic_blocks_beyond_the_limit_are_missed_aloud() {
    let code = "resource \"x_y\" \"bomb\" {\n dynamic \"a\" {\n for_each = concat(range(1000), range(1000))\n \
                content {\n d = a.key\n }\n }\n}\n";
    limited(code, GapKind::Limit);
}

#[test]
fn strings_that_double() {
    let mut code = String::from("locals {\n l0 = \"0123456789\"\n");
    for at in 1..=40 {
        let _ = writeln!(code, " l{at} = \"${{local.l{}}}${{local.l{}}}\"", at - 1, at - 1);
    }
    limited(&format!("{code}}}\n{}", user("name = local.l40")), GapKind::Limit);
}

#[test]
fn lists_that_double() {
    for (list, last) in [("[local.P, local.P]", 40), ("concat(local.P, local.P)", 40), ("[local.P]", 5_000)] {
        let mut code = String::from("locals {\n l0 = [\"x\"]\n");
        for at in 1..=last {
            let _ = writeln!(code, " l{at} = {}", list.replace('P', &format!("l{}", at - 1)));
        }
        limited(&format!("{code}}}\n{}", user(&format!("name = local.l{last}"))), GapKind::Limit);
    }
}

#[test]
fn alternatives_that_double() {
    for step in ["var.x ? [P] : [P, P]", "var.x ? \"${P}a\" : \"${P}b\"", "{ a = P, b = var.x ? P : [P] }"] {
        let mut code = String::from("variable \"x\" {}\nlocals {\n l0 = var.x\n");
        for at in 1..=2_000 {
            let _ = writeln!(code, " l{at} = {}", step.replace('P', &format!("local.l{}", at - 1)));
        }
        let dir = estate(&[("main.tf", &format!("{code}}}\n{}", user("name = local.l2000 == local.l1999")))]);
        assert_sibling(&scan(dir.path()));
    }
}

#[test]
fn large_strings_in_many_places() {
    let mut code = String::from("locals {\n big = format(\"%900000s\", \"x\")\n");
    for at in 0..3_000 {
        let _ = writeln!(code, " l{at} = \"${{local.big}}{at}\"");
    }
    let dir = estate(&[("z.tf", &format!("{code}}}\n"))]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Limit);
    assert_sibling(&analysis);
}

#[test]
fn wide_formats() {
    for name in
        ["format(\"%1000000000d\", 1)", "format(\"%.999999999f\", 1)", "format(\"%*d\", 999999999, 1)"]
    {
        let dir = estate(&[("main.tf", &user(&format!("name = {name}")))]);
        let analysis = scan(dir.path());
        assert!(!analysis.gaps.is_empty(), "{name}");
        assert_sibling(&analysis);
    }
}

#[test]
fn large_numbers() {
    for name in ["1e999999999 + 1", "pow(10, 999999999)", "pow(9.9, 99999)", "9e4000 * 9e4000 * 9e4000"] {
        let dir = estate(&[("main.tf", &user(&format!("name = {name}")))]);
        assert_sibling(&scan(dir.path()));
    }
}

#[test]
fn expensive_patterns() {
    let patterns = [
        "regex(\"((((((a{100}){100}){100}){100}){100}){100})\", \"a\")",
        "regexall(\"(a*)*b\", join(\"\", [for i in range(1000) : \"aaaaaaaaaaaaaaaaaaaaaaaaa\"]))",
        "[for i in range(1000) : [for j in range(1000) : can(regex(\"(\\\\w{50}){${i}}${j}\", \"a\"))]]",
        "[for i in range(1000) : replace(join(\"\", range(1000)), \"/(.*)${i}(.*)/\", \"$1$2$1$2\")]",
    ];
    for name in patterns {
        let dir = estate(&[("main.tf", &user(&format!("name = {name}")))]);
        assert_sibling(&scan(dir.path()));
    }
}

#[test]
fn hashes_of_large_strings_in_a_loop() {
    let name = "[for i in range(1000) : [for j in range(1000) : sha512(\"${local.big}${i}\")]]";
    let code =
        format!("locals {{\n big = format(\"%900000s\", \"x\")\n}}\n{}", user(&format!("name = {name}")));
    limited(&code, GapKind::Limit);
}

// What refers to itself.

#[test]
fn cycles() {
    for code in [
        "locals {\n a = local.b\n b = local.a\n}\n".to_string() + &user("name = local.a"),
        user("name = aws_iam_user.bomb.name"),
        user("count = length(aws_iam_user.bomb)\n name = \"x\""),
        user("for_each = aws_iam_user.bomb\n name = \"x\""),
        "resource \"x_y\" \"a\" {\n n = x_y.b.n\n}\nresource \"x_y\" \"b\" {\n n = x_y.a.n\n}\n".to_string(),
    ] {
        let dir = estate(&[("main.tf", &code)]);
        let analysis = scan(dir.path());
        assert!(analysis.gaps.len() < 10, "{code}");
        assert_sibling(&analysis);
    }
    limited("locals {\n a = local.b\n b = local.a\n}\n", GapKind::Cycle);
}

#[test]
fn modules_that_call_each_other() {
    let dir = estate(&[
        ("main.tf", "module \"a\" {\n source = \"./a\"\n x = module.a.y\n}\n"),
        (
            "a/main.tf",
            "module \"b\" {\n source = \"../b\"\n}\nvariable \"x\" {}\noutput \"y\" {\n value = var.x\n}\n",
        ),
        ("b/main.tf", "module \"a\" {\n source = \"../a\"\n}\n"),
    ]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Cycle);
    assert_sibling(&analysis);
}

#[test]
fn a_template_that_includes_itself() {
    let dir = estate(&[
        ("main.tf", &user("name = templatefile(\"t.tpl\", { x = 1 })")),
        ("t.tpl", "a${templatefile(\"t.tpl\", { x = 1 })}${templatefile(\"t.tpl\", { x = 1 })}b"),
    ]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Cycle);
    assert_sibling(&analysis);
}

#[test]
fn a_hundred_thousand_locals_in_a_chain() {
    for forward in [true, false] {
        let mut code = String::from("locals {\n");
        let last = 100_000;
        for at in 0..last {
            let (name, from) = if forward { (last - at, last - at - 1) } else { (at + 1, at) };
            let _ = writeln!(code, " l{name} = local.l{from}");
        }
        code.push_str(" l0 = \"x\"\n}\n");
        let dir = estate(&[("main.tf", &(code + &user("name = local.l100000")))]);
        let analysis = scan(dir.path());
        assert!(analysis.gaps.len() < 1_000);
        assert_sibling(&analysis);
    }
}

#[test]
fn two_hundred_modules_deep() {
    let mut files =
        vec![("main.tf".to_string(), "module \"m\" {\n source = \"./m0\"\n x = \"deep\"\n}\n".to_string())];
    for at in 0..200 {
        let call = format!("module \"m\" {{\n source = \"../m{}\"\n x = var.x\n}}\n", at + 1);
        let output = "output \"y\" {\n value = module.m.y\n}\nvariable \"x\" {}\n";
        files.push((format!("m{at}/main.tf"), format!("{call}{output}")));
    }
    let last = format!("variable \"x\" {{}}\noutput \"y\" {{\n value = var.x\n}}\n{}", user("name = var.x"));
    files.push(("m200/main.tf".to_string(), last));
    files.push((
        "out.tf".to_string(),
        "resource \"aws_iam_user\" \"out\" {\n name = module.m.y\n}\n".to_string(),
    ));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let dir = estate(&files);
    let analysis = scan(dir.path());
    assert_sibling(&analysis);
    assert_eq!(text(&analysis, "aws_iam_user.out", "name"), Some("deep"), "{:?}", analysis.gaps);
}

#[test]
fn a_million_module_instances() {
    let call = |dir: &str| {
        format!(
            "module \"m\" {{\n source = \"{dir}\"\n for_each = toset([for i in range(100) : \"k${{i}}\"])\n}}\n"
        )
    };
    let dir = estate(&[
        ("main.tf", &call("./a")),
        ("a/main.tf", &call("../b")),
        ("b/main.tf", &call("../c")),
        ("c/main.tf", &user("name = \"x\"")),
    ]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Limit);
    assert_sibling(&analysis);
}

// What is deep.

#[test]
fn nesting_of_ten_thousand() {
    let deep = 10_000;
    let around =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(deep), close.repeat(deep));
    for value in [
        around("[", "", "]"),
        around("(", "1", ")"),
        around("{ a = ", "1", "}"),
        around("{ for k, v in x : k => ", "1", "}"),
        around("[for v in ", "x", " : v]"),
        around("\"${", "1", "}\""),
        around("f(", "1", ")"),
        around("a[", "1", "]"),
        around("!", "true", ""),
        around("-", "1", ""),
        around("- ", "a", ""),
        around("1 + ", "1", ""),
        around("a && ", "b", ""),
        around("true ? 1 : ", "2", ""),
        around("true ? ", "1", " : 2"),
        format!("\"{}\"", around("%{ if true }", "x", "%{ endif }")),
        format!("\"{}\"", around("%{ for x in y }", "x", "%{ endfor }")),
        format!("<<E\n{}\nE", around("${[", "1", "]}")),
    ] {
        limited(&user(&format!("name = {value}\n path = \"/\"")), GapKind::Syntax);
        limited(&user(&format!("name = {}\n path = \"/\"", &value[..value.len() / 2])), GapKind::Syntax);
    }
    limited(&around("a {\n", "", "}\n"), GapKind::Syntax);
    limited(&"a {\n".repeat(deep), GapKind::Syntax);
    let long = format!("a{}", ".b".repeat(deep * 10));
    let dir = estate(&[("main.tf", &user(&format!("name = {long}{}", "[0]".repeat(deep))))]);
    assert_sibling(&scan(dir.path()));
}

#[test]
fn just_within_the_depth_that_parses() {
    for (open, inner, close) in [
        ("[", "", "]"),
        ("(", "1", ")"),
        ("{ a = ", "1", "}"),
        ("\"${", "1", "}\""),
        ("{ for k, v in x : k => ", "v", "}"),
        ("f(", "1", ")"),
        ("true ? 1 : ", "2", ""),
        ("!", "true", ""),
    ] {
        for deep in [20, 40, 60, 63] {
            let value = format!("{}{inner}{}", open.repeat(deep), close.repeat(deep));
            let dir = estate(&[("main.tf", &user(&format!("name = {value}")))]);
            assert_sibling(&scan(dir.path()));
        }
    }
}

#[test]
fn nesting_in_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"resource\":", "}")] {
        for closed in [true, false] {
            let close = if closed { close } else { "" };
            let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let dir = estate(&[("deep.tf.json", &text)]);
            let analysis = scan(dir.path());
            assert_gap(&analysis, GapKind::Syntax);
            assert_sibling(&analysis);
        }
    }
    let text = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for function in ["jsondecode", "yamldecode"] {
        limited(&user(&format!("name = {function}(\"{text}\")")), GapKind::Evaluation);
    }
    let policy = user(&format!("name = \"{text}\"\n policy = \"{text}\"\n assume_role_policy = \"{text}\""));
    let dir = estate(&[("main.tf", &policy.replace("aws_iam_user", "aws_iam_role"))]);
    assert_sibling(&scan(dir.path()));
}

// What is long.

#[test]
fn a_file_beyond_the_limit() {
    let dir = estate(&[]);
    let file = std::fs::File::create(dir.path().join("large.tf")).expect("created");
    file.set_len(100 << 20).expect("a sparse file");
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::TooLarge);
    assert_sibling(&analysis);
}

#[test]
fn a_single_line_of_sixteen_megabytes() {
    let size = (16 << 20) - 100;
    for (before, repeated) in
        [("x = \"", "a"), ("x = [", "1,"), ("x = ", "("), ("", "<<a "), ("locals { a = [", "{}")]
    {
        let text = format!("{before}{}", repeated.repeat((size - before.len()) / repeated.len()));
        limited(&text, GapKind::Syntax);
    }
}

#[test]
fn a_large_block_is_read_item_by_item() {
    let mut code = String::from("locals {\n");
    for at in 0..100_000 {
        let _ = writeln!(code, "  name_{at} = \"value of {at}\"");
    }
    let dir = estate(&[("main.tf", &format!("{code}}}\n{}", user("name = local.name_99999")))]);
    let analysis = scan(dir.path());
    assert!(analysis.gaps.is_empty(), "{:?}", &analysis.gaps[..5]);
    assert_eq!(text(&analysis, "aws_iam_user.bomb", "name"), Some("value of 99999"));
}

#[test]
fn brackets_that_never_close() {
    for line in
        ["locals {\n", "resource \"a\" \"b\" {\n", "a = [\n", "a = \"${\n", "a = <<E\n", "/*\n", "((((\n"]
    {
        let text = format!("{SIBLING}{}{}", line.repeat(40_000), "}".repeat(40_000));
        let dir = tempfile::tempdir().expect("a temporary directory");
        write(dir.path(), "main.tf", &text);
        assert_sibling(&scan(dir.path()));
    }
    let text = format!("a = {}{}", "(".repeat(500_000), "}".repeat(500_000));
    let dir = estate(&[("main.tf", &text)]);
    assert_sibling(&scan(dir.path()));
}

#[test]
fn repeated_keys() {
    let dir = estate(&[("main.tf", &format!("locals {{\n a = {{\n{}}}\n}}\n", "  k = 1\n".repeat(50_000)))]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Syntax);
    assert_sibling(&analysis);
}

#[test]
fn ten_thousand_loops_over_nested_data() {
    let mut code =
        String::from("locals {\n data = { for i in range(100) : \"k${i}\" => { list = range(20) } }\n");
    for at in 0..10_000 {
        let _ = writeln!(code, " l{at} = [for k, v in local.data : [for x in v.list : \"${{k}}-${{x}}\"]]");
    }
    let dir = estate(&[("z.tf", &format!("{code}}}\n"))]);
    let analysis = scan(dir.path());
    assert_gap(&analysis, GapKind::Limit);
    assert_sibling(&analysis);
}

#[test]
fn heredocs_of_megabytes() {
    let text = "some line of a script ${var.x} with a hole\n".repeat(60_000);
    let code = format!("variable \"x\" {{}}\n{}", user(&format!("name = <<-EOT\n{text}EOT")));
    limited(&code, GapKind::Syntax);
    let code = format!("variable \"x\" {{}}\n{}", user(&format!("name = <<-EOT\n{}EOT", &text[..900_000])));
    let dir = estate(&[("main.tf", &code)]);
    assert_sibling(&scan(dir.path()));
}

// What is no clean text.

#[test]
fn bytes_that_are_no_text() {
    let dir = estate(&[("crlf.tf", "\u{feff}locals {\r\n  a = \"x\"\r\n}\r\n")]);
    write(dir.path(), "bytes.tf", b"locals {\n  b = \"\xff\xfe\xc3\"\n}\n");
    write(dir.path(), "nul.tf", b"locals {\n  c = \"\0\"\n}\n\0\0\n");
    write(dir.path(), "utf16.tf", b"\xff\xfel\0o\0c\0a\0l\0s\0 \0{\0}\0");
    write(dir.path(), "bytes.tf.json", b"{\"locals\": {\"d\": \"\xff\"}}");
    write(dir.path(), "empty.tf", b"");
    write(dir.path(), "empty.tf.json", b"");
    write(dir.path(), "bom.tf.json", b"\xef\xbb\xbf");
    let analysis = scan(dir.path());
    assert!(analysis.gaps.iter().any(|gap| gap.kind == GapKind::Encoding));
    assert_sibling(&analysis);
    let root = &analysis.estate.models[0].project.modules[0];
    assert_eq!(root.locals["a"].as_str(), Some("x"));
}

#[test]
fn no_configuration_at_all() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    assert!(scan(dir.path()).estate.models.is_empty());
    write(dir.path(), "README.md", "# nothing here");
    write(dir.path(), "src/main.rs", "fn main() {}");
    let analysis = scan(dir.path());
    assert!(analysis.estate.models.is_empty() && analysis.gaps.is_empty());
}

#[test]
fn one_file_as_the_root() {
    let dir = estate(&[("other.tf", "resource \"x_y\" \"other\" {}\n")]);
    let analysis = scan(&dir.path().join("sibling.tf"));
    assert_sibling(&analysis);
    assert_eq!(instances(&analysis), 1);
}

#[test]
fn a_root_that_does_not_exist_is_an_error() {
    let missing = analyse(Path::new("/does/not/exist"), &Settings::default(), jiff::civil::date(2026, 1, 1));
    assert!(missing.is_err());
}

#[test]
fn values_from_the_command_line_are_in_no_file() {
    let dir = estate(&[(
        "main.tf",
        &format!("variable \"x\" {{\n type = list(string)\n}}\n{}", user("name = var.x[0]")),
    )]);
    let vars = vec![("x".to_string(), "[foo.bar, 1 + \"a\"]".to_string())];
    let analysis = scan_with(dir.path(), Settings { vars, ..Settings::default() });
    assert_sibling(&analysis);
    for gap in &analysis.gaps {
        let _ = gap.span.map(|span| analysis.sources.locate(span));
        assert!(gap.span.is_none_or(|span| analysis.sources.find(span.file).is_some()), "{gap:?}");
    }
}

// What leads elsewhere.

#[cfg(unix)]
mod files {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const MARKER: &str = "AKIAMARKEROUTSIDE123";

    /// A root with a file beside it that must never be read.
    fn guarded(code: &str) -> (TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        write(dir.path(), "outside.txt", MARKER);
        write(dir.path(), "elsewhere/main.tf", format!("locals {{\n m = \"{MARKER}\"\n}}\n"));
        let root = dir.path().join("root");
        write(&root, "sibling.tf", SIBLING);
        write(&root, "main.tf", code);
        (dir, root)
    }

    #[track_caller]
    fn assert_unread(analysis: &Analysis) {
        assert!(!format!("{:?}", analysis.estate).contains(MARKER));
        assert!(!format!("{:?}", analysis.gaps).contains(MARKER));
        assert!(!format!("{:?}", analysis.findings).contains(MARKER));
        assert!(!format!("{:?}", analysis.sources).contains(MARKER));
    }

    #[test]
    fn paths_out_of_the_root() {
        let (dir, root) = guarded("");
        let absolute = dir.path().join("outside.txt").display().to_string();
        let name = root.file_name().expect("a name").to_string_lossy().into_owned();
        for path in [
            "../outside.txt",
            &absolute,
            "~/outside.txt",
            "x/../../outside.txt",
            "./../outside.txt",
            &format!("../{name}/../outside.txt"),
            "${path.module}/../outside.txt",
            "${path.root}/../outside.txt",
        ] {
            for function in [
                "file(P)",
                "filebase64(P)",
                "templatefile(P, {})",
                "filesha256(P)",
                "fileexists(P)",
                "fileset(P, \"*\")",
                "fileset(\"..\", \"*\")",
                "jsondecode(file(P))",
                "try(file(P), \"\")",
            ] {
                let call = function.replace('P', &format!("\"{path}\""));
                write(&root, "main.tf", user(&format!("name = {call}")));
                let analysis = scan(&root);
                assert_unread(&analysis);
                assert_gap(&analysis, GapKind::OutsideRoot);
                assert_sibling(&analysis);
            }
        }
    }

    #[test]
    fn modules_out_of_the_root() {
        let (_dir, root) = guarded("module \"m\" {\n source = \"../elsewhere\"\n}\n");
        let analysis = scan(&root);
        assert_unread(&analysis);
        assert_gap(&analysis, GapKind::OutsideRoot);
        assert_sibling(&analysis);
    }

    #[test]
    fn symlinks_out_of_the_root() {
        let (dir, root) = guarded(&user("name = file(\"link.txt\")\n path = file(\"linked/main.tf\")"));
        symlink(dir.path().join("outside.txt"), root.join("link.txt")).expect("linked");
        symlink(dir.path().join("elsewhere"), root.join("linked")).expect("linked");
        symlink(dir.path().join("elsewhere/main.tf"), root.join("linked.tf")).expect("linked");
        symlink("../elsewhere/main.tf", root.join("relative.tf")).expect("linked");
        let analysis = scan(&root);
        assert_unread(&analysis);
        assert_gap(&analysis, GapKind::OutsideRoot);
        assert_gap(&analysis, GapKind::MissingFile);
        assert_sibling(&analysis);
    }

    #[test]
    fn cached_modules_out_of_the_root() {
        let (dir, root) = guarded("module \"m\" {\n source = \"a/b/c\"\n}\n");
        let manifest = "{\"Modules\":[{\"Key\":\"m\",\"Source\":\"a/b/c\",\"Dir\":\"../elsewhere\"}]}";
        write(&root, ".terraform/modules/modules.json", manifest);
        let analysis = scan(&root);
        assert_unread(&analysis);
        assert_gap(&analysis, GapKind::MissingModule);
        assert_sibling(&analysis);

        std::fs::remove_dir_all(root.join(".terraform")).expect("removed");
        let inside = manifest.replace("../elsewhere", ".terraform/modules/m");
        write(dir.path(), "cache/modules/modules.json", inside);
        write(dir.path(), "cache/modules/m/main.tf", format!("locals {{\n m = \"{MARKER}\"\n}}\n"));
        symlink(dir.path().join("cache"), root.join(".terraform")).expect("linked");
        let analysis = scan(&root);
        assert_unread(&analysis);
        assert_sibling(&analysis);
    }

    #[test]
    fn symlinks_in_circles_and_to_nothing() {
        let (_dir, root) = guarded("");
        symlink(&root, root.join("loop")).expect("linked");
        symlink("b.tf", root.join("a.tf")).expect("linked");
        symlink("a.tf", root.join("b.tf")).expect("linked");
        symlink("nothing", root.join("dangling.tf")).expect("linked");
        std::fs::create_dir(root.join("directory.tf")).expect("created");
        symlink("directory.tf", root.join("linked-directory.tf")).expect("linked");
        let analysis = scan(&root);
        assert_gap(&analysis, GapKind::Unreadable);
        assert_sibling(&analysis);
    }

    #[test]
    fn pipes_and_devices() {
        let (_dir, root) = guarded(&user("name = file(\"pipe.txt\")"));
        for name in ["pipe.tf", "pipe.tf.json", "pipe.tfvars", "pipe.txt", "CODEOWNERS"] {
            let made = std::process::Command::new("mkfifo").arg(root.join(name)).status();
            if !made.is_ok_and(|status| status.success()) {
                return;
            }
        }
        symlink("/dev/zero", root.join("zero.tf")).expect("linked");
        let analysis = scan(&root);
        assert_gap(&analysis, GapKind::Unreadable);
        assert_gap(&analysis, GapKind::MissingFile);
        assert_sibling(&analysis);
    }

    #[test]
    fn what_may_not_be_read() {
        let (_dir, root) = guarded("");
        write(&root, "secret.tf", "locals {}\n");
        write(&root, "closed/main.tf", "locals {}\n");
        let close = |path: &str, mode| {
            std::fs::set_permissions(root.join(path), std::fs::Permissions::from_mode(mode)).expect("set");
        };
        close("secret.tf", 0);
        close("closed", 0);
        // Root may read everything.
        let readable = std::fs::read(root.join("secret.tf")).is_ok();
        let analysis = scan(&root);
        close("closed", 0o755);
        if !readable {
            assert_gap(&analysis, GapKind::Unreadable);
        }
        assert_sibling(&analysis);
    }
}
