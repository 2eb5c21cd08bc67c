use super::table::TABLE;
use crate::eval::value::{Kind, Str, Type, Unknown, Value, Why, convert};
use std::sync::Arc;

/// What Terraform would complain about, as a sentence without full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    pub kind: FunctionErrorKind,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionErrorKind {
    UnknownFunction,
    Arity,
    Argument { index: usize },
}

pub(super) type Outcome = Result<Value, FunctionError>;

/// An argument that the function cannot work with.
pub(super) fn bad<T>(index: usize, message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError { kind: FunctionErrorKind::Argument { index }, message: message.into() })
}

/// What a parameter takes; arguments are converted to it before the function sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param {
    Str,
    Num,

    /// A list of strings.
    Strs,
    /// A list of strings and nulls.
    StrsOrNulls,
    /// A list of elements of one type.
    List,
    /// A set of elements of one type.
    Set,
    Any,
    AnyOrNull,
}

impl Param {
    fn ty(self) -> Type {
        match self {
            Param::Str => Type::String,
            Param::Num => Type::Number,

            Param::Strs | Param::StrsOrNulls => Type::list(Type::String),
            Param::List => Type::list(Type::Any),
            Param::Set => Type::Set(Box::new(Type::Any)),
            Param::Any | Param::AnyOrNull => Type::Any,
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Called with wholly known arguments only. The result takes over what they all contribute.
    Known(fn(&[Value]) -> Outcome),
    /// Handles unknown arguments and hands elements through itself.
    Free(fn(&[Value]) -> Outcome),
    /// Different at each run.
    Impure,
}

pub(super) struct Function {
    pub name: &'static str,
    pub params: &'static [Param],
    /// How many of the parameters must be there.
    pub required: usize,
    /// What further arguments are.
    pub rest: Option<Param>,
    pub run: Run,
}

/// Values that one unknown argument may have, beyond which they are no longer told apart.
const MAX_OPTIONS: usize = 32;

/// Calls a function by name.
pub fn call(name: &str, args: &[Value]) -> Outcome {
    let Some(function) = find(name) else {
        let message = format!("there is no function named \"{name}\"");
        return Err(FunctionError { kind: FunctionErrorKind::UnknownFunction, message });
    };
    check_arity(function, args.len())?;
    if let Run::Impure = function.run {
        return Ok(args.iter().fold(Value::unknown(Why::Impure(function.name)), Value::absorbing_all));
    }
    match for_each_option(function, args) {
        Some(value) => Ok(value),
        None => run(function, args),
    }
}

pub fn exists(name: &str) -> bool {
    find(name).is_some()
}

pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|family| family.iter()).map(|function| function.name)
}

fn find(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    TABLE.iter().flat_map(|family| family.iter()).find(|function| function.name == name)
}

fn check_arity(function: &Function, given: usize) -> Result<(), FunctionError> {
    let most = function.params.len();
    let message = match given {
        _ if given < function.required => format!(
            "function \"{}\" expects at least {} argument(s), but {given} were given",
            function.name, function.required
        ),
        _ if given > most && function.rest.is_none() => {
            format!(
                "function \"{}\" expects at most {most} argument(s), but {given} were given",
                function.name
            )
        }
        _ => return Ok(()),
    };
    Err(FunctionError { kind: FunctionErrorKind::Arity, message })
}

/// With one argument that is one of several values, the result is one of several values, too.
fn for_each_option(function: &Function, args: &[Value]) -> Option<Value> {
    let options_of = |arg: &Value| match &arg.kind {
        Kind::Unknown(Unknown { why: Why::OneOf(options), .. }) => Some(options.clone()),
        _ => None,
    };
    let mut found = args.iter().enumerate().filter_map(|(index, arg)| Some((index, options_of(arg)?)));
    let (index, options) = found.next()?;
    if found.next().is_some() || options.is_empty() || options.len() > MAX_OPTIONS {
        return None;
    }
    let mut results = Vec::new();
    for option in options.iter() {
        let mut args = args.to_vec();
        args[index] = option.clone().absorbing(&args[index].meta);
        results.push(run(function, &args).ok()?);
    }
    let value = Value::unknown(Why::OneOf(Arc::new(results.clone())));
    Some(results.iter().fold(value, Value::absorbing_all))
}

fn run(function: &Function, args: &[Value]) -> Outcome {
    let mut converted = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        let Some(param) = function.params.get(index).copied().or(function.rest) else { continue };
        if arg.is_null() && param != Param::AnyOrNull {
            return bad(index, format!("argument {} must not be null", index + 1));
        }
        let value = convert(arg, &param.ty())
            .or_else(|message| bad(index, format!("argument {} is not suitable: {message}", index + 1)))?;
        if param == Param::Strs && value.items().is_some_and(|items| items.iter().any(Value::is_null)) {
            return bad(index, format!("argument {} must not contain null", index + 1));
        }
        converted.push(value);
    }
    match function.run {
        Run::Free(run) => run(&converted),
        Run::Impure => Ok(Value::unknown(Why::Impure(function.name))),
        Run::Known(_) if !converted.iter().all(Value::is_wholly_known) => Ok(Value::derived(&converted)),
        Run::Known(run) => {
            let mut result = located(run(&converted)?, &converted);
            for arg in &converted {
                result = result.absorbing_all(arg);
            }
            Ok(result)
        }
    }
}

/// Text that was encoded or changed as a whole still has its origin in the one string that it was made from.
fn located(result: Value, args: &[Value]) -> Value {
    let (Kind::String(text), [Value { kind: Kind::String(from), meta }, ..]) = (&result.kind, args) else {
        return result;
    };
    if !text.pieces().is_empty() || text.as_str().is_empty() {
        return result;
    }
    let from = from.located(meta.span);
    match from.pieces() {
        [] => result,
        pieces => {
            // The longest piece stands for all: which part of the result came from where is lost.
            let longest = pieces.iter().map(|(_, span)| *span).max_by_key(|span| span.len());
            let pieces = longest.map(|span| (0, span)).into_iter().collect();
            let kind = Kind::String(Str::with_pieces(text.shared(), pieces));
            Value { kind, meta: result.meta }
        }
    }
}
