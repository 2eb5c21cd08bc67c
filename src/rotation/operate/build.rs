use super::clock::Ticking;
use super::surroundings::{Refusal, Surroundings, TIMEOUT, no_address};
use crate::config::{
    AwsAccess, AwsSettings, AzureSettings, ClusterSettings, EntraPasswordSettings, FieldNames, GcpSettings,
    GitHubSettings, IssuerSettings, KeptIn, PostgresAccess, ProbeSettings, ReloadSettings, RotationTarget,
    SecretSource, SinkSettings, SshSettings, VaultSettings, WorkloadKind,
};
use crate::rotation::aws::{Actor, AwsCheck, Endpoint, IamUser, ManagedSecret, Parameter};
use crate::rotation::azure;
use crate::rotation::engine::World;
use crate::rotation::gcp;
use crate::rotation::github::{
    DeployKeyCheck, DeployKeyTerms, DeployKeys, GitHub, GitHubSecret, SecretPlace,
};
use crate::rotation::kubernetes::{Cluster, ClusterSecret, Restart, Workload};
use crate::rotation::postgres::{Database, LoginCheck, LoginRoles};
use crate::rotation::ssh::{Door, Login};
use crate::rotation::traits::{Check, Clock, Issuer, Moment, Probe, Reload, Sink};
use crate::rotation::vault::{AppRole, AppRoleCheck, KvSecret, Pki, PkiCheck, Vault, Wanted};
use crate::rotation::{CommandProbe, CommandReload, CommandSink, Fields, Http, HttpProbe, ServedProbe};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// Everything that one exchange acts on.
pub struct Parts {
    pub issuer: Box<dyn Issuer>,
    pub sinks: Vec<Box<dyn Sink>>,
    pub check: Box<dyn Check>,
    pub probes: Vec<Box<dyn Probe>>,
    pub reloads: Vec<Box<dyn Reload>>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.world().fmt(out)
    }
}

impl Parts {
    pub fn world(&self) -> World<'_> {
        let sinks = self.sinks.iter().map(|sink| &**sink).collect();
        World { issuer: &*self.issuer, sinks, check: &*self.check, clock: &*self.clock }
    }
}

/// The clock of the journal is `ahead` of ours, which signs what is asked for.
pub(super) fn parts(
    target: &RotationTarget,
    surroundings: &Surroundings<'_>,
    ahead: Moment,
) -> Result<Parts, Refusal> {
    let mut builder = Builder::new(surroundings)?;
    let (issuer, check) = builder.issuer(&target.issuer)?;
    let sinks = target.sinks.iter().map(|sink| builder.sink(sink)).collect::<Result<_, _>>()?;
    let probes = target.probes.iter().map(|probe| builder.probe(probe)).collect::<Result<_, _>>()?;
    let reloads = target.reloads.iter().map(|reload| builder.reload(reload)).collect::<Result<_, _>>()?;
    let clock = Arc::new(Ticking { now: surroundings.now, ahead });
    Ok(Parts { issuer, sinks, check, probes, reloads, clock })
}

/// The access keys of an IAM user, and what says whether one of them is accepted.
pub fn access_keys(
    user: &str,
    access: &AwsSettings,
    surroundings: &Surroundings<'_>,
) -> Result<Issuing, Refusal> {
    let mut builder = Builder::new(surroundings)?;
    builder.issuer(&IssuerSettings::AwsIam { user: user.to_owned(), aws: access.clone() })
}

/// A database, as somebody in particular asks it.
pub(super) fn database(
    access: &PostgresAccess,
    surroundings: &Surroundings<'_>,
    timeout: Duration,
) -> Result<(Database, SecretString), Refusal> {
    let database = Database::new(&access.address, timeout).map_err(no_address)?;
    let database = match &access.root_certificate {
        Some(path) => {
            let pem = surroundings.file(path)?;
            database.trusting(pem.as_bytes()).map_err(|why| no_root(path, &why))?
        }
        None => database,
    };
    Ok((database, surroundings.secret(&access.password)?))
}

/// Who makes credentials, and what says whether one is accepted.
pub type Issuing = (Box<dyn Issuer>, Box<dyn Check>);

struct Builder<'a> {
    surroundings: &'a Surroundings<'a>,
    clock: Arc<dyn Clock>,
    http: Http,
    /// One for each access, since the key behind it may be exchanged under way.
    actors: Vec<(AwsAccess, Actor)>,
    google: Vec<(GcpSettings, gcp::Actor)>,
    azure: Vec<(AzureSettings, azure::Actor)>,
}

impl<'a> Builder<'a> {
    fn new(surroundings: &'a Surroundings<'a>) -> Result<Self, Refusal> {
        let (clock, http) = (surroundings.clock(), surroundings.http()?);
        Ok(Builder { surroundings, clock, http, actors: Vec::new(), google: Vec::new(), azure: Vec::new() })
    }

    fn issuer(&mut self, settings: &IssuerSettings) -> Result<Issuing, Refusal> {
        match settings {
            IssuerSettings::AwsIam { user, aws } => {
                let iam = Endpoint::iam(aws.endpoint.as_deref()).map_err(no_address)?;
                let sts = Endpoint::sts(aws.endpoint.as_deref(), &aws.region).map_err(no_address)?;
                let actor = self.actor(aws)?;
                let issuer = IamUser::new(self.http.clone(), iam, self.clock.clone(), actor, user);
                let check = AwsCheck::new(self.http.clone(), sts, self.clock.clone());
                Ok((Box::new(issuer), Box::new(check)))
            }
            IssuerSettings::Postgres { access, group } => {
                let (database, password) = database(access, self.surroundings, self.timeout())?;
                let check = LoginCheck::new(database.clone());
                let roles = LoginRoles::new(database, &access.user, password, group).map_err(no_address)?;
                Ok((Box::new(roles), Box::new(check)))
            }
            IssuerSettings::AppRole { server, mount, role, count_uses, .. } => {
                let vault = self.vault(server)?;
                let check = AppRoleCheck::new(vault.clone(), mount, role);
                Ok((Box::new(AppRole::new(vault, mount, role, *count_uses)), Box::new(check)))
            }
            IssuerSettings::Pki(pki) => {
                let vault = self.vault(&pki.server)?;
                let wanted = Wanted {
                    common_name: pki.common_name.clone(),
                    alt_names: pki.alt_names.clone(),
                    ttl: pki.ttl.map(|ttl| ttl.as_secs()),
                };
                let check = PkiCheck::new(vault.clone(), &pki.mount, self.clock.clone());
                let issuer = Pki::new(vault, &pki.mount, &pki.role, &wanted, self.clock.clone());
                Ok((Box::new(issuer), Box::new(check)))
            }
            IssuerSettings::EntraPassword(settings) => self.entra(settings),
            IssuerSettings::GcpKey(settings) => {
                let (gcp, account) = (&settings.gcp, &settings.account);
                let actor = self.google(gcp)?;
                let check = gcp::KeyCheck::new(self.surroundings.tokens(gcp, &self.http)?, account);
                let endpoint = gcp.endpoint.as_deref();
                let issuer = gcp::AccountKeys::new(self.http.clone(), endpoint, actor, account);
                Ok((Box::new(issuer.map_err(no_address)?), Box::new(check)))
            }
            IssuerSettings::DeployKey(settings) => {
                let token = self.secret(&settings.token)?;
                let github = GitHub::new(self.http.clone(), &settings.api, token).map_err(no_address)?;
                let SshSettings { user, host, port, command } = settings.ssh.clone();
                let login = Login::new(command, Door { user, host, port }, self.timeout());
                let (owner, name) = (&settings.owner, &settings.repository);
                let check = DeployKeyCheck::new(github.clone(), login, owner, name);
                let (title, read_only) = (settings.title.clone(), settings.read_only);
                let issuer = DeployKeys::new(github, owner, name, DeployKeyTerms { title, read_only });
                Ok((Box::new(issuer), Box::new(check)))
            }
        }
    }

    fn entra(&mut self, settings: &EntraPasswordSettings) -> Result<Issuing, Refusal> {
        let (client, endpoint) = (settings.client.as_str(), settings.endpoint.as_deref());
        let actor = self.azure(&settings.azure)?;
        if actor.asks_as(client) && actor.key_of(client).is_none() {
            let why = format!("it is not known which password of {client} this is done with");
            let help = "log in as another application, or with `credentials-file`, and add the `keyId` of its password there";
            return Err((why, help.to_owned()));
        }
        let authority = self.surroundings.authority(&settings.azure, &settings.tenant, &self.http)?;
        let check = azure::PasswordCheck::new(authority, client, &azure::graph_scope(endpoint));
        let holder = match settings.of_principal {
            true => azure::Holder::ServicePrincipal,
            false => azure::Holder::Application,
        };
        let (http, clock) = (self.http.clone(), self.clock.clone());
        let ttl = settings.ttl.map(|ttl| ttl.as_secs());
        let issuer = azure::AppPasswords::new(http, endpoint, actor, clock, (holder, client), ttl);
        Ok((Box::new(issuer.map_err(no_address)?), Box::new(check)))
    }

    fn sink(&mut self, settings: &SinkSettings) -> Result<Box<dyn Sink>, Refusal> {
        match settings {
            SinkSettings::VaultKv { server, mount, path, fields: names } => {
                Ok(Box::new(KvSecret::new(self.vault(server)?, mount, path, fields(names))))
            }
            SinkSettings::AwsParameter { parameter, aws, fields: names } => {
                let endpoint = Endpoint::systems_manager(aws.endpoint.as_deref(), &aws.region);
                let endpoint = endpoint.map_err(no_address)?;
                let actor = self.actor(aws)?;
                let (http, clock) = (self.http.clone(), self.clock.clone());
                Ok(Box::new(Parameter::new(http, endpoint, clock, actor, parameter, fields(names))))
            }
            SinkSettings::ClusterSecret { cluster, namespace, secret, fields: names } => {
                let cluster = self.cluster(cluster)?;
                Ok(Box::new(ClusterSecret::new(cluster, namespace, secret, fields(names))))
            }
            SinkSettings::GitHubSecret(settings) => {
                let token = self.secret(&settings.token)?;
                let github = GitHub::new(self.http.clone(), &settings.api, token).map_err(no_address)?;
                Ok(Box::new(GitHubSecret::new(github, place(settings), fields(&settings.fields))))
            }
            SinkSettings::GcpSecret(settings) => {
                let actor = self.google(&settings.gcp)?;
                let (endpoint, fields) = (settings.gcp.endpoint.as_deref(), fields(&settings.fields));
                let http = self.http.clone();
                let secret = gcp::ManagedSecret::new(http, endpoint, actor, &settings.secret, fields);
                Ok(Box::new(secret.map_err(no_address)?))
            }
            SinkSettings::KeyVault(settings) => {
                let kept = match &settings.kept {
                    KeptIn::Fields(names) => azure::Kept::Fields(fields(names)),
                    KeptIn::Tag(tag) => azure::Kept::Tagged(tag.clone()),
                };
                let (http, actor) = (self.http.clone(), self.azure(&settings.azure)?);
                let secret = azure::VaultSecret::new(http, &settings.vault, actor, &settings.secret, kept);
                Ok(Box::new(secret.map_err(no_address)?))
            }
            SinkSettings::Command { command, env, name } => {
                let (words, timeout) = (command.clone(), self.timeout());
                Ok(Box::new(CommandSink::new(name, words, env.clone(), timeout)))
            }
            SinkSettings::AwsSecret { secret, aws, fields: names } => {
                let endpoint = Endpoint::secrets_manager(aws.endpoint.as_deref(), &aws.region);
                let endpoint = endpoint.map_err(no_address)?;
                let actor = self.actor(aws)?;
                let (http, clock) = (self.http.clone(), self.clock.clone());
                Ok(Box::new(ManagedSecret::new(http, endpoint, clock, actor, secret, fields(names))))
            }
        }
    }

    fn vault(&self, server: &VaultSettings) -> Result<Vault, Refusal> {
        let token = self.secret(&server.token)?;
        Vault::new(self.http.clone(), &server.address, token).map_err(no_address)
    }

    fn probe(&self, settings: &ProbeSettings) -> Result<Box<dyn Probe>, Refusal> {
        match settings {
            ProbeSettings::Http { url } => {
                Ok(Box::new(HttpProbe::new(self.http.clone(), url).map_err(no_address)?))
            }
            ProbeSettings::Tls { host, port } => {
                Ok(Box::new(ServedProbe::new(host, *port, self.timeout()).map_err(no_address)?))
            }
            ProbeSettings::Command { command } => {
                Ok(Box::new(CommandProbe::new(command.clone(), self.timeout())))
            }
        }
    }

    fn reload(&self, settings: &ReloadSettings) -> Result<Box<dyn Reload>, Refusal> {
        match settings {
            ReloadSettings::Command(words) => Ok(Box::new(CommandReload::new(words.clone(), self.timeout()))),
            ReloadSettings::Restart { cluster, namespace, kind, name } => {
                let kind = match kind {
                    WorkloadKind::Deployment => "deployment",
                    WorkloadKind::StatefulSet => "statefulset",
                    WorkloadKind::DaemonSet => "daemonset",
                };
                let workload = Workload { kind, name: name.clone() };
                let cluster = self.cluster(cluster)?;
                Ok(Box::new(Restart::new(cluster, self.clock.clone(), namespace, workload)))
            }
        }
    }

    fn cluster(&self, settings: &ClusterSettings) -> Result<Cluster, Refusal> {
        let http = match &settings.root_certificate {
            Some(path) => {
                let pem = self.surroundings.file(path)?;
                Http::trusting(pem.as_bytes(), self.timeout()).map_err(|why| no_root(path, &why))?
            }
            None => self.http.clone(),
        };
        let token = self.secret(&settings.token)?;
        Cluster::new(http, &settings.address, token).map_err(no_address)
    }

    fn timeout(&self) -> Duration {
        self.surroundings.timeout.unwrap_or(TIMEOUT)
    }

    fn actor(&mut self, aws: &AwsSettings) -> Result<Actor, Refusal> {
        if let Some((_, actor)) = self.actors.iter().find(|(access, _)| *access == aws.access) {
            return Ok(actor.clone());
        }
        let actor = Actor::from(self.surroundings.aws(&aws.access)?);
        self.actors.push((aws.access.clone(), actor.clone()));
        Ok(actor)
    }

    fn google(&mut self, settings: &GcpSettings) -> Result<gcp::Actor, Refusal> {
        let same = |known: &GcpSettings| {
            known.access == settings.access && known.token_endpoint == settings.token_endpoint
        };
        if let Some((_, actor)) = self.google.iter().find(|(known, _)| same(known)) {
            return Ok(actor.clone());
        }
        let actor = self.surroundings.google(settings, &self.http)?;
        self.google.push((settings.clone(), actor.clone()));
        Ok(actor)
    }

    fn azure(&mut self, settings: &AzureSettings) -> Result<azure::Actor, Refusal> {
        if let Some((_, actor)) = self.azure.iter().find(|(known, _)| known == settings) {
            return Ok(actor.clone());
        }
        let login = self.surroundings.azure(settings, &self.http)?;
        let actor = azure::Actor::new(self.http.clone(), self.clock.clone(), login);
        self.azure.push((settings.clone(), actor.clone()));
        Ok(actor)
    }

    fn secret(&self, source: &SecretSource) -> Result<SecretString, Refusal> {
        self.surroundings.secret(source)
    }
}

fn fields(names: &FieldNames) -> Fields {
    Fields::new(&names.id, &names.secret)
        .with_certificate(names.certificate.as_deref(), names.chain.as_deref())
}

fn place(settings: &GitHubSettings) -> SecretPlace {
    let (owner, dependabot) = (settings.owner.clone(), settings.dependabot);
    match (settings.repository.clone(), settings.environment.clone()) {
        (Some(name), Some(environment)) => SecretPlace::Environment { owner, name, environment },
        (Some(name), None) => SecretPlace::Repository { owner, name, dependabot },
        (None, _) => SecretPlace::Organization { name: owner, dependabot },
    }
}

fn no_root(path: &str, why: &str) -> Refusal {
    let help = "it has the certificate that the one of the server is signed by, as PEM";
    (format!("cannot use `{path}`: {why}"), help.to_owned())
}
