//! Looks at a tenant and changes nothing.

use super::Actor;
use super::client::{Api, failure};
use super::passwords::graph;
use crate::rotation::http::{Answer, Http};
use crate::rotation::reading::{Denial, MAX_PAGES, Refusal, passing, patiently};
use crate::rotation::traits::Clock;
use ::http::Method;
use serde_json::Value;
use std::sync::Arc;

/// Of keys with their certificates, Graph gives 150 answers a minute.
/// Source: Microsoft Graph v1.0, "List applications", "List servicePrincipals".
const PAGE: &str = "$top=100";

/// Source: Microsoft Graph v1.0, `application`, `servicePrincipal`: `owners` may be expanded, and be selected from.
fn expanded(owners: bool) -> &'static str {
    match owners {
        true => "&$expand=owners($select=id,displayName,mail,userPrincipalName,accountEnabled)",
        false => "",
    }
}

/// Asks Microsoft Graph about one tenant.
#[derive(Clone)]
pub struct TenantReader {
    graph: Api,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for TenantReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TenantReader").finish_non_exhaustive()
    }
}

impl TenantReader {
    pub fn new(
        http: Http,
        endpoint: Option<&str>,
        clock: Arc<dyn Clock>,
        actor: Actor,
    ) -> Result<Self, String> {
        Ok(TenantReader { graph: graph(http, endpoint, actor)?, clock })
    }

    /// With their owners, if those are asked for.
    pub async fn applications(&self, owners: bool) -> Result<Vec<Value>, Denial> {
        let fields = "id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials";
        let path = format!("v1.0/applications?$select={fields}{}&{PAGE}", expanded(owners));
        self.list(&path, "list applications").await
    }

    /// Those of applications, also of such as were never registered, and not of machines; with their owners, if those are asked for.
    pub async fn principals(&self, owners: bool) -> Result<Vec<Value>, Denial> {
        let fields =
            "id,appId,displayName,appOwnerOrganizationId,accountEnabled,passwordCredentials,keyCredentials";
        let those =
            "$filter=servicePrincipalType%20eq%20'Application'%20or%20servicePrincipalType%20eq%20'Legacy'";
        let path = format!("v1.0/servicePrincipals?{those}&$select={fields}{}&{PAGE}", expanded(owners));
        self.list(&path, "list service principals").await
    }

    /// Source: Microsoft Graph beta, "List appCredentialSignInActivities".
    pub async fn sign_ins(&self) -> Result<Vec<Value>, Denial> {
        self.list("beta/reports/appCredentialSignInActivities", "ask for sign-ins").await
    }

    /// All of a list, page after page.
    /// Source: Microsoft Graph, "Paging Microsoft Graph data in your app".
    async fn list(&self, path: &str, doing: &str) -> Result<Vec<Value>, Denial> {
        let mut found = Vec::new();
        let mut path = path.to_owned();
        for _ in 0..MAX_PAGES {
            let mut said = patiently(&*self.clock, || ask(&self.graph, &path, doing)).await?;
            let Value::Array(rows) = said["value"].take() else { return Err(Denial::unreadable(doing)) };
            found.extend(rows);
            let Some(link) = said["@odata.nextLink"].as_str() else { return Ok(found) };
            match self.graph.below(link) {
                Some(next) if next != path => path = next,
                Some(_) => break,
                None => return Err(Denial::astray(doing)),
            }
        }
        Err(Denial::endless(doing))
    }
}

async fn ask(api: &Api, path: &str, doing: &str) -> Result<Value, Refusal> {
    let answer = api.ask(Method::GET, path, None).await?;
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        200 if said.is_object() => Ok(said),
        _ => Err(refusal(doing, &answer, &said)),
    }
}

fn refusal(doing: &str, answer: &Answer, said: &Value) -> Refusal {
    let mut failure = failure(doing, answer, true);
    failure.kind = passing(answer.status, answer.status == 429);
    let code = said["error"]["code"].as_str().filter(|code| !code.is_empty()).map(str::to_owned);
    Refusal { code: code.unwrap_or_else(|| answer.status.to_string()), failure }
}
