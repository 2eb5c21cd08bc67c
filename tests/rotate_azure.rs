//! Passwords of Entra applications: one after the other, under a workload that takes them from Key Vault and gets
//! tokens with them all the while.

#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/entra.rs"]
mod entra;
#[path = "rotation/program.rs"]
mod program;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/settings.rs"]
mod settings;
#[path = "rotation/wire.rs"]
mod wire;

use entra::{Cloud, FEDERATED, GRAPH_TOKEN, Lag, TENANT, VAULT_TOKEN};
use keyward::rotation::azure::{Authority, PasswordCheck, graph_scope};
use keyward::rotation::operate::block_on;
use keyward::rotation::{Check, FailureKind, Http, Key, KeyId};
use program::Program;
use proxy::{Fault, Plan};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings::set;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CONFIG: &str = r#"
[[rotation.target]]
credential = "exporter password"
quiet = "2s"
settle = "2s"
patience = "30s"

[rotation.target.issuer]
kind = "entra-password"
application = "CLIENT"
tenant = "acme.onmicrosoft.com"
authority = "CLOUD"
endpoint = "CLOUD"
ttl = "90d"
accept-unseen = true
token-env = "GRAPH_TOKEN"

[[rotation.target.sink]]
kind = "azure-key-vault"
vault = "CLOUD"
secret = "SECRET"
id-tag = "key-id"
token-env = "VAULT_TOKEN"
"#;

const NAME: &str = "exporter password";
const APPLICATIONS: &str = "applications";

struct Case<'a> {
    cloud: &'a Cloud,
    /// Of which kind the holder is.
    of: &'a str,
    client: String,
    secret: String,
    first: (String, String),
    program: Program,
    variables: Vec<(&'static str, String)>,
}

impl<'a> Case<'a> {
    fn new(cloud: &'a Cloud, number: usize, plan: Plan) -> Self {
        Case::of(cloud, APPLICATIONS, number, plan)
    }

    fn of(cloud: &'a Cloud, of: &'a str, number: usize, plan: Plan) -> Self {
        let program = Program::new(plan);
        let address = program.proxy.to(&cloud.address);
        let (client, secret) =
            (format!("00000000-0000-4000-8000-{number:012}"), format!("exporter-{number}"));
        let first = cloud.make(of, &client);
        cloud.write(&secret, &first.1, &json!({ "key-id": first.0, "team": "exports" }));
        let config = CONFIG.replace("CLIENT", &client).replace("SECRET", &secret).replace("CLOUD", &address);
        program.write("keyward.toml", &config);
        let variables = [("GRAPH_TOKEN", GRAPH_TOKEN), ("VAULT_TOKEN", VAULT_TOKEN)];
        let variables = variables.map(|(name, value)| (name, value.to_owned())).to_vec();
        let case = Case { cloud, of, client, secret, first, program, variables };
        if of != APPLICATIONS {
            case.program.change("application = ", "service-principal = ");
        }
        case
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let done = self.program.run(arguments, &variables);
        let tokens = [GRAPH_TOKEN, VAULT_TOKEN, FEDERATED].map(str::to_owned);
        let secrets = [self.cloud.secrets_of(&self.client), tokens.to_vec()].concat();
        self.program.assert_nowhere(&secrets, &["rotator.json", "federated.jwt"]);
        done
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], code: i32, says: &[&str]) -> String {
        let (ended, text) = self.run(arguments);
        assert_eq!(ended, Some(code), "{text}");
        for words in says {
            assert!(text.contains(words), "`{words}` is missing in\n{text}");
        }
        text
    }

    /// The id and the value that consumers get.
    fn current(&self) -> (String, String) {
        let (value, bundle) = self.cloud.current(&self.secret);
        assert_eq!(
            (&bundle["tags"]["team"], &bundle["contentType"]),
            (&json!("exports"), &json!("text/plain"))
        );
        (bundle["tags"]["key-id"].as_str().expect("an id").to_owned(), value)
    }

    fn ids(&self) -> Vec<String> {
        self.cloud.passwords(self.of, &self.client).into_iter().map(|(id, _)| id).collect()
    }

    /// Reads the secret every second and gets tokens more often, until it is over.
    fn work(&self, over: &AtomicBool) -> (usize, Vec<String>) {
        let (mut logins, mut wrong) = (0, Vec::new());
        while !over.load(Ordering::SeqCst) {
            let (id, password) = self.current();
            for _ in 0..3 {
                match self.cloud.login(&self.client, &password) {
                    Ok(()) => logins += 1,
                    Err(why) => wrong.push(format!("{id}: {why}")),
                }
                std::thread::sleep(Duration::from_millis(280));
            }
        }
        (logins, wrong)
    }

    /// Works while it is exchanged, and judges what is left. Gives the number of logins, and whether it was exchanged.
    fn judge(&self, others: &[String]) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let before = self.current();
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.work(&over));
            let text = driven::to_the_end(NAME, |arguments| self.run(arguments));
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(logins > 5, "{logins}");
        let current = self.current();
        let mut left = self.ids();
        left.retain(|id| !others.contains(id));
        assert_eq!(left, std::slice::from_ref(&current.0), "{text}");
        assert_eq!(self.cloud.login(&self.client, &current.1), Ok(()), "{text}");
        let rotated = current.0 != before.0;
        if rotated {
            for _ in 0..2 {
                assert_eq!(self.cloud.login(&self.client, &before.1), Err("7000215".to_owned()), "{text}");
            }
            let (_, shown) = self.run(&["evidence", NAME, "--format", "json"]);
            let entries = program::entries(&shown);
            let at = |event, effect| program::first(&entries, event, effect, &before.0);
            let (quiet, deleted) = (at("quiet", ""), at("will", "delete"));
            assert!(deleted - quiet >= 2 && deleted <= at("did", "prove-refused"), "{shown}");
        }
        assert_eq!(self.cloud.wrong(), Vec::<String>::new());
        self.expect(&["verify"], 0, &[]);
        (logins, rotated)
    }

    fn made(&self) -> usize {
        self.program.count("POST ", "/addPassword ", 200)
    }

    fn written(&self) -> usize {
        self.program.count("PUT ", "/secrets/", 200)
    }
}

#[test]
fn a_password_follows_the_other_and_every_consumer_gets_its_token() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    let others = [cloud.make(APPLICATIONS, &case.client).0];
    let says = [
        "Entra application 00000000",
        "Key Vault 127.0.0.1",
        "token for application",
        "delete it, which cannot be undone",
    ];
    case.expect(&["run", NAME, "--dry-run"], 0, &says);
    assert_eq!((case.made(), case.written()), (0, 0), "nothing is made by looking");
    cloud.lag(Lag { tokens: Duration::from_millis(900), lists: Duration::from_millis(500) });
    assert!(case.judge(&others).1);
    assert_eq!((case.made(), case.written()), (1, 1));
    assert_eq!(cloud.lasts(APPLICATIONS, &case.client), 90 * 86_400);
    let named = cloud.passwords(APPLICATIONS, &case.client).pop().expect("one").1.expect("a name");
    assert!(named.starts_with("keyward "), "{named}");
    case.expect(&["evidence", NAME], 0, &["after the quiet period alone"]);
    cloud.lag(Lag::default());
    assert!(case.judge(&others).1);
    // Those of a service principal are others, and Entra's usual end holds for them.
    let case = Case::of(&cloud, "servicePrincipals", 2, Vec::new());
    case.program.change("ttl = \"90d\"\n", "");
    case.expect(&["run", NAME, "--dry-run"], 0, &["service principal of 00000000"]);
    assert!(case.judge(&[]).1);
    assert_eq!(cloud.lasts("servicePrincipals", &case.client), 2 * 365 * 86_400);
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    case.program.change("accept-unseen = true\n", "");
    let says = ["nobody can see whether", "once it is deleted there is no way back; `accept-unseen = true`"];
    case.expect(&["run", NAME, "--dry-run"], 1, &says);
    case.expect(&["run", NAME], 1, &["went back: ", says[0], says[1]]);
    assert_eq!(case.made(), 0);
    let case = Case::new(&cloud, 2, Vec::new());
    cloud.forbid(&case.client);
    case.expect(
        &["run", NAME],
        1,
        &["went back: ", "CredentialTypeNotAllowedAsPerAppPolicy", "policy 'acme'"],
    );
    assert_eq!(case.ids(), [case.first.0]);
    let case = Case::new(&cloud, 3, Vec::new());
    case.program.change(&case.client, "00000000-0000-4000-8000-00000000ffff");
    case.expect(&["run", NAME, "--dry-run"], 2, &["cannot list passwords: Request_ResourceNotFound"]);
    let case = Case::new(&cloud, 4, Vec::new());
    cloud.write(&case.secret, "hunter2", &json!({}));
    let text = case.expect(&["run", NAME], 2, &["holds no credential under the configured fields"]);
    assert!(!text.contains("hunter2"), "{text}");
    cloud.turn_off(&case.secret);
    case.expect(&["run", NAME], 2, &["cannot read Key Vault", "SecretDisabled"]);
    let mut case = Case::new(&cloud, 5, Vec::new());
    case.variables[0].1 = VAULT_TOKEN.to_owned();
    case.expect(&["run", NAME, "--dry-run"], 2, &["cannot list passwords: InvalidAuthenticationToken"]);
    assert_eq!(cloud.wrong(), Vec::<String>::new());
}

/// What is deleted in the end is known by its id alone.
#[test]
fn an_id_that_is_not_that_of_the_password_ends_nothing() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    let other = cloud.make(APPLICATIONS, &case.client);
    cloud.write(&case.secret, &case.first.1, &json!({ "key-id": other.0, "team": "exports" }));
    for arguments in [&["run", NAME, "--dry-run"][..], &["run", NAME, "--wait", "forever"]] {
        case.expect(arguments, 1, &["is that of another one"]);
    }
    assert_eq!((case.made(), case.ids()), (0, vec![case.first.0, other.0]));
}

/// It has served for a moment, and no consumer is left with it. The old value is found behind others.
#[test]
fn what_fails_after_the_switch_goes_back_and_the_new_one_is_deleted() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    for at in 0..4 {
        cloud.write(&case.secret, "x", &json!({ "key-id": format!("earlier {at}"), "team": "exports" }));
    }
    cloud.write(&case.secret, &case.first.1, &json!({ "key-id": case.first.0, "team": "exports" }));
    set(case.program.dir.path(), "patience", "1s");
    let path = case.program.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    case.program.write("keyward.toml", &(text + "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n"));
    case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: "]);
    assert_eq!((case.made(), case.written()), (1, 2));
    assert_eq!(case.ids(), std::slice::from_ref(&case.first.0));
    assert_eq!(case.current(), case.first);
    assert!(case.program.count("GET ", "$skiptoken=2", 200) > 0, "its list has pages");
    assert_eq!(cloud.wrong(), Vec::<String>::new());
}

/// One machine that knows it says nothing of the next, of a new one as of one that was removed.
#[test]
fn a_password_is_accepted_or_refused_by_all_that_are_asked() {
    let cloud = Cloud::new();
    let client = "00000000-0000-4000-8000-000000000001";
    let asked = |(id, password): &(String, String)| {
        let key = Key { id: KeyId(id.clone()), secret: SecretString::from(password.as_str()) };
        block_on(async {
            let http = Http::new(Duration::from_secs(20)).expect("certificates");
            let authority = Authority::new(http, Some(&cloud.address), TENANT).expect("an address");
            PasswordCheck::new(authority, client, &graph_scope(None)).accepted(&key).await
        })
        .expect("a runtime")
    };
    let old = cloud.make(APPLICATIONS, client);
    assert_eq!(asked(&old), Ok(true));
    cloud.lag(Lag { tokens: Duration::from_secs(3_600), ..Lag::default() });
    let new = cloud.make_now(APPLICATIONS, client);
    cloud.remove(APPLICATIONS, client, &old.0);
    for password in [&new, &old] {
        let failure = asked(password).expect_err("not all know it");
        assert!(failure.message.contains("some servers of Entra accept"), "{failure}");
        assert_eq!(failure.kind, FailureKind::Later);
    }
    cloud.lag(Lag::default());
    assert_eq!((asked(&new), asked(&old)), (Ok(true), Ok(false)));
    for (status, says, kind) in [
        (401, json!({ "error": "invalid_client", "error_codes": [7_000_222] }), None),
        (400, json!({ "error": "unauthorized_client", "error_codes": [700_016] }), Some(FailureKind::Later)),
        (400, json!({ "error": "invalid_grant", "error_codes": [53_003] }), Some(FailureKind::Later)),
        (429, Value::Null, Some(FailureKind::Later)),
        (503, Value::Null, Some(FailureKind::Unclear)),
        (200, json!({ "id_token": "a" }), Some(FailureKind::Later)),
    ] {
        cloud.say(Some((status, says)));
        match kind {
            None => assert_eq!(asked(&new), Ok(false)),
            Some(kind) => assert_eq!(asked(&new).expect_err("nothing is known").kind, kind),
        }
    }
}

/// What has ended works for nobody, and is exchanged all the same.
#[test]
fn one_that_has_ended_is_exchanged() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    cloud.end(APPLICATIONS, &case.client);
    assert_eq!(cloud.login(&case.client, &case.first.1), Err("7000222".to_owned()));
    case.expect(&["run", NAME, "--wait", "forever"], 0, &[": rotated, "]);
    assert_eq!(case.ids(), [case.current().0]);
    assert_eq!(cloud.login(&case.client, &case.current().1), Ok(()));
}

#[test]
fn a_secret_with_fields_keeps_the_others() {
    let cloud = Cloud::new();
    let case = Case::new(&cloud, 1, Vec::new());
    case.program.change("id-tag = \"key-id\"", "id-field = \"id\"\nsecret-field = \"password\"");
    let value = json!({ "id": case.first.0, "password": case.first.1, "host": "kept" });
    cloud.write(&case.secret, &value.to_string(), &json!({ "team": "exports" }));
    case.expect(&["run", NAME, "--wait", "forever"], 0, &[": rotated, "]);
    let (value, bundle) = cloud.current(&case.secret);
    let value: Value = serde_json::from_str(&value).expect("JSON");
    assert_eq!((&value["host"], &bundle["tags"]), (&json!("kept"), &json!({ "team": "exports" })));
    assert_eq!(case.ids(), [value["id"].as_str().expect("an id")]);
    assert_eq!(cloud.login(&case.client, value["password"].as_str().expect("text")), Ok(()));
    assert_eq!(cloud.wrong(), Vec::<String>::new());
}

/// With a password of its own, as a workload of a platform, or as its machine.
#[test]
fn the_rotator_logs_in_in_every_way() {
    let cloud = Cloud::new();
    let other = "00000000-0000-4000-8000-000000000042";
    let (_, password) = cloud.make(APPLICATIONS, other);
    let mut case = Case::new(&cloud, 1, Vec::new());
    let of_sink = format!("authority = \"{}\"", cloud.address);
    // The issuer has one already.
    case.program.change("token-env = \"VAULT_TOKEN\"", &of_sink);
    case.program.change("token-env = \"GRAPH_TOKEN\"\n", "");
    case.variables = vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1".to_owned())];
    case.expect(&["run", NAME, "--dry-run"], 2, &["no machine of theirs"]);
    case.variables = vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.address.clone())];
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    case.variables.push(("AZURE_CLIENT_ID", other.to_owned()));
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    let asked = cloud.logins();
    assert!(asked.iter().any(|login| login.ends_with(&format!("&client_id={other}"))), "{asked:?}");
    case.variables = vec![("AZURE_CLIENT_ID", other.to_owned()), ("AZURE_CLIENT_SECRET", password)];
    case.expect(&["run", NAME, "--dry-run"], 2, &["in which tenant to log in", "AZURE_TENANT_ID"]);
    case.variables.push(("AZURE_TENANT_ID", TENANT.to_owned()));
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    case.variables[1].1 = "wrong".to_owned();
    case.expect(&["run", NAME, "--dry-run"], 2, &["Entra does not accept what", "logs in with"]);
    case.program.write("federated.jwt", FEDERATED);
    case.variables[1] = ("AZURE_FEDERATED_TOKEN_FILE", "federated.jwt".to_owned());
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    case.program.write("federated.jwt", "something else");
    case.expect(
        &["run", NAME, "--dry-run"],
        2,
        &["cannot get a token from Entra: invalid_client, AADSTS700213"],
    );
    assert_eq!(cloud.wrong(), Vec::<String>::new());
}

/// Its own password may be the one that is exchanged, if it is said which one that is.
#[test]
fn the_rotator_exchanges_its_own_password() {
    let cloud = Cloud::new();
    let mut case = Case::new(&cloud, 1, Vec::new());
    let address = case.program.proxy.to(&cloud.address);
    let login = "credentials-file = \"rotator.json\"";
    case.program.change("token-env = \"GRAPH_TOKEN\"", login);
    case.program.change("token-env = \"VAULT_TOKEN\"", &format!("authority = \"{address}\"\n{login}"));
    case.variables.clear();
    let file = |(id, password): &(String, String), known: bool| {
        let mut file = json!({ "clientId": case.client, "clientSecret": password, "tenantId": TENANT });
        if known {
            file["keyId"] = id.as_str().into();
        }
        case.program.write("rotator.json", &file.to_string());
    };
    file(&case.first, false);
    case.expect(&["run", NAME, "--dry-run"], 2, &["it is not known which password of", "`keyId`"]);
    file(&case.first, true);
    assert!(case.judge(&[]).1);
    // Whoever starts it next has to hand it the new one.
    case.expect(&["run", NAME, "--dry-run"], 2, &["Entra does not accept what"]);
    file(&case.current(), true);
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    let cloud = Cloud::new();
    cloud.lag(Lag { tokens: Duration::from_millis(700), lists: Duration::from_millis(300) });
    let usual = Case::new(&cloud, 999_999, Vec::new());
    usual.judge(&[]);
    let seen = usual.program.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.contains(part)).expect("there");
    let worst = ["/addPassword ", "PUT ", "/removePassword "].map(of);
    let plans = program::plans(seen.len(), &worst);
    let told = program::sweep(&plans, |at, fault: Fault| {
        let case = Case::new(&cloud, at * 100 + fault as usize, vec![(at, fault)]);
        // Of somebody else.
        let other = cloud.make(APPLICATIONS, &case.client).0;
        let (logins, rotated) = case.judge(std::slice::from_ref(&other));
        assert!(case.ids().contains(&other), "{at} {fault:?}");
        (case.program.kills.load(Ordering::SeqCst), logins, rotated)
    });
    println!("{told}");
}
