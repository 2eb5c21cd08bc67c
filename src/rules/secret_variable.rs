//! Taking a secret out of the code: a variable without a default, which the pipeline gives a value to.

use super::Context;
use super::secrets::{delete_line, unsafe_fix};
use crate::diagnostic::{Edit, Fix};
use crate::identity::literals::SecretLiteral;
use crate::identity::{PlaceKind, facts};
use crate::source::{FileKind, SourceFile, Span};
use std::collections::HashSet;

/// The edits that leave nothing of the secret in the code. `None` where it is a part of something, or in a module whose
/// callers would have to give it.
pub(super) fn as_variable(cx: &Context<'_>, literal: &SecretLiteral) -> Option<Fix> {
    let file = cx.shared.sources.find(literal.literal.file)?;
    let text = file.slice(literal.literal);
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    // Several consumers share it, or a machine can read it wherever it comes from: a variable is no remedy.
    let consumers: HashSet<&str> = literal.uses.iter().map(|used| used.address.as_str()).collect();
    let readable =
        literal.uses.iter().any(|used| matches!(used.place, PlaceKind::WorkloadEnv | PlaceKind::BootScript));
    if consumers.len() > 1 || readable {
        return None;
    }
    let whole = inner.len() == literal.span.len() || literal.span == literal.literal;
    if !whole || inner.contains("${") || inner.contains("%{") || !is_only_root(cx, file.dir()) {
        return None;
    }
    match (literal.block.as_str(), file.kind) {
        ("variable", FileKind::Hcl) => without_default(cx, file, literal),
        ("", FileKind::Vars) => without_value(cx, file, literal),
        ("resource" | "locals" | "module" | "data" | "ephemeral" | "provider", FileKind::Hcl) => {
            referenced(cx, file, literal)
        }
        _ => None,
    }
}

/// Hands the password over to the service, which keeps it in a secret store of its own and renews it.
pub(super) fn managed(cx: &Context<'_>, literal: &SecretLiteral) -> Option<Fix> {
    let file = cx.shared.sources.find(literal.literal.file).filter(|file| file.kind == FileKind::Hcl)?;
    let [used] = literal.uses.as_slice() else { return None };
    let (start, head) = before(file, literal.literal)?;
    let direct = literal.block == "resource" && used.address == literal.address;
    // A write-only argument has a version beside it, and keeps nothing in the state as it is.
    if !direct || assigned(head)? != used.attribute || used.attribute.ends_with("_wo") {
        return None;
    }
    let switch = facts::of(&used.kind)?.managed.as_deref()?;
    managed_fix(cx, Span::new(file.id, start, literal.literal.end as usize), switch)
}

pub(super) fn managed_fix(cx: &Context<'_>, argument: Span, switch: &str) -> Option<Fix> {
    cx.shared.sources.find(argument.file).filter(|file| file.kind == FileKind::Hcl)?;
    let simple = switch.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let title = format!(
        "Let the service make, keep and renew the password (`{switch} = true`); what logs in has to read it there"
    );
    simple.then(|| unsafe_fix(title, vec![Edit { span: argument, text: format!("{switch} = true") }]))
}

/// Whether a directory is a root module and nothing calls it.
fn is_only_root(cx: &Context<'_>, dir: &str) -> bool {
    let models = &cx.shared.estate.models;
    let called = models
        .iter()
        .any(|model| model.project.modules.iter().any(|module| module.parent.is_some() && module.dir == dir));
    !called && models.iter().any(|model| model.project.dir == dir)
}

/// What stands before the literal on its line, without spaces around it.
fn before(file: &SourceFile, literal: Span) -> Option<(usize, &str)> {
    let head = file.text.get(..literal.start as usize)?;
    let line = head.rfind('\n').map_or(0, |at| at + 1);
    let line = line + head[line..].len() - head[line..].trim_start_matches([' ', '\t', '\u{feff}']).len();
    Some((line, head[line..].trim_end()))
}

fn assigned(text: &str) -> Option<&str> {
    let name = text.strip_suffix('=')?.trim_end();
    let word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    word.then_some(name)
}

fn without_default(cx: &Context<'_>, file: &SourceFile, literal: &SecretLiteral) -> Option<Fix> {
    let (start, head) = before(file, literal.literal)?;
    let name = literal.address.strip_prefix("var.")?;
    if assigned(head)? != "default" {
        return None;
    }
    let variable = cx
        .shared
        .estate
        .models
        .iter()
        .filter(|model| model.project.dir == file.dir())
        .find_map(|model| model.project.modules.first()?.variables.get(name))?;
    let span = Span::new(file.id, start, literal.literal.end as usize);
    let edit = match variable.sensitive {
        true => delete_line(cx.shared.sources, span)?,
        false => Edit { span, text: "sensitive = true".to_string() },
    };
    let title = format!("Drop the default and give the value as `TF_VAR_{name}`, {AFTER}");
    Some(unsafe_fix(title, vec![edit]))
}

const AFTER: &str = "with a new secret, since this one stays in the git history";

fn without_value(cx: &Context<'_>, file: &SourceFile, literal: &SecretLiteral) -> Option<Fix> {
    let (start, head) = before(file, literal.literal)?;
    let name = assigned(head)?;
    let edit = delete_line(cx.shared.sources, Span::new(file.id, start, literal.literal.end as usize))?;
    Some(unsafe_fix(format!("Drop the line and give the value as `TF_VAR_{name}`, {AFTER}"), vec![edit]))
}

fn referenced(cx: &Context<'_>, file: &SourceFile, literal: &SecretLiteral) -> Option<Fix> {
    let behind = file.text.get(literal.literal.end as usize..)?.trim_start_matches([' ', '\t']);
    let is_key = behind.starts_with(':') || (behind.starts_with('=') && !behind.starts_with("=="));
    if is_key {
        return None;
    }
    let name = unique_name(cx, literal)?;
    let taken =
        cx.shared.estate.models.iter().filter(|model| model.project.dir == file.dir()).any(|model| {
            model.project.modules.first().is_some_and(|root| root.variables.contains_key(&*name))
        });
    if taken {
        return None;
    }
    // Where only write-only arguments take it, it need not be in the plan or the state either.
    let mut uses = literal.uses.iter().map(|used| used.attribute.rsplit('.').next().unwrap_or_default());
    let passing = !literal.uses.is_empty() && uses.all(|attribute| attribute.ends_with("_wo"));
    let ephemeral = if passing { "  ephemeral = true\n" } else { "" };
    let declaration =
        format!("variable \"{name}\" {{\n  type      = string\n  sensitive = true\n{ephemeral}}}\n");
    let edits = vec![
        Edit { span: literal.literal, text: format!("var.{name}") },
        Edit { span: place_for_variable(cx, file, literal.literal)?, text: format!("\n{declaration}") },
    ];
    let title = format!("Take it as the variable `{name}` and give the value as `TF_VAR_{name}`, {AFTER}");
    Some(unsafe_fix(title, edits))
}

/// With the type in front where two secrets would have the same name.
fn unique_name(cx: &Context<'_>, literal: &SecretLiteral) -> Option<String> {
    let all = &cx.shared.estate.literals;
    let name = name_for(literal)?;
    // Far more secrets than anybody repairs one by one.
    if all.len() > 1_000 {
        return None;
    }
    let same = |other: &&SecretLiteral| {
        other.span != literal.span && name_for(other).is_some_and(|known| known == name)
    };
    if all.iter().find(same).is_none() {
        return Some(name);
    }
    let kind = literal.address.split('.').next()?;
    let twice = all.iter().filter(same).any(|other| other.address.split('.').next() == Some(kind));
    (!twice).then(|| format!("{kind}_{name}"))
}

/// `main_password` for `password` of `aws_db_instance.main`.
fn name_for(literal: &SecretLiteral) -> Option<String> {
    let plain = |text: &str| -> String {
        let text = text.split('[').next().unwrap_or_default();
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
    };
    let word = |text: &&str| !text.is_empty() && !text.chars().all(|c| c.is_ascii_digit());
    let owner = plain(literal.address.rsplit('.').next()?);
    let last = literal.name.as_deref().or_else(|| literal.attribute.rsplit('.').find(word))?;
    let last = plain(last.strip_suffix("_wo").unwrap_or(last));
    let name = match owner.ends_with(&last) || literal.block == "locals" {
        true => last,
        false => format!("{owner}_{last}"),
    };
    let fits = name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    fits.then_some(name)
}

/// The end of `variables.tf`, or else behind the block that the secret is in.
fn place_for_variable(cx: &Context<'_>, file: &SourceFile, literal: Span) -> Option<Span> {
    let path = match file.dir() {
        "" => "variables.tf".to_string(),
        dir => format!("{dir}/variables.tf"),
    };
    let known = cx.shared.sources.file(&path).filter(|other| other.text.ends_with("}\n"));
    if let Some(variables) = known {
        let end = variables.text.len();
        return Some(Span::new(variables.id, end, end));
    }
    let rest = file.text.get(literal.end as usize..)?;
    let close = rest.find("\n}")? + 2;
    let line = rest[close..].find('\n')? + 1;
    rest[close..close + line].trim().is_empty().then(|| {
        let at = literal.end as usize + close + line;
        Span::new(file.id, at, at)
    })
}
