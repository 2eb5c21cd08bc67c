//! `provider::terraform::decode_tfvars`: what the text of a variable file assigns.
//! Source: Terraform language documentation, "decode_tfvars function".

use super::super::value::{Kind, Str, Value, Why};
use super::{Evaluator, Scope};
use crate::source::{FileId, FileKind, SourceFile, Span};
use std::path::PathBuf;

impl Evaluator<'_> {
    /// `whole` is the file that the text is all of.
    pub(super) fn decode_tfvars(&mut self, args: &[Value], whole: Option<FileId>, span: Span) -> Value {
        const NAME: &str = "provider::terraform::decode_tfvars";
        let [arg] = args else { return self.error(span, format!("{NAME} takes 1 argument")) };
        let Kind::String(text) = &arg.kind else {
            return match arg.is_unknown() || matches!(arg.kind, Kind::Template(_)) {
                true => Value::derived(args).at(span),
                false => self.error(span, format!("{NAME}: a string is required")),
            };
        };
        let file = whole.and_then(|id| self.inputs.sources.find(id));
        let parsed = match file {
            Some(file) => crate::syntax::parse(file),
            None => {
                let bytes = text.as_str().as_bytes().to_vec();
                let nowhere = Span::NOWHERE.file;
                let file = SourceFile::new(nowhere, String::new(), PathBuf::new(), FileKind::Vars, bytes);
                crate::syntax::parse(&file)
            }
        };
        if let Some(error) = parsed.errors.first() {
            return self.error(span, format!("{NAME}: invalid syntax: {}", error.message));
        }
        if let Some(block) = parsed.body.blocks.first() {
            return self.error(span, format!("{NAME}: blocks such as `{}` are not allowed", block.kind));
        }
        let mut scope = Scope { isolated: true, ..Scope::root() };
        let entries: Vec<_> = parsed
            .body
            .attributes
            .iter()
            .map(|attribute| {
                let value = self.expr(&attribute.expr, &mut scope);
                (attribute.name.clone(), if file.is_some() { value } else { placed(&value, span) })
            })
            .collect();
        self.budget.spend_elements(entries.len());
        Value::object(entries).absorbing(&arg.meta).at(span)
    }
}

/// Text that stands in no file as it is: all of it is at the place of the call.
fn placed(value: &Value, span: Span) -> Value {
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(Str::new(text.shared())),
        Kind::List(kind, list) => {
            Value::list(*kind, list.items.iter().map(|item| placed(item, span)).collect()).kind
        }
        Kind::Map(kind, map) => {
            let entries = map.entries.iter().map(|(key, value)| (key.clone(), placed(value, span)));
            Value::map(*kind, entries.collect()).kind
        }
        Kind::Template(_) => Value::unknown(Why::Derived).kind,
        other => other.clone(),
    };
    let mut meta = value.meta.clone();
    meta.span = Some(span);
    Value { kind, meta }
}
