//! `count` and `for_each`: which instances a block has.

use super::super::value::{Kind, ListKind, Str, Value, Why};
use super::{Evaluator, MAX_INSTANCES, Name, Repetition, Scope};
use crate::diagnostic::GapKind;
use crate::eval::InstanceKey;
use crate::source::Span;
use crate::syntax::ast::Block;
use indexmap::IndexMap;

impl Evaluator<'_> {
    pub(super) fn expand(&mut self, block: &Block, scope: &mut Scope) -> Vec<(InstanceKey, Repetition)> {
        if let Some(attribute) = block.body.attribute("count") {
            let count = self.expr(&attribute.expr, scope);
            return self.expand_count(&count, attribute.expr.span);
        }
        if let Some(attribute) = block.body.attribute("for_each") {
            let collection = self.expr(&attribute.expr, scope);
            return self.expand_each(&collection, attribute.expr.span);
        }
        vec![(InstanceKey::None, Repetition::None)]
    }

    fn expand_count(&mut self, count: &Value, span: Span) -> Vec<(InstanceKey, Repetition)> {
        let known = match &count.kind {
            // Of several possible counts the largest shows everything that there may be.
            Kind::Unknown(unknown) => match &unknown.why {
                Why::OneOf(options) => options.iter().map(Value::as_i64).collect::<Option<Vec<_>>>(),
                _ => None,
            }
            .and_then(|counts| counts.into_iter().max()),
            _ => match count.as_i64() {
                Some(count) => Some(count),
                None => {
                    self.error(span, "`count` is not a whole number");
                    None
                }
            },
        };
        let Some(known) = known else {
            return vec![(InstanceKey::Any, Repetition::Count(Value::unknown(Why::Repetition).at(span)))];
        };
        let wanted = usize::try_from(known).unwrap_or(0);
        let range = 0..self.limited(wanted, span) as i64;
        range
            .map(|index| (InstanceKey::Index(index), Repetition::Count(Value::number(index).at(span))))
            .collect()
    }

    fn expand_each(&mut self, collection: &Value, span: Span) -> Vec<(InstanceKey, Repetition)> {
        match self.each_entries(collection, span) {
            Some(entries) => {
                let allowed = self.limited(entries.len(), span);
                let each = entries
                    .into_iter()
                    .take(allowed)
                    .map(|(name, (key, value))| (InstanceKey::Each(name), Repetition::Each { key, value }));
                each.collect()
            }
            None => {
                let key = Value::unknown(Why::Repetition).at(span);
                let mut value = Value::derived([collection]).at(span);
                value.meta.route.clone_from(&collection.meta.route);
                vec![(InstanceKey::Any, Repetition::Each { key, value })]
            }
        }
    }

    /// Keys with `each.key` and `each.value`; `None` when the keys are not known.
    fn each_entries(&mut self, collection: &Value, span: Span) -> Option<IndexMap<Name, (Value, Value)>> {
        match &collection.kind {
            Kind::Map(_, map) => {
                let mut keys: Vec<_> = map.entries.keys().cloned().collect();
                keys.sort();
                let entries = keys.into_iter().map(|name| {
                    let value = map.entries[&name].clone().absorbing_context(&collection.meta);
                    let key = Value::string(Str::new(name.clone())).at(value.meta.span.unwrap_or(span));
                    (name, (key, value))
                });
                Some(entries.collect())
            }
            Kind::List(kind, list) => {
                if *kind != ListKind::Set && !list.items.is_empty() {
                    self.error(span, "`for_each` needs a map or a set of strings");
                }
                let names: Option<Vec<_>> =
                    list.items.iter().map(|item| Some((self.as_string(item)?, item.clone()))).collect();
                Some(names?.into_iter().map(|(name, item)| (name, (item.clone(), item))).collect())
            }
            Kind::Unknown(unknown) => match &unknown.why {
                Why::OneOf(options) => {
                    let options = options.clone();
                    let mut all = IndexMap::new();
                    for option in options.iter() {
                        all.extend(self.each_entries(option, span)?);
                    }
                    Some(all)
                }
                _ => None,
            },
            Kind::Null => {
                self.error(span, "`for_each` is null");
                None
            }
            _ => {
                self.error(span, format!("`for_each` cannot be a {}", collection.type_name()));
                None
            }
        }
    }

    pub(super) fn limited(&mut self, wanted: usize, span: Span) -> usize {
        if wanted > MAX_INSTANCES {
            let message = format!("{wanted} instances, of which the first {MAX_INSTANCES} are analysed");
            self.gap(GapKind::Limit, span, message);
        }
        wanted.min(MAX_INSTANCES)
    }
}
