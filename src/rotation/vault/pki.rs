use super::client::{Vault, failure, tidy, unanswered};
use crate::dates::{human, seconds};
use crate::rotation::certificate::{Bundle, Curve, Facts, Names, Prepared, serial};
use crate::rotation::http::{Answer, encoded};
use crate::rotation::traits::{Clock, Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed, Moment};
use ::http::Method;
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// How many certificates are listed at a time.
const PAGE: usize = 1_000;

/// What certificates are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub common_name: String,
    pub alt_names: Vec<String>,
    /// In seconds; what the role gives, without it.
    pub ttl: Option<i64>,
}

/// Certificates of one role of a PKI mount, for keys that are made here and never leave for it. They are known by
/// their serial numbers, and cannot be disabled.
/// Source: OpenBao documentation, "PKI secrets engine (API)".
pub struct Pki {
    vault: Vault,
    mount: String,
    role: String,
    names: Names,
    ttl: Option<i64>,
    clock: Arc<dyn Clock>,
    /// For the next attempt.
    prepared: Mutex<Option<Prepared>>,
    /// For which keys the certificates are that were read, since that never changes.
    marks: Mutex<HashMap<String, Listed>>,
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Pki")
            .field("mount", &self.mount)
            .field("role", &self.role)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Pki {
    pub fn new(vault: Vault, mount: &str, role: &str, wanted: &Wanted, clock: Arc<dyn Clock>) -> Self {
        let tidied = |name: &String| name.to_ascii_lowercase();
        Pki {
            vault,
            mount: tidy(mount),
            role: encoded(role),
            names: Names {
                common: tidied(&wanted.common_name),
                others: wanted.alt_names.iter().map(tidied).collect(),
            },
            ttl: wanted.ttl,
            clock,
            prepared: Mutex::default(),
            marks: Mutex::default(),
        }
    }

    async fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Result<Answer, Failure> {
        self.vault.ask(method, &format!("{}/{rest}", self.mount), body).await
    }

    /// Which keys the role takes. What it could not end is not made.
    async fn curve(&self) -> Result<Curve, Failure> {
        let answer = self.ask(Method::GET, &format!("roles/{}", self.role), None).await?;
        if answer.status != 200 {
            return Err(failure("read the role", answer.status));
        }
        let role = &read(&answer)?["data"];
        let never = |why: String| Err(Failure::new(FailureKind::Never, why));
        if role["no_store"] == true {
            return never(format!("{} does not store certificates, so that none can be revoked", self.role));
        }
        let most = role["max_ttl"].as_i64().filter(|most| *most > 0);
        if let (Some(wanted), Some(most)) = (self.ttl, most)
            && wanted > most
        {
            let (wanted, most) = (human(seconds(wanted)), human(seconds(most)));
            return never(format!("{} allows {most}, and {wanted} are asked for", self.role));
        }
        match (role["key_type"].as_str(), role["key_bits"].as_u64()) {
            (Some("any"), _) | (Some("ec"), Some(0 | 256)) => Ok(Curve::P256),
            (Some("ec"), Some(384)) => Ok(Curve::P384),
            (kind, bits) => {
                let bits =
                    bits.filter(|bits| *bits > 0).map(|bits| format!(" of {bits} bits")).unwrap_or_default();
                never(format!(
                    "{} wants keys of type {}{bits}; those that are made here are of type ec, with 256 or 384 bits",
                    self.role,
                    kind.unwrap_or("unknown"),
                ))
            }
        }
    }

    async fn make_key(&self) -> Result<Prepared, Failure> {
        let failed = || Failure::new(FailureKind::Later, "there is no randomness for a key");
        Prepared::new(self.curve().await?).ok_or_else(failed)
    }

    async fn make(&self) -> Result<Key, Failure> {
        let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take();
        let prepared = match prepared {
            Some(prepared) => prepared,
            None => self.make_key().await?,
        };
        let failed = || Failure::new(FailureKind::Later, "cannot sign the request for a certificate");
        let request = prepared.request(&self.names).ok_or_else(failed)?;
        let listed = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(",");
        // A role may take the names from the request or from here.
        let mut body = json!({
            "csr": request,
            "common_name": self.names.common,
            "alt_names": listed(&mut self.names.hosts().map(str::to_owned)),
            "ip_sans": listed(&mut self.names.addresses().map(|address| address.to_string())),
            "format": "pem",
        });
        if let Some(ttl) = self.ttl {
            body["ttl"] = format!("{ttl}s").into();
        }
        let answer = self.ask(Method::POST, &format!("sign/{}", self.role), Some(body)).await?;
        match answer.status {
            200 => {}
            400 => {
                let why = format!("{} signs no such certificate: {}", self.role, said(&answer));
                return Err(Failure::new(FailureKind::Never, why));
            }
            status => return Err(unanswered("have a certificate signed", status)),
        }
        // Something was made, though it cannot be read: that is to be found and revoked.
        let unclear = || Failure::new(FailureKind::Unclear, "the answer with the certificate cannot be read");
        let answer = read(&answer).map_err(|_| unclear())?;
        let data = &answer["data"];
        let id = KeyId(data["serial_number"].as_str().ok_or_else(unclear)?.to_owned());
        let certificate = data["certificate"].as_str().ok_or_else(unclear)?;
        let chain = data["ca_chain"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let chain = chain.map(|one| format!("{one}\n")).collect::<String>();
        let bundle = Bundle::of([&prepared.key(), certificate, &chain]).ok_or_else(unclear)?;
        let facts = bundle.certificate_der().and_then(|der| Facts::of(&der)).ok_or_else(unclear)?;
        if let Some(why) = self.differs(&facts, &prepared) {
            self.revoke(&id).await.map_err(|_| unclear())?;
            return Err(Failure::new(FailureKind::Never, why));
        }
        Ok(Key { id, secret: bundle.whole() })
    }

    /// What is not as it was asked for.
    fn differs(&self, facts: &Facts, prepared: &Prepared) -> Option<String> {
        if facts.mark != prepared.mark {
            return Some("the certificate is for another key".to_owned());
        }
        let hosts = self.names.hosts().map(str::to_owned);
        let others = hosts.chain(self.names.addresses().map(|address| address.to_string()));
        let all: BTreeSet<_> = others.chain([self.names.common.clone()]).collect();
        // A name that is none of a host is only in the subject.
        let subject = facts.common_name.as_ref().map(|name| name.to_ascii_lowercase());
        let missing = all.iter().find(|name| !facts.names.contains(*name) && subject.as_ref() != Some(*name));
        if let Some(name) = missing {
            return Some(format!("the certificate is not for {name}"));
        }
        if let Some(name) = facts.names.difference(&all).next() {
            return Some(format!("the certificate is also for {name}"));
        }
        // It begins a little before, for clocks that are late.
        let lasts = facts.ends - facts.begins;
        let asked = self.ttl.filter(|ttl| lasts < *ttl)?;
        let (lasts, asked) = (human(seconds(lasts)), human(seconds(asked)));
        Some(format!("the certificate lasts {lasts}, and {asked} were asked for"))
    }

    /// One certificate under the name that is known of it. `None` when it is not there.
    async fn certificate(&self, id: &str) -> Result<Option<Listed>, Failure> {
        let answer = self.ask(Method::GET, &format!("cert/{}", encoded(id)), None).await?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            status => return Err(failure("read a certificate", status)),
        }
        let said = read(&answer)?;
        let facts = Bundle::certificate_in(said["data"]["certificate"].as_str().unwrap_or_default())
            .and_then(|der| Facts::of(&der));
        let Some(facts) = facts else {
            return Err(Failure::new(FailureKind::Later, format!("{id} is no certificate that can be read")));
        };
        let active = said["data"]["revocation_time"].as_i64().unwrap_or_default() == 0;
        let listed = Listed::new(KeyId(id.to_owned()), active, Some(facts.begins));
        // Nobody can see who shows a certificate to whom.
        let (ends, mark) = (Some(facts.ends), Some(facts.mark));
        Ok(Some(Listed { shows_uses: false, foreign: true, ends, mark, ..listed }))
    }

    /// Whatever may have been made for our names. Each is read once.
    async fn of_our_names(&self) -> Result<Vec<Listed>, Failure> {
        let mut found = Vec::new();
        for serial in self.serials().await? {
            let known = self.marks.lock().unwrap_or_else(PoisonError::into_inner).get(&serial).cloned();
            let listed = match known {
                Some(listed) => Some(listed),
                None => self.certificate(&serial).await?,
            };
            if let Some(listed) = listed {
                let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
                marks.insert(serial, listed.clone());
                found.push(listed);
            }
        }
        Ok(found)
    }

    async fn serials(&self) -> Result<Vec<String>, Failure> {
        let (mut all, mut after) = (Vec::new(), String::new());
        // OpenBao says for whom they are.
        let mut what = "certs/detailed";
        loop {
            let query = format!("{what}?list=true&limit={PAGE}&after={}", encoded(&after));
            let answer = self.ask(Method::GET, &query, None).await?;
            let said = match answer.status {
                200 => read(&answer)?,
                403..=405 if what == "certs/detailed" => {
                    what = "certs";
                    continue;
                }
                // There is none.
                404 => return Ok(all),
                status => return Err(failure("list certificates", status)),
            };
            let keys = said["data"]["keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let keys: Vec<_> = keys.map(str::to_owned).collect();
            let of_others = |serial: &&String| {
                let name = said["data"]["key_info"][serial.as_str()]["common_name"].as_str();
                name.is_some_and(|name| !name.eq_ignore_ascii_case(&self.names.common))
            };
            all.extend(keys.iter().filter(|serial| !of_others(serial)).cloned());
            match keys.last() {
                // Others give all at once.
                Some(last) if keys.len() == PAGE && *last != after => after.clone_from(last),
                _ => return Ok(all),
            }
        }
    }

    async fn revoke(&self, id: &KeyId) -> Result<(), Failure> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.0);
        let answer = self.ask(Method::POST, "revoke", Some(json!({ "serial_number": id.0 }))).await?;
        let failed = match answer.status {
            200 | 204 => return Ok(()),
            status => failure("revoke a certificate", status),
        };
        let now: Moment = self.clock.now();
        match self.certificate(&id.0).await {
            Ok(None) => Ok(()),
            Ok(Some(listed)) if !listed.active || listed.ends.is_some_and(|ends| ends < now) => Ok(()),
            _ => Err(failed),
        }
    }
}

pub(super) fn read(answer: &Answer) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::new(FailureKind::Later, "the answer about certificates is not JSON"))
}

/// Why it was refused, in the words of the server: it was sent nothing that is secret.
fn said(answer: &Answer) -> String {
    let text = Zeroizing::new(String::from_utf8_lossy(&answer.body).into_owned());
    let said: Value = serde_json::from_str(&text).unwrap_or_default();
    let why: Vec<_> = said["errors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let why = why.join(", ");
    let tidy = |letter: char| if letter.is_control() { ' ' } else { letter };
    why.chars().map(tidy).take(200).collect()
}

impl Issuer for Pki {
    fn name(&self) -> String {
        format!("PKI {}/{}", self.mount, self.role)
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn disables(&self) -> bool {
        false
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.of_our_names())
    }

    fn look<'a>(&'a self, named: &'a [KeyId], others: bool) -> Doing<'a, Vec<Listed>> {
        Box::pin(async move {
            let mut found = Vec::new();
            for id in named {
                found.extend(self.certificate(&id.0).await?);
            }
            if others {
                let all = self.of_our_names().await?;
                let is_named = |listed: &Listed| named.iter().any(|id| serial(&id.0) == serial(&listed.id.0));
                found.extend(all.into_iter().filter(|listed| !is_named(listed)));
            }
            Ok(found)
        })
    }

    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(async {
            let prepared = self.make_key().await?;
            let mark = prepared.mark.clone();
            *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
            Ok(Some(mark))
        })
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        Box::pin(self.make())
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        let why = format!("{} cannot be disabled, only revoked", id.0);
        Box::pin(std::future::ready(Err(Failure::new(FailureKind::Never, why))))
    }

    fn enable<'a>(&'a self, _id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.revoke(id))
    }
}
