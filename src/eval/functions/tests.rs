use super::{FunctionErrorKind, call, exists, names};
use crate::eval::value::display::console;
use crate::eval::value::{
    Kind, ListKind, MapKind, Number, Part, Ref, Refs, ResourceId, Str, Value, Why, equal, to_string_value,
    unify_values,
};
use crate::source::{FileId, Span};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, ObjectKey};
use indexmap::IndexMap;
use std::sync::Arc;

/// Why an expression is not evaluated here: only calls and literals are.
enum Stop {
    NotCovered,
    Wrong,
}

fn parse(text: &str) -> Option<Expr> {
    crate::syntax::parse_expression(text, FileId(0)).ok()
}

/// Just enough of an evaluator for calls of functions with literal arguments.
fn evaluate(expr: &Expr) -> Result<Value, Stop> {
    Ok(match &expr.kind {
        ExprKind::Null => Value::null(),
        ExprKind::Bool(flag) => Value::bool(*flag),
        ExprKind::Number(text) => Value::number(Number::parse(text).ok_or(Stop::NotCovered)?),
        ExprKind::String(text) => Value::string(&**text),
        ExprKind::List(items) => Value::tuple(items.iter().map(evaluate).collect::<Result<_, _>>()?),
        ExprKind::Object(written) => {
            let mut entries: IndexMap<Arc<str>, Value> = IndexMap::new();
            for (key, value) in written {
                let key = match key {
                    ObjectKey::Word(name, _) => name.clone(),
                    ObjectKey::Expr(Expr { kind: ExprKind::String(text), .. }) => text.clone(),
                    ObjectKey::Expr(_) => return Err(Stop::NotCovered),
                };
                entries.insert(key, evaluate(value)?);
            }
            Value::map(MapKind::Object, entries)
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => match evaluate(inner)?.as_number() {
            Some(number) => Value::number(number.neg()),
            None => return Err(Stop::NotCovered),
        },
        ExprKind::Binary(parts) => binary(&evaluate(&parts.0)?, parts.1, &evaluate(&parts.2)?)?,
        ExprKind::Paren(inner) => evaluate(inner)?,
        ExprKind::Conditional(parts) => {
            let [condition, yes, no] = &**parts;
            let condition = evaluate(condition)?;
            let (yes, no) = (evaluate(yes)?, evaluate(no)?);
            let mut branches = unify_values(&[&yes, &no]).ok_or(Stop::Wrong)?;
            match condition.as_bool().filter(|_| !matches!(condition.kind, Kind::Number(_))) {
                Some(true) => branches.swap_remove(0),
                Some(false) => branches.swap_remove(1),
                None => return Err(Stop::Wrong),
            }
        }
        ExprKind::Call(function) => {
            let mut args: Vec<Value> = function.args.iter().map(evaluate).collect::<Result<_, _>>()?;
            if function.spread
                && let Some(last) = args.pop()
            {
                args.extend(last.as_slice().to_vec());
            }
            call(&function.name, &args).map_err(|_| Stop::Wrong)?
        }
        _ => return Err(Stop::NotCovered),
    })
}

fn binary(left: &Value, op: BinaryOp, right: &Value) -> Result<Value, Stop> {
    let numbers = (left.as_number(), right.as_number());
    let number = match (op, numbers) {
        (BinaryOp::Equal, _) => return Ok(answer(equal(left, right))),
        (BinaryOp::NotEqual, _) => return Ok(answer(equal(left, right).map(|is| !is))),
        (BinaryOp::Divide, (Some(a), Some(b))) => a.div(&b),
        (BinaryOp::Add, (Some(a), Some(b))) => a.add(&b),
        (BinaryOp::Multiply, (Some(a), Some(b))) => a.mul(&b),
        (BinaryOp::Modulo, (Some(a), Some(b))) => a.rem(&b),
        (BinaryOp::Subtract, (Some(a), Some(b))) => a.sub(&b),
        _ => None,
    };
    number.map(Value::number).ok_or(Stop::NotCovered)
}

fn answer(equal: Option<bool>) -> Value {
    equal.map_or_else(|| Value::unknown(Why::Derived), Value::bool)
}

#[test]
fn functions_agree_with_terraform() {
    let text = include_str!("../../../testdata/functions/recorded.json");
    let recorded: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    // Where the values differ, and why.
    let text = include_str!("../../../testdata/functions/differences.json");
    let differences: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let (mut checked, mut wrong) = (0, Vec::new());
    for entry in &recorded {
        let expr = entry["expr"].as_str().unwrap();
        let Some(parsed) = parse(expr) else { continue };
        let ours = match evaluate(&parsed) {
            Err(Stop::NotCovered) => continue,
            Ok(value) => console(&value),
            Err(Stop::Wrong) => "an error".to_owned(),
        };
        checked += 1;
        let theirs = entry["output"].as_str().unwrap_or("an error");
        let known = differences.iter().any(|one| one["expr"] == expr);
        if (ours == theirs) == known {
            wrong.push(format!("{expr}\n  ours: {ours}\n  Terraform's: {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 850, "{checked}");
}

fn unknown() -> Value {
    let reference = Ref { resource: ResourceId(7), path: "arn".into() };
    let mut value = Value::unknown(Why::Attribute(ResourceId(7), "arn".into()));
    value.meta.refs = Refs::one(reference);
    value
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn run(name: &str, args: &[Value]) -> Value {
    call(name, args).unwrap()
}

/// A template with `{}` where its holes are.
fn shape(value: &Value) -> String {
    let parts = value.parts().unwrap_or_default();
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => text.as_str().to_owned(),
        Part::Hole(_) => "{}".to_owned(),
    });
    parts.collect()
}

#[test]
fn unknown_parts_of_strings_stay_holes() {
    let arn = Value::template(vec![Part::Hole(unknown()), Part::Text("/*".into())]);
    assert_eq!(shape(&run("join", &[text(","), Value::tuple(vec![text("a"), arn.clone()])])), "a,{}/*");
    assert_eq!(shape(&run("format", &[text("%s:%d"), unknown(), Value::number(1_i64)])), "{}:1");
    assert_eq!(
        shape(&run("upper", &[Value::template(vec![Part::Text("a".into()), Part::Hole(unknown())])])),
        "A{}"
    );
    assert_eq!(shape(&run("trimsuffix", &[arn.clone(), text("*")])), "{}/");
    assert!(run("trimprefix", &[arn.clone(), text("arn:")]).is_unknown());
    assert_eq!(run("endswith", &[arn.clone(), text("/*")]).as_bool(), Some(true));
    assert_eq!(run("endswith", &[arn.clone(), text("x")]).as_bool(), Some(false));
    assert!(run("sha256", std::slice::from_ref(&arn)).is_unknown());
    assert!(run("sha256", &[arn]).meta.refs.iter().any(|one| one.resource == ResourceId(7)));
}

#[test]
fn documents_with_holes_come_back_as_they_were() {
    let arn = Value::template(vec![Part::Hole(unknown()), Part::Text("/*".into())]);
    let span = Span::new(FileId(0), 10, 20);
    let action = text("s3:*").at(span);
    let policy = Value::object([("Action".into(), action), ("Resource".into(), arn)]);
    let encoded = run("jsonencode", &[policy]);
    assert_eq!(shape(&encoded), r#"{"Action":"s3:*","Resource":"{}/*"}"#);
    let decoded = run("jsondecode", std::slice::from_ref(&encoded));
    assert_eq!(decoded.get("Action").unwrap().meta.span, Some(span));
    assert_eq!(decoded.get("Resource").unwrap().deep_refs().iter().count(), 1);
    // The same text, written by hand.
    let written = Value::template(encoded.parts().unwrap());
    let parsed = run("jsondecode", &[written]);
    assert_eq!(shape(parsed.get("Resource").unwrap()), "{}/*");
    assert_eq!(parsed.deep_refs().iter().count(), 1);
}

#[test]
fn literals_inside_of_documents_keep_their_places() {
    let json = r#"{"Action": ["s3:*", "a\u0041b"]}"#;
    let source = Str::with_pieces(json, vec![(0, Span::new(FileId(0), 100, 100 + json.len()))]);
    let decoded = run("jsondecode", &[Value::string(source)]);
    let action = &decoded.get("Action").unwrap().items().unwrap()[0];
    let at = 100 + json.find("s3").unwrap();
    assert_eq!(action.meta.span, Some(Span::new(FileId(0), at, at + 4)));
    assert_eq!(decoded.get("Action").unwrap().items().unwrap()[1].as_str(), Some("aAb"));
    let words = run(
        "split",
        &[text(","), Value::string(Str::with_pieces("ab,cd", vec![(0, Span::new(FileId(0), 5, 10))]))],
    );
    assert_eq!(words.items().unwrap()[1].meta.span, Some(Span::new(FileId(0), 8, 10)));
}

#[test]
fn collections_hand_their_elements_through() {
    let list = Value::tuple(vec![text("a"), unknown()]);
    assert_eq!(run("length", std::slice::from_ref(&list)).as_i64(), Some(2));
    assert_eq!(run("contains", &[list.clone(), text("a")]).as_bool(), Some(true));
    assert!(run("contains", &[list.clone(), text("b")]).is_unknown());
    assert_eq!(run("element", &[list.clone(), Value::number(0_i64)]).as_str(), Some("a"));
    assert_eq!(run("concat", &[list.clone(), list.clone()]).items().unwrap().len(), 4);
    assert!(run("length", &[run("toset", &[list])]).is_unknown());
    let sensitive = Value::tuple(vec![text("a")]).sensitive();
    assert!(run("element", &[sensitive, Value::number(0_i64)]).meta.sensitive);
}

#[test]
fn one_of_several_arguments_gives_one_of_several_results() {
    let either = Value::unknown(Why::OneOf(Arc::new(vec![text("a"), text("b")])));
    let Kind::Unknown(unknown) = run("upper", std::slice::from_ref(&either)).kind else { panic!() };
    let Why::OneOf(options) = unknown.why else { panic!() };
    assert_eq!(options[1].as_str(), Some("B"));
    assert_eq!(equal(&either, &text("c")), Some(false));
    assert_eq!(equal(&either, &text("a")), None);
}

#[test]
fn known_differences_beat_unknown_parts() {
    let bucket = |path: &str| {
        Value::template(vec![Part::Text("arn:".into()), Part::Hole(unknown()), Part::Text(path.into())])
    };
    assert_eq!(equal(&bucket("/a"), &bucket("/b")), Some(false));
    assert_eq!(equal(&bucket("/a"), &bucket("/a")), None);
    assert_eq!(equal(&bucket("/a"), &text("arn:/")), Some(false));
    assert_eq!(equal(&unknown(), &text("x")), None);
    let pair = |last: &str| Value::tuple(vec![unknown(), text(last)]);
    assert_eq!(equal(&pair("a"), &pair("b")), Some(false));
}

/// Recorded by hand, because the console knows these only where the provider is declared.
#[test]
fn expressions_are_encoded_as_terraform_formats_them() {
    let inner = Value::object([("c".into(), Value::number(1_i64)), ("d e".into(), text("${x}"))]);
    let list = Value::tuple(vec![Value::number(1_i64), text("x"), inner]);
    let value = Value::object([
        ("b".into(), list),
        ("a".into(), Value::null()),
        ("longer".into(), Value::map(MapKind::Object, IndexMap::new())),
    ]);
    let encoded = run("provider::terraform::encode_expr", &[value]);
    let expected =
        "{\n  a = null\n  b = [1, \"x\", {\n    c     = 1\n    \"d e\" = \"$${x}\"\n  }]\n  longer = {}\n}";
    assert_eq!(encoded.as_str(), Some(expected));
    let control = run("provider::terraform::encode_expr", &[text("%{a\u{1}é")]);
    assert_eq!(control.as_str(), Some("\"%%{a\\u0001é\""));
}

#[test]
fn errors_say_what_is_wrong() {
    assert_eq!(call("nope", &[]).unwrap_err().kind, FunctionErrorKind::UnknownFunction);
    assert_eq!(call("upper", &[]).unwrap_err().kind, FunctionErrorKind::Arity);
    assert_eq!(call("upper", &[Value::null()]).unwrap_err().kind, FunctionErrorKind::Argument { index: 0 });
    assert!(exists("core::upper") && !exists("file"));
    assert!(matches!(run("timestamp", &[]).kind, Kind::Unknown(_)));
}

#[test]
fn nothing_grows_beyond_the_limits() {
    let long = text(&"x".repeat(600_000));
    let many = Value::tuple((0..1_000_i64).map(Value::number).collect());
    assert!(run("join", &[long.clone(), Value::tuple(vec![text("a"), text("b"), text("c")])]).is_unknown());
    assert!(run("format", &[text("%999999999d"), Value::number(1_i64)]).is_unknown());
    assert!(run("replace", &[long.clone(), text("x"), text("xx")]).is_unknown());
    assert!(run("replace", &[long.clone(), text("/x/"), text("xx")]).is_unknown());
    assert!(run("indent", &[Value::number(60_000_i64), text(&"\n".repeat(1_000))]).is_unknown());
    assert!(run("setproduct", &[many.clone(), many.clone(), many]).is_unknown());
    assert!(run("formatlist", &[text("%s%s"), long, Value::tuple(vec![text("x"); 1_000])]).is_unknown());
    assert!(run("urlencode", &[text(&"/".repeat(900_000))]).is_unknown());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(call("yamldecode", &[text(bomb)]).map_or(true, |value| value.is_unknown()));
    assert!(call("jsondecode", &[text(&"[".repeat(100_000))]).is_err());
}

#[test]
fn no_input_makes_a_function_panic() {
    let odd = [
        Value::null(),
        Value::bool(true),
        Value::number(-1_i64),
        Value::number(i64::MAX),
        Value::number(Number::parse("-1e400").unwrap()),
        Value::number(Number::parse("0.5").unwrap()),
        text(""),
        text("10.0.0.0/8"),
        text("::/0"),
        text("2020-01-01T00:00:00Z"),
        text("/[é\\"),
        text("%-5[1]v '\"{é"),
        Value::template(vec![Part::Text("é".into()), Part::Hole(unknown())]),
        unknown(),
        Value::tuple(vec![]),
        Value::tuple(vec![text("a"), Value::null(), unknown(), Value::tuple(vec![])]),
        Value::set(vec![text("a"), unknown()]),
        Value::object([("a".into(), unknown()), ("b".into(), Value::tuple(vec![text("x")]))]),
    ];
    for name in names() {
        let _ = call(name, &[]);
        for a in &odd {
            let _ = call(name, std::slice::from_ref(a)).map(|value| console(&value));
            for b in &odd {
                let _ = call(name, &[a.clone(), b.clone()]);
                for c in &odd {
                    let _ = call(name, &[a.clone(), b.clone(), c.clone()]);
                }
            }
        }
    }
}

/// The value with one leaf after the other replaced: by an unknown value, and strings by a beginning too.
fn with_holes(value: &Value, found: &mut Vec<Value>) {
    match &value.kind {
        Kind::List(kind, list) => {
            for (index, item) in list.items.iter().enumerate() {
                let mut holes = Vec::new();
                with_holes(item, &mut holes);
                found.extend(holes.into_iter().map(|hole| {
                    let mut items = list.items.clone();
                    items[index] = hole;
                    if *kind == ListKind::Set { Value::set(items) } else { Value::list(*kind, items) }
                }));
            }
        }
        Kind::Map(kind, map) => {
            for (key, item) in &map.entries {
                let mut holes = Vec::new();
                with_holes(item, &mut holes);
                found.extend(holes.into_iter().map(|hole| {
                    let mut entries = map.entries.clone();
                    entries.insert(key.clone(), hole);
                    Value::map(*kind, entries)
                }));
            }
        }
        Kind::String(text) => {
            let half = text.as_str().char_indices().nth(text.as_str().chars().count() / 2);
            let start = Part::Text(text.slice(0, half.map_or(0, |(at, _)| at)));
            found.push(Value::template(vec![start, Part::Hole(unknown())]));
            found.push(unknown());
        }
        _ => found.push(unknown()),
    }
}

/// The value without the types that depend on what an unknown neighbour turns out to be: beside a string,
/// numbers are converted to strings, and a list of both is none.
fn untyped(value: &Value) -> Value {
    match &value.kind {
        Kind::Bool(_) | Kind::Number(_) => to_string_value(value).unwrap(),
        Kind::List(ListKind::Set, list) => Value::set(list.items.iter().map(untyped).collect()),
        Kind::List(_, list) => Value::tuple(list.items.iter().map(untyped).collect()),
        Kind::Map(_, map) => {
            Value::object(map.entries.iter().map(|(key, item)| (key.clone(), untyped(item))))
        }
        _ => value.clone(),
    }
}

/// Whatever is known of a result although an argument is not, is what Terraform gives for the argument
/// that was there.
#[test]
fn what_is_known_holds_for_every_value_of_the_unknown() {
    let text = include_str!("../../../testdata/functions/recorded.json");
    let recorded: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let (mut checked, mut known, mut wrong) = (0, 0, Vec::new());
    for entry in recorded.iter().filter(|entry| entry["error"].is_null()) {
        let expr = entry["expr"].as_str().unwrap();
        let Some(ExprKind::Call(function)) = parse(expr).map(|parsed| parsed.kind) else { continue };
        let name = &*function.name;
        let Ok(args) = function.args.iter().map(evaluate).collect::<Result<Vec<_>, _>>() else { continue };
        let Ok(whole) = call(name, &args) else { continue };
        for index in 0..args.len() {
            let mut holes = Vec::new();
            with_holes(&args[index], &mut holes);
            for hole in holes {
                let mut args = args.clone();
                args[index] = hole;
                checked += 1;
                match call(name, &args) {
                    Ok(value) if value.is_unknown() => {}
                    Ok(value) if equal(&untyped(&value), &untyped(&whole)) != Some(false) => known += 1,
                    Ok(value) => {
                        wrong.push(format!("{expr} with {} gives {}", console(&args[index]), console(&value)))
                    }
                    Err(error) => wrong.push(format!("{expr} with {}: {error}", console(&args[index]))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known > 300, "{known} of {checked} results are known in part");
}
