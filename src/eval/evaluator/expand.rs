//! `count` and `for_each`: which instances a block has.

use super::super::value::{Kind, ListKind, Str, Value, Why};
use super::{Evaluator, MAX_INSTANCES, Name, Repetition, Scope};
use crate::diagnostic::GapKind;
use crate::eval::InstanceKey;
use crate::source::Span;
use crate::syntax::ast::Block;
use indexmap::IndexMap;

/// What one key of `for_each` stands for.
struct Entry {
    key: Value,
    value: Value,
    is_certain: bool,
}

/// One instance that a block has.
pub(super) struct Repeated {
    pub key: InstanceKey,
    pub repetition: Repetition,
    /// It is there whatever the values turn out to be that are not known.
    pub is_certain: bool,
}

impl Repeated {
    fn new(key: InstanceKey, repetition: Repetition, is_certain: bool) -> Self {
        Repeated { key, repetition, is_certain }
    }

    /// Stands for all that there may be.
    fn any(repetition: Repetition) -> Vec<Self> {
        vec![Repeated::new(InstanceKey::Any, repetition, false)]
    }
}

impl Evaluator<'_> {
    pub(super) fn expand(&mut self, block: &Block, scope: &mut Scope) -> Vec<Repeated> {
        if let Some(attribute) = block.body.attribute("count") {
            let count = self.expr(&attribute.expr, scope);
            return self.expand_count(&count, attribute.expr.span);
        }
        if let Some(attribute) = block.body.attribute("for_each") {
            let collection = self.expr(&attribute.expr, scope);
            return self.expand_each(&collection, attribute.expr.span);
        }
        vec![Repeated::new(InstanceKey::None, Repetition::None, true)]
    }

    fn expand_count(&mut self, count: &Value, span: Span) -> Vec<Repeated> {
        let known = match &count.kind {
            // Of several possible counts the largest shows everything that there may be, the smallest what there is.
            Kind::Unknown(unknown) => match &unknown.why {
                Why::OneOf(options) => options.iter().map(Value::as_i64).collect::<Option<Vec<_>>>(),
                _ => None,
            },
            _ => match count.as_i64() {
                Some(count) => Some(vec![count]),
                None => {
                    self.error(span, "`count` is not a whole number");
                    None
                }
            },
        };
        // One that stands for any number looks like one of several, which is the only one.
        let is_open =
            matches!(&count.kind, Kind::Unknown(_)) && known.as_ref().is_some_and(|all| all.len() < 2);
        let known = known.unwrap_or_default();
        let (Some(least), Some(most)) = (known.iter().min(), known.iter().max()) else {
            return Repeated::any(Repetition::Count(Value::unknown(Why::Repetition).at(span)));
        };
        let wanted = usize::try_from(*most).unwrap_or(0);
        let instances = (0..self.limited(wanted, span) as i64).map(|index| {
            let repetition = Repetition::Count(Value::number(index).at(span));
            Repeated::new(InstanceKey::Index(index), repetition, index < *least && !is_open)
        });
        instances.collect()
    }

    fn expand_each(&mut self, collection: &Value, span: Span) -> Vec<Repeated> {
        match self.each_entries(collection, span) {
            Some(entries) => {
                let allowed = self.limited(entries.len(), span);
                let each = entries.into_iter().take(allowed).map(|(name, entry)| {
                    let repetition = Repetition::Each { key: entry.key, value: entry.value };
                    Repeated::new(InstanceKey::Each(name), repetition, entry.is_certain)
                });
                each.collect()
            }
            None => {
                let key = Value::unknown(Why::Repetition).at(span);
                let mut value = Value::derived([collection]).at(span);
                value.meta.route.clone_from(&collection.meta.route);
                Repeated::any(Repetition::Each { key, value })
            }
        }
    }

    /// Keys with `each.key` and `each.value`; `None` when the keys are not known.
    fn each_entries(&mut self, collection: &Value, span: Span) -> Option<IndexMap<Name, Entry>> {
        match &collection.kind {
            Kind::Map(_, map) => {
                let mut keys: Vec<_> = map.entries.keys().cloned().collect();
                keys.sort();
                let entries = keys.into_iter().map(|name| {
                    let value = map.entries[&name].clone().absorbing_context(&collection.meta);
                    let key = Value::string(Str::new(name.clone())).at(value.meta.span.unwrap_or(span));
                    (name, Entry { key, value, is_certain: true })
                });
                Some(entries.collect())
            }
            Kind::List(kind, list) => {
                if *kind != ListKind::Set && !list.items.is_empty() {
                    self.error(span, "`for_each` needs a map or a set of strings");
                }
                let names: Option<Vec<_>> =
                    list.items.iter().map(|item| Some((self.as_string(item)?, item.clone()))).collect();
                let entry = |item: Value| Entry { key: item.clone(), value: item, is_certain: true };
                Some(names?.into_iter().map(|(name, item)| (name, entry(item))).collect())
            }
            Kind::Unknown(unknown) => match &unknown.why {
                Why::OneOf(options) => {
                    let options = options.clone();
                    let mut all: IndexMap<Name, Entry> = IndexMap::new();
                    for (at, option) in options.iter().enumerate() {
                        let entries = self.each_entries(option, span)?;
                        let absent = all.iter_mut().filter(|(name, _)| !entries.contains_key(*name));
                        absent.for_each(|(_, entry)| entry.is_certain = false);
                        for (name, mut entry) in entries {
                            entry.is_certain &= match all.get(&name) {
                                Some(known) => known.is_certain,
                                None => at == 0 && options.len() > 1,
                            };
                            all.insert(name, entry);
                        }
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
