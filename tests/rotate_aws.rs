//! Keys of an IAM user in the places of AWS itself, Secrets Manager and the Parameter Store, both of them at once, under
//! workloads that read one or the other. Keys are at a server that refuses what was disabled, places at one that knows
//! stages and versions.

#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/program.rs"]
mod program;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use keyward::rotation::aws::{AwsCheck, AwsCredentials, Endpoint, ManagedSecret, Parameter};
use keyward::rotation::{Check, Clock, Fields, Http, Key, KeyId, Moment, Sink};
use program::Program;
use proxy::{Fault, Plan};
use secrecy::{ExposeSecret, SecretString};
use servers::{ROOT_ID, ROOT_SECRET, Server};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CONFIG: &str = r#"
[[rotation.target]]
credential = "exporter key"
quiet = "2s"
keep-disabled = "1s"
settle = "1s"
patience = "30s"

[rotation.target.issuer]
kind = "aws-iam"
user = "USER"
endpoint = "KEYS"

[[rotation.target.sink]]
kind = "aws-secrets-manager"
secret = "apps/USER"
region = "us-east-1"
endpoint = "PLACES"
id-field = "id"
secret-field = "secret"

[[rotation.target.sink]]
kind = "aws-ssm"
parameter = "/apps/USER"
region = "us-east-1"
endpoint = "PLACES"
id-field = "id"
secret-field = "secret"
"#;

const NAME: &str = "exporter key";

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Moment {
        jiff::Timestamp::now().as_second()
    }

    fn sleep(&self, _: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    keyward::rotation::operate::block_on(future).expect("a runtime")
}

const KEYS: &str = r#"
import boto3, os
iam = boto3.client("iam", endpoint_url=os.environ["ENDPOINT"])
for user in "USERS".split():
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    print(user, key["AccessKeyId"], key["SecretAccessKey"])
"#;

const PLACES: &str = r#"
import boto3, json, os
of = lambda name: boto3.client(name, endpoint_url=os.environ["ENDPOINT"])
for line in """LINES""".splitlines():
    user, id, secret = line.split()
    value = json.dumps({"id": id, "secret": secret, "host": "kept"})
    of("secretsmanager").create_secret(Name=f"apps/{user}", SecretString=value)
    of("ssm").put_parameter(Name=f"/apps/{user}", Value=value, Type="SecureString")
"#;

/// What the two places of a user hold, as Amazon's own library reads them, and how many versions are left staged. The
/// stage is named since this server takes no notice of it otherwise.
const LOOK: &str = r#"
import boto3, json, os
of = lambda name: boto3.client(name, endpoint_url=os.environ["ENDPOINT"])
secret = of("secretsmanager").get_secret_value(SecretId="apps/USER", VersionStage="AWSCURRENT")
staged = of("secretsmanager").describe_secret(SecretId="apps/USER")["VersionIdsToStages"]
parameter = of("ssm").get_parameter(Name="/apps/USER", WithDecryption=True)["Parameter"]["Value"]
pending = [name for name, stages in staged.items() if "AWSPENDING" in stages and "AWSCURRENT" not in stages]
one, other = json.loads(secret["SecretString"]), json.loads(parameter)
print(one == other, one["id"], one["host"], len(pending))
"#;

struct Estate {
    keys: Server,
    places: Server,
}

impl Estate {
    fn new() -> Self {
        Estate { keys: servers::ministack(), places: servers::moto() }
    }

    /// Users with a key that both places hold.
    fn users(&self, names: &[String]) -> Vec<(String, Key)> {
        let made = servers::python(&self.keys, &KEYS.replace("USERS", &names.join(" ")));
        servers::python(&self.places, &PLACES.replace("LINES", &made));
        let users = made.lines().map(|line| {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let [user, id, secret] = &words[..] else { panic!("{line}") };
            (user.clone(), Key { id: KeyId(id.clone()), secret: SecretString::from(secret.as_str()) })
        });
        users.collect()
    }

    /// Both places, past any proxy.
    fn sinks(&self, user: &str) -> [Box<dyn Sink>; 2] {
        let http = || Http::new(Duration::from_secs(20)).expect("certificates");
        let root = || AwsCredentials {
            id: ROOT_ID.to_owned(),
            secret: SecretString::from(ROOT_SECRET.to_owned()),
            session: None,
        };
        let (address, fields) = (Some(self.places.address.as_str()), || Fields::new("id", "secret"));
        let secrets = Endpoint::secrets_manager(address, "us-east-1").expect("an address");
        let parameters = Endpoint::systems_manager(address, "us-east-1").expect("an address");
        let (secret, parameter) = (format!("apps/{user}"), format!("/apps/{user}"));
        [
            Box::new(ManagedSecret::new(http(), secrets, Arc::new(Wall), root(), &secret, fields())),
            Box::new(Parameter::new(http(), parameters, Arc::new(Wall), root(), &parameter, fields())),
        ]
    }

    fn check(&self) -> AwsCheck {
        let sts = Endpoint::sts(Some(&self.keys.address), "us-east-1").expect("an address");
        AwsCheck::new(Http::new(Duration::from_secs(20)).expect("certificates"), sts, Arc::new(Wall))
    }
}

async fn current(sink: &dyn Sink) -> Key {
    let held = sink.look().await.expect("the place answers").current.expect("there is a key");
    sink.read(&held).await.expect("the place answers").expect("with its value")
}

struct Case<'a> {
    estate: &'a Estate,
    user: String,
    old: Key,
    program: Program,
}

impl<'a> Case<'a> {
    fn new(estate: &'a Estate, (user, old): (String, Key), plan: Plan) -> Self {
        let program = Program::new(plan);
        let [keys, places] = [&estate.keys, &estate.places].map(|server| program.proxy.to(&server.address));
        let config = CONFIG.replace("USER", &user).replace("KEYS", &keys).replace("PLACES", &places);
        program.write("keyward.toml", &config);
        Case { estate, user, old, program }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let variables = [("AWS_ACCESS_KEY_ID", ROOT_ID), ("AWS_SECRET_ACCESS_KEY", ROOT_SECRET)];
        let done = self.program.run(arguments, &variables);
        let issued = self.program.proxy.issued().into_iter().map(|(_, secret)| secret);
        let known = [self.old.secret.expose_secret(), ROOT_SECRET].map(str::to_owned);
        let plain: Vec<String> = issued.chain(known).collect();
        let coded = plain.iter().flat_map(|secret| {
            use base64::Engine;
            let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
            [coded, secret.replace('/', "%2F").replace('+', "%2B"), secret.replace('/', "\\/")]
        });
        self.program.assert_nowhere(&[coded.collect(), plain.clone()].concat(), &[]);
        done
    }

    /// Each of two workloads reads its place every second and logs in more often, until it is over.
    fn work(&self, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let (sinks, check) = (self.estate.sinks(&self.user), self.estate.check());
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let keys = [current(&*sinks[0]).await, current(&*sinks[1]).await];
                for key in [&keys[0], &keys[1], &keys[0], &keys[1]] {
                    match check.accepted(key).await {
                        Ok(true) => logins += 1,
                        other => wrong.push(format!("{}: {other:?}", key.id.0)),
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            (logins, wrong)
        })
    }

    /// Works while it is exchanged, and judges what is left. Gives the number of logins, and whether it was exchanged.
    fn judge(&self) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.work(&over));
            let text = driven::to_the_end(NAME, |arguments| self.run(arguments));
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(logins > 4, "{logins}");
        let seen = servers::python(&self.estate.places, &LOOK.replace("USER", &self.user));
        let (check, sinks) = (self.estate.check(), self.estate.sinks(&self.user));
        let now = block_on(current(&*sinks[0]));
        assert_eq!(seen, format!("True {} kept 0", now.id.0), "{text}");
        let issued = self.program.proxy.issued().into_iter();
        let made = issued.map(|(id, secret)| Key { id: KeyId(id), secret: secret.into() });
        let all: Vec<Key> = made.chain([self.old.clone()]).collect();
        for key in &all {
            let works = block_on(check.accepted(key));
            assert_eq!(works, Ok(key.id == now.id), "{}\n{text}", key.id.0);
        }
        let rotated = now.id != self.old.id;
        if rotated {
            let (_, shown) = self.run(&["evidence", NAME, "--format", "json"]);
            let entries = program::entries(&shown);
            let at = |event, effect| program::first(&entries, event, effect, &self.old.id.0);
            let (disabled, refused) = (at("will", "disable"), at("did", "prove-refused"));
            assert!(disabled - at("quiet", "") >= 2 && disabled <= refused, "{shown}");
            assert!(refused <= at("will", "delete"), "{shown}");
        }
        let (code, text) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{text}");
        (logins, rotated)
    }
}

/// Killed before and after every request to either. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_both_places_hold_the_same_key() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let usual = Case::new(&estate, estate.users(&["usual".to_owned()]).remove(0), Vec::new());
    assert!(usual.judge().1);
    let seen = usual.program.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.contains(part)).expect("there");
    let worst = ["PutSecretValue", "UpdateSecretVersionStage", "PutParameter"].map(of);
    let plans = program::plans(seen.len(), &worst);
    let names: Vec<_> = plans.iter().map(|(at, fault)| format!("r{at}{fault:?}").to_lowercase()).collect();
    let users: std::collections::BTreeMap<_, _> = estate.users(&names).into_iter().collect();
    let told = program::sweep(&plans, |at, fault: Fault| {
        let name = format!("r{at}{fault:?}").to_lowercase();
        let case = Case::new(&estate, (name.clone(), users[&name].clone()), vec![(at, fault)]);
        let (logins, rotated) = case.judge();
        (case.program.kills.load(Ordering::SeqCst), logins, rotated)
    });
    println!("{told}");
}
