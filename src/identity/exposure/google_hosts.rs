//! Google Cloud: instances, templates, clusters, databases and load balancers. Rows: gce-external-ip,
//! gce-template-external, gke-public-endpoint, cloud-sql-public, gcp-lb-backend. Source: Google Cloud VPC
//! documentation, "VPC firewall rules"; the Terraform Registry page of each type.

use super::index::{at, has_blocks, is, is_everywhere, says};
use super::{Finder, Label, Reach, Way};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use crate::identity::model::Subject;
use std::collections::HashMap;

const TEMPLATES: [&str; 2] = ["google_compute_instance_template", "google_compute_region_instance_template"];
const BACKENDS: [&str; 2] = ["google_compute_backend_service", "google_compute_region_backend_service"];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    let walls = Firewalls::new(finder);
    for instance in index.all(&["google_compute_instance"]) {
        let way = external(finder, instance, "gce-external-ip");
        let Some((mut way, body)) = way else { continue };
        let door = walls.lets_in(finder, instance, &body);
        way.open = way.open.and(door.0);
        way.because.splice(0..0, door.1);
        way.through = "its public address and an open firewall rule".to_string();
        finder.add(instance, service_account(finder, instance), way);
    }
    for template in index.all(&TEMPLATES) {
        if let Some((way, _)) = external(finder, template, "gce-template-external") {
            finder.add(template, service_account(finder, template), way);
        }
    }
    for cluster in index.all(&["google_container_cluster"]) {
        gke_public_endpoint(finder, cluster);
    }
    for database in index.all(&["google_sql_database_instance"]) {
        cloud_sql_public(finder, database);
    }
    for backend in index.all(&BACKENDS) {
        gcp_lb_backend(finder, backend);
    }
}

/// As whom an instance runs: without a mail address, as the default account of the project.
fn service_account(finder: &Finder<'_, '_>, resource: &Resource) -> Vec<Subject> {
    let found = finder.index.runs_as(resource, &[]);
    if !found.is_empty() || !resource.body.has_block("service_account") {
        return found;
    }
    vec![Subject::External("the default service account".to_string())]
}

/// A network interface with an address on the internet.
fn external<'m>(
    finder: &Finder<'m, '_>,
    resource: &Resource,
    row: &'static str,
) -> Option<(Way<'m>, BlockValue)> {
    let interfaces = resource.body.blocks("network_interface");
    let public = interfaces.into_iter().find(|one| has_blocks(one, "access_config").is_possible())?;
    let span =
        public.block("access_config").and_then(|block| block.header).unwrap_or_else(|| resource.header());
    let way = Way {
        row,
        reach: Reach::Internet,
        open: has_blocks(&public, "access_config"),
        through: "public addresses".to_string(),
        because: vec![(span, "gives it a public address".to_string())],
        declared_by: finder.model.resource(resource.id),
        attribute: "network_interface.access_config",
    };
    Some((way, public))
}

/// A firewall rule that lets the internet in.
struct Wall<'m> {
    rule: &'m Resource,
    label: Label,
    tags: Option<&'m Value>,
    accounts: Option<&'m Value>,
}

/// Rules that are open, by whom they are for.
struct Firewalls<'m> {
    by_tag: HashMap<&'m str, Vec<usize>>,
    by_account: HashMap<ResourceId, Vec<usize>>,
    /// Those for every instance of a network.
    for_all: HashMap<Network, Vec<usize>>,
    walls: Vec<Wall<'m>>,
}

impl<'m> Firewalls<'m> {
    fn new(finder: &Finder<'m, '_>) -> Self {
        let mut found = Firewalls {
            by_tag: HashMap::new(),
            by_account: HashMap::new(),
            for_all: HashMap::new(),
            walls: Vec::new(),
        };
        for rule in finder.index.all(&["google_compute_firewall"]) {
            let Some(wall) = open(rule) else { continue };
            let at = found.walls.len();
            for tag in wall.tags.map(Value::as_slice).unwrap_or_default() {
                if let Some(tag) = tag.as_str() {
                    found.by_tag.entry(tag).or_default().push(at);
                }
            }
            for account in wall.accounts.map(Value::as_slice).unwrap_or_default() {
                for reference in account.deep_refs().iter() {
                    found.by_account.entry(reference.resource).or_default().push(at);
                }
            }
            if wall.tags.is_none() && wall.accounts.is_none() {
                found.for_all.entry(network(finder, &rule.body)).or_default().push(at);
            }
            found.walls.push(wall);
        }
        found
    }

    fn network_of(&self, finder: &Finder<'m, '_>, at: usize) -> Network {
        network(finder, &self.walls[at].rule.body)
    }

    /// The rule that lets the internet in to an instance.
    fn lets_in(
        &self,
        finder: &Finder<'m, '_>,
        instance: &Resource,
        interface: &BlockValue,
    ) -> (Tri, Option<Label>) {
        let tags = instance.body.value("tags").map(Value::as_slice).unwrap_or_default();
        let by_tag = tags.iter().filter_map(|tag| self.by_tag.get(tag.as_str()?)).flatten();
        let emails = instance.body.at_path("service_account.email");
        let accounts: Vec<ResourceId> = emails
            .iter()
            .flat_map(|(_, value)| value.deep_refs().iter().map(|one| one.resource).collect::<Vec<_>>())
            .collect();
        let by_account = accounts.iter().filter_map(|id| self.by_account.get(id)).flatten();
        let network = network(finder, interface);
        let for_all = self.for_all.get(&network).into_iter().flatten();
        let mut suiting = by_tag.chain(by_account).chain(for_all);
        let found = suiting.find(|at| self.network_of(finder, **at) == network);
        match found {
            Some(at) => (Tri::Yes, Some(self.walls[*at].label.clone())),
            // Every project starts with rules that let SSH and RDP in to its default network.
            // Source: Google Cloud VPC documentation, "Pre-populated rules in the default network".
            None if network == Network::Named("default".to_string()) => (Tri::Maybe, None),
            None => (Tri::No, None),
        }
    }
}

fn open(rule: &Resource) -> Option<Wall<'_>> {
    let body = &rule.body;
    let ingress = body.text("direction").is_none_or(|text| text.eq_ignore_ascii_case("INGRESS"));
    if !ingress || !body.has_block("allow") || is(body, "disabled", false).is_possible() {
        return None;
    }
    let protocols: Vec<_> =
        body.blocks("allow").iter().filter_map(|one| one.text("protocol").map(str::to_string)).collect();
    if !protocols.is_empty() && protocols.iter().all(|protocol| protocol == "icmp") {
        return None;
    }
    let span = match body.value("source_ranges") {
        Some(ranges) => {
            let item = ranges.as_slice().iter().find(|item| item.as_str().is_some_and(is_everywhere))?;
            item.meta.span.unwrap_or_else(|| at(rule, body, "source_ranges"))
        }
        // Without any source it holds for all of them.
        None if body.value("source_tags").is_none() && body.value("source_service_accounts").is_none() => {
            rule.header()
        }
        None => return None,
    };
    Some(Wall {
        rule,
        label: (span, "lets the internet in".to_string()),
        tags: body.value("target_tags"),
        accounts: body.value("target_service_accounts"),
    })
}

/// A network: declared here, by its name, or not told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Network {
    Declared(ResourceId),
    Named(String),
    Unknown,
}

/// The network of an interface, by itself or through its subnet, or of a firewall rule.
fn network(finder: &Finder<'_, '_>, body: &BlockValue) -> Network {
    let subnet = finder.index.target(body, "subnetwork", &["google_compute_subnetwork"]);
    match subnet {
        Some(subnet) if body.value("network").is_none() => network_in(finder, &subnet.body),
        _ => network_in(finder, body),
    }
}

fn network_in(finder: &Finder<'_, '_>, body: &BlockValue) -> Network {
    if let Some(declared) = finder.index.target(body, "network", &["google_compute_network"]) {
        return Network::Declared(declared.id);
    }
    match body.text("network") {
        Some(text) => Network::Named(text.rsplit('/').next().unwrap_or(text).to_string()),
        None => Network::Unknown,
    }
}

fn gke_public_endpoint<'m>(finder: &mut Finder<'m, '_>, cluster: &'m Resource) {
    let body = &cluster.body;
    let private = body.block("private_cluster_config").unwrap_or_default();
    let limited = has_blocks(body, "master_authorized_networks_config");
    let way = Way {
        row: "gke-public-endpoint",
        reach: Reach::ControlPlane,
        open: (!is(&private, "enable_private_endpoint", false)).and(!limited),
        through: "its public API server".to_string(),
        because: vec![(cluster.header(), "its API server is reachable from anywhere".to_string())],
        declared_by: cluster,
        attribute: "",
    };
    finder.add(cluster, finder.index.runs_as(cluster, &[]), way);
}

fn cloud_sql_public<'m>(finder: &mut Finder<'m, '_>, database: &'m Resource) {
    for settings in database.body.blocks("settings") {
        let ip = settings.block("ip_configuration").unwrap_or_default();
        let networks = ip.blocks("authorized_networks");
        let open = networks.iter().find(|network| network.text("value").is_some_and(is_everywhere));
        let Some(open) = open else { continue };
        let way = Way {
            row: "cloud-sql-public",
            reach: Reach::Internet,
            open: is(&ip, "ipv4_enabled", true),
            through: "its public address".to_string(),
            because: vec![(at(database, open, "value"), "lets the internet in".to_string())],
            declared_by: database,
            attribute: "settings.ip_configuration.authorized_networks.value",
        };
        finder.add(database, Vec::new(), way);
    }
}

fn gcp_lb_backend<'m>(finder: &mut Finder<'m, '_>, backend: &'m Resource) {
    let index = finder.index;
    let body = &backend.body;
    let guarded = body.blocks("iap").iter().map(|iap| is(iap, "enabled", true)).max().unwrap_or(Tri::No);
    let external = says(body, "load_balancing_scheme", true, |scheme| scheme.starts_with("EXTERNAL"));
    for group in body.at_path("backend.group").iter().map(|(_, value)| value) {
        let managers =
            ["google_compute_instance_group_manager", "google_compute_region_instance_group_manager"];
        let mut templates: Vec<&Resource> = Vec::new();
        for manager in index.targets(group, &managers) {
            let versions = manager.body.at_path("version.instance_template");
            templates.extend(versions.iter().flat_map(|(_, value)| index.targets(value, &TEMPLATES)));
        }
        for listed in index.targets(group, &["google_compute_instance_group"]) {
            let instances = listed.body.value("instances");
            templates.extend(
                instances.map(|value| index.targets(value, &["google_compute_instance"])).unwrap_or_default(),
            );
        }
        for workload in templates {
            let way = Way {
                row: "gcp-lb-backend",
                reach: Reach::Internet,
                open: external.and(!guarded),
                through: format!("load balancer backend `{}`", backend.address),
                because: vec![(at(backend, body, "load_balancing_scheme"), "faces the internet".to_string())],
                declared_by: backend,
                attribute: "load_balancing_scheme",
            };
            finder.add(workload, service_account(finder, workload), way);
        }
    }
}
