//! Databases whose master password is written down, although the service would keep and rotate it.

use super::Problem;
use crate::diagnostic::Persona;
use crate::eval::Resource;
use crate::rules::Context;
use crate::rules::secret_variable::managed_fix;
use crate::secret::is_placeholder;

/// Type, password, and the switch that hands it to Secrets Manager.
const ROWS: [(&str, &str, &str); 6] = [
    ("aws_db_instance", "password", "manage_master_user_password"),
    ("aws_docdb_cluster", "master_password", "manage_master_user_password"),
    ("aws_neptune_cluster", "master_password", "manage_master_user_password"),
    ("aws_rds_cluster", "master_password", "manage_master_user_password"),
    ("aws_redshift_cluster", "master_password", "manage_master_password"),
    ("aws_redshiftserverless_namespace", "admin_user_password", "manage_admin_password"),
];

pub(super) fn judge(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    if &*resource.kind == "azurerm_key_vault_managed_storage_account" {
        return storage_account(resource);
    }
    let (_, name, switch) = ROWS.iter().find(|(kind, ..)| *kind == &*resource.kind)?;
    let value = resource.body.value(name)?;
    let text = value.as_str()?;
    if text.is_empty() || is_placeholder(text) || resource.body.value(switch).is_some() {
        return None;
    }
    // Whoever ignores changes sets it elsewhere.
    if resource.lifecycle.ignores(name) {
        return None;
    }
    let mut problem = Problem::new(
        switch,
        format!("the master password of `{}` is a literal that nothing rotates", resource.address),
        format!("set `{switch} = true` and drop `{name}`: the service keeps the password in Secrets Manager and renews it every week; callers have to read it there"),
    );
    let direct = resource.body.attr(name).filter(|attr| cx.shared.sources.text(attr.expr_span).starts_with('"'));
    problem.fix = direct.and_then(|attr| managed_fix(cx, attr.span, switch));
    problem.value = Some(value.clone());
    problem.span = value.meta.span;
    problem.redact = value.meta.span;
    problem.label = "stays the same".to_string();
    problem.related = vec![(resource.header(), "the database".to_string())];
    // Something in this code rotates secrets; whether this one cannot be told.
    let rotates = cx.model.project.resources.iter().any(|one| &*one.kind == "aws_secretsmanager_secret_rotation");
    if rotates {
        problem.persona = Persona::Strict;
    }
    Some(problem)
}

fn storage_account(resource: &Resource) -> Option<Problem> {
    let name = "regenerate_key_automatically";
    let body = &resource.body;
    if body.value(name).is_some_and(|value| value.as_bool() != Some(false)) {
        return None;
    }
    let mut problem = Problem::new(
        name,
        format!("`{}` keeps a storage key that is never regenerated", resource.address),
        "set `regenerate_key_automatically = true` and a `regeneration_period`, or use Entra ID instead of keys",
    );
    problem.persona = Persona::Strict;
    Some(problem)
}
