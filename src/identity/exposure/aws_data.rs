//! AWS: guests, APIs with keys, notebooks, databases, buckets and things. Rows: cognito-guest,
//! appsync-api-key, sagemaker-notebook, rds-public, s3-public-data, iot-policy-wild. Source: the Terraform
//! Registry page of each type; Amazon Cognito Developer Guide, "Identity pools: unauthenticated identities".

use super::index::{at, is, says};
use super::{Finder, Reach, Way};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::iam::Tri;
use crate::iam::aws::{Actions, Effect, PrincipalKind, Principals, Reach as Breadth, Statement, Strength};
use crate::identity::model::Subject;
use crate::identity::policy::{Tag, document_of};

const DATABASES: [&str; 3] = ["aws_db_instance", "aws_rds_cluster_instance", "aws_redshift_cluster"];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    for pool in index.all(&["aws_cognito_identity_pool"]) {
        cognito_guest(finder, pool);
    }
    for api in index.all(&["aws_appsync_graphql_api"]) {
        appsync_api_key(finder, api);
    }
    for notebook in index.all(&["aws_sagemaker_notebook_instance"]) {
        let open = says(&notebook.body, "direct_internet_access", true, |text| text != "Disabled");
        let label = "has direct internet access";
        simple(finder, notebook, "sagemaker-notebook", Reach::Egress, open, "direct_internet_access", label);
    }
    for database in index.all(&DATABASES) {
        let open = is(&database.body, "publicly_accessible", false);
        let label = "has a public address";
        simple(finder, database, "rds-public", Reach::Internet, open, "publicly_accessible", label);
    }
    for policy in index.all(&["aws_s3_bucket_policy"]) {
        s3_public_data(finder, policy);
    }
    for policy in index.all(&["aws_iot_policy"]) {
        iot_policy_wild(finder, policy);
    }
}

fn simple<'m>(
    finder: &mut Finder<'m, '_>,
    resource: &'m Resource,
    row: &'static str,
    reach: Reach,
    open: Tri,
    attribute: &'static str,
    label: &str,
) {
    let way = Way {
        row,
        reach,
        open,
        through: "its own address".to_string(),
        because: vec![(at(resource, &resource.body, attribute), label.to_string())],
        declared_by: resource,
        attribute,
    };
    let mut runs_as = finder.index.runs_as(resource, &[]);
    for name in ["iam_roles", "role_arn"] {
        let value = resource.body.value(name);
        runs_as.extend(value.map(|value| finder.index.subjects(value, resource)).unwrap_or_default());
    }
    runs_as.dedup();
    finder.add(resource, runs_as, way);
}

fn cognito_guest<'m>(finder: &mut Finder<'m, '_>, pool: &'m Resource) {
    let index = finder.index;
    let attachments =
        index.users(pool.id, &["aws_cognito_identity_pool_roles_attachment"], "identity_pool_id");
    let mut guests: Vec<Subject> = Vec::new();
    for attachment in attachments {
        let roles = attachment.body.value("roles").and_then(|roles| roles.get("unauthenticated"));
        guests.extend(roles.map(|value| index.subjects(value, attachment)).unwrap_or_default());
    }
    let name = "allow_unauthenticated_identities";
    let way = Way {
        row: "cognito-guest",
        reach: Reach::InternetAnonymous,
        open: is(&pool.body, name, false),
        through: format!("identity pool `{}`", pool.address),
        because: vec![(at(pool, &pool.body, name), "gives credentials to guests".to_string())],
        declared_by: pool,
        attribute: "allow_unauthenticated_identities",
    };
    finder.add(pool, guests, way);
}

fn appsync_api_key<'m>(finder: &mut Finder<'m, '_>, api: &'m Resource) {
    let index = finder.index;
    for source in index.users(api.id, &["aws_appsync_datasource"], "api_id") {
        let way = Way {
            row: "appsync-api-key",
            reach: Reach::Internet,
            open: says(&api.body, "authentication_type", false, |text| text == "API_KEY"),
            through: format!("API `{}`, which asks for a key only", api.address),
            because: vec![(at(api, &api.body, "authentication_type"), "asks for a key only".to_string())],
            declared_by: api,
            attribute: "authentication_type",
        };
        finder.add(source, index.runs_as(source, &[]), way);
    }
}

fn s3_public_data<'m>(finder: &mut Finder<'m, '_>, policy: &'m Resource) {
    let Some(bucket) = finder.index.target(&policy.body, "bucket", &["aws_s3_bucket"]) else { return };
    let Some(attr) = policy.body.attr("policy") else { return };
    let open = document_of(policy, &attr.value).statements.iter().find_map(public_statement);
    let Some(span) = open.map(|tag| tag.span.unwrap_or(attr.expr_span)) else { return };
    let way = Way {
        row: "s3-public-data",
        reach: Reach::Data,
        open: Tri::Yes,
        through: format!("bucket policy `{}`", policy.address),
        because: vec![(span, "anybody gets at the data".to_string())],
        declared_by: policy,
        attribute: "policy",
    };
    finder.add(bucket, Vec::new(), way);
}

/// Where a statement lets everyone in without a condition that narrows who.
fn public_statement(statement: &Statement<Tag>) -> Option<Tag> {
    let Principals::Only(principals) = &statement.principals else { return None };
    let everyone = principals.iter().find(|principal| {
        matches!(principal.kind, PrincipalKind::Everyone | PrincipalKind::Aws)
            && principal.element.pattern.is_any()
    })?;
    let allowed = statement.effect == Effect::Allow && statement.strength() <= Strength::Weak;
    let at = if everyone.element.at.span.is_some() { everyone.element.at } else { statement.at };
    allowed.then_some(at)
}

fn iot_policy_wild<'m>(finder: &mut Finder<'m, '_>, policy: &'m Resource) {
    let Some(attr) = policy.body.attr("policy") else { return };
    let document = document_of(policy, &attr.value);
    let wild = document.statements.iter().find(|statement| {
        let Actions::Only(actions) = &statement.actions else { return false };
        let all = actions.iter().any(|action| matches!(action.pattern.to_string().as_str(), "iot:*" | "*"));
        all && statement.effect == Effect::Allow && statement.reach(false) == Breadth::All
    });
    let Some(span) = wild.map(|statement| statement.at.span.unwrap_or(attr.expr_span)) else { return };
    let index = finder.index;
    for attachment in index.users(policy.id, &["aws_iot_policy_attachment"], "policy") {
        let target = attachment
            .body
            .value("target")
            .map(|value: &Value| index.targets(value, &["aws_iot_certificate"]));
        for certificate in target.unwrap_or_default() {
            let way = Way {
                row: "iot-policy-wild",
                reach: Reach::Internet,
                open: Tri::Yes,
                through: format!("IoT policy `{}`", policy.address),
                because: vec![(span, "every action on every thing".to_string())],
                declared_by: policy,
                attribute: "policy",
            };
            finder.add(certificate, vec![Subject::Resource(certificate.id)], way);
        }
    }
}
