use super::{FunctionErrorKind, call, exists, names};
use crate::eval::value::display::console;
use crate::eval::value::{
    Kind, MapKind, Number, Part, Ref, Refs, ResourceId, Str, Value, Why, equal,
};
use crate::source::{FileId, Span};
use hcl_edit::expr::{Expression, ObjectKey};
use indexmap::IndexMap;
use std::sync::Arc;

/// Why an expression is not evaluated here: only calls and literals are.
enum Stop {
    NotCovered,
    Wrong,
}

/// Just enough of an evaluator for calls of functions with literal arguments.
fn evaluate(expr: &Expression) -> Result<Value, Stop> {
    Ok(match expr {
        Expression::Null(_) => Value::null(),
        Expression::Bool(flag) => Value::bool(*flag.value()),
        Expression::Number(number) => {
            let text = number.as_repr().map(|repr| repr.to_string()).unwrap_or(number.value().to_string());
            Value::number(Number::parse(text.trim()).ok_or(Stop::NotCovered)?)
        }
        Expression::String(text) => Value::string(text.value().as_str()),
        Expression::Array(array) => Value::tuple(array.iter().map(evaluate).collect::<Result<_, _>>()?),
        Expression::Object(object) => {
            let mut entries: IndexMap<Arc<str>, Value> = IndexMap::new();
            for (key, value) in object.iter() {
                let key = match key {
                    ObjectKey::Ident(ident) => ident.as_str().into(),
                    ObjectKey::Expression(Expression::String(text)) => text.value().as_str().into(),
                    _ => return Err(Stop::NotCovered),
                };
                entries.insert(key, evaluate(value.expr())?);
            }
            Value::map(MapKind::Object, entries)
        }
        Expression::UnaryOp(op) => match evaluate(&op.expr)?.as_number() {
            Some(number) => Value::number(number.neg()),
            None => return Err(Stop::NotCovered),
        },
        Expression::BinaryOp(op) => {
            let (left, right) = (evaluate(&op.lhs_expr)?.as_number(), evaluate(&op.rhs_expr)?.as_number());
            match (left, right, op.operator.value().as_str()) {
                (Some(a), Some(b), "/") => Value::number(a.div(&b).ok_or(Stop::NotCovered)?),
                (Some(a), Some(b), "-") => Value::number(a.sub(&b).ok_or(Stop::NotCovered)?),
                _ => return Err(Stop::NotCovered),
            }
        }
        Expression::FuncCall(function) => {
            let mut args: Vec<Value> = function.args.iter().map(evaluate).collect::<Result<_, _>>()?;
            if function.args.expand_final()
                && let Some(last) = args.pop()
            {
                args.extend(last.as_slice().to_vec());
            }
            let mut name: String = String::new();
            for part in &function.name.namespace {
                name += &format!("{}::", part.as_str());
            }
            name += function.name.name.as_str();
            call(&name, &args).map_err(|_| Stop::Wrong)?
        }
        _ => return Err(Stop::NotCovered),
    })
}

/// Terraform differs here, and why.
const DIFFERENCES: &[(&str, &str)] = &[];

#[test]
fn functions_agree_with_terraform() {
    let text = include_str!("../../../testdata/functions/recorded.json");
    let recorded: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let (mut checked, mut wrong) = (0, Vec::new());
    for entry in &recorded {
        let expr = entry["expr"].as_str().unwrap();
        let Ok(parsed) = expr.parse::<Expression>() else { continue };
        let ours = match evaluate(&parsed) {
            Err(Stop::NotCovered) => continue,
            Ok(value) => console(&value),
            Err(Stop::Wrong) => "an error".to_owned(),
        };
        checked += 1;
        let theirs = entry["output"].as_str().unwrap_or("an error");
        let known = DIFFERENCES.iter().any(|(differing, _)| *differing == expr);
        if (ours == theirs) == known {
            wrong.push(format!("{expr}\n  ours: {ours}\n  Terraform's: {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 700, "{checked}");
}
