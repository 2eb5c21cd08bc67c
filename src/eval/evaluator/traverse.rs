use super::super::value::{Kind, ListKind, Str, Unknown, Value, Why};
use super::{Evaluator, Name, Repetition, Scope};
use crate::eval::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{Step, StepKind};

impl Evaluator<'_> {
    /// Resolves `name` and as many steps as belong to it, then applies the rest.
    pub(super) fn traverse(&mut self, name: &Name, span: Span, steps: &[Step], scope: &mut Scope) -> Value {
        if let Some(at) = scope.bindings.iter().rposition(|(bound, _)| bound == name) {
            scope.outermost = scope.outermost.min(at + 1);
            let value = scope.bindings[at].1.clone();
            return self.steps_on(value, steps, scope);
        }
        if scope.isolated {
            return self.error(span, format!("`{name}` is not among the template's variables"));
        }
        let first = steps.first().and_then(attribute_name);
        match (&**name, first) {
            ("var", Some(first)) => {
                let value = self.variable(scope.module, first, span);
                self.steps_on(value, &steps[1..], scope)
            }
            ("local", Some(first)) => {
                let value = self.local(scope.module, first, span);
                self.steps_on(value, &steps[1..], scope)
            }
            ("module", Some(first)) => self.module_reference(first, span, &steps[1..], scope),
            ("resource", Some(kind)) => self.resource_reference("", kind, span, &steps[1..], scope),
            ("data", Some(kind)) => self.resource_reference("data", kind, span, &steps[1..], scope),
            ("ephemeral", Some(kind)) => self.resource_reference("ephemeral", kind, span, &steps[1..], scope),
            ("each" | "count", Some(first)) => {
                scope.outermost = 0;
                let value = self.repetition(name, first, span, scope);
                self.steps_on(value, &steps[1..], scope)
            }
            ("path", Some(first)) => self.path(first, span, scope),
            ("terraform" | "tofu", Some(_)) => {
                Value::unknown(Why::Variable("terraform.workspace".into())).at(span)
            }
            ("self", _) => {
                scope.outermost = 0;
                match scope.this {
                    Some(id) => {
                        let value = Value::attribute(id, "").at(span);
                        self.steps_on(value, steps, scope)
                    }
                    None => Value::unknown(Why::Derived).at(span),
                }
            }
            (_, Some(_)) => self.resource_reference("", name, span, steps, scope),
            (_, None) => self.error(span, format!("`{name}` is not a reference: it needs an attribute")),
        }
    }

    fn repetition(&mut self, name: &str, attribute: &str, span: Span, scope: &Scope) -> Value {
        match (name, attribute, &scope.repetition) {
            ("count", "index", Repetition::Count(index)) => index.clone(),
            ("each", "key", Repetition::Each { key, .. }) => key.clone(),
            ("each", "value", Repetition::Each { value, .. }) => value.clone(),
            _ => self.error(span, format!("`{name}.{attribute}` has no meaning here")),
        }
    }

    fn path(&mut self, attribute: &str, span: Span, scope: &Scope) -> Value {
        let path = match attribute {
            "module" => relative(&self.root, &self.module(scope.module).source.dir),
            "root" => ".".to_string(),
            // Where Terraform is started is not in the code.
            "cwd" => return Value::unknown(Why::Derived).at(span),
            _ => return self.error(span, format!("`path.{attribute}` does not exist")),
        };
        Value::string(Str::new(path)).at(span)
    }

    /// Applies steps to a value.
    pub(super) fn steps_on(&mut self, value: Value, steps: &[Step], scope: &mut Scope) -> Value {
        let mut value = value;
        for (index, step) in steps.iter().enumerate() {
            value = match &step.kind {
                StepKind::Attribute(name) => self.attribute_of(&value, name, step.span),
                StepKind::Index(expr) => {
                    let key = self.expr(expr, scope);
                    self.index_of(&value, &key, expr.span)
                }
                StepKind::Splat => return self.splat(value, &steps[index + 1..], scope),
                StepKind::AttributeSplat => {
                    let rest = &steps[index + 1..];
                    let names =
                        rest.iter().take_while(|step| matches!(step.kind, StepKind::Attribute(_))).count();
                    let list = self.splat(value, &rest[..names], scope);
                    return self.steps_on(list, &rest[names..], scope);
                }
            };
        }
        value
    }

    fn splat(&mut self, value: Value, rest: &[Step], scope: &mut Scope) -> Value {
        let single = matches!(&value.kind, Kind::Unknown(u) if matches!(u.why, Why::Resource(_) | Why::ModuleInstance(_)));
        match &value.kind {
            Kind::Null => Value::tuple(Vec::new()),
            Kind::List(kind, list) => {
                let items = list.items.iter().map(|item| {
                    let item = item.clone().absorbing_context(&value.meta);
                    self.steps_on(item, rest, scope)
                });
                // Elements of one type stay elements of one type.
                let kind = if *kind == ListKind::Tuple { ListKind::Tuple } else { ListKind::List };
                Value::list(kind, items.collect())
            }
            Kind::Unknown(Unknown { why: Why::OneOf(options), .. })
                if options.iter().all(|option| matches!(option.kind, Kind::List(..))) =>
            {
                let options = options.clone();
                let mark = self.trail.now.errors.len();
                let lists = options.iter().map(|list| self.splat(list.clone(), rest, scope)).collect();
                self.trail.now.errors.truncate(mark);
                Value::among(lists).absorbing_context(&value.meta)
            }
            // How many elements there are is not known; what they have in common is.
            Kind::Unknown(_) if !single => self.steps_on(value, rest, scope),
            _ => {
                let item = self.steps_on(value, rest, scope);
                Value::tuple(vec![item])
            }
        }
    }

    pub(super) fn attribute_of(&mut self, value: &Value, name: &str, span: Span) -> Value {
        match &value.kind {
            Kind::Map(_, map) => match map.entries.get(name) {
                Some(found) => found.clone().absorbing_context(&value.meta),
                // A block of a resource has more attributes than the configuration sets.
                None => match value.meta.refs.iter().next() {
                    Some(reference) => {
                        Value::attribute(reference.resource, join(&reference.path, name)).at(span)
                    }
                    None => self.error(span, format!("there is no `{name}` here")),
                },
            },
            Kind::Unknown(unknown) => match &unknown.why {
                Why::Resource(id) => {
                    let (id, meta) = (*id, value.meta.clone());
                    self.resource_attribute(id, name, span).absorbing_sensitivity(&meta)
                }
                Why::ModuleInstance(id) => self.output(ModuleId(*id), name, span),
                Why::Attribute(id, path) => {
                    Value::attribute(*id, join(path, name)).at(span).absorbing_sensitivity(&value.meta)
                }
                Why::OneOf(options) => {
                    let options = options.clone();
                    let mark = self.trail.now.errors.len();
                    let values = options.iter().map(|option| self.attribute_of(option, name, span)).collect();
                    self.trail.now.errors.truncate(mark);
                    Value::one_of(values)
                }
                _ => Value::derived([value]).at(span),
            },
            Kind::Null => self.error(span, format!("null has no attribute `{name}`")),
            _ => self.error(span, format!("a {} has no attribute `{name}`", value.type_name())),
        }
    }

    pub(super) fn index_of(&mut self, value: &Value, key: &Value, span: Span) -> Value {
        match &value.kind {
            Kind::List(ListKind::Set, _) => self.error(span, "elements of a set have no index"),
            Kind::List(_, list) => match key.as_i64() {
                Some(index) => match usize::try_from(index).ok().and_then(|index| list.items.get(index)) {
                    Some(found) => found.clone().absorbing_context(&value.meta),
                    None => self
                        .error(span, format!("index {index} is outside of {} element(s)", list.items.len())),
                },
                None if key.is_unknown() => Value::one_of(list.items.clone()),
                None => self.error(span, "a list index must be a whole number"),
            },
            Kind::Map(..) => match self.as_string(key) {
                Some(name) => self.attribute_of(value, &name, span),
                None if key.is_unknown() || matches!(key.kind, Kind::Template(_)) => {
                    let options = value.entries().map(|entries| entries.values().cloned().collect());
                    Value::one_of(options.unwrap_or_default())
                }
                None => self.error(span, "a map index must be a string"),
            },
            Kind::Unknown(unknown) => match (&unknown.why, key.as_str()) {
                (Why::Resource(_) | Why::ModuleInstance(_), Some(name)) => {
                    self.attribute_of(value, name, span)
                }
                (Why::OneOf(options), _) => {
                    // Any index and any key lead to the instance that stands for all.
                    if let Some(only) = stand_in(options) {
                        return only.clone().absorbing_context(&value.meta);
                    }
                    let options = options.clone();
                    let mark = self.trail.now.errors.len();
                    let values = options.iter().map(|option| self.index_of(option, key, span)).collect();
                    self.trail.now.errors.truncate(mark);
                    Value::one_of(values)
                }
                // `x["key"]` is `x.key`.
                (Why::Attribute(..), Some(name)) if name.parse::<i64>().is_err() => {
                    self.attribute_of(value, name, span)
                }
                // Elements of a computed list are reached by the list's own path.
                (Why::Attribute(..), _) => value.clone(),
                _ => Value::derived([value, key]).at(span),
            },
            Kind::Null => self.error(span, "null has no elements"),
            _ => self.error(span, format!("a {} has no elements", value.type_name())),
        }
    }
}

/// The one element of the one list that a value may be.
fn stand_in(options: &[Value]) -> Option<&Value> {
    let [Value { kind: Kind::List(_, list), .. }] = options else { return None };
    match list.items.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

pub(super) fn attribute_name(step: &Step) -> Option<&Name> {
    match &step.kind {
        StepKind::Attribute(name) => Some(name),
        _ => None,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// The path from one directory to another, both relative to the scanned root.
fn relative(from: &str, to: &str) -> String {
    let split =
        |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let (from, to) = (split(from), split(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec!["..".to_string(); from.len() - shared];
    parts.extend(to[shared..].iter().cloned());
    if parts.is_empty() { ".".to_string() } else { parts.join("/") }
}
