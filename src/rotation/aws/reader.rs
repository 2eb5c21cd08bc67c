//! Looks at an account and changes nothing.

use super::{AwsCredentials, Endpoint, Query, xml};
use crate::rotation::http::{Answer, Http};
use crate::rotation::reading::{Denial, MAX_PAGES, patiently};
use crate::rotation::traits::{Clock, Moment};
use roxmltree::Node;
use std::sync::Arc;

const IAM: &str = "2010-05-08";
const STS: &str = "2011-06-15";
/// Each role comes with its trust policy, so that an answer with a thousand of them would be large.
const PAGE: &str = "100";

/// Asks IAM as somebody in particular.
#[derive(Clone)]
pub struct AwsReader {
    iam: Query,
    sts: Query,
    credentials: AwsCredentials,
}

impl std::fmt::Debug for AwsReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AwsReader").field("endpoint", &self.iam.endpoint).finish_non_exhaustive()
    }
}

/// One element of an answer: the texts in it by their path, and its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    texts: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
}

impl Record {
    /// `RoleLastUsed/LastUsedDate`. What the service calls `N/A` is not there.
    pub fn text(&self, path: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(known, _)| known == path)?;
        Some(found.1.as_str()).filter(|text| !text.is_empty() && *text != "N/A")
    }

    fn read(node: Node<'_, '_>) -> Self {
        let mut record = Record::default();
        record.add(node, "");
        record
    }

    fn add(&mut self, node: Node<'_, '_>, path: &str) {
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            if name == "Tags" {
                let pairs = members(child).filter_map(|tag| {
                    let value = xml::text(tag, "Value").unwrap_or_default();
                    Some((xml::text(tag, "Key")?.to_owned(), value.to_owned()))
                });
                self.tags.extend(pairs);
            } else if child.children().any(|inner| inner.is_element()) {
                self.add(child, &below);
            } else {
                self.texts.push((below, child.text().unwrap_or_default().trim().to_owned()));
            }
        }
    }
}

fn members<'a, 'd>(list: Node<'a, 'd>) -> impl Iterator<Item = Node<'a, 'd>> {
    list.children().filter(|node| node.tag_name().name() == "member")
}

impl AwsReader {
    pub fn new(
        http: Http,
        iam: Endpoint,
        sts: Endpoint,
        clock: Arc<dyn Clock>,
        credentials: AwsCredentials,
    ) -> Self {
        let iam = Query { http: http.clone(), endpoint: iam, clock: clock.clone() };
        AwsReader { iam, sts: Query { http, endpoint: sts, clock }, credentials }
    }

    /// Who asks: the number of the account, and the ARN.
    pub async fn who(&self) -> Result<(String, String), Denial> {
        let answer = self.patiently(&self.sts, STS, "GetCallerIdentity", &[]).await?;
        let read = || {
            let document = xml::parse(&answer.body)?;
            let of = |name| xml::text(document.root(), name).map(str::to_owned);
            Some((of("Account")?, of("Arn")?))
        };
        read().ok_or_else(|| Denial::unreadable("GetCallerIdentity"))
    }

    /// All members of a list, page after page.
    pub async fn list(&self, action: &str, name: &str) -> Result<Vec<Record>, Denial> {
        self.list_of(action, name, &[("MaxItems", PAGE)]).await
    }

    pub async fn list_of(
        &self,
        action: &str,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Record>, Denial> {
        let mut found = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut asked = parameters.to_vec();
            asked.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let answer = self.patiently(&self.iam, IAM, action, &asked).await?;
            let (page, next) = page(&answer.body, name).ok_or_else(|| Denial::unreadable(action))?;
            found.extend(page);
            match next {
                None => return Ok(found),
                Some(next) if marker.as_ref() == Some(&next) => break,
                Some(next) => marker = Some(next),
            }
        }
        Err(Denial::endless(action))
    }

    /// One element of one answer.
    pub async fn one(&self, action: &str, name: &str, parameters: &[(&str, &str)]) -> Result<Record, Denial> {
        let answer = self.patiently(&self.iam, IAM, action, parameters).await?;
        let read = || {
            let document = xml::parse(&answer.body)?;
            let found = document.descendants().find(|node| node.tag_name().name() == name)?;
            Some(Record::read(found))
        };
        read().ok_or_else(|| Denial::unreadable(action))
    }

    pub async fn pause(&self, seconds: Moment) {
        self.iam.clock.sleep(self.iam.clock.now() + seconds).await;
    }

    async fn patiently(
        &self,
        query: &Query,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, Denial> {
        patiently(&*query.clock, || query.ask(&self.credentials, version, action, parameters)).await
    }
}

/// The members of a page, and where the next one begins.
fn page(body: &[u8], name: &str) -> Option<(Vec<Record>, Option<String>)> {
    let document = xml::parse(body)?;
    let list = document.descendants().find(|node| node.tag_name().name() == name)?;
    let more = xml::text(document.root(), "IsTruncated").is_some_and(|text| text == "true");
    let next = match more {
        true => Some(xml::text(document.root(), "Marker").filter(|marker| !marker.is_empty())?.to_owned()),
        false => None,
    };
    Some((members(list).map(Record::read).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_are_read_with_what_is_nested() {
        let body = "<ListRolesResponse xmlns=\"x\"><ListRolesResult><IsTruncated>true</IsTruncated><Roles><member><RoleName>a</RoleName><RoleLastUsed><Region>N/A</Region><LastUsedDate>2026-01-02T00:00:00Z</LastUsedDate></RoleLastUsed><Tags><member><Key>owner</Key><Value>ops</Value></member><member><Key>empty</Key><Value/></member></Tags></member></Roles><Marker>next</Marker></ListRolesResult></ListRolesResponse>";
        let (found, next) = page(body.as_bytes(), "Roles").expect("a page");
        assert_eq!(next.as_deref(), Some("next"));
        assert_eq!(found[0].text("RoleName"), Some("a"));
        assert_eq!(found[0].text("RoleLastUsed/LastUsedDate"), Some("2026-01-02T00:00:00Z"));
        assert_eq!(found[0].text("RoleLastUsed/Region"), None);
        assert_eq!(found[0].tags.len(), 2);
        for other in ["", "<html>", "<a><IsTruncated>true</IsTruncated><Roles/></a>"] {
            assert!(page(other.as_bytes(), "Roles").is_none(), "{other}");
        }
    }
}
