//! Azure: machines, scale sets and clusters. Rows: azure-vm-public, azure-vmss-public, azure-aks-public.
//! Source: Microsoft, "How network security groups filter network traffic"; the Terraform Registry page of
//! each type.

use super::index::{Index, at, has_blocks, is, is_everywhere};
use super::{Finder, Label, Reach, Way};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use crate::identity::model::Subject;
use std::collections::HashMap;

const MACHINES: [&str; 3] =
    ["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];
const SETS: [&str; 2] =
    ["azurerm_linux_virtual_machine_scale_set", "azurerm_windows_virtual_machine_scale_set"];
const GROUP: [&str; 1] = ["azurerm_network_security_group"];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    if index.all(&MACHINES).next().is_some() {
        let doors = doors(index);
        for machine in index.all(&MACHINES) {
            azure_vm_public(finder, &doors, machine);
        }
    }
    for set in index.all(&SETS) {
        azure_vmss_public(finder, set);
    }
    for cluster in index.all(&["azurerm_kubernetes_cluster"]) {
        azure_aks_public(finder, cluster);
    }
}

/// The identities in the `identity` block: assigned ones, and the resource itself where it has its own.
pub(super) fn identities(finder: &Finder<'_, '_>, resource: &Resource) -> Vec<Subject> {
    let mut found = finder.index.runs_as(resource, &[]);
    let own = resource
        .body
        .blocks("identity")
        .iter()
        .any(|block| block.text("type").is_some_and(|kind| kind.contains("SystemAssigned")));
    if own {
        found.push(Subject::Resource(resource.id));
    }
    found
}

type Doors = HashMap<ResourceId, (Tri, Option<Label>)>;

/// What each network security group does with traffic from anywhere.
fn doors(index: &Index<'_>) -> Doors {
    let mut doors: Doors = HashMap::new();
    let mut widen = |group: ResourceId, found: (Tri, Option<Label>)| {
        let known = doors.entry(group).or_insert((Tri::No, None));
        if found.0 > known.0 {
            *known = found;
        }
    };
    for group in index.all(&GROUP) {
        widen(group.id, (Tri::No, None));
        for rule in group.body.blocks("security_rule") {
            widen(group.id, judge(group, &rule));
        }
    }
    for rule in index.all(&["azurerm_network_security_rule"]) {
        if let Some(group) = index.target(&rule.body, "network_security_group_name", &GROUP) {
            widen(group.id, judge(rule, &rule.body));
        }
    }
    doors
}

fn judge(resource: &Resource, rule: &BlockValue) -> (Tri, Option<Label>) {
    let is_text =
        |name: &str, wanted: &str| rule.text(name).is_some_and(|text| text.eq_ignore_ascii_case(wanted));
    if !is_text("direction", "Inbound") || !is_text("access", "Allow") || is_text("protocol", "Icmp") {
        return (Tri::No, None);
    }
    for name in ["source_address_prefix", "source_address_prefixes"] {
        let items = rule.value(name).map(Value::as_slice).unwrap_or_default();
        if let Some(item) = items.iter().find(|item| item.as_str().is_some_and(is_everywhere)) {
            let span = item.meta.span.unwrap_or_else(|| at(resource, rule, name));
            return (Tri::Yes, Some((span, "lets the internet in".to_string())));
        }
    }
    (Tri::No, None)
}

fn azure_vm_public(finder: &mut Finder<'_, '_>, doors: &Doors, machine: &Resource) {
    let index = finder.index;
    let Some(value) = machine.body.value("network_interface_ids") else { return };
    for interface in index.targets(value, &["azurerm_network_interface"]) {
        for config in interface.body.blocks("ip_configuration") {
            let Some(address) = config.value("public_ip_address_id") else { continue };
            let (open, door) = filtered(index, doors, interface, &config);
            let mut because: Vec<Label> = door.into_iter().collect();
            let span = address.meta.span.unwrap_or_else(|| at(interface, &config, "public_ip_address_id"));
            because.push((span, "has a public address".to_string()));
            // A variable may well be null, which is no address.
            let public =
                if address.is_unknown() && address.deep_refs().is_empty() { Tri::Maybe } else { Tri::Yes };
            let way = Way {
                row: "azure-vm-public",
                reach: Reach::Internet,
                open: open.and(public),
                through: "its public address and an open security group".to_string(),
                because,
                declared_by: finder.model.resource(interface.id),
                attribute: "ip_configuration.public_ip_address_id",
            };
            finder.add(machine, identities(finder, machine), way);
        }
    }
}

/// What the security groups of an interface and of its subnet let in together: both have to.
fn filtered(
    index: &Index<'_>,
    doors: &Doors,
    interface: &Resource,
    config: &BlockValue,
) -> (Tri, Option<Label>) {
    let mut groups: Vec<&Resource> = Vec::new();
    let by_interface = ["azurerm_network_interface_security_group_association"];
    for one in index.users(interface.id, &by_interface, "network_interface_id") {
        groups.extend(index.target(&one.body, "network_security_group_id", &GROUP));
    }
    if let Some(subnet) = index.target(config, "subnet_id", &["azurerm_subnet"]) {
        let by_subnet = ["azurerm_subnet_network_security_group_association"];
        for one in index.users(subnet.id, &by_subnet, "subnet_id") {
            groups.extend(index.target(&one.body, "network_security_group_id", &GROUP));
        }
    }
    let mut found: Option<(Tri, Option<Label>)> = None;
    for group in groups {
        let Some(door) = doors.get(&group.id) else { continue };
        found = match found {
            Some(known) if known.0 <= door.0 => Some(known),
            _ => Some(door.clone()),
        };
    }
    // A basic address without any group is open, a standard one is closed.
    found.unwrap_or((Tri::Maybe, None))
}

fn azure_vmss_public(finder: &mut Finder<'_, '_>, set: &Resource) {
    let index = finder.index;
    for interface in set.body.blocks("network_interface") {
        for config in interface.blocks("ip_configuration") {
            let public = has_blocks(&config, "public_ip_address");
            let span = config.block("public_ip_address").and_then(|block| block.header);
            let mut way = Way {
                row: "azure-vmss-public",
                reach: Reach::Internet,
                open: public,
                through: "public addresses".to_string(),
                because: vec![(
                    span.unwrap_or_else(|| set.header()),
                    "its machines have public addresses".to_string(),
                )],
                declared_by: finder.model.resource(set.id),
                attribute: "network_interface.ip_configuration",
            };
            if public.is_no() {
                let Some((balancer, span)) = balancer(index, &config) else { continue };
                way.open = Tri::Yes;
                way.through = format!("load balancer `{}`", balancer.address);
                way.because = vec![(span, "faces the internet".to_string())];
                way.declared_by = balancer;
                way.attribute = "frontend_ip_configuration.public_ip_address_id";
            }
            finder.add(set, identities(finder, set), way);
        }
    }
}

/// The load balancer with a public address that a configuration is behind.
fn balancer<'m>(index: &Index<'m>, config: &BlockValue) -> Option<(&'m Resource, crate::source::Span)> {
    let pools = config.value("load_balancer_backend_address_pool_ids")?;
    index.targets(pools, &["azurerm_lb_backend_address_pool"]).into_iter().find_map(|pool| {
        let balancer = index.target(&pool.body, "loadbalancer_id", &["azurerm_lb"])?;
        let fronts = balancer.body.blocks("frontend_ip_configuration");
        let public = fronts.iter().find(|front| front.value("public_ip_address_id").is_some())?;
        Some((balancer, at(balancer, public, "public_ip_address_id")))
    })
}

fn azure_aks_public<'m>(finder: &mut Finder<'m, '_>, cluster: &'m Resource) {
    let body = &cluster.body;
    let access = body.block("api_server_access_profile").unwrap_or_default();
    let limited = access.value("authorized_ip_ranges").or(body.value("api_server_authorized_ip_ranges"));
    let limited = match limited {
        None => Tri::No,
        Some(value) if value.is_unknown() => Tri::Maybe,
        Some(value) => (!value.as_slice().iter().any(|item| item.as_str().is_some_and(is_everywhere))).into(),
    };
    let way = Way {
        row: "azure-aks-public",
        reach: Reach::ControlPlane,
        open: (!is(body, "private_cluster_enabled", false)).and(!limited),
        through: "its public API server".to_string(),
        because: vec![(cluster.header(), "its API server is reachable from anywhere".to_string())],
        declared_by: cluster,
        attribute: "",
    };
    finder.add(cluster, identities(finder, cluster), way);
}
