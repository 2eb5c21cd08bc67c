use super::super::functions;
use super::super::program::Format;
use super::super::value::{Kind, Value, Why};
use super::budget::weight;
use super::{Evaluator, Repetition, Scope};
use crate::eval::ModuleId;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Call, Expr};

/// What compiling a regular expression costs, see [`super::budget`].
const PATTERN_WORK: u64 = 4_096;

/// A call in an instance of a module. The call is known by its address: spans inside of JSON are not exact.
pub(super) type Place = (ModuleId, usize, Span);

impl Evaluator<'_> {
    /// The same, computed once where it is the same in each round of a loop: `jsondecode(file(…))[key]`.
    pub(super) fn call_once(&mut self, call: &Call, span: Span, scope: &mut Scope) -> Value {
        let repeated = !scope.bindings.is_empty() || !matches!(scope.repetition, Repetition::None);
        // Templates may be made up on the way, and what is typed on a command line is in no file: such calls have no
        // place of their own.
        if !repeated || scope.isolated || span.file == Span::NOWHERE.file {
            return self.call(call, span, scope);
        }
        let place = (scope.module, std::ptr::from_ref(call).addr(), span);
        if let Some((value, notes)) = self.constants.get(&place) {
            self.trail.now.repeat(notes);
            return value.clone();
        }
        let outermost = std::mem::replace(&mut scope.outermost, usize::MAX);
        let mark = self.trail.now.mark();
        let value = self.call(call, span, scope);
        let depends = scope.outermost <= scope.bindings.len();
        scope.outermost = scope.outermost.min(outermost);
        // What is unknown may only be so for now, as part of a cycle.
        if !depends
            && !value.is_unknown()
            && !self.budget.is_exhausted()
            && let Some(notes) = self.trail.now.clean_since(mark)
        {
            self.constants.insert(place, (value.clone(), notes));
        }
        value
    }

    fn call(&mut self, call: &Call, span: Span, scope: &mut Scope) -> Value {
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        match name {
            "try" => return self.try_each(&call.args, span, scope),
            "can" => return self.can(&call.args, span, scope),
            _ => {}
        }
        let Some(args) = self.arguments(call, scope) else {
            return Value::unknown(Why::Derived).at(span);
        };
        self.budget.spend(args.iter().map(weight).sum::<u64>() / 4);
        if self.budget.is_exhausted() {
            return self.exhausted(span);
        }
        if let Some(value) = self.file_function(name, &args, span, scope) {
            return value;
        }
        if name == "provider::terraform::decode_tfvars" {
            return self.decode_tfvars(&args, self.whole_file(&args), span);
        }
        if let Some(provider) = name.strip_prefix("provider::")
            && !provider.starts_with("terraform::")
        {
            return Value::derived(&args).at(span);
        }
        let compiled = functions::patterns_compiled();
        let result = match (name, self.whole_file(&args)) {
            ("jsondecode", Some(file)) => {
                self.inputs.program.decoded((file, Format::Json), || functions::call(name, &args))
            }
            ("yamldecode", Some(file)) => {
                self.inputs.program.decoded((file, Format::Yaml), || functions::call(name, &args))
            }
            _ => functions::call(name, &args),
        };
        self.budget.spend((functions::patterns_compiled() - compiled) * PATTERN_WORK);
        match result {
            Ok(value) => {
                self.spend_result(&value);
                value.or_at(span)
            }
            Err(error) => self.error(span, format!("{name}: {error}")),
        }
    }

    /// The file whose text is the only argument, as `file` returned it.
    fn whole_file(&self, args: &[Value]) -> Option<FileId> {
        let [Value { kind: Kind::String(text), meta }] = args else { return None };
        if meta.sensitive || !meta.refs.is_empty() || meta.route.is_some() {
            return None;
        }
        let [(0, span)] = text.pieces() else { return None };
        let file = self.inputs.sources.find(span.file)?;
        let start = if file.text.starts_with('\u{feff}') { 3 } else { 0 };
        let whole =
            span.start == start && span.end as usize == file.text.len() && span.len() == text.as_str().len();
        whole.then_some(span.file)
    }

    /// Most of what a function returns may be new.
    fn spend_result(&mut self, value: &Value) {
        self.budget.spend(weight(value));
        self.budget.spend_elements(value.nodes() as usize);
    }

    fn arguments(&mut self, call: &Call, scope: &mut Scope) -> Option<Vec<Value>> {
        let mut args: Vec<_> = call.args.iter().map(|arg| self.expr(arg, scope)).collect();
        if call.spread {
            let last = args.pop()?;
            match &last.kind {
                Kind::List(_, list) => args.extend(list.items.iter().cloned()),
                _ => return None,
            }
        }
        Some(args)
    }

    /// Evaluates and says whether Terraform would have refused.
    fn attempt(&mut self, expr: &Expr, scope: &mut Scope) -> Option<Value> {
        let mark = self.trail.now.errors.len();
        let value = self.expr(expr, scope);
        let failed = self.trail.now.errors.len() > mark;
        self.trail.now.errors.truncate(mark);
        (!failed).then_some(value)
    }

    fn try_each(&mut self, args: &[Expr], span: Span, scope: &mut Scope) -> Value {
        for arg in args {
            if let Some(value) = self.attempt(arg, scope) {
                // Whether an unknown value will do is decided later, and then the next one may be taken.
                return match value.is_unknown() && args.len() > 1 && unsettled(&value) {
                    true => self.unsettled_try(value, args, scope),
                    false => value,
                };
            }
        }
        self.error(span, "no argument of `try` succeeds")
    }

    fn unsettled_try(&mut self, first: Value, args: &[Expr], scope: &mut Scope) -> Value {
        let mut options = vec![first];
        options.extend(args.iter().skip(1).filter_map(|arg| self.attempt(arg, scope)));
        Value::one_of(options)
    }

    fn can(&mut self, args: &[Expr], span: Span, scope: &mut Scope) -> Value {
        let [arg] = args else { return self.error(span, "`can` takes one argument") };
        match self.attempt(arg, scope) {
            Some(value) if value.is_unknown() && unsettled(&value) => Value::derived([&value]),
            Some(_) => Value::bool(true),
            None => Value::bool(false),
        }
    }
}

/// Unknown in a way that may still turn out to be an error: an attribute of a variable without value.
fn unsettled(value: &Value) -> bool {
    matches!(&value.kind, Kind::Unknown(unknown) if matches!(unknown.why, Why::Derived))
}
