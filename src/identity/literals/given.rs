//! Identities that variable files name. Most of these files belong to no root module by themselves: somebody
//! chooses one of them for each run.

use crate::identity::names::{is_client_id, is_principal, names_client};
use crate::source::{FileKind, SourceMap, Span};
use crate::syntax::Parsed;
use crate::syntax::ast::{Expr, ExprKind, ObjectKey};

/// One identity in one file.
#[derive(Clone, Debug)]
pub struct GivenIdentity {
    /// Path inside the file: `deploy.role_arn`.
    pub attribute: String,
    pub name: String,
    pub span: Span,
}

/// All of them, in the order of files and offsets.
pub fn given(sources: &SourceMap, parsed: &[Parsed]) -> Vec<GivenIdentity> {
    let mut found = Vec::new();
    for (file, parsed) in sources.iter().zip(parsed) {
        if matches!(file.kind, FileKind::Vars | FileKind::VarsJson) {
            for attribute in &parsed.body.attributes {
                walk(&attribute.expr, &attribute.name, &mut found);
            }
        }
    }
    found
}

fn walk(expr: &Expr, path: &str, found: &mut Vec<GivenIdentity>) {
    match &expr.kind {
        ExprKind::String(text) => {
            let last = path.rsplit('.').next().unwrap_or(path);
            let text = text.strip_prefix("serviceAccount:").unwrap_or(text);
            if is_principal(text) || (is_client_id(text) && names_client(last)) {
                let (attribute, name) = (path.to_string(), text.to_string());
                found.push(GivenIdentity { attribute, name, span: expr.span });
            }
        }
        ExprKind::List(items) => items.iter().for_each(|item| walk(item, path, found)),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                match key {
                    ObjectKey::Word(name, _) | ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => {
                        walk(value, &format!("{path}.{name}"), found);
                    }
                    ObjectKey::Expr(_) => walk(value, path, found),
                }
            }
        }
        ExprKind::Paren(inner) => walk(inner, path, found),
        _ => {}
    }
}
